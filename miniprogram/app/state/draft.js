const { dh } = require("./server");
const { load, save } = require("./storage");
const { observable } = require("./observable");
const { Slot } = require("./slot");
const tasks = require("./tasks");

const MAX_TEXT = 5000;
/** What the person agrees to; it is kept with the task as evidence. */
const STATEMENT = "我同意用我的声音和形象制作数字人视频。";

/** @typedef {{subject: string, given_at: string, evidence?: {file_type: any, filename: string}}} Consent */

/**
 * @typedef {object} Choices
 * @property {"clip" | "template"} person
 * @property {string} templateId
 * @property {string} templateTitle
 * @property {"text" | "recording"} speech
 * @property {string} text
 * @property {Record<string, string>} pronounce
 * @property {string} voice `own`: the clip's or the template's; `file`: a recording; else a voice_id
 * @property {string} voiceName
 * @property {number} speed
 * @property {number} pitch
 * @property {number} volume
 * @property {boolean} subtitles
 * @property {boolean} still
 * @property {boolean} burn subtitles in the picture of a clip's video
 * @property {string} aspect `clip`: its own
 * @property {string} ground behind the person: `clip`: as filmed; `blur`; else a colour
 * @property {Consent | null} consent
 */

/** @type {Choices} */
const EMPTY = {
  person: "clip",
  templateId: "",
  templateTitle: "",
  speech: "text",
  text: "",
  pronounce: {},
  voice: "own",
  voiceName: "",
  speed: 1,
  pitch: 0,
  volume: 0,
  subtitles: true,
  still: false,
  burn: false,
  aspect: "clip",
  ground: "clip",
  consent: null,
};

const kept = load("draft", /** @type {{choices?: Partial<Choices>, files?: Record<string, any>}} */ ({}));

/** The video that is being prepared; it outlives the app. */
const draft = observable(/** @type {Choices} */ ({ ...EMPTY, ...kept.choices }));

const slots = {
  clip: new Slot("video"),
  sample: new Slot("audio"),
  recording: new Slot("audio"),
  music: new Slot("audio"),
};

const names = /** @type {(keyof typeof slots)[]} */ (Object.keys(slots));

function keep() {
  /** @type {Record<string, any>} */
  const files = {};
  for (const name of names) files[name] = slots[name].state.get().file;
  save("draft", { choices: draft.get(), files });
}

for (const name of names) {
  slots[name].restore((kept.files || {})[name] || null);
  let file = slots[name].state.get().file;
  slots[name].state.watch((state) => {
    if (state.file === file) return;
    file = state.file;
    keep();
  });
}

/** @param {Partial<Choices>} changes */
function change(changes) {
  draft.set({ ...draft.get(), ...changes });
  keep();
}

function startOver() {
  for (const name of names) slots[name].clear();
  // Who has agreed stays known: it is the same person's next video more often than not.
  draft.set({ ...EMPTY, consent: draft.get().consent });
  keep();
}

const lengthOf = (/** @type {string} */ text) => Array.from(text.trim()).length;

/**
 * What is still missing: where on the page, and in words. Null when it can be made.
 *
 * @returns {{at: "person" | "script" | "voice", says: string} | null}
 */
function missing() {
  const choices = draft.get();
  const { clip, sample, recording, music } = slots;
  const ofClip = choices.person === "clip";
  const withSample = choices.speech === "text" && choices.voice === "file";
  if (ofClip && clip.state.get().isBusy) return { at: "person", says: "等待人物视频上传完成" };
  if (ofClip && !clip.state.get().file) return { at: "person", says: "还需要人物视频" };
  if (!ofClip && !choices.templateId) return { at: "person", says: "还需要选择模板" };
  if (!ofClip && music.state.get().isBusy) return { at: "script", says: "等待背景音乐上传完成" };
  if (choices.speech === "recording") {
    if (recording.state.get().isBusy) return { at: "script", says: "等待录音上传完成" };
    if (!recording.state.get().file) return { at: "script", says: "还需要录音" };
  } else {
    if (lengthOf(choices.text) === 0) return { at: "script", says: "还需要台词" };
    if (lengthOf(choices.text) > MAX_TEXT) return { at: "script", says: "台词超过 5000 字，请缩短" };
  }
  if (withSample && sample.state.get().isBusy) return { at: "voice", says: "等待声音样本上传完成" };
  if (withSample && !sample.state.get().file) return { at: "voice", says: "还需要声音样本" };
  return null;
}

/** @param {Consent | null} consent */
const consentOf = (consent) => (consent ? { consent: { ...consent, statement: STATEMENT } } : {});

/** How the text is spoken, without whose voice. @param {Choices} choices */
function manner({ text, pronounce, speed, pitch, volume }) {
  /** @type {Record<string, string>} */
  const used = {};
  for (const [word, reading] of Object.entries(pronounce)) {
    if (text.toLowerCase().includes(word.toLowerCase())) used[word] = reading;
  }
  return { speed, pitch, volume, ...(Object.keys(used).length > 0 ? { pronounce: used } : {}) };
}

/** @param {Slot} slot */
const nameIn = (slot) => (slot.state.get().file || { filename: "" }).filename;

/** What is asked of the server for the video, as the draft stands. */
function wishes() {
  const choices = draft.get();
  return choices.person === "clip" ? talkingVideo(choices) : templateVideo(choices);
}

/** @param {Choices} choices */
function talkingVideo(choices) {
  const common = { sample_video: nameIn(slots.clip), ...consentOf(choices.consent), ...pictureOf(choices) };
  if (choices.speech === "recording") {
    return { ...common, speech_audio: nameIn(slots.recording), subtitles: choices.subtitles };
  }
  const voice = choices.voice === "file" ? { sample_voice: nameIn(slots.sample) } : voiceId(choices);
  return { ...common, speech_text: choices.text, ...voice, ...manner(choices) };
}

/** What is as usual is left out. @param {Choices} choices */
function pictureOf({ burn, aspect, ground }) {
  return {
    ...(burn ? { burn_subtitles: true } : {}),
    ...(aspect === "clip" ? {} : { aspect }),
    ...(ground === "clip" ? {} : ground === "blur" ? { background_blur: 0.5 } : { background_color: ground }),
  };
}

/** @param {Choices} choices */
function templateVideo(choices) {
  const music = nameIn(slots.music);
  const speech =
    choices.speech === "recording"
      ? { audio_file: nameIn(slots.recording) }
      : { text_content: choices.text, ...voiceId(choices), ...manner(choices) };
  return {
    template_id: choices.templateId,
    ...speech,
    subtitles: choices.subtitles,
    animate: !choices.still,
    ...(music ? { background_music: music } : {}),
    ...consentOf(choices.consent),
  };
}

/** @param {Choices} choices */
const voiceId = ({ voice }) => (voice === "own" || voice === "file" ? {} : { voice_id: voice });

/**
 * What is asked of the server to hear the text before the video is made. The sound of a clip is no
 * upload of its own, so its voice cannot be tried; the built-in one reads the same words.
 */
function tryOut() {
  const choices = draft.get();
  const sample = choices.voice === "file" ? nameIn(slots.sample) : "";
  return {
    text: choices.text,
    ...(sample ? { reference_audio: sample, ...consentOf(choices.consent) } : voiceId(choices)),
    ...manner(choices),
  };
}

/** A key of its own for each different wish: an answer that was lost makes no second task. @param {object} body */
function keyFor(body) {
  const of = JSON.stringify(body);
  const before = load("attempt", { of: "", key: "" });
  if (before.of === of) return before.key;
  const key = `mini-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  save("attempt", { of, key });
  return key;
}

/** Starts the video's task and answers its id. */
async function make() {
  const choices = draft.get();
  const body = /** @type {any} */ (wishes());
  const options = { idempotencyKey: keyFor(body) };
  const task = await (choices.person === "clip" ? dh().tasks.digitalHuman(body, options) : dh().tasks.compose(body, options));
  save("attempt", { of: "", key: "" });
  const { file } = slots.recording.state.get();
  const words = choices.speech === "text" ? choices.text.trim().slice(0, 120) : file ? file.name : "";
  tasks.remember(task.task_id, { words });
  return task.task_id;
}

module.exports = { MAX_TEXT, STATEMENT, draft, slots, change, startOver, missing, wishes, tryOut, make, lengthOf, consentOf };
