import { useEffect, useState } from "preact/hooks";
import type { CompletedTask, TaskStatus } from "client/index.ts";
import { t } from "../i18n/index.ts";
import { clock, span } from "../lib/format.ts";
import { href } from "../lib/route.ts";
import { uploadPath } from "../state/media.ts";
import { language } from "../state/preferences.ts";
import { voices } from "../state/library.ts";
import { SaveVoice } from "../library/voices.tsx";
import { noteOf } from "../state/tasks.ts";
import { Icon } from "../ui/icon.tsx";
import { SampleButton } from "../ui/sample.tsx";
import { warningText } from "./failure.ts";
import { DownloadLinks } from "./downloads.tsx";
import { Player } from "./player.tsx";
import { Share } from "./share.tsx";

/** What a task made: to be watched, kept and passed on. */
export function ResultView({ task }: { task: TaskStatus }) {
  const { result } = task as CompletedTask;
  if (task.task_type === "template" || task.task_type === "template_edit") return <InLibrary shelf="templates" task={task} />;
  if (task.task_type === "voice_profile") return <InLibrary shelf="voices" task={task} />;
  const media = result.video_url ?? result.audio_url;
  if (!media) return <InLibrary shelf="people" task={task} />;
  const clip = noteOf(task.task_id).clip;
  return (
    <div class="result">
      <Player
        path={media}
        taskId={task.task_id}
        isVideo={result.video_url !== undefined}
        subtitles={result["subtitle_vtt_url"] as string | undefined}
        clip={clip ? uploadPath("video", clip) : null}
        ratio={Number(result["width"] ?? 16) / Number(result["height"] ?? 9)}
      />
      <aside class="result-side">
        <div class="result-actions">
          <DownloadLinks result={result} />
          <Share media={media} />
          <KeepVoice task={task} />
          <a class="button" href={href({ page: "create" })}>
            {t("task_again")}
          </a>
        </div>
        <Facts task={task} />
        <Warnings codes={result.warnings ?? []} />
      </aside>
    </div>
  );
}

/** A voice that was learnt for this video, to be picked by its name from now on. */
function KeepVoice({ task }: { task: TaskStatus }) {
  const [saves, setSaves] = useState(false);
  const { clip, sample } = noteOf(task.task_id);
  if (sample === undefined || !clip) return null;
  return (
    <>
      <button type="button" onClick={() => setSaves(true)}>
        <Icon name="microphone" />
        {t("result_keep_voice")}
      </button>
      {saves && <SaveVoice from={sample ? { audio_file: sample } : { video_file: clip }} onClose={() => setSaves(false)} />}
    </>
  );
}

function Facts({ task }: { task: TaskStatus }) {
  useEffect(() => voices.ensure(), []);
  const result = (task as CompletedTask).result;
  const took = (Date.parse(task.updated_at) - Date.parse(task.created_at)) / 1000;
  const facts: [string, string][] = [
    [t("result_length"), typeof result["duration"] === "number" ? clock(result["duration"]) : ""],
    [t("result_size"), result["width"] ? `${String(result["width"])} × ${String(result["height"])}, ${String(result["fps"])} fps` : ""],
    [t("result_voice"), voiceOf(String(result["voice"] ?? ""))],
    [t("result_took"), span(took, language.value)],
  ];
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** `adapted from zf_xiaobei, zf_xiaoyi`, `zf_xiaobei` or `recorded`, with the voices' own names. */
function voiceOf(said: string): string {
  if (said === "recorded") return t("voice_recorded");
  const names = said.replace("adapted from ", "").split(", ");
  const known = names.map((id) => voices.items.value?.find((one) => one.voice_id === id)?.name ?? id);
  return said.startsWith("adapted") ? t("voice_adapted", { names: known.join(t("comma")) }) : known.join(t("comma"));
}

function Warnings({ codes }: { codes: string[] }) {
  if (codes.length === 0) return null;
  return (
    <div class="warnings">
      <h2>{t("warnings")}</h2>
      <ul>
        {codes.map((code) => (
          <li key={code}>{warningText(code)}</li>
        ))}
      </ul>
    </div>
  );
}

/** Voices and templates: what was made is in the library. */
function InLibrary({ shelf, task }: { shelf: "voices" | "templates" | "people"; task: TaskStatus }) {
  const result = (task as CompletedTask).result;
  const preview = typeof result["preview_url"] === "string" ? result["preview_url"] : null;
  return (
    <div class="ended">
      <p class="ended-title">
        <Icon name="check" /> {t("status_completed")}
      </p>
      <Warnings codes={result.warnings ?? []} />
      <div class="row">
        {preview && <SampleButton path={preview} name={noteOf(task.task_id).words ?? ""} />}
        <a class="button primary" href={href({ page: "library", shelf })}>
          {t("to_library")}
        </a>
      </div>
    </div>
  );
}
