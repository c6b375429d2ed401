import { computed, effect, signal } from "@preact/signals";
import { guessedSeconds, inUtf16, stretchesOf, type SpokenWord, type Stretch } from "../lib/reading.ts";
import { client, isAbort, problemOf, type Problem } from "../state/client.ts";
import { draft, MAX_TEXT } from "../state/draft.ts";

interface Reading {
  /** The text that it is of; an older one is not shown above a newer text. */
  text: string;
  words: SpokenWord[];
  seconds: number;
}

const reading = signal<Reading | null>(null);
export const isReading = signal(false);
export const readingProblem = signal<Problem | null>(null);
const anew = signal(0);
export const readAgain = (): void => void (anew.value += 1);

const PAUSE_MS = 450;

/** Asks for the reading when the writer pauses; only the last question's answer counts. */
export function watchText(): () => void {
  return effect(() => {
    const { text, pronounce, speed, speech } = draft.value;
    void anew.value;
    const wanted = text.trim();
    if (speech !== "text" || wanted === "" || [...wanted].length > MAX_TEXT) {
      reading.value = null;
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => void ask(text, wanted, pronounce, speed, abort), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  });
}

async function ask(
  text: string,
  wanted: string,
  pronounce: Record<string, string>,
  speed: number,
  abort: AbortController,
): Promise<void> {
  isReading.value = true;
  try {
    const answer = await client.tasks.previewText({ text: wanted, pronounce, speed }, { signal: abort.signal, patienceMs: 4000 });
    // The server leaves the blanks around a text out.
    const lead = text.length - text.trimStart().length;
    const words = inUtf16(wanted, answer.words).map((word) => ({ ...word, start: word.start + lead, end: word.end + lead }));
    reading.value = { text, words, seconds: answer.estimated_seconds };
    readingProblem.value = null;
  } catch (error) {
    if (!isAbort(error)) {
      reading.value = null;
      readingProblem.value = problemOf(error);
    }
  } finally {
    if (!abort.signal.aborted) isReading.value = false;
  }
}

/** The stretches of the text as it stands now; what lies before the first change stays shown. */
export const stretches = computed<Stretch[]>(() => {
  const known = reading.value;
  if (!known) return [];
  const text = draft.value.text;
  const all = stretchesOf(known.text, known.words);
  if (known.text === text) return all;
  let same = 0;
  while (same < text.length && text[same] === known.text[same]) same += 1;
  return all.filter((one) => one.end <= same);
});

export const estimate = computed<number | null>(() => {
  const { text, speed } = draft.value;
  if (!text.trim()) return null;
  return reading.value?.text === text ? reading.value.seconds : guessedSeconds(text) / speed;
});
