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

/** A signed address of a file, asked for anew before it ends. */
export async function addressOf(path: string): Promise<Address> {
  const earlier = await known.get(path)?.catch(() => null);
  if (earlier && earlier.expires - SPARE_MS > Date.now()) return earlier;
  const asked = client.downloads
    .address(path)
    .then(({ url, expires_at }) => ({ url, expires: new Date(expires_at).getTime() }));
  known.set(path, asked);
  asked.catch(() => known.delete(path));
  return asked;
}

/** The address for `<video src>`; null until it is known, `""` where there is none any more. */
export function useAddress(path: string | null | undefined): Signal<string | null> {
  const address = useMemo(() => signal<string | null>(null), [path]);
  useEffect(() => {
    if (path) addressOf(path).then(({ url }) => (address.value = url), () => (address.value = ""));
  }, [path]);
  return address;
}
