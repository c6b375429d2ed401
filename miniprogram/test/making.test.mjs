// A user makes a video of a photo: from an empty phone to the album, on the embedded cloud.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { lastVisit, media, moduleOf, open, phone, restart, samples, until } from "./phone.mjs";

phone.code = "code-of-cy";
const idOf = (url) => new URLSearchParams(url.split("?")[1]).get("id");
const opened = [];
const show = async (...where) => {
  const page = await open(...where);
  opened.push(page);
  return page;
};
after(() => opened.forEach((page) => page.close()));

let made = "";

test("a template is made of two photos, once the person has agreed", async () => {
  const page = await show("template");
  await page.tap("生成模板");
  assert.deepEqual(phone.visits, [], "it was made of nothing");
  phone.chosen.push(media(samples.person), media(samples.person));
  await page.tap("选择照片");
  assert.ok(page.has("先征得本人同意"), "a face was asked for before its owner");
  await page.tap("同意并继续");
  assert.ok(page.has("请填写本人的姓名"));
  await page.type("本人的姓名", "艾琳");
  await page.tap("同意并继续");
  assert.ok(page.has("请先勾选"));
  await page.tap("本人已知情");
  await page.tap("同意并继续");
  await page.waitFor("已上传");
  await page.tap("选择照片");
  await until(() => page.data.background.file);
  await page.type("每周播报", "太空播报");
  await page.tap("方形");
  await page.tap("生成模板");
  await until(() => lastVisit().startsWith("/pages/progress/progress"));
  const progress = await show("progress", { id: idOf(lastVisit()) });
  assert.ok(progress.has("太空播报"));
  await progress.waitFor("抠出人物");
  await until(() => lastVisit().startsWith("/pages/result/result"));
  const result = await show("result", { id: idOf(lastVisit()) });
  await result.waitFor("用这个模板制作");
  assert.ok(result.has("内容由 AI 生成"));
  await until(() => result.dom.querySelector("wx-image"));
  await result.tap("用这个模板制作");
  assert.equal(lastVisit(), "/pages/create/create");
});

test("the reading is shown above the text, corrected, heard, and asked for in the video", async () => {
  const page = await show("create");
  await page.type("写下要说的话", "银行很高兴。");
  await page.leaveField();
  await page.waitFor("háng");
  await page.tap("银");
  await until(() => page.has("“银行”怎么读"));
  await page.type("如 háng", "hang9");
  await page.tap("仅此视频");
  assert.ok(page.has("请给每个音节标上声调"));
  await page.type("如 háng", "yín");
  await page.tap("仅此视频");
  assert.ok(page.has("2 个字需要 2 个音节"));
  await page.type("如 háng", "yín xíng");
  await page.tap("仅此视频");
  await page.waitFor("xíng");
  await page.waitFor("云健");
  await page.tap("云健");
  await page.tap("试听");
  await until(() => phone.sounds[0]?.isPlaying, () => `it was never heard: ${page.text}`);
  const [voice] = phone.log.filter(({ url }) => url.endsWith("/tasks/voice/generate"));
  assert.equal(voice.status, 200);
  const sound = await fetch(phone.sounds[0].src);
  assert.match(sound.headers.get("content-type"), /^audio\//);
  await sound.arrayBuffer();
  phone.sounds[0].Ended();
  await page.tap("试听");
  await until(() => phone.sounds[0].isPlaying);
  assert.equal(phone.log.filter(({ url }) => url.endsWith("/tasks/voice/generate")).length, 1, "made again what was heard");
  assert.deepEqual(moduleOf("state/draft.js").wishes().pronounce, { 银行: "yin2 xing2" });
});

test("a video that was begun is found again after the app was closed", async () => {
  const page = await show("create");
  page.fire([...page.dom.querySelectorAll("wx-switch")].pop(), "change", { value: true });
  assert.ok(page.has("准备就绪"), page.text);
  await page.tap("开始制作");
  assert.ok(page.has("先征得本人同意"));
  await page.type("本人的姓名", "艾琳");
  const signed = path.join(mkdtempSync(path.join(tmpdir(), "evidence-")), "agreed.pdf");
  writeFileSync(signed, "%PDF-1.4\n%%EOF\n");
  phone.chosen.push({ path: signed, name: "agreed.pdf", size: 15 });
  await page.tap("附上同意的凭据");
  await page.waitFor("凭据：agreed.pdf");
  await until(() => !page.has("上传中"), () => page.text);
  await page.tap("本人已知情");
  await page.tap("同意并继续");
  await until(() => lastVisit().startsWith("/pages/progress/progress"), () => page.text);
  made = idOf(lastVisit());
  assert.equal(moduleOf("state/draft.js").wishes().consent.evidence.file_type, "document");
  restart();
  const again = await show("create");
  assert.ok(again.has("1 个任务进行中"), again.text);
  await again.waitFor("云健");
  await again.waitFor("xíng");
  await again.tap("1 个任务进行中");
  assert.equal(idOf(lastVisit()), made);
  const progress = await show("progress", { id: made });
  await progress.waitFor("绘制画面");
  await until(() => lastVisit() === `/pages/result/result?id=${made}`, () => progress.text);
});

test("the video plays, goes to the album and to a friend, and is loaded once", async () => {
  const page = await show("result", { id: made });
  await until(() => page.data.url);
  assert.match((await head(page.data.url)).get("content-type"), /^video\//);
  assert.ok(page.has("传播时请保留标识"));
  phone.albumRefusal = "saveVideoToPhotosAlbum:fail auth deny";
  await page.tap("保存到相册");
  await until(() => phone.said.includes("settings"), () => page.text);
  phone.albumRefusal = "";
  await until(() => !page.data.loading);
  await page.tap("保存到相册");
  await until(() => phone.saved.length > 0, () => page.text);
  assert.equal(readFileSync(phone.saved[0]).toString("latin1", 4, 8), "ftyp");
  await until(() => !page.data.loading);
  await page.tap("发送给朋友");
  await until(() => phone.sent.length > 0);
  assert.equal(phone.log.filter(({ kind }) => kind === "downloadFile").length, 1);
});

test("in place of a recording an earlier sound is taken, or a file at an address", async () => {
  const page = await show("create");
  await page.tap("使用录音");
  phone.answers.push(1, 0);
  await page.tap("更多");
  await page.waitFor("已选用");
  assert.match(moduleOf("state/draft.js").wishes().audio_file, /^[0-9a-f-]{36}$/);
  moduleOf("state/draft.js").slots.recording.clear();
  phone.answers.push(0, "ftp://media.example.com/speech.mp3");
  await page.tap("更多");
  await page.waitFor("网址必须是");
  await page.tap("输入文字");
});

test("the history has it, and lets it be deleted", async () => {
  const page = await show("history");
  await page.waitFor("银行很高兴。");
  assert.ok(page.has("太空播报"));
  await page.tap("未完成");
  await page.waitFor("没有符合的作品");
  await page.tap("全部");
  await page.waitFor("模板视频");
  phone.answers.push(0, true);
  await page.longPress("模板视频");
  await until(() => page.data.list && !page.data.list.some(({ task_id }) => task_id === made));
  assert.ok(!page.has("模板视频"));
});

test("a template is changed and deleted", async () => {
  const list = await show("templates");
  await list.waitFor("太空播报");
  phone.answers.push(1);
  await list.tap("太空播报");
  await until(() => lastVisit().startsWith("/pages/template/template?id="));
  const page = await show("template", { id: idOf(lastVisit()) });
  await until(() => page.data.title === "太空播报");
  await page.type("每周播报", "月球播报");
  await page.tap("保存修改");
  await until(() => lastVisit().startsWith("/pages/progress/progress"), () => page.text);
  const id = idOf(lastVisit());
  phone.answers.push(true);
  const progress = await show("progress", { id });
  await progress.tap("停止制作");
  await until(() => progress.has("没有保存任何内容") || lastVisit().includes("result"));
  phone.answers.push(2, true);
  await list.tap("太空播报");
  await list.waitFor("还没有模板");
});

async function head(url) {
  const answer = await fetch(url);
  await answer.arrayBuffer();
  assert.equal(answer.status, 200);
  return answer.headers;
}
