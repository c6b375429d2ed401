import assert from "node:assert/strict";
import { test } from "node:test";
import { createStrings } from "../src/i18n/create.ts";
import { libraryStrings } from "../src/i18n/library.ts";
import { taskStrings } from "../src/i18n/tasks.ts";
import { bytes, clock, span } from "../src/lib/format.ts";
import { playlistOf, typeOf } from "../src/lib/growing.ts";
import { canvasOf, framed, standing } from "../src/lib/layout.ts";
import { peaks } from "../src/lib/peaks.ts";
import { marked, numbered } from "../src/lib/pinyin.ts";
import { inUtf16, piecesOf, stretchAt, stretchesOf } from "../src/lib/reading.ts";
import { href, parse } from "../src/lib/route.ts";
import { stagesOf } from "../src/lib/stages.ts";
import { cuesOf } from "../src/lib/vtt.ts";

test("pinyin is written with marks, and taken with marks or numbers", () => {
  const pairs = { hao3: "hǎo", lv4: "lǜ", "lu:3": "lǚ", gui4: "guì", liu2: "liú", zhou1: "zhōu", de5: "de", xue2: "xué" };
  for (const [number, mark] of Object.entries(pairs)) assert.equal(marked(number), mark);
  assert.equal(numbered("yín háng"), "yin2 hang2");
  assert.equal(numbered(" YIN2 hang2 "), "yin2 hang2");
  assert.equal(numbered("nǚ de"), "nv3 de5");
  assert.equal(numbered("银行"), null);
  assert.equal(numbered(""), null);
});

test("words of one number share a stretch, and every character is kept", () => {
  const text = "共350米。";
  const stretches = stretchesOf(text, [
    { text: "共", pinyin: ["gong4"], start: 0, end: 1 },
    { text: "三百", pinyin: ["san1", "bai3"], start: 1, end: 4 },
    { text: "五十米", pinyin: ["wu3", "shi2", "mi3"], start: 1, end: 5 },
  ]);
  assert.deepEqual(stretches.map((one) => one.text), ["共", "350米"]);
  assert.equal(piecesOf(text, stretches).map((piece) => piece.text).join(""), text);
  assert.equal(stretchAt(stretches, 2)?.text, "350米");
  assert.equal(stretchAt(stretches, 6), null);
});

test("places are counted as this page counts them, also behind an emoji", () => {
  const [word] = inUtf16("😀你好", [{ text: "你好", pinyin: [], start: 1, end: 3 }]);
  assert.deepEqual([word?.start, word?.end], [2, 4]);
});

test("an address and what it shows are the same thing", () => {
  for (const hash of ["#/", "#/task/a%2Fb", "#/history", "#/library/files", "#/template/new", "#/system"]) {
    assert.equal(href(parse(hash)), hash);
  }
  assert.deepEqual(parse("#/library/nothing"), { page: "library", shelf: "voices" });
  assert.deepEqual(parse("#/nothing"), { page: "create" });
});

test("stages before the current one are done, those of every job among them", () => {
  const states = (stage: string | null): string => stagesOf("voice", stage).map((one) => one.state).join(" ");
  assert.equal(states("speech"), "done done now next");
  assert.equal(states("fetch"), "now next next next");
  assert.equal(states("label"), "done done done now");
  assert.equal(states(null), "next next next next");
  assert.deepEqual(stagesOf("unheard_of", "face"), []);
});

test("a person stands in the middle of the lower edge, and no cut edge floats", () => {
  const canvas = canvasOf("background", [3000, 1500]);
  assert.deepEqual(canvas, [1920, 960]);
  const size = framed([500, 500], canvas, 1);
  assert.deepEqual(standing(null, size, canvas), [960, 960]);
  assert.equal(standing([200, 300], size, canvas)[1], 960);
});

test("subtitles, times and sizes are read and written", () => {
  const vtt = "WEBVTT\r\n\r\n1\r\n00:00:01.500 --> 00:01:02.000 line:90%\r\n<v>你好</v>\r\n";
  assert.deepEqual(cuesOf(vtt), [{ start: 1.5, end: 62, text: "你好" }]);
  assert.deepEqual([clock(7), clock(3723)], ["0:07", "1:02:03"]);
  assert.deepEqual([span(0, "en"), span(0.2, "en"), span(600, "zh")], ["0 s", "1 s", "10 分钟"]);
  assert.equal(bytes(1_250_000), "1.3 MB");
  assert.deepEqual(peaks(new Float32Array([0, 0, 0, 0, 0.5, 0, 0, 0]), 2), [0, 1]);
});

test("both languages fill in the same values", () => {
  const values = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).map(String).filter((one, at, all) => all.indexOf(one) === at).sort();
  for (const [key, [chinese, english]] of Object.entries({ ...createStrings, ...taskStrings, ...libraryStrings })) {
    assert.deepEqual(values(chinese), values(english), key);
  }
});

test("a film that grows is read from its playlist", () => {
  const text = '#EXTM3U\n#EXT-X-MAP:URI="film.mp4?s=1"\n#EXTINF:1.000,\n0001.m4s?s=2\n';
  const at = "https://media.example/generated/t/1/preview/film.m3u8?s=0";
  const beside = "https://media.example/generated/t/1/preview/";
  const list = playlistOf(text, at);
  assert.deepEqual(list, { beginning: `${beside}film.mp4?s=1`, segments: [`${beside}0001.m4s?s=2`], hasEnded: false });
  assert.ok(playlistOf(`${text}#EXT-X-ENDLIST\n`, at).hasEnded);
  const beginning = new Uint8Array([0, 0, 0, 40, ...[..."avcC"].map((letter) => letter.charCodeAt(0)), 1, 0x64, 0, 0x1f]);
  assert.equal(typeOf(beginning), 'video/mp4; codecs="avc1.64001f, mp4a.40.2"');
});
