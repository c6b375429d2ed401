import { signal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { FileKind } from "client/index.ts";
import { client } from "./client.ts";

interface Address {
  url: string;
  expires: number;
}

/** Where an upload can be fetched. */
export const uploadPath = (kind: FileKind, filename: string): string =>
  `/download/upload/${kind}/${encodeURIComponent(filename)}`;

const known = new Map<string, Promise<Address>>();
const SPARE_MS = 60_000;

/** A signed address of a file, asked for anew before it ends and for another `version` of it. */
export async function addressOf(path: string, version = ""): Promise<Address> {
  const name = `${path} ${version}`;
  const earlier = await known.get(name)?.catch(() => null);
  if (earlier && earlier.expires - SPARE_MS > Date.now()) return earlier;
  const asked = client.downloads
    .address(path)
    .then(({ url, expires_at }) => ({ url, expires: new Date(expires_at).getTime() }));
  known.set(name, asked);
  asked.catch(() => known.delete(name));
  return asked;
}

/** The address for `<video src>`; null until it is known, `""` where there is none any more. */
export function useAddress(path: string | null | undefined, version = ""): Signal<string | null> {
  const address = useMemo(() => signal<string | null>(null), [path, version]);
  useEffect(() => {
    if (path) addressOf(path, version).then(({ url }) => (address.value = url), () => (address.value = ""));
  }, [path, version]);
  return address;
}
