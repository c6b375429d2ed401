import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { problemOf } from "../state/client.ts";
import { addressOf } from "../state/media.ts";
import { toast } from "./toast.tsx";
import { Icon } from "./icon.tsx";

const sound = new Audio();
const playing = signal<string | null>(null);
sound.onended = sound.onpause = () => (playing.value = null);

async function listen(path: string): Promise<void> {
  if (playing.value === path) return sound.pause();
  try {
    const url = path.startsWith("blob:") ? path : (await addressOf(path)).url;
    sound.src = url;
    await sound.play();
    playing.value = path;
  } catch (error) {
    if (!(error instanceof DOMException)) toast(problemOf(error).sentence);
  }
}

/** Plays a short sound; starting one stops another. */
export function SampleButton({ path, name }: { path: string; name: string }) {
  useEffect(() => () => void (playing.value === path && sound.pause()), [path]);
  const isOn = playing.value === path;
  return (
    <button
      type="button"
      class={`round ${isOn ? "is-on" : ""}`}
      aria-label={isOn ? t("voice_stop") : t("voice_sample", { name })}
      onClick={() => void listen(path)}
    >
      <Icon name={isOn ? "pause" : "play"} />
    </button>
  );
}
