import { marked } from "./pinyin.ts";

/** A word as the server says it, and the stretch of the text that it stands for. */
export interface SpokenWord {
  text: string;
  pinyin: string[];
  start: number;
  end: number;
}

/** A piece of the text with what is written above it; `word` is null between words. */
export interface Piece {
  text: string;
  above: string;
  /** How narrow `above` has to be set to stay off its neighbours: 1 as it is. */
  squeeze: number;
  start: number;
  word: Stretch | null;
}

/** All words of one stretch of the text: `2026` is said as four. */
export interface Stretch {
  text: string;
  start: number;
  end: number;
  said: string;
  pinyin: string[];
}

export function stretchesOf(text: string, words: SpokenWord[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const word of words) {
    const last = stretches[stretches.length - 1];
    if (last && word.start < last.end) {
      last.end = Math.max(last.end, word.end);
      last.text = text.slice(last.start, last.end);
      last.said += word.text;
      last.pinyin.push(...word.pinyin);
    } else if (word.end > word.start) {
      const { start, end } = word;
      stretches.push({ text: text.slice(start, end), start, end, said: word.text, pinyin: [...word.pinyin] });
    }
  }
  return stretches;
}

/** The text, cut so that each piece can bear its reading: one character each where they match. */
export function piecesOf(text: string, stretches: Stretch[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const word of stretches) {
    if (word.start > at) pieces.push({ text: text.slice(at, word.start), above: "", squeeze: 1, start: at, word: null });
    const characters = [...word.text];
    if (isHan(word.text) && characters.length === word.pinyin.length) {
      let start = word.start;
      for (const [index, text] of characters.entries()) {
        pieces.push({ text, ...fitted(marked(word.pinyin[index] ?? ""), text), start, word });
        start += text.length;
      }
    } else {
      pieces.push({ text: word.text, ...fitted(word.pinyin.map(marked).join(" "), word.text), start: word.start, word });
    }
    at = word.end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), above: "", squeeze: 1, start: at, word: null });
  return pieces;
}

/** Widths as shares of a Chinese character's, about, as the sheet is set. */
const HAN_WIDTH = 1.16;
const DIGIT_WIDTH = 0.66;
const LETTER_ABOVE = 0.25;
const NARROWEST = 0.7;

/** What is too long to be set above its stretch is left to the line below the sheet. */
function fitted(above: string, text: string): { above: string; squeeze: number } {
  const room = [...text].reduce((sum, one) => sum + (isHan(one) ? HAN_WIDTH : DIGIT_WIDTH), 0);
  const squeeze = Math.min(1, room / (above.length * LETTER_ABOVE + 0.12));
  return { above: squeeze < NARROWEST ? "" : above, squeeze: Math.round(squeeze * 100) / 100 };
}

export const isHan = (text: string): boolean => /^[\u3400-\u9fff〇]+$/.test(text);

export function stretchAt(stretches: Stretch[], caret: number): Stretch | null {
  return stretches.find((one) => one.start <= caret && caret < one.end)
    ?? stretches.find((one) => one.end === caret) ?? null;
}

/** Code points to UTF-16: the server counts characters, this page's strings count halves. */
export function inUtf16(text: string, words: SpokenWord[]): SpokenWord[] {
  if (!/[\ud800-\udfff]/.test(text)) return words;
  const places: number[] = [];
  let at = 0;
  for (const character of text) {
    places.push(at);
    at += character.length;
  }
  places.push(at);
  const place = (index: number): number => places[Math.min(index, places.length - 1)] ?? at;
  return words.map((word) => ({ ...word, start: place(word.start), end: place(word.end) }));
}

/** Seconds that a text will take at natural speed, before the server has said. */
export function guessedSeconds(text: string): number {
  const han = text.match(/[\u3400-\u9fff]/g)?.length ?? 0;
  const latin = text.match(/[A-Za-z0-9]/g)?.length ?? 0;
  const stops = text.match(/[。.！!？?…；;：:，,、]/g)?.length ?? 0;
  return 0.2 * han + 0.07 * latin + 0.3 * stops;
}
