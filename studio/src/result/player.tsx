import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { clock } from "../lib/format.ts";
import { cuesOf, type Cue } from "../lib/vtt.ts";
import { client } from "../state/client.ts";
import { useAddress } from "../state/media.ts";
import { Icon } from "../ui/icon.tsx";
import { placeIn } from "./preview.tsx";
import { Waveform } from "./waveform.tsx";

interface Props {
  path: string;
  taskId: string;
  isVideo: boolean;
  subtitles: string | undefined;
  /** The person's own clip, to be shown beside the result. */
  clip: string | null;
  ratio: number;
}

export function Player({ path, taskId, isVideo, subtitles, clip, ratio }: Props) {
  const media = useRef<HTMLVideoElement>(null);
  const beside = useRef<HTMLVideoElement>(null);
  const time = useSignal(0);
  const length = useSignal(0);
  const playing = useSignal(false);
  const compares = useSignal(false);
  const cues = useSignal<Cue[]>([]);
  const source = useAddress(path).value;
  const original = useAddress(compares.value ? clip : null).value;

  useEffect(() => {
    if (!subtitles) return;
    client.downloads.save(subtitles).then((blob) => blob.text()).then(
      (text) => (cues.value = cuesOf(text)),
      () => undefined, // The video is whole without them; the download says what is wrong.
    );
  }, [subtitles]);
  useEffect(() => {
    // Smoother than the four times a second of timeupdate.
    if (!playing.value) return undefined;
    let frame = 0;
    const look = (): void => {
      time.value = media.current?.currentTime ?? 0;
      frame = requestAnimationFrame(look);
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [playing.value]);

  const seek = (to: number): void => {
    if (media.current) media.current.currentTime = time.value = Math.min(Math.max(to, 0), length.value);
    if (beside.current?.duration) beside.current.currentTime = to % beside.current.duration;
  };
  const toggle = (): void => {
    if (media.current?.paused) void media.current.play();
    else media.current?.pause();
  };
  const now = cues.value.findIndex((cue) => cue.start <= time.value && time.value < cue.end);
  return (
    <section class="player" aria-label={t("player")}>
      <div class={`screens ${compares.value ? "is-double" : ""} ${ratio < 1 ? "is-tall" : ""}`} style={{ "--ratio": ratio }}>
        <figure>
          {source && (
            <video
              ref={media}
              src={source}
              class={isVideo ? "" : "is-sound"}
              playsInline
              preload="auto"
              onClick={toggle}
              onLoadedMetadata={({ currentTarget }) => {
                length.value = currentTarget.duration;
                const place = placeIn(taskId);
                if (!place) return;
                seek(place.time);
                if (place.isPlaying) void currentTarget.play();
              }}
              onTimeUpdate={(event) => (time.value = event.currentTarget.currentTime)}
              onPlay={() => {
                playing.value = true;
                void beside.current?.play();
              }}
              onPause={() => {
                playing.value = false;
                beside.current?.pause();
              }}
            />
          )}
          {compares.value && <figcaption>{t("compare_made")}</figcaption>}
        </figure>
        {compares.value && (
          <figure>
            {original && <video ref={beside} src={original} muted loop playsInline preload="auto" autoplay={playing.value} />}
            <figcaption>{t("compare_clip")}</figcaption>
          </figure>
        )}
      </div>
      <div class="player-bar">
        <button type="button" class="round play" disabled={length.value === 0} aria-label={t(playing.value ? "pause" : "play")} onClick={toggle}>
          <Icon name={playing.value ? "pause" : "play"} />
        </button>
        <Waveform path={path} time={time.value} length={length.value} onSeek={seek} />
        <span class="player-time">
          {clock(time.value)} <span class="soft">/ {clock(length.value)}</span>
        </span>
        {clip && (
          <button type="button" class="quiet small" aria-pressed={compares.value} onClick={() => (compares.value = !compares.value)}>
            <Icon name="compare" />
            {t("compare")}
          </button>
        )}
      </div>
      {cues.value.length > 0 && (
        <div class="transcript" role="group" aria-label={t("transcript")}>
          {cues.value.map((cue, index) => (
            <button key={index} type="button" aria-current={index === now || undefined} onClick={() => seek(cue.start + 0.01)}>
              {cue.text}
            </button>
          ))}
        </div>
      )}
    </section>
  );
}
