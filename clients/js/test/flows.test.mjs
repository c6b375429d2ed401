import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { forWx, samples, typeOf, user } from "./setting.mjs";

test("a clip is uploaded, its sound taken out, and the result saved, by somebody who never signed in", async () => {
  const { wx, dh } = user();
  const progress = [];
  const clip = await dh.uploads.send("video", samples.clip, { onProgress: (seen) => progress.push(seen) });
  assert.equal(clip.file_type, "video");
  assert.equal(progress.at(-1).sent, progress.at(-1).total);
  const task = await dh.tasks.extractAudio({ video_file: clip.filename });
  const states = [];
  const done = await dh.tasks.wait(task.task_id, { onStatus: ({ status }) => states.push(status) });
  assert.equal(states.at(-1), "completed");
  const saved = await dh.downloads.save(done.result.audio_url);
  assert.equal(readFileSync(saved).toString("latin1", 0, 4), "RIFF");
  assert.equal(wx.logins, 1);
  assert.ok((await dh.files.list({ type: "video" })).files.some(({ filename }) => filename === clip.filename));
  assert.ok((await dh.account.usage()).total.output_seconds > 0);
  assert.equal((await dh.tasks.list({ type: "extract_audio" })).tasks[0].task_id, task.task_id);
});

test("a template is made of a photo, listed, shown and deleted", async () => {
  const { dh } = user({ code: "code-of-bo" });
  const photo = await dh.uploads.send("image", samples.person);
  const task = await dh.tasks.template({
    person_image: photo.filename,
    background_image: photo.filename,
    title_text: "AI助手",
    video_length: 1,
    aspect: "1:1",
  });
  await dh.tasks.wait(task.task_id);
  const [template] = (await dh.templates.list()).templates;
  assert.equal(template.template_id, task.template_id);
  assert.equal((await dh.templates.get(template.template_id)).title_text, "AI助手");
  const poster = await dh.downloads.address(template.poster_url);
  assert.match(await typeOf(poster.url), /^image\//);
  await dh.templates.remove(template.template_id);
  await assert.rejects(dh.templates.get(template.template_id), forWx.NotFound);
});

test("a task that fails says what to do in Chinese and in English", async () => {
  const { dh } = user();
  const silent = await dh.uploads.send("video", samples.silent);
  const task = await dh.tasks.extractAudio({ video_file: silent.filename });
  await assert.rejects(dh.tasks.wait(task.task_id), (error) => {
    assert.ok(error instanceof forWx.TaskFailed);
    assert.equal(error.code, "no_audio_stream");
    assert.equal(error.sentence("zh"), "文件没有声音，请换一个有声音的。");
    assert.match(error.sentence("en"), /sound/);
    return true;
  });
});

test("voices have samples that can be played", async () => {
  const { dh } = user();
  const { voices } = await dh.voices.list();
  assert.ok(voices.length >= 7);
  const sample = await dh.downloads.address((await dh.voices.get(voices[0].voice_id)).preview_url);
  assert.match(await typeOf(sample.url), /^audio\//);
});
