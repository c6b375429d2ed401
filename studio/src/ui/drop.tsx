import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import type { Slot } from "../state/upload.ts";
import { ProblemNote } from "./problem.tsx";

const ACCEPT = {
  video: "video/*,.mkv,.flv,.ts,.mts",
  audio: "audio/*,video/*,.amr",
  image: "image/*,.heic,.heif",
  document: ".pdf",
};

interface ChooseProps {
  slot: Slot;
  label: string;
  kind?: string;
  /** Opens a phone's own camera or recorder in place of its files. */
  captures?: boolean;
  /** What the place takes, where it is more than its kind. */
  accept?: string;
  icon?: ComponentChildren;
}

/** A button that opens the system's choice of files. */
export function ChooseButton({ slot, label, kind = "", captures = false, accept, icon }: ChooseProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={kind} onClick={() => input.current?.click()}>
        {icon}
        {label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={captures ? `${slot.kind}/*` : (accept ?? ACCEPT[slot.kind])}
        capture={captures ? "user" : undefined}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) void slot.put(file);
        }}
      />
    </>
  );
}

/** Takes a file that is dropped anywhere on it. */
export function DropArea(props: { slot: Slot; class: string; children: ComponentChildren }) {
  const [over, setOver] = useState(false);
  const leave = (): void => setOver(false);
  return (
    <div
      class={`${props.class} ${over ? "is-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => event.currentTarget.contains(event.relatedTarget as Node) || leave()}
      onDrop={(event) => {
        event.preventDefault();
        leave();
        const file = event.dataTransfer?.files[0];
        if (file) void props.slot.put(file);
      }}
    >
      {props.children}
      {over && <p class="drop-word">{t("drop_here")}</p>}
    </div>
  );
}

/** How far an upload is, how to stop it, and what was wrong with it. */
export function UploadState({ slot }: { slot: Slot }) {
  const progress = slot.progress.value;
  if (slot.isFetching.value) {
    return (
      <div class="upload">
        <progress aria-label={t("fetching")} />
        <span>{t("fetching")}</span>
        <button type="button" class="quiet small" onClick={() => slot.clear()}>
          {t("upload_stop")}
        </button>
      </div>
    );
  }
  if (progress === null) return <ProblemNote problem={slot.problem.value} onRetry={() => slot.retry()} />;
  const percent = Math.round(progress * 100);
  const label = t("uploading", { percent });
  return (
    <div class="upload">
      <progress max={100} value={percent} aria-label={label} />
      <span>{label}</span>
      <button type="button" class="quiet small" onClick={() => slot.stop()}>
        {t("upload_stop")}
      </button>
    </div>
  );
}
