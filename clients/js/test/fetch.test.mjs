import assert from "node:assert/strict";
import { openAsBlob } from "node:fs";
import http from "node:http";
import { test } from "node:test";
import { createClient, NotFound, SignInRequired, TaskCancelled, TimedOut } from "digital-human-client";
import { samples, server } from "./setting.mjs";

const mine = () => createClient({ baseUrl: `${server.url}/api/`, credential: server.key });

test("a text is read as this account's dictionary has it", async () => {
  const dh = mine();
  await dh.pronunciations.set("单于", "chan2 yu2");
  assert.deepEqual((await dh.tasks.previewText({ text: "单于" })).words[0].pinyin, ["chan2", "yu2"]);
  await dh.pronunciations.remove("单于");
  await assert.rejects(dh.pronunciations.set("单于", "chan9"), (error) => {
    assert.match(error.sentence("zh"), /^读音写得不对/);
    return true;
  });
});

test("a cancelled task is told as such, and may be cancelled twice", async () => {
  const dh = mine();
  // It waits for a clip that never comes.
  const announced = await fetch(`${server.url}/api/upload/video`, {
    method: "POST",
    headers: { Authorization: `Bearer ${server.key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ filename: "late.mp4", file_size: 1000 }),
  });
  const { file_info } = await announced.json();
  const body = { video_file: file_info.filename };
  const task = await dh.tasks.extractAudio(body, { idempotencyKey: "once" });
  assert.equal((await dh.tasks.extractAudio(body, { idempotencyKey: "once" })).task_id, task.task_id);
  const waiting = dh.tasks.wait(task.task_id);
  await Promise.all([
    assert.rejects(waiting, TaskCancelled),
    dh.tasks.cancel(task.task_id).then(() => dh.tasks.cancel(task.task_id)),
  ]);
  await dh.tasks.remove(task.task_id);
  await assert.rejects(dh.tasks.status(task.task_id), NotFound);
});

test("a big Blob goes in parts and arrives byte for byte", async () => {
  const dh = mine();
  const film = await openAsBlob(samples.film);
  const progress = [];
  const options = { name: "film.mov", onProgress: ({ sent }) => progress.push(sent) };
  const { filename } = await dh.uploads.send("video", film, options);
  assert.equal(progress.at(-1), film.size);
  const received = [];
  const onProgress = (seen) => received.push(seen);
  const back = await dh.downloads.save(`/download/upload/video/${filename}`, { onProgress });
  assert.deepEqual(received.at(-1), { received: film.size, total: film.size });
  assert.ok(Buffer.from(await back.arrayBuffer()).equals(Buffer.from(await film.arrayBuffer())));
  await dh.files.remove("video", filename);
});

test("a browser tells the progress of a small file too", async () => {
  globalThis.XMLHttpRequest = XhrShim;
  try {
    const progress = [];
    const photo = new File([await openAsBlob(samples.person)], "me.png");
    await mine().uploads.send("image", photo, { onProgress: ({ sent }) => progress.push(sent) });
    assert.ok(progress.length >= 3, String(progress));
    assert.equal(progress.at(-1), photo.size);
  } finally {
    delete globalThis.XMLHttpRequest;
  }
});

test("a credential that was refused is asked for again", async () => {
  const given = [server.expired_token, server.key];
  const dh = createClient({ baseUrl: server.url, credential: async () => given.shift() });
  assert.ok((await dh.voices.list()).total >= 7);
  assert.deepEqual(given, []);
});

test("a stranger is told to sign in", async () => {
  const dh = createClient({ baseUrl: server.url });
  await assert.rejects(dh.voices.list(), (error) => {
    assert.ok(error instanceof SignInRequired);
    assert.equal(error.sentence("zh"), "请先登录。");
    return true;
  });
});

test("a server that is not there is a network error in both languages", async () => {
  const dh = createClient({ baseUrl: "http://127.0.0.1:9" });
  await assert.rejects(dh.voices.list({}, { patienceMs: 0 }), (error) => {
    assert.equal(error.code, "network_failed");
    assert.match(error.sentence("zh"), /网络/);
    assert.match(error.sentence("en"), /network/);
    return true;
  });
  assert.ok(new TimedOut("") instanceof Error);
});

/** As much of XMLHttpRequest as the client uses, on real HTTP. */
class XhrShim {
  upload = {};
  #headers = {};

  open(method, url) {
    Object.assign(this, { method, url });
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  async send(body) {
    const whole = new Request(this.url, { method: this.method, body });
    const bytes = Buffer.from(await whole.arrayBuffer());
    const headers = { ...this.#headers, "content-length": bytes.length };
    const type = whole.headers.get("content-type");
    if (type) headers["content-type"] = type;
    const request = http.request(this.url, { method: this.method, headers });
    request.on("response", async (answer) => {
      this.status = answer.statusCode;
      this.responseText = "";
      for await (const block of answer) this.responseText += block;
      this.getAllResponseHeaders = () => "X-One: 1\r\n";
      this.onload();
    });
    for (let at = 0; at < bytes.length; at += 64 * 1024) {
      request.write(bytes.subarray(at, at + 64 * 1024));
      this.upload.onprogress({ loaded: Math.min(at + 64 * 1024, bytes.length) });
    }
    request.end();
  }
}
