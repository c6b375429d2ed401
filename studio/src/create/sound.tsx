import { t } from "../i18n/index.ts";
import { bytes } from "../lib/format.ts";
import { uploadPath } from "../state/media.ts";
import type { Slot } from "../state/upload.ts";
import { ChooseButton, DropArea, UploadState } from "../ui/drop.tsx";
import { Icon } from "../ui/icon.tsx";
import { MoreWays } from "../ui/more.tsx";
import { SampleButton } from "../ui/sample.tsx";
import { RecordButton } from "./recorder.tsx";

/** A place for a recording: dropped, chosen, or spoken now. */
export function SoundSlot({ slot, hint }: { slot: Slot; hint?: string }) {
  const file = slot.file.value;
  return (
    <DropArea slot={slot} class="sound">
      {file && (
        <div class="sound-file">
          <SampleButton path={slot.local.value ?? (file.path ?? uploadPath("audio", file.filename))} name={file.name} />
          <span class="sound-name">{file.name}</span>
          {file.size > 0 && <span class="soft">{bytes(file.size)}</span>}
          <button type="button" class="round" aria-label={t("remove")} onClick={() => slot.use(null)}>
            <Icon name="close" />
          </button>
        </div>
      )}
      {!file && hint && <p class="soft">{hint}</p>}
      <UploadState slot={slot} />
      {!slot.isBusy && (
        <div class="row">
          <ChooseButton slot={slot} label={t(file ? "replace" : "choose")} />
          <RecordButton slot={slot} label={t("microphone")} />
        </div>
      )}
      {!slot.isBusy && <MoreWays slot={slot} />}
    </DropArea>
  );
}
