import type { ComponentChildren } from "preact";
import { t } from "../i18n/index.ts";
import { change, draft, sample } from "../state/draft.ts";
import { voices } from "../state/library.ts";
import { ProblemNote } from "../ui/problem.tsx";
import { SampleButton } from "../ui/sample.tsx";
import { SoundSlot } from "./sound.tsx";

/** Whose voice speaks the text. */
export function VoicePicker() {
  const { person, voice } = draft.value;
  const ofClip = person === "clip";
  const list = voices.items.value;
  const isGone = list !== null && !["clip", "file"].includes(voice) && !list.some((one) => one.voice_id === voice);
  const chosen = isGone || (!ofClip && voice === "file") ? "clip" : voice;
  return (
    <section class="voice" aria-labelledby="voice-title">
      <header class="section-head">
        <h2 id="voice-title">{t("voice")}</h2>
      </header>
      <fieldset class="voices">
        <legend class="hidden">{t("voice")}</legend>
        <Choice id="clip" chosen={chosen} name={t(ofClip ? "voice_clip" : "voice_template")}>
          {t(ofClip ? "voice_clip_hint" : "voice_template_hint")}
        </Choice>
        {ofClip && (
          <Choice id="file" chosen={chosen} name={t("voice_file")}>
            {t("voice_file_hint")}
          </Choice>
        )}
        {list?.map((one) => (
          <Choice
            key={one.voice_id}
            id={one.voice_id}
            chosen={chosen}
            name={one.name}
            sample={<SampleButton path={one.preview_url} name={one.name} />}
          >
            {one.gender ? t(one.gender === "female" ? "voice_female" : "voice_male") : t("voice_own")}
          </Choice>
        ))}
      </fieldset>
      <ProblemNote problem={voices.problem.value} onRetry={() => void voices.refresh()} />
      {chosen === "file" && <SoundSlot slot={sample} hint={t("voice_file_hint")} />}
    </section>
  );
}

interface ChoiceProps {
  id: string;
  chosen: string;
  name: string;
  sample?: ComponentChildren;
  children: ComponentChildren;
}

function Choice({ id, chosen, name, sample, children }: ChoiceProps) {
  return (
    <div class="choice">
      <label>
        <input type="radio" name="voice" checked={id === chosen} onChange={() => change({ voice: id })} />
        <span class="choice-name">{name}</span>
        <span class="choice-hint">{children}</span>
      </label>
      {sample}
    </div>
  );
}
