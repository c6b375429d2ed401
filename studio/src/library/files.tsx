import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "client/index.ts";
import { named, t } from "../i18n/index.ts";
import { bytes, moment } from "../lib/format.ts";
import { client, problemOf } from "../state/client.ts";
import { change, clip, consentOf, draft } from "../state/draft.ts";
import { clips, files, type Listing } from "../state/library.ts";
import { uploadPath, useAddress } from "../state/media.ts";
import { language } from "../state/preferences.ts";
import { go } from "../state/route.ts";
import { follow, note, seen } from "../state/tasks.ts";
import { DeleteButton, Empty } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { ProblemNote } from "../ui/problem.tsx";
import { SampleButton } from "../ui/sample.tsx";
import { toast } from "../ui/toast.tsx";

type File = Schemas["ListedFile"];

async function remove(file: File, list: Listing<File>): Promise<void> {
  try {
    await client.files.remove(file.file_type, file.filename);
  } catch (error) {
    toast(problemOf(error).sentence);
  }
  void list.refresh();
}

/** Clips that were uploaded before, to be used again. */
export function PeopleShelf() {
  useEffect(() => void clips.refresh(), []);
  const list = clips.items.value;
  return (
    <>
      <ProblemNote problem={clips.problem.value} onRetry={() => void clips.refresh()} />
      {list?.length === 0 && <Empty title={t("people_empty")} hint={t("people_empty_hint")} />}
      <ul class="works">
        {list?.map((file) => (
          <PersonCard key={file.filename} file={file} />
        ))}
      </ul>
    </>
  );
}

function PersonCard({ file }: { file: File }) {
  const url = useAddress(uploadPath("video", file.filename)).value;
  const [asked, setAsked] = useState(false);
  const use = (): void => {
    clip.use({ kind: "video", filename: file.filename, name: file.filename, size: file.file_size });
    change({ person: "clip" });
    go({ page: "create" });
  };
  const prepare = async (): Promise<void> => {
    setAsked(true);
    try {
      const task = await client.tasks.avatar({
        sample_video: file.filename,
        // Who agreed is known of the clip that is being worked with.
        ...(clip.file.value?.filename === file.filename ? consentOf(draft.value) : {}),
      });
      note(task.task_id, { words: file.filename });
      seen(await client.tasks.status(task.task_id));
      void follow();
      toast(t("prepared"));
    } catch (error) {
      setAsked(false);
      toast(problemOf(error).sentence);
    }
  };
  return (
    <li class="work">
      <button type="button" class="work-open" onClick={use}>
        <div class="work-picture">{url && <video src={`${url}#t=0.4`} muted playsInline preload="metadata" tabIndex={-1} />}</div>
        <span class="work-words">{file.filename}</span>
      </button>
      <p class="work-facts">
        <span>
          {moment(file.created_at, language.value)} · {bytes(file.file_size)}
        </span>
      </p>
      <button type="button" class="quiet small" disabled={asked} title={t("prepare_hint")} onClick={() => void prepare()}>
        {t(asked ? "prepared" : "prepare")}
      </button>
      <DeleteButton label={`${t("remove")}: ${file.filename}`} onDelete={() => void remove(file, clips)} />
    </li>
  );
}

export function FilesShelf() {
  useEffect(() => void files.refresh(), []);
  const list = files.items.value;
  return (
    <>
      <ProblemNote problem={files.problem.value} onRetry={() => void files.refresh()} />
      {list?.length === 0 ? <Empty title={t("files_empty")} hint={t("files_kept")} /> : <p class="soft">{t("files_kept")}</p>}
      <ul class="rows">
        {list?.map((file) => (
          <li key={`${file.file_type}/${file.filename}`} class="row-file">
            {file.file_type === "audio" ? (
              <SampleButton path={file.download_url} name={file.filename} />
            ) : (
              <span class="row-mark">
                <Icon name={file.file_type === "video" ? "camera" : "picture"} />
              </span>
            )}
            <span class="row-name">{file.filename}</span>
            <span class="soft">{named(`one_${file.file_type}`, file.file_type)}</span>
            <span class="soft number">{bytes(file.file_size)}</span>
            <span class="soft number">{moment(file.created_at, language.value)}</span>
            <DeleteButton label={`${t("remove")}: ${file.filename}`} onDelete={() => void remove(file, files)} />
          </li>
        ))}
      </ul>
      {files.next.value && (
        <button type="button" class="more" onClick={() => void files.more()}>
          {t("more")}
        </button>
      )}
    </>
  );
}
