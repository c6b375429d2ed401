// Pictures of every page, empty, busy, failed and full, light and dark: `npm run pictures`, into out/.
import { url, library, making, PERSON, server, state } from "./canned.mjs";
import { lastVisit, media, moduleOf, open, phone, settled, until } from "../test/phone.mjs";
import { folder, picture } from "./drawing.mjs";

phone.storage.set("server", url);
const WORDS = "大家好，我是小林。银行今天推出了新的服务：您可以行走在街头，随时随地重新办理业务。";
const draft = moduleOf("state/draft.js");
const player = moduleOf("state/player.js");

async function shown(name, text, query) {
  const page = await open(name, query);
  await page.waitFor(text);
  return page;
}

const create = await shown("create", "云健");
await picture("create-empty", create);
await picture("history-empty", await shown("history", "还没有作品"));
await picture("templates-empty", await shown("templates", "还没有模板"));
await picture("settings", await shown("settings", "最近 30 天"));
await picture("rules", await open("rules"));
await picture("voices-empty", await shown("voices", "还没有保存的声音"));

phone.chosen.push(media(PERSON, { size: 18_400_000, duration: 21, thumbTempFilePath: PERSON }));
await create.tap("拍摄");
await create.type("本人的姓名", "王老师");
await create.tap("本人已知情");
await picture("consent", create);
await create.tap("同意并继续");
await until(() => draft.slots.clip.state.get().file);
draft.slots.clip.change({ isBusy: true, percent: 46, file: null });
draft.change({ text: WORDS });
await picture("create-busy", await shown("create", "yín"));
draft.slots.clip.change({ isBusy: false, file: { filename: "me.mp4", name: "拍摄的视频", size: 18_400_000, seconds: 21 } });
draft.change({ pronounce: { 随地: "sui2 di4" }, voice: "云希" });
state.own = library.own;
const full = await shown("create", "yín");
await picture("create-full", full);
player.playing.set({ key: "云夏", isLoading: false, problem: null });
await picture("create-voices", full, { scroll: 660 });
player.playing.set({ key: "", isLoading: false, problem: null });
await full.tap("银");
await picture("correction", full);
await full.tap("仅此视频");
const slot = draft.slots.clip;
slot.change({ file: null, problem: { code: "x", sentence: "网络连接失败，请检查网络后重试。", requestId: "", passes: true } });
moduleOf("state/network.js").isConnected.set(false);
await picture("create-failed", full);
moduleOf("state/network.js").isConnected.set(true);
slot.change({ problem: null, file: { filename: "me.mp4", name: "拍摄的视频", size: 18_400_000, seconds: 21 } });
await full.tap("一段录音");
await full.tap("录制");
await picture("recorder", full);
full.fire(full.dom.querySelector("[class*=lamp]"), "tap");
await picture("recorder-live", full);
phone.recorder.take = { tempFilePath: PERSON, duration: 12_300, fileSize: 20_000 };
full.fire(full.dom.querySelector("[class*=lamp]"), "tap");
await picture("recorder-done", full);

state.templates = library.templates;
draft.change({ person: "template", templateId: "template-1", voice: "own", speech: "text", text: "" });
const ofTemplate = await shown("create", "未设置时");
await until(() => ofTemplate.dom.querySelectorAll("wx-image").length >= 3);
await picture("create-template", ofTemplate);
const templates = await shown("templates", "每周播报");
await until(() => templates.dom.querySelectorAll("wx-image").length >= 3);
await picture("templates", templates);

const template = await open("template");
await picture("template-empty", template);
phone.chosen.push(media(PERSON), media(PERSON));
await template.tap("选择照片");
await until(() => template.data.person.file);
await template.type("每周播报", "每周播报");
await picture("template-full", template);

const { remember } = moduleOf("state/tasks.js");
remember("making", { words: WORDS });
remember("waiting", { words: WORDS });
remember("failed", { words: "欢迎来到我的频道，今天我们来聊一聊春天。" });
remember("film", { words: WORDS });
remember("template-1", { words: "每周播报" });
Object.assign(state.tasks, { making: making.processing, waiting: making.pending, failed: making.failed, film: making.completed, "template-1": making.template, "voice-1": making.voice });
await picture("progress", await shown("progress", "58", { id: "making" }));
await picture("progress-waiting", await shown("progress", "排在第 3 位", { id: "waiting" }));
await picture("progress-failed", await shown("progress", "没有做成", { id: "failed" }));
await picture("progress-gone", await shown("progress", "找不到这个任务", { id: "gone" }));
const film = await shown("result", "保存到相册", { id: "film" });
await until(() => film.data.url);
await picture("result", film);
const made = await shown("result", "用这个模板制作", { id: "template-1" });
await until(() => made.dom.querySelector("wx-image"));
await picture("result-template", made);
await picture("result-voice", await shown("result", "这个声音的样例", { id: "voice-1" }));
state.list = [making.processing, making.pending, making.completed, making.failed, making.template, making.voice];
const history = await shown("history", "新模板");
await until(() => history.dom.querySelector("wx-image"));
await picture("history", history);
await picture("voices", await shown("voices", "王老师"));
state.usage = 754;
await picture("settings-used", await shown("settings", "13 分钟"));
moduleOf("state/server.js").setAddress("http://127.0.0.1:9");
await picture("settings-failed", await shown("settings", "网络连接失败"));
console.log(`${folder}: done, ${lastVisit()}`);
await settled();
server.close();
process.exit(0);
