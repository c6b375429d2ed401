const { Aborted, AbortSwitch } = require("../lib/client");
const { inUtf16, piecesOf, stretchesOf } = require("../lib/reading");
const { MAX_TEXT, draft, lengthOf } = require("./draft");
const { observable } = require("./observable");
const { problemOf } = require("./problems");
const { dh } = require("./server");

/**
 * @typedef {object} Reading How the server would read the text.
 * @property {string} of what it is of: an older one is not shown for a newer text
 * @property {import("../lib/reading").Stretch[]} stretches
 * @property {number} seconds
 * @property {boolean} isBusy
 * @property {import("./problems").Problem | null} problem
 */

const PAUSE_MS = 450;

/** @type {Reading} */
const NOTHING = { of: "", stretches: [], seconds: 0, isBusy: false, problem: null };

const reading = observable(NOTHING);

/** @type {AbortSwitch | null} */
let asking = null;
/** @type {any} */
let timer = 0;
let wanted = "";

/** What a reading depends on. */
function question() {
  const { text, pronounce, speed, speech } = draft.get();
  const length = lengthOf(text);
  if (speech !== "text" || length === 0 || length > MAX_TEXT) return "";
  return JSON.stringify({ text, pronounce, speed });
}

/** Asks when the writer pauses; only the last question's answer counts. */
function follow() {
  return draft.watch(() => {
    if (question() === wanted) return;
    askSoon(PAUSE_MS);
  });
}

/** Asks anew, for after an error or a change of the dictionary. */
function again() {
  askSoon(0);
}

/** @param {number} pause */
function askSoon(pause) {
  wanted = question();
  clearTimeout(timer);
  if (asking) asking.abort();
  asking = null;
  if (!wanted) return reading.set(NOTHING);
  reading.set({ ...reading.get(), isBusy: true, problem: null });
  timer = setTimeout(() => void ask(wanted), pause);
}

/** @param {string} of */
async function ask(of) {
  const { text, pronounce, speed } = JSON.parse(of);
  const trimmed = text.trim();
  const abort = (asking = new AbortSwitch());
  try {
    const options = { signal: abort.signal, patienceMs: 5000 };
    const answer = await dh().tasks.previewText({ text: trimmed, pronounce, speed }, options);
    // The server leaves the blanks around a text out.
    const lead = text.indexOf(trimmed);
    const words = inUtf16(trimmed, answer.words).map((word) => ({
      ...word,
      start: word.start + lead,
      end: word.end + lead,
    }));
    if (asking !== abort) return;
    reading.set({ of: text, stretches: stretchesOf(text, words), seconds: answer.estimated_seconds, isBusy: false, problem: null });
  } catch (error) {
    if (asking !== abort || error instanceof Aborted) return;
    reading.set({ ...NOTHING, problem: problemOf(error) });
  }
}

/** What may not begin a line: it stays with the character before it. */
const CLINGS = /^[，。、；：？！…—）】》」』”’,.;:?!)\]}%]$/;

/**
 * The first `most` characters of the text, in lines of pieces, each with what is written above it.
 *
 * @param {string} text
 * @param {Record<string, string>} pronounce
 * @param {number} most
 */
function linesOf(text, pronounce, most) {
  const known = reading.get();
  const stretches = known.of === text ? known.stretches : [];
  /** @type {{key: number, text: string, above: string, at: number, tail: string, isCorrected: boolean}[]} */
  let line = [];
  const lines = [line];
  for (const { text: own, above, start, word } of piecesOf(text, stretches)) {
    if (start >= most) break;
    if (word) {
      const isCorrected = word.text in pronounce || word.text.toLowerCase() in pronounce;
      line.push({ key: start, text: own, above, at: word.start, tail: "", isCorrected });
      continue;
    }
    let at = start;
    for (const character of Array.from(own)) {
      const last = line[line.length - 1];
      if (character === "\n") lines.push((line = []));
      else if (last && CLINGS.test(character)) last.tail += character;
      else line.push({ key: at, text: character, above: "", at: -1, tail: "", isCorrected: false });
      at += character.length;
    }
  }
  return lines.map((pieces, key) => ({ key, pieces }));
}

module.exports = { reading, follow, again, linesOf };
