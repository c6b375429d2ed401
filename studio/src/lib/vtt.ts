export interface Cue {
  start: number;
  end: number;
  text: string;
}

/** The cues of a WebVTT file. */
export function cuesOf(vtt: string): Cue[] {
  const cues: Cue[] = [];
  for (const block of vtt.replace(/\r\n?/g, "\n").split(/\n\n+/)) {
    const lines = block.trim().split("\n");
    const at = lines.findIndex((line) => line.includes("-->"));
    const [from, to] = (lines[at] ?? "").split("-->");
    if (at < 0 || !from || !to) continue;
    const text = lines.slice(at + 1).join(" ").replace(/<[^>]*>/g, "");
    cues.push({ start: seconds(from), end: seconds(to), text });
  }
  return cues;
}

function seconds(time: string): number {
  const parts = (time.trim().split(/\s/)[0] ?? "").split(":").map(Number);
  return parts.reduce((sum, part) => sum * 60 + part, 0);
}
