import { t } from "../i18n/index.ts";
import { change, draft, evidence } from "../state/draft.ts";
import { ChooseButton, DropArea, UploadState } from "../ui/drop.tsx";
import { Icon } from "../ui/icon.tsx";

/** Who agreed to be shown and heard, and what shows it. */
export function Consent() {
  const { agreedAt, subject } = draft.value;
  const agree = (agreed: boolean): void => change({ agreedAt: agreed ? new Date().toISOString() : null });
  return (
    <div class="consent">
      <label class="check">
        <input type="checkbox" checked={agreedAt !== null} onChange={(event) => agree(event.currentTarget.checked)} />
        <span>{t("consent")}</span>
      </label>
      {agreedAt && (
        <>
          <label class="field">
            <span>{t("consent_name")}</span>
            <input value={subject} maxLength={128} autocomplete="off" onInput={(event) => change({ subject: event.currentTarget.value })} />
          </label>
          <Evidence />
        </>
      )}
    </div>
  );
}

function Evidence() {
  const file = evidence.file.value;
  return (
    <details class="more-ways" open={file !== null || evidence.isBusy || evidence.problem.value !== null}>
      <summary>{t("evidence")}</summary>
      <DropArea slot={evidence} class="sound">
        {file && (
          <div class="sound-file">
            <span class="sound-name">{file.name}</span>
            <button type="button" class="round" aria-label={t("remove")} onClick={() => evidence.use(null)}>
              <Icon name="close" />
            </button>
          </div>
        )}
        {!file && <p class="soft">{t("evidence_hint")}</p>}
        <UploadState slot={evidence} />
        {!evidence.isBusy && (
          <div class="row">
            <ChooseButton slot={evidence} label={t(file ? "replace" : "choose")} accept=".pdf,video/*,audio/*" />
          </div>
        )}
      </DropArea>
    </details>
  );
}
