// Pictures of every page, empty, busy, failed and full, light and dark: `npm run pictures`, into out/.
import { test } from "node:test";
import { lastVisit, media, moduleOf, open, phone, samples, until } from "../test/phone.mjs";
import { picture } from "./drawing.mjs";

phone.code = "code-of-cy";
const idOf = (url) => new URLSearchParams(url.split("?")[1]).get("id");

test("pictures", async () => {
  const empty = await open("create");
  await empty.waitFor("云健");
  await picture("create-empty", empty, "create");
  await picture("history-empty", await loaded("history", "还没有作品"), "history");
  await picture("templates-empty", await loaded("templates", "还没有模板"), "templates");
  await picture("settings", await loaded("settings", "最近 30 天"), "settings");
  await picture("rules", await open("rules"), "rules");
  await picture("voices", await loaded("voices", "还没有保存的声音"), "voices");

  phone.chosen.push(media(samples.clip));
  await empty.tap("拍摄");
  await empty.type("本人的姓名", "王老师");
  await empty.tap("本人已知情");
  await picture("consent", empty, "create");
  phone.chosen.push(media(samples.person), media(samples.person));
  await empty.tap("同意并继续");
  await until(() => empty.data.clip.file);

  const template = await open("template");
  await picture("template-empty", template, "template");
  await template.tap("选择照片");
  await until(() => template.data.person.file);
  await template.tap("选择照片");
  await until(() => template.data.background.file);
  await template.type("每周播报", "每周播报");
  await picture("template-full", template, "template");
  await template.tap("生成模板");
  await until(() => lastVisit().includes("progress"));
  const progress = await open("progress", { id: idOf(lastVisit()) });
  await until(() => progress.data.task?.status === "processing");
  await picture("progress-template", progress, "progress");
  await until(() => lastVisit().includes("result"));
  const result = await open("result", { id: idOf(lastVisit()) });
  await until(() => result.dom.querySelector("wx-image"));
  await picture("result-template", result, "result");
  await result.tap("用这个模板制作");

  const full = await open("create");
  moduleOf("state/draft.js").change({ text: "大家好，我是小林。银行今天推出了新的服务：您可以行走在街头，随时随地重新办理业务。", pronounce: { 随地: "sui2 di4" } });
  await full.instance.selectComponent?.("x");
  const script = await open("create");
  await script.waitFor("yín");
  await until(() => script.dom.querySelectorAll("wx-image").length > 0);
  await picture("create-template", script, "create");
  await script.tap("视频");
  await picture("create-full", script, "create");
  await picture("create-voices", script, "create", { scroll: 700 });
  await script.tap("银");
  await picture("correction", script, "create");
  await script.tap("仅此视频");
  phone.onNetwork({ isConnected: false });
  await picture("create-offline", script, "create");
  phone.onNetwork({ isConnected: true });
  await script.tap("开始制作");
  await until(() => lastVisit().includes("progress"));
  const failing = await open("progress", { id: idOf(lastVisit()) });
  await picture("progress-waiting", failing, "progress");
  await failing.waitFor("没有做成");
  await picture("progress-failed", failing, "progress");

  moduleOf("state/draft.js").change({ person: "template", still: true, voice: "zm_yunjian" });
  await script.tap("开始制作");
  await until(() => lastVisit().includes("progress"));
  const making = await open("progress", { id: idOf(lastVisit()) });
  await until(() => making.data.task?.progress > 20);
  await picture("progress", making, "progress");
  const history = await loaded("history", "照片");
  await picture("history", history, "history");
  await until(() => lastVisit().includes("result"));
  const film = await open("result", { id: idOf(lastVisit()) });
  await until(() => film.data.url);
  await picture("result", film, "result");
  await picture("templates", await loaded("templates", "每周播报"), "templates");
  await script.tap("一段录音").catch(() => undefined);
  phone.storage.set("server", "http://127.0.0.1:9");
});

async function loaded(name, text) {
  const page = await open(name);
  await page.waitFor(text);
  return page;
}
