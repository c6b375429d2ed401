import { useEffect } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { href } from "../lib/route.ts";
import { change, clip, draft } from "../state/draft.ts";
import { templates } from "../state/library.ts";
import { uploadPath, useAddress } from "../state/media.ts";
import { Segmented } from "../ui/controls.tsx";
import { ChooseButton, DropArea, UploadState } from "../ui/drop.tsx";
import { Icon } from "../ui/icon.tsx";
import { MoreWays } from "../ui/more.tsx";
import { ProblemNote } from "../ui/problem.tsx";
import { isPhone, RecordButton } from "./recorder.tsx";

/** Who speaks: a clip of a person, or a template. */
export function Person() {
  const { person } = draft.value;
  return (
    <section class="person" aria-labelledby="person-title">
      <header class="section-head">
        <h2 id="person-title">{t("person")}</h2>
        <Segmented
          label={t("person")}
          value={person}
          options={[["clip", t("from_clip")], ["template", t("from_template")]]}
          onChange={(wanted) => change({ person: wanted })}
        />
      </header>
      {person === "clip" ? <ClipStage /> : <TemplateStage />}
    </section>
  );
}

function ClipStage() {
  const file = clip.file.value;
  const remote = useAddress(file && !clip.local.value ? (file.path ?? uploadPath("video", file.filename)) : null);
  const source = clip.local.value ?? remote.value;
  useEffect(() => {
    // The server deletes uploads after a while: a draft of last month has lost its clip.
    if (remote.value === "") clip.use(null);
  }, [remote.value]);
  return (
    <DropArea slot={clip} class={`stage ${source ? "" : "is-empty"}`}>
      {source && <video src={source} muted loop autoplay playsInline aria-label={t("clip_of", { name: file?.name ?? "" })} />}
      <div class={source ? "stage-foot" : "stage-call"}>
        {!source && (
          <>
            <Silhouette />
            <p class="stage-word">{t(isPhone ? "clip_empty_phone" : "clip_empty")}</p>
            <p class="stage-hint">{t("clip_hint")}</p>
          </>
        )}
        <UploadState slot={clip} />
        {!clip.isBusy && (
          <div class="row">
            <ChooseButton slot={clip} label={t(source ? "replace" : "choose")} kind="on-stage" />
            <RecordButton slot={clip} label={t("clip_record")} kind="on-stage" />
          </div>
        )}
        {!clip.isBusy && <MoreWays slot={clip} />}
      </div>
    </DropArea>
  );
}

/** Where the face should be. */
function Silhouette() {
  return (
    <svg class="silhouette" viewBox="0 0 120 104" aria-hidden="true">
      <path d="M14 24V6h18M88 6h18v18" />
      <path d="M60 16c11 0 18 9 18 21s-8 25-18 25-18-13-18-25 7-21 18-21zM18 104c1-22 15-32 42-32s41 10 42 32" />
    </svg>
  );
}

function TemplateStage() {
  useEffect(() => void templates.refresh(), []);
  const { templateId, subtitles, text } = draft.value;
  const list = templates.items.value;
  return (
    <>
      <div class="stage template-stage">
        {templateId && <Poster id={templateId} />}
        {templateId && subtitles && text.trim() && <p class="stage-subtitle">{firstLine(text)}</p>}
        {!templateId && (
          <div class="stage-call">
            <Silhouette />
            <p class="stage-word">{t(list?.length === 0 ? "templates_empty" : "need_template")}</p>
            <p class="stage-hint">{t("templates_empty_hint")}</p>
          </div>
        )}
      </div>
      <ProblemNote problem={templates.problem.value} onRetry={() => void templates.refresh()} />
      <div class="strip" role="group" aria-label={t("shelf_templates")}>
        <a class="strip-new" href={href({ page: "template", id: "new" })}>
          <Icon name="plus" />
          {t("template_new")}
        </a>
        {list?.map((one) => (
          <button
            key={one.template_id}
            type="button"
            class="strip-item"
            aria-pressed={one.template_id === templateId}
            aria-label={one.title_text || t("template_untitled")}
            onClick={() => change({ templateId: one.template_id })}
          >
            <Poster id={one.template_id} />
          </button>
        ))}
      </div>
    </>
  );
}

/** A template that was changed has another one. */
export function Poster({ id }: { id: string }) {
  const version = templates.items.value?.find((one) => one.template_id === id)?.updated_at;
  const url = useAddress(`/download/template/${id}?file=poster`, version).value;
  return url ? <img class="poster" src={url} alt="" loading="lazy" /> : <span class="poster is-blank" />;
}

/** As much as one subtitle shows. */
function firstLine(text: string): string {
  return (/^[^。！？.!?\n]{1,22}/.exec(text.trim())?.[0] ?? "").trim();
}
