import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Schemas } from "client/index.ts";
import { t } from "../i18n/index.ts";
import { client, problemOf, type Problem } from "../state/client.ts";
import { voices } from "../state/library.ts";
import { uploadPath, useAddress } from "../state/media.ts";
import { go } from "../state/route.ts";
import { follow, note, seen } from "../state/tasks.ts";
import { Slot } from "../state/upload.ts";
import { Segmented, Slider, Toggle } from "../ui/controls.tsx";
import { ChooseButton, UploadState } from "../ui/drop.tsx";
import { ProblemNote } from "../ui/problem.tsx";
import { Canvas, type Scene } from "./canvas.tsx";

const FRESH: Scene = {
  title_text: "",
  title_position: [80, 160],
  title_font_size: 72,
  title_bold: true,
  title_color: null,
  aspect: "9:16",
  person_position: null,
  person_scale: 1,
};

/** A template that is made, or changed: its canvas and what stands on it. */
export function TemplatePage({ id }: { id: string }) {
  const isNew = id === "new";
  const person = useMemo(() => new Slot("image"), []);
  const background = useMemo(() => new Slot("image"), []);
  const scene = useSignal<Scene>(FRESH);
  const voice = useSignal("");
  const problem = useSignal<Problem | null>(null);
  const before = useSignal<Schemas["TemplateDetail"] | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    voices.ensure();
    if (isNew) return;
    client.templates.get(id).then(
      (template) => {
        before.value = template;
        const known = Object.entries(template.parameters).filter(([name, value]) => name in FRESH && value !== null);
        scene.value = { ...FRESH, ...Object.fromEntries(known) };
        voice.value = String(template.parameters["voice_id"] ?? "");
      },
      (error: unknown) => (problem.value = problemOf(error)),
    );
  }, [id]);
  const personUrl = useSource(person, before.value?.person_image);
  const backgroundUrl = useSource(background, before.value?.background_image);
  const isReady = isNew ? person.file.value && background.file.value : before.value;

  const send = async (): Promise<void> => {
    setBusy(true);
    try {
      const { title_text, title_color, person_position, ...rest } = scene.value;
      const body = {
        ...rest,
        title_text,
        ...(title_color ? { title_color } : {}),
        ...(person_position ? { person_position } : {}),
        ...(voice.value ? { voice_id: voice.value } : {}),
        ...(person.file.value ? { person_image: person.file.value.filename } : {}),
        ...(background.file.value ? { background_image: background.file.value.filename } : {}),
      };
      const task = isNew
        ? await client.tasks.template(body as Schemas["TemplateRequest"])
        : await client.templates.edit(id, body as Schemas["TemplateEditRequest"]);
      note(task.task_id, { words: title_text || t("template_untitled") });
      seen(await client.tasks.status(task.task_id));
      void follow();
      go({ page: "task", id: task.task_id });
    } catch (error) {
      problem.value = problemOf(error);
      setBusy(false);
    }
  };

  return (
    <div class="template">
      <h1>{t(isNew ? "template_new" : "template_edit")}</h1>
      <Canvas
        scene={scene.value}
        person={personUrl}
        background={backgroundUrl}
        personSlot={person}
        backgroundSlot={background}
        onChange={(changes) => (scene.value = { ...scene.value, ...changes })}
      />
      <div class="template-side">
        {(personUrl === "" || backgroundUrl === "") && <p class="soft">{t("photo_gone")}</p>}
        <Picture slot={person} name={t("person_photo")} hint={t("photo_hint")} />
        <Picture slot={background} name={t("background")} hint={t("background_hint")} />
        <SceneFields scene={scene.value} kept={before.value?.parameters ?? {}} onChange={(changes) => (scene.value = { ...scene.value, ...changes })} />
        <label class="field">
          <span>{t("template_voice")}</span>
          <select value={voice.value} onChange={(event) => (voice.value = event.currentTarget.value)}>
            {!before.value?.parameters["voice_id"] && <option value="">{t("none")}</option>}
            {voices.items.value?.map((one) => (
              <option key={one.voice_id} value={one.voice_id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <ProblemNote problem={problem.value} />
        <button type="button" class="primary large" disabled={!isReady || busy || person.isBusy || background.isBusy} onClick={() => void send()}>
          {t(isNew ? "template_make" : "template_save")}
        </button>
      </div>
    </div>
  );
}

/** What to show of a picture: the new one, or the one that the template was made with. */
function useSource(slot: Slot, earlier: string | undefined): string | null {
  const remote = useAddress(earlier && !slot.local.value ? uploadPath("image", earlier) : null);
  return slot.local.value ?? remote.value;
}

function Picture({ slot, name, hint }: { slot: Slot; name: string; hint: string }) {
  return (
    <div class="picture">
      <p>
        <strong>{name}</strong>
        <span class="soft">{slot.file.value?.name ?? hint}</span>
      </p>
      {!slot.isBusy && <ChooseButton slot={slot} label={t(slot.file.value ? "replace" : "choose")} />}
      <UploadState slot={slot} />
    </div>
  );
}

interface SceneProps {
  scene: Scene;
  /** What the template has. The server keeps what it is not told, so none of it can be unset. */
  kept: Record<string, unknown>;
  onChange: (changes: Partial<Scene>) => void;
}

function SceneFields({ scene, kept, onChange }: SceneProps) {
  const canUnset = (name: keyof Scene): boolean => (kept[name] ?? null) === null;
  return (
    <>
      <Segmented
        label={t("aspect")}
        value={scene.aspect}
        options={[["9:16", "9:16"], ["16:9", "16:9"], ["1:1", "1:1"], ["background", t("aspect_background")]]}
        onChange={(aspect) => onChange({ aspect, ...(canUnset("person_position") ? { person_position: null } : {}) })}
      />
      <Slider
        label={t("person_scale")}
        {...{ min: 0.2, max: 3, step: 0.05, usual: 1, value: scene.person_scale }}
        shown={`${Math.round(scene.person_scale * 100)}%`}
        onChange={(person_scale) => onChange({ person_scale })}
      />
      <label class="field">
        <span>{t("title_text")}</span>
        <input value={scene.title_text} maxLength={200} placeholder={t("title_placeholder")} onInput={(event) => onChange({ title_text: event.currentTarget.value })} />
      </label>
      {scene.title_text && (
        <>
          <Slider
            label={t("title_size")}
            {...{ min: 24, max: 240, step: 2, usual: 72, value: scene.title_font_size }}
            shown={`${scene.title_font_size} px`}
            onChange={(title_font_size) => onChange({ title_font_size })}
          />
          <div class="row">
            <Toggle label={t("title_bold")} checked={scene.title_bold} onChange={(title_bold) => onChange({ title_bold })} />
            <label class="colour">
              <span>{t("title_color")}</span>
              <input type="color" value={scene.title_color ?? "#ffffff"} onInput={(event) => onChange({ title_color: event.currentTarget.value })} />
            </label>
            {canUnset("title_color") && (
              <button type="button" class="quiet small" disabled={scene.title_color === null} onClick={() => onChange({ title_color: null })}>
                {t("color_auto")}
              </button>
            )}
          </div>
        </>
      )}
      {scene.person_position && canUnset("person_position") && (
        <button type="button" class="quiet small" onClick={() => onChange({ person_position: null })}>
          {t("place_auto")}
        </button>
      )}
    </>
  );
}
