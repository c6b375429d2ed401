// Parts of pages by themselves, and what happens when the phone, WeChat or the network refuses.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { lastVisit, media, moduleOf, open, phone, samples, server, settled, until } from "./phone.mjs";

phone.code = "code-of-bo";
const opened = [];
const show = async (...where) => {
  const page = await open(...where);
  opened.push(page);
  return page;
};
after(() => opened.forEach((page) => page.close()));
const draft = moduleOf("state/draft.js");
const agreed = { subject: "王老师", given_at: "2026-03-01T09:30:00+08:00" };

test("a refused camera is told with what to do, a closed dialogue is not", async () => {
  draft.change({ consent: agreed });
  const page = await show("create");
  await page.tap("拍摄");
  await settled();
  assert.equal(page.data.problem, null);
  phone.chosen.push({ errMsg: "chooseMedia:fail auth deny" });
  await page.tap("拍摄");
  await page.waitFor("请在微信设置中允许使用相机和相册");
  phone.chosen.push({ errMsg: "chooseMedia:fail privacy permission is not authorized", errno: 104 });
  await page.tap("拍摄");
  await page.waitFor("需要先同意《隐私保护指引》");
});

test("an upload shows how far it is, can be stopped, and goes on after the line broke", async () => {
  const page = await show("create");
  phone.cut = ({ kind, method }) => (method === "PUT" || kind === "uploadFile" ? { afterBytes: 0 } : null);
  phone.chosen.push(media(samples.film, { size: 12_000_000, duration: 20 }));
  await page.tap("从相册选");
  await page.waitFor("正在上传 0%");
  await page.tap("停止上传");
  assert.ok(page.has("从相册选"));
  phone.cut = () => null;
  phone.chosen.push(media(samples.film, { size: 12_000_000, duration: 20 }));
  await page.tap("从相册选");
  await page.waitFor("已上传 · 0:20 · 12 MB");
  assert.ok(draft.wishes().sample_video);
});

test("what is missing is said, and the button leads there", async () => {
  const page = await show("create");
  assert.ok(page.has("还需要台词"));
  await page.tap("开始制作");
  assert.equal(phone.scrolledTo, "#script");
  draft.change({ text: "好".repeat(5001) });
  assert.ok(page.has("台词超过 5000 字，请缩短"));
  assert.ok(page.has("超出 1 字"));
  draft.change({ text: "" });
});

test("a recording in place of the text makes a failed task, told in Chinese, and the draft stays", async () => {
  const page = await show("create");
  await page.tap("使用录音");
  phone.chosen.push({ path: samples.clip, name: "旁白.mp4", size: 20_000 });
  await page.tap("从聊天选");
  await page.waitFor("准备就绪");
  await page.tap("开始制作");
  await until(() => lastVisit().startsWith("/pages/progress"));
  const id = lastVisit().split("id=")[1];
  const [request] = phone.log.filter(({ url }) => url.endsWith("/digital-human/create"));
  assert.equal(request.status, 200);
  const progress = await show("progress", { id });
  await progress.waitFor("没有找到人脸，请在光线好的地方正面拍摄一个人。");
  await progress.tap("返回修改");
  assert.equal(lastVisit(), "/pages/create/create");
  assert.ok(draft.wishes().speech_audio);
  assert.deepEqual(draft.wishes().consent, { ...agreed, statement: "我同意用我的声音和形象制作数字人视频。" });
  assert.deepEqual(moduleOf("state/tasks.js").activeIds(), [], "an ended task is still called active");
});

test("a voice is recorded, heard and used; one that is too short is not", async () => {
  const page = await show("create");
  await page.tap("输入文字");
  await page.tap("一段录音");
  await page.tap("录制");
  const press = () => page.tap(page.has("点按结束") ? "结束录制" : "开始录制");
  phone.recorder.refusal = "operateRecorder:fail auth deny";
  await press();
  assert.ok(page.has("没有麦克风权限"), page.text);
  phone.recorder.refusal = "";
  await press();
  assert.ok(page.has("点按结束"));
  phone.recorder.take = { tempFilePath: samples.clip, duration: 1500, fileSize: 1 };
  await press();
  assert.ok(page.has("太短了"));
  await page.tap("重录");
  phone.recorder.take = { tempFilePath: samples.clip, duration: 12_000, fileSize: 20_000 };
  await press();
  await press();
  await page.tap("听一听");
  assert.equal(phone.sounds[phone.sounds.length - 1].src, samples.clip);
  await page.tap("使用这段");
  await until(() => draft.wishes().sample_voice);
  assert.ok(page.has("录制的声音"));
});

test("a lost network is said on every page, and its return", async () => {
  moduleOf("state/network.js").start();
  const page = await show("history");
  phone.onNetwork({ isConnected: false });
  assert.ok(page.has("网络已断开"));
  phone.onNetwork({ isConnected: true });
  assert.ok(!page.has("网络已断开"));
});

test("a server that is not there is told, and asked again when the user says so", async () => {
  const { setAddress } = moduleOf("state/server.js");
  setAddress("http://127.0.0.1:9");
  const page = await show("settings");
  await page.waitFor("网络连接失败，请检查网络后重试。");
  await page.type("https://api.example.com", `${server.url}/`);
  await page.tap("保存并连接");
  await page.waitFor("运行正常");
  assert.ok(phone.said.includes("已连接"));
});

test("a published app keeps its server", async () => {
  phone.envVersion = "release";
  const page = await show("settings");
  assert.ok(!page.has("服务器地址"));
  phone.envVersion = "develop";
});

test("signing out ends the session; the next request signs in anew", async () => {
  const page = await show("settings");
  await page.waitFor("运行正常");
  const before = phone.logins;
  await page.tap("退出登录");
  await until(() => phone.said.includes("已退出"), () => page.text);
  const voices = await show("voices");
  await voices.waitFor("还没有保存的声音");
  assert.equal(phone.logins, before + 1);
});

test("a task that is gone is told, and forgotten", async () => {
  moduleOf("state/tasks.js").remember("no-such-task", { words: "旧的" });
  const page = await show("progress", { id: "no-such-task" });
  await page.waitFor("任务不存在或已被删除。");
  assert.deepEqual(moduleOf("state/tasks.js").activeIds(), []);
});

test("times and sizes are written without what phones lack", () => {
  const { bytes, clock, localIso, moment, span } = moduleOf("state/format.js");
  assert.equal(clock(75.4), "1:15");
  assert.equal(span(0.2), "1 秒");
  assert.equal(span(200), "3 分钟");
  assert.equal(bytes(12_400_000), "12 MB");
  const then = new Date(2026, 2, 9, 14, 5);
  assert.equal(moment(then.toISOString(), then.getTime()), "14:05");
  assert.equal(moment(then.toISOString(), then.getTime() + 86_400_000), "3月9日 14:05");
  assert.equal(new Date(localIso(then)).getTime(), then.getTime());
});
