import { batch, computed, effect, signal } from "@preact/signals";
import type { Schemas, Task } from "client/index.ts";
import { t, type Key } from "../i18n/index.ts";
import { client } from "./client.ts";
import { store, stored } from "./storage.ts";
import { note, seen } from "./tasks.ts";
import { Slot, type Uploaded } from "./upload.ts";

export const MAX_TEXT = 5000;

export const ASPECTS = ["clip", "16:9", "9:16", "1:1", "4:3", "3:4"] as const;
export const RESOLUTIONS = ["clip", "480p", "720p", "1080p"] as const;
export const CORNERS = ["top-right", "bottom-right", "bottom-left", "top-left"] as const;
export const LENGTH_FITS = ["bounce", "loop", "freeze", "trim"] as const;

export interface Choices {
  person: "clip" | "template";
  templateId: string | null;
  speech: "text" | "recording";
  text: string;
  pronounce: Record<string, string>;
  /** `clip`: the clip's own or the template's; `file`: a recording; else a voice_id. */
  voice: string;
  speed: number;
  pitch: number;
  volume: number;
  subtitles: boolean;
  still: boolean;
  enhance: boolean;
  aspect: (typeof ASPECTS)[number];
  frameFit: "cover" | "contain";
  lengthFit: (typeof LENGTH_FITS)[number];
  resolution: (typeof RESOLUTIONS)[number];
  /** Behind the person; `none`: a transparent video. */
  ground: "clip" | "blur" | "color" | "image" | "none";
  groundColor: string;
  blur: number;
  /** Subtitles in the picture of a clip's video. */
  burn: boolean;
  lettersSize: number;
  lettersPosition: "bottom" | "top";
  lettersColor: string;
  logoPosition: (typeof CORNERS)[number];
  logoSize: number;
  poster: boolean;
  /** When the box was ticked; null while it is not. */
  agreedAt: string | null;
  subject: string;
}

const EMPTY: Choices = {
  person: "clip",
  templateId: null,
  speech: "text",
  text: "",
  pronounce: {},
  voice: "clip",
  speed: 1,
  pitch: 0,
  volume: 0,
  subtitles: true,
  still: false,
  enhance: false,
  aspect: "clip",
  frameFit: "cover",
  lengthFit: "bounce",
  resolution: "clip",
  ground: "clip",
  groundColor: "#FFFFFF",
  blur: 0.5,
  burn: false,
  lettersSize: 1,
  lettersPosition: "bottom",
  lettersColor: "#FFFFFF",
  logoPosition: "top-right",
  logoSize: 0.16,
  poster: false,
  agreedAt: null,
  subject: "",
};

interface Kept {
  choices: Partial<Choices>;
  clip: Uploaded | null;
  sample: Uploaded | null;
  recording: Uploaded | null;
  music: Uploaded | null;
  logo?: Uploaded | null;
  backdrop?: Uploaded | null;
  evidence?: Uploaded | null;
}

const kept = stored<Kept>("draft");

/** The video that is being prepared; it outlives the tab. */
export const draft = signal<Choices>({ ...EMPTY, ...kept?.choices });
export const clip = new Slot("video");
export const sample = new Slot("audio");
export const recording = new Slot("audio");
export const music = new Slot("audio");
export const logo = new Slot("image");
export const backdrop = new Slot("image");
/** Shows that the person agreed: a PDF, a video or a sound. */
export const evidence = new Slot("document", undefined, ({ type }) =>
  type.startsWith("video/") ? "video" : type.startsWith("audio/") ? "audio" : "document",
);
clip.file.value = kept?.clip ?? null;
sample.file.value = kept?.sample ?? null;
recording.file.value = kept?.recording ?? null;
music.file.value = kept?.music ?? null;
logo.file.value = kept?.logo ?? null;
backdrop.file.value = kept?.backdrop ?? null;
evidence.file.value = kept?.evidence ?? null;

effect(() => {
  store("draft", {
    choices: draft.value,
    clip: clip.file.value,
    sample: sample.file.value,
    recording: recording.file.value,
    music: music.file.value,
    logo: logo.file.value,
    backdrop: backdrop.file.value,
    evidence: evidence.file.value,
  } satisfies Kept);
});

export function change(changes: Partial<Choices>): void {
  draft.value = { ...draft.value, ...changes };
}

export function startOver(): void {
  batch(() => {
    for (const slot of [clip, sample, recording, music, logo, backdrop, evidence]) slot.clear();
    draft.value = EMPTY;
  });
}

/** What is still missing, as the key of a text; null when it can be made. */
export const missing = computed<Key | null>(() => {
  const choices = draft.value;
  const slots = [
    ...(choices.person === "clip" ? [clip, backdrop] : []),
    ...[music, logo, evidence],
    ...(choices.speech === "recording" ? [recording] : choices.voice === "file" ? [sample] : []),
  ];
  if (slots.some((slot) => slot.isBusy)) return "need_upload";
  if (choices.person === "clip" && !clip.file.value) return "need_person";
  if (choices.person === "template" && !choices.templateId) return "need_template";
  if (choices.speech === "text") {
    if (!choices.text.trim() || [...choices.text.trim()].length > MAX_TEXT) return "need_text";
    if (choices.person === "clip" && choices.voice === "file" && !sample.file.value) return "need_voice";
  } else if (!recording.file.value) return "need_recording";
  if (choices.person === "clip" && choices.ground === "image" && !backdrop.file.value) return "need_ground";
  if (choices.agreedAt && !choices.subject.trim()) return "need_consent";
  return null;
});

/** What is asked of the server, as the draft stands. */
export function wishes(): object {
  return draft.value.person === "clip" ? talkingVideo(draft.value) : templateVideo(draft.value);
}

/** Starts the task; the same `key` and wishes answer the same task. Throws what the client throws. */
export async function make(key: string): Promise<Task> {
  const choices = draft.value;
  const options = { idempotencyKey: key };
  const task =
    choices.person === "clip"
      ? await client.tasks.digitalHuman(wishes() as Schemas["DigitalHumanRequest"], options)
      : await client.tasks.compose(wishes() as Schemas["ComposeRequest"], options);
  note(task.task_id, {
    words: choices.speech === "text" ? choices.text.trim().slice(0, 120) : (recording.file.value?.name ?? ""),
    ...(choices.person === "clip" ? { clip: clip.file.value?.filename ?? "", ...sampleOf(choices) } : { template: choices.templateId ?? "" }),
  });
  seen(await client.tasks.status(task.task_id));
  return task;
}

/** `""`: the clip's own voice. */
function sampleOf({ speech, voice }: Choices): { sample?: string } {
  if (speech !== "text" || !["clip", "file"].includes(voice)) return {};
  return { sample: voice === "file" ? (sample.file.value?.filename ?? "") : "" };
}

function talkingVideo(choices: Choices): object {
  const common = {
    sample_video: clip.file.value?.filename,
    ...consentOf(choices),
    ...bothKinds(choices, choices.burn),
    ...ofClip(choices),
  };
  if (choices.speech === "recording") {
    return { ...common, speech_audio: recording.file.value?.filename, subtitles: choices.subtitles };
  }
  const voice =
    choices.voice === "file"
      ? { sample_voice: sample.file.value?.filename }
      : choices.voice === "clip" ? {} : { voice_id: choices.voice };
  return { ...common, speech_text: choices.text, ...voice, ...manner(choices) };
}

function templateVideo(choices: Choices): object {
  const speech =
    choices.speech === "recording"
      ? { audio_file: recording.file.value?.filename }
      : {
          text_content: choices.text,
          ...manner(choices),
          ...(["clip", "file"].includes(choices.voice) ? {} : { voice_id: choices.voice }),
        };
  return {
    template_id: choices.templateId,
    ...speech,
    subtitles: choices.subtitles,
    animate: !choices.still,
    ...bothKinds(choices, choices.subtitles),
    ...consentOf(choices),
  };
}

/** What a clip's video and a template's can be asked; what is as usual is left out. */
function bothKinds(choices: Choices, subtitles: boolean): object {
  const style = {
    ...(choices.lettersSize !== 1 ? { size: choices.lettersSize } : {}),
    ...(choices.lettersPosition !== "bottom" ? { position: choices.lettersPosition } : {}),
    ...(choices.lettersColor.toUpperCase() !== "#FFFFFF" ? { color: choices.lettersColor } : {}),
  };
  return {
    ...(music.file.value ? { background_music: music.file.value.filename } : {}),
    ...(choices.speech === "recording" && choices.enhance ? { enhance_speech: true } : {}),
    ...(subtitles && Object.keys(style).length > 0 ? { subtitle_style: style } : {}),
    ...(choices.resolution !== "clip" ? { resolution: choices.resolution } : {}),
    ...(logo.file.value
      ? { logo: logo.file.value.filename, logo_position: choices.logoPosition, logo_size: choices.logoSize }
      : {}),
    ...(choices.poster ? { poster: true, animated_preview: true } : {}),
  };
}

function ofClip(choices: Choices): object {
  const grounds = {
    clip: {},
    blur: { background_blur: choices.blur },
    color: { background_color: choices.groundColor },
    image: { background_image: backdrop.file.value?.filename },
    none: { transparent: true },
  };
  return {
    ...(choices.burn ? { burn_subtitles: true } : {}),
    ...(choices.aspect !== "clip" ? { aspect: choices.aspect, frame_fit: choices.frameFit } : {}),
    ...(choices.lengthFit !== "bounce" ? { length_fit: choices.lengthFit } : {}),
    ...grounds[choices.ground],
  };
}

function manner({ speed, pitch, volume, pronounce, text }: Choices): object {
  const used = Object.entries(pronounce).filter(([word]) => text.toLowerCase().includes(word.toLowerCase()));
  return { speed, pitch, volume, ...(used.length > 0 ? { pronounce: Object.fromEntries(used) } : {}) };
}

export function consentOf({ agreedAt, subject }: Choices): { consent?: Schemas["Consent"] } {
  if (!agreedAt) return {};
  const shown = evidence.file.value;
  return {
    consent: {
      subject: subject.trim(),
      statement: t("consent_words"),
      given_at: agreedAt,
      ...(shown ? { evidence: { file_type: shown.kind as "document", filename: shown.filename } } : {}),
    },
  };
}
