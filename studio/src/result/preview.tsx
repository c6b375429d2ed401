import { useEffect, useMemo, useRef } from "preact/hooks";
import type { TaskStatus } from "client/index.ts";
import { t } from "../i18n/index.ts";
import { playGrowing } from "../lib/growing.ts";

interface Place {
  time: number;
  isPlaying: boolean;
}

const places = new Map<string, Place>();

/** Where somebody was in a film when it was finished: its player goes on from there, once. */
export function placeIn(taskId: string): Place | undefined {
  const place = places.get(taskId);
  places.delete(taskId);
  return place;
}

/** What is there of a film, while the rest is being made. */
export function Preview({ task }: { task: TaskStatus }) {
  const video = useRef<HTMLVideoElement>(null);
  // Every status signs it anew; one is enough.
  const address = useMemo(() => task.preview_url!, [task.task_id]);
  useEffect(() => {
    const element = video.current!;
    const stop = new AbortController();
    // The film itself is on its way; without a preview nothing is lost.
    playGrowing(element, address, stop.signal).catch(() => undefined);
    return () => {
      if (element.currentTime > 1) places.set(task.task_id, { time: element.currentTime, isPlaying: !element.paused });
      stop.abort();
    };
  }, [address]);
  return (
    <figure class="preview">
      <video ref={video} controls playsInline aria-label={t("preview")} />
      <figcaption class="fine">{t("preview_hint")}</figcaption>
    </figure>
  );
}
