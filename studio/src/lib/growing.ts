/** A film that is still being made: an HLS playlist of fragmented MP4 which grows (RFC 8216). */

export interface Playlist {
  /** What comes before any segment. */
  beginning: string | null;
  segments: string[];
  hasEnded: boolean;
}

const LOOK_MS = 1000;

/** A playlist that was fetched from `at`, its addresses made whole. */
export function playlistOf(text: string, at: string): Playlist {
  const lines = text.split("\n").filter(Boolean);
  const beginning = /^#EXT-X-MAP:URI="([^"]+)"/m.exec(text)?.[1];
  return {
    beginning: beginning ? new URL(beginning, at).href : null,
    segments: lines.filter((line) => !line.startsWith("#")).map((line) => new URL(line, at).href),
    hasEnded: lines.includes("#EXT-X-ENDLIST"),
  };
}

/** What `addSourceBuffer` wants to know; the codec of the pictures stands behind `avcC` (ISO/IEC 14496-15, §5.3.3). */
export function typeOf(beginning: Uint8Array): string {
  const at = beginning.findIndex((_, i) => String.fromCharCode(...beginning.subarray(i, i + 4)) === "avcC");
  const codec = [...beginning.subarray(at + 5, at + 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `video/mp4; codecs="avc1.${codec}, mp4a.40.2"`;
}

/** Give `video` the film as it grows, until all of it is there. Rejects when the film is gone or `stop` says so. */
export async function playGrowing(video: HTMLVideoElement, address: string, stop: AbortSignal): Promise<void> {
  if (!("MediaSource" in window)) {
    // An iPhone plays such a list by itself.
    video.src = address;
    return;
  }
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await told(source, "sourceopen", stop);
  URL.revokeObjectURL(video.src);
  let buffer: SourceBuffer | null = null;
  for (let done = 0; ; await pause(stop)) {
    const list = playlistOf(await (await fetched(address, stop)).text(), address);
    if (!buffer && list.beginning) {
      const data = await bytes(list.beginning, stop);
      buffer = source.addSourceBuffer(typeOf(data));
      await append(buffer, data, stop);
    }
    for (const segment of buffer ? list.segments.slice(done) : []) {
      await append(buffer!, await bytes(segment, stop), stop);
      // The first picture comes a little after 0: it was decoded before it is shown.
      if (done === 0 && video.currentTime === 0) video.currentTime = buffer!.buffered.start(0);
      done += 1;
    }
    if (list.hasEnded) {
      source.endOfStream();
      return;
    }
  }
}

async function fetched(address: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(`The film in the making answers ${answer.status}.`);
  return answer;
}

const bytes = async (address: string, stop: AbortSignal): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await fetched(address, stop)).arrayBuffer());

async function append(buffer: SourceBuffer, data: Uint8Array<ArrayBuffer>, stop: AbortSignal): Promise<void> {
  buffer.appendBuffer(data);
  await told(buffer, "updateend", stop);
}

function told(target: EventTarget, event: string, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    target.addEventListener(event, () => resolve(), { once: true });
    stop.addEventListener("abort", () => reject(stop.reason as Error), { once: true });
  });
}

function pause(stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, LOOK_MS);
    stop.addEventListener("abort", () => (clearTimeout(timer), reject(stop.reason as Error)), { once: true });
  });
}
