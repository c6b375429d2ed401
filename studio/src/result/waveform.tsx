import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { clock } from "../lib/format.ts";
import { peaks } from "../lib/peaks.ts";
import { client } from "../state/client.ts";

const BARS = 120;
/** A longer film's sound would fill the memory of a phone; it has a plain line instead. */
const MOST_BYTES = 60_000_000;

interface Props {
  path: string;
  time: number;
  length: number;
  onSeek: (seconds: number) => void;
}

/** The sound as a picture, under a slider that moves through it. */
export function Waveform({ path, time, length, onSeek }: Props) {
  const [bars, setBars] = useState<number[] | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    shapeOf(path, abort.signal).then(setBars, () => undefined);
    return () => abort.abort();
  }, [path]);
  const share = length ? time / length : 0;
  return (
    <div class="waveform">
      <svg viewBox={`0 0 ${BARS * 4} 64`} preserveAspectRatio="none" aria-hidden="true">
        {(bars ?? new Array<number>(BARS).fill(0.04)).map((value, index) => {
          const height = Math.max(2, value * 60);
          const played = index / BARS < share;
          return <rect key={index} x={index * 4 + 0.7} y={32 - height / 2} width="2.6" height={height} rx="1.3" class={played ? "played" : ""} />;
        })}
      </svg>
      <input
        type="range"
        min={0}
        max={length || 1}
        step={0.01}
        value={time}
        aria-label={t("seek")}
        aria-valuetext={clock(time)}
        onInput={(event) => onSeek(Number(event.currentTarget.value))}
      />
    </div>
  );
}

async function shapeOf(path: string, signal: AbortSignal): Promise<number[] | null> {
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort());
  const blob = await client.downloads.save(path, {
    signal: stop.signal,
    onProgress: ({ total }) => total > MOST_BYTES && stop.abort(),
  });
  const context = new OfflineAudioContext(1, 1, 16_000);
  const sound = await context.decodeAudioData(await blob.arrayBuffer());
  return peaks(sound.getChannelData(0), BARS);
}
