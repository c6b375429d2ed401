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
  // The user looks at something else for a moment.
  wx.hide();
  setTimeout(() => wx.show(), 100);
  const onStatus = ({ status }) => states.push(status);
  const done = await dh.tasks.wait(task.task_id, { onStatus, patienceMs: 0 });
  assert.equal(states.at(-1), "completed");
  const saved = await dh.downloads.save(done.result.audio_url);
  assert.equal(readFileSync(saved).toString("latin1", 0, 4), "RIFF");
  assert.equal(wx.logins, 1);
  assert.ok((await dh.files.list({ type: "video" })).files.some(({ filename }) => filename === clip.filename));
  assert.ok((await dh.account.usage()).total.output_seconds > 0);
  assert.equal((await dh.tasks.byIds([task.task_id])).tasks[0].status, "completed");
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
  const edit = await dh.templates.edit(template.template_id, { title_text: "" });
  assert.equal(edit.template_id, template.template_id);
  await dh.tasks.cancel(edit.task_id);
  await dh.templates.remove(template.template_id);
  await assert.rejects(dh.templates.get(template.template_id), forWx.NotFound);
});

test("voices have samples that can be played", async () => {
  const { dh } = user();
  const { voices } = await dh.voices.list();
  assert.ok(voices.length >= 7);
  const sample = await dh.downloads.address((await dh.voices.get(voices[0].voice_id)).preview_url);
  assert.match(await typeOf(sample.url), /^audio\//);
});
