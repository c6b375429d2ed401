import { t } from "../i18n/index.ts";
import { change, draft, music } from "../state/draft.ts";
import { Slider, Toggle } from "../ui/controls.tsx";
import { Consent } from "./consent.tsx";
import { Look } from "./look.tsx";
import { SoundSlot } from "./sound.tsx";

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value).replace("-", "−"));

export function Options() {
  const choices = draft.value;
  const speaks = choices.speech === "text";
  const ofTemplate = choices.person === "template";
  return (
    <section class="options" aria-labelledby="options-title">
      <header class="section-head">
        <h2 id="options-title">{t("options")}</h2>
      </header>
      {speaks && (
        <div class="sliders">
          <Slider
            label={t("speed")}
            {...{ min: 0.5, max: 2, step: 0.05, usual: 1, value: choices.speed }}
            shown={`${choices.speed.toFixed(2)}×`}
            onChange={(speed) => change({ speed })}
          />
          <Slider
            label={t("pitch")}
            {...{ min: -12, max: 12, step: 1, usual: 0, value: choices.pitch }}
            shown={t("semitones", { n: signed(choices.pitch) })}
            onChange={(pitch) => change({ pitch })}
          />
          <Slider
            label={t("volume")}
            {...{ min: -20, max: 6, step: 1, usual: 0, value: choices.volume }}
            shown={`${signed(choices.volume)} dB`}
            onChange={(volume) => change({ volume })}
          />
        </div>
      )}
      {(ofTemplate || !speaks) && (
        <Toggle
          label={t(ofTemplate ? "subtitles_burn" : "subtitles_listen")}
          checked={choices.subtitles}
          onChange={(subtitles) => change({ subtitles })}
        />
      )}
      {!speaks && <Toggle label={t("enhance")} checked={choices.enhance} onChange={(enhance) => change({ enhance })} />}
      {ofTemplate && <Toggle label={t("still")} checked={choices.still} onChange={(still) => change({ still })} />}
      <div class="music">
        <h3>{t("music")}</h3>
        <SoundSlot slot={music} hint={t("music_hint")} />
      </div>
      <Look />
      {!ofTemplate && <Consent />}
      <p class="soft">{t("consent_note")}</p>
    </section>
  );
}
