import type { LocalFile } from "../transport/transport.js";

const SAMPLE_BYTES = 64 * 1024;

/**
 * Names a file by its size, beginning and end, so that it is known again when the user chooses it
 * anew: WeChat gives it another path each time.
 */
export async function fingerprint(file: LocalFile): Promise<string> {
  const length = Math.min(SAMPLE_BYTES, file.size);
  const ends = [await file.read(0, length), await file.read(file.size - length, length)];
  return [file.size, ...ends.map(fnv1a)].join("-");
}

/** FNV-1a, 32 bits: it tells files apart and protects nothing. */
function fnv1a(bytes: ArrayBuffer): string {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(bytes)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16);
}
