import { useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { labelShare, shapeOf, subtitleShare } from "../lib/look.ts";
import { ASPECTS, backdrop, change, clip, CORNERS, draft, LENGTH_FITS, logo, RESOLUTIONS, type Choices } from "../state/draft.ts";
import { uploadPath, useAddress } from "../state/media.ts";
import { Segmented, Slider, Toggle } from "../ui/controls.tsx";
import { ChooseButton, DropArea, UploadState } from "../ui/drop.tsx";
import type { Slot } from "../state/upload.ts";

/** How the video of a clip looks, with a picture of it that changes as it is chosen. */
export function Look() {
  const choices = draft.value;
  const ofClip = choices.person === "clip";
  return (
    <section class="look" aria-labelledby="look-title">
      <h3 id="look-title">{t("look")}</h3>
      {ofClip && <Preview choices={choices} />}
      <div class="look-choices">
        {ofClip && (
          <>
            <Choice label={t("aspect")} name="aspect" options={ASPECTS} said={(one) => (one === "clip" ? t("aspect_clip") : one)} />
            {choices.aspect !== "clip" && (
              <Segmented
                label={t("frame_fit")}
                value={choices.frameFit}
                options={[["cover", t("fit_cover")], ["contain", t("fit_contain")]]}
                onChange={(frameFit) => change({ frameFit })}
              />
            )}
            <Ground choices={choices} />
            <Choice label={t("length_fit")} name="lengthFit" options={LENGTH_FITS} said={(one) => t(`fit_${one}`)} />
            <Toggle label={t("subtitles_burn")} checked={choices.burn} onChange={(burn) => change({ burn })} />
          </>
        )}
        {(ofClip ? choices.burn : choices.subtitles) && <Letters choices={choices} />}
        <Choice label={t("resolution")} name="resolution" options={RESOLUTIONS} said={(one) => (one === "clip" ? t("resolution_clip") : one)} />
        <PictureSlot slot={logo} label={t("logo")} />
        {logo.file.value && (
          <>
            <Choice label={t("logo_position")} name="logoPosition" options={CORNERS} said={(one) => t(`corner_${one}`)} />
            <Slider
              label={t("logo_size")}
              {...{ min: 0.05, max: 0.4, step: 0.01, usual: 0.16, value: choices.logoSize }}
              shown={`${Math.round(100 * choices.logoSize)} %`}
              onChange={(logoSize) => change({ logoSize })}
            />
          </>
        )}
        <Toggle label={t("poster")} checked={choices.poster} onChange={(poster) => change({ poster })} />
      </div>
    </section>
  );
}

function Ground({ choices }: { choices: Choices }) {
  const kinds = ["clip", "blur", "color", "image", "none"] as const;
  return (
    <>
      <Choice label={t("ground")} name="ground" options={kinds} said={(one) => t(`ground_${one}`)} />
      {choices.ground === "color" && (
        <Colour label={t("ground_color")} value={choices.groundColor} onChange={(groundColor) => change({ groundColor })} />
      )}
      {choices.ground === "blur" && (
        <Slider
          label={t("ground_blur")}
          {...{ min: 0.1, max: 1, step: 0.05, usual: 0.5, value: choices.blur }}
          shown={`${Math.round(100 * choices.blur)} %`}
          onChange={(blur) => change({ blur })}
        />
      )}
      {choices.ground === "image" && <PictureSlot slot={backdrop} label={t("ground_image")} />}
    </>
  );
}

function Letters({ choices }: { choices: Choices }) {
  return (
    <>
      <Slider
        label={t("letters_size")}
        {...{ min: 0.6, max: 1.8, step: 0.1, usual: 1, value: choices.lettersSize }}
        shown={`${Math.round(100 * choices.lettersSize)} %`}
        onChange={(lettersSize) => change({ lettersSize })}
      />
      <Segmented
        label={t("letters_position")}
        value={choices.lettersPosition}
        options={[["bottom", t("position_bottom")], ["top", t("position_top")]]}
        onChange={(lettersPosition) => change({ lettersPosition })}
      />
      <Colour label={t("letters_color")} value={choices.lettersColor} onChange={(lettersColor) => change({ lettersColor })} />
    </>
  );
}

/** The clip in the chosen frame. What is behind the person is shown around a rough outline of them. */
function Preview({ choices }: { choices: Choices }) {
  const file = clip.file.value;
  const source = useSource(clip, "video");
  const mark = useSource(logo, "image");
  const ground = useSource(backdrop, "image");
  const [own, setOwn] = useState<[number, number]>([16, 9]);
  if (!file || !source) return null;
  const cut = choices.ground !== "clip";
  const [across, down] = shapeOf(choices.aspect) ?? own;
  return (
    <figure class="look-preview" role="img" aria-label={t("look_preview")}>
      <div
        class={`look-frame ground-${choices.ground}`}
        style={{
          aspectRatio: `${across} / ${down}`,
          "--ground": choices.groundColor,
          "--ground-image": ground ? `url("${ground}")` : "none",
          "--letters": choices.lettersColor,
          "--letters-size": subtitleShare(choices.lettersSize),
          "--label-size": labelShare,
          "--logo-size": choices.logoSize,
        }}
      >
        {choices.ground === "blur" && <video class="behind" src={source} muted playsInline style={{ "--blur": choices.blur }} />}
        <video
          class={cut ? "person-cut" : ""}
          style={{ objectFit: choices.frameFit }}
          src={source}
          muted
          playsInline
          onLoadedMetadata={({ currentTarget }) => setOwn([currentTarget.videoWidth, currentTarget.videoHeight])}
        />
        <span class="look-label">AI生成</span>
        {mark && <img class={`look-logo ${choices.logoPosition}`} src={mark} alt="" />}
        {choices.burn && <span class={`look-letters ${choices.lettersPosition}`}>{t("letters_sample")}</span>}
      </div>
      <figcaption class="soft">{t(cut ? "look_cut_note" : "look_note")}</figcaption>
    </figure>
  );
}

function useSource(slot: Slot, kind: "video" | "image"): string | null {
  const file = slot.file.value;
  const remote = useAddress(file && !slot.local.value ? uploadPath(kind, file.filename) : null);
  return slot.local.value ?? (remote.value || null);
}

interface ChoiceProps<K extends keyof Choices> {
  label: string;
  name: K;
  options: readonly (Choices[K] & string)[];
  said: (option: never) => string;
}

function Choice<K extends keyof Choices>({ label, name, options, said }: ChoiceProps<K>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={draft.value[name] as string} onChange={(event) => change({ [name]: event.currentTarget.value })}>
        {options.map((one) => (
          <option key={one} value={one}>
            {said(one as never)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Colour({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label class="field colour">
      <span>{label}</span>
      <input type="color" value={value} onInput={(event) => onChange(event.currentTarget.value.toUpperCase())} />
    </label>
  );
}

function PictureSlot({ slot, label }: { slot: Slot; label: string }) {
  const file = slot.file.value;
  return (
    <DropArea slot={slot} class="sound">
      <span class="sound-name">{file ? `${label}: ${file.name}` : label}</span>
      <UploadState slot={slot} />
      {!slot.isBusy && (
        <div class="row">
          <ChooseButton slot={slot} label={t(file ? "replace" : "choose")} />
          {file && (
            <button type="button" class="quiet small" onClick={() => slot.use(null)}>
              {t("remove")}
            </button>
          )}
        </div>
      )}
    </DropArea>
  );
}
