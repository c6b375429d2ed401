// What WeChat does to requests.
import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { test } from "node:test";
import { calls, forWx, samples, server, until, user } from "./setting.mjs";
import { scratch } from "./wx_shim.mjs";

const isPart = ({ method }) => method === "PUT";
const startsParts = ({ url, status }) => url.endsWith("/multipart") && status === 200;

/** A server of somebody else's: a hotel's Wi-Fi, a gateway, a bucket. */
async function answering(listener) {
  const other = http.createServer(listener);
  await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${other.address().port}`, close: () => other.close() };
}

async function assertArrived(dh, filename, path) {
  const saved = await dh.downloads.save(`/download/upload/video/${filename}`);
  assert.ok(readFileSync(saved).equals(readFileSync(path)), "the file is not what was sent");
}

test("a connection that breaks within a part costs that part alone", async () => {
  const { wx, dh } = user();
  let cuts = 0;
  wx.cut = (transfer) => (isPart(transfer) && (cuts += 1) === 2 ? { afterBytes: 1_000_000 } : null);
  const progress = [];
  const film = await dh.uploads.send("video", samples.film, { onProgress: ({ sent }) => progress.push(sent) });
  assert.equal(wx.log.filter(isPart).length, 4);
  assert.deepEqual(progress, [...progress].sort((a, b) => a - b));
  await assertArrived(dh, film.filename, samples.film);
});

test("an upload goes on where it was after the app was closed, from another path", async () => {
  const first = user();
  let parts = 0;
  first.wx.cut = (transfer) => (isPart(transfer) && (parts += 1) > 1 ? { afterBytes: 0 } : null);
  await assert.rejects(first.dh.uploads.send("video", samples.film, { patienceMs: 0 }), forWx.NetworkError);
  await until(() => first.wx.log.some((transfer) => isPart(transfer) && transfer.status === 200));
  const second = user();
  second.wx.storage = first.wx.storage;
  const copy = path.join(scratch, "chosen-again.mov");
  copyFileSync(samples.film, copy);
  const film = await second.dh.uploads.send("video", copy);
  assert.equal(second.wx.log.filter(startsParts).length, 0);
  assert.equal(second.wx.log.filter(isPart).length, 2);
  await assertArrived(second.dh, film.filename, samples.film);
});

test("an upload that was given up begins anew", async () => {
  const { wx, dh } = user();
  wx.cut = (transfer) => (isPart(transfer) ? { afterBytes: 0 } : null);
  await assert.rejects(dh.uploads.send("video", samples.film, { patienceMs: 0 }), forWx.NetworkError);
  wx.cut = () => null;
  await dh.uploads.discard("video", samples.film);
  await dh.uploads.send("video", samples.film);
  assert.equal(wx.log.filter(startsParts).length, 2);
});

test("a small file whose connection breaks is sent again", async () => {
  const { wx, dh } = user();
  let cuts = 0;
  wx.cut = ({ kind }) => (kind === "uploadFile" && (cuts += 1) === 1 ? { afterBytes: 100_000 } : null);
  const photo = await dh.uploads.send("image", samples.person);
  assert.equal(wx.log.filter(({ kind }) => kind === "uploadFile").length, 2);
  assert.ok(photo.filename.endsWith(".png"));
});

test("a creation whose answer was lost makes one task", async () => {
  const { wx, dh } = user({ code: "code-of-bo" });
  const before = new Date().toISOString();
  const clip = await dh.uploads.send("video", samples.clip);
  let cuts = 0;
  wx.cut = ({ url }) => (url.endsWith("/audio/extract") && (cuts += 1) === 1 ? { beforeAnswer: true } : null);
  const task = await dh.tasks.extractAudio({ video_file: clip.filename });
  assert.equal(cuts, 2);
  const { tasks } = await dh.tasks.list({ type: "extract_audio", created_after: before });
  assert.deepEqual(tasks.map(({ task_id }) => task_id), [task.task_id]);
  await dh.tasks.cancel(task.task_id);
});

test("an access token that has expired is renewed once for all requests", async () => {
  const { wx, dh } = user();
  await dh.voices.list();
  const [key] = wx.storage.keys();
  const kept = JSON.parse(wx.storage.get(key));
  wx.storage.set(key, JSON.stringify({ ...kept, access_token: server.expired_token }));
  wx.log.length = 0;
  await Promise.all(Array.from({ length: 5 }, () => dh.voices.list()));
  assert.equal(calls(wx, "/auth/refresh").length, 1);
  assert.equal(wx.log.filter(({ status }) => status === 401).length, 5);
  assert.equal(wx.logins, 1);
});

test("a token about to expire by the phone's clock is renewed before it is used", async () => {
  const { wx, dh } = user();
  await dh.voices.list();
  const [key] = wx.storage.keys();
  wx.storage.set(key, JSON.stringify({ ...JSON.parse(wx.storage.get(key)), expires_at: Date.now() + 5000 }));
  wx.log.length = 0;
  await dh.voices.list();
  assert.deepEqual(wx.log.map(({ status }) => status), [200, 200]);
});

test("a session that has ended is followed by a new one without a question", async () => {
  const { wx, dh } = user();
  await dh.session.signIn();
  const [key] = wx.storage.keys();
  const stolen = JSON.parse(wx.storage.get(key));
  wx.storage.set(key, JSON.stringify({ ...stolen, access_token: server.expired_token, refresh_token: "dhr_old" }));
  await dh.voices.list();
  assert.equal(wx.logins, 2);
  await dh.session.signOut();
  assert.equal(wx.storage.size, 0);
});

test("a renewal whose answer was lost costs a sign-in, not the user's work", async () => {
  const { wx, dh } = user();
  await dh.session.signIn();
  const [key] = wx.storage.keys();
  wx.storage.set(key, JSON.stringify({ ...JSON.parse(wx.storage.get(key)), expires_at: 0 }));
  let cuts = 0;
  wx.cut = ({ url }) => (url.endsWith("/auth/refresh") && (cuts += 1) === 1 ? { beforeAnswer: true } : null);
  assert.ok((await dh.voices.list()).total >= 7);
  assert.equal(wx.logins, 2);
});

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("requests cut in the background are made again when the app is shown", async () => {
  const { wx, dh } = user();
  await dh.session.signIn();
  wx.cut = (transfer) => {
    if (isPart(transfer) && !wx.wasHidden) {
      wx.wasHidden = true;
      wx.hide();
    }
    return null;
  };
  // Slow enough to be met by the cut.
  wx.backgroundMs = 0;
  const sending = dh.uploads.send("video", samples.film, { patienceMs: 0 });
  await until(() => wx.log.some(({ error }) => error === "fail interrupted"));
  // One more attempt may follow at once: its refusal is what tells that the app is hidden.
  await pause(100);
  const whenCut = wx.log.length;
  await pause(300);
  assert.equal(wx.log.length, whenCut, "something was sent in the background");
  wx.show();
  const film = await sending;
  await assertArrived(dh, film.filename, samples.film);
});

test("thirty requests wait for each other's ten places", async () => {
  const { wx, dh } = user();
  await dh.session.signIn();
  await Promise.all(Array.from({ length: 30 }, () => dh.voices.list()));
  assert.equal(wx.mostAtOnce, 10);
  assert.equal(wx.log.filter(({ error }) => error).length, 0);
});

test("every status is an exception of its own, although WeChat calls it a success", async () => {
  const { dh } = user();
  await assert.rejects(dh.tasks.status("none"), (error) => {
    assert.ok(error instanceof forWx.NotFound);
    assert.equal(error.code, "task_not_found");
    assert.equal(error.sentence(), "任务不存在或已被删除。");
    assert.ok(error.requestId);
    return true;
  });
  await assert.rejects(dh.tasks.voice({ text: "" }), (error) => {
    assert.ok(error instanceof forWx.InvalidRequest);
    assert.equal(error.sentence(), "text 不能为空。");
    assert.deepEqual(error.details.map(({ field }) => field), ["text"]);
    assert.equal(error.retryable, false);
    return true;
  });
});

test("a Wi-Fi that answers in place of the server is no success", async () => {
  const portal = await answering((_, answer) => answer.end("<html>please pay</html>"));
  const { dh } = user({ baseUrl: portal.url });
  await assert.rejects(dh.voices.list({}, { patienceMs: 0 }), (error) => {
    assert.ok(error instanceof forWx.NetworkError);
    assert.match(error.sentence(), /Wi-Fi/);
    return true;
  });
  portal.close();
});

test("a busy server is asked again after the time that it names", async () => {
  const times = [];
  const busy = await answering((_, answer) => {
    times.push(Date.now());
    if (times.length === 1) answer.writeHead(429, { "Retry-After": "1" }).end("{}");
    else answer.end('{"success": true, "voices": []}');
  });
  const { dh } = user({ baseUrl: busy.url });
  await dh.voices.list();
  assert.ok(times[1] - times[0] >= 990);
  busy.close();
});

test("a server that keeps failing is told after three attempts, a used-up quota at once", async () => {
  let problem = { status: 500, code: "internal_error" };
  let asked = 0;
  const broken = await answering((_, answer) => {
    asked += 1;
    const body = JSON.stringify({ error: "Sorry.", code: problem.code, request_id: "7" });
    answer.writeHead(problem.status, problem.status === 429 ? { "Retry-After": "1" } : {}).end(body);
  });
  const { dh } = user({ baseUrl: broken.url });
  await assert.rejects(dh.voices.list(), forWx.ServerError);
  assert.equal(asked, 3);
  problem = { status: 429, code: "daily_quota_reached" };
  await assert.rejects(dh.voices.list(), { code: "daily_quota_reached" });
  assert.equal(asked, 4);
  broken.close();
});

test("an answer that never comes ends by the signal at once, and as Aborted", async () => {
  const silent = await answering(() => undefined);
  const { dh } = user({ baseUrl: silent.url });
  const stop = new forWx.AbortSwitch();
  const asking = dh.voices.list({}, { signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(asking, forWx.Aborted);
  silent.close();
});

test("a result beyond WeChat's 200 MB is not loaded; it can be played instead", async () => {
  const store = await answering((request, answer) => {
    if (request.url.startsWith("/api")) {
      answer.end(JSON.stringify({ success: true, url: `${store.url}/film`, filename: "film.mp4" }));
    } else {
      answer.writeHead(200, { "Content-Length": 300_000_000 });
      answer.write(Buffer.alloc(100_000));
    }
  });
  const { wx, dh } = user({ baseUrl: store.url });
  await assert.rejects(dh.downloads.save("/download/generated/video/x"), { code: "download_too_large" });
  assert.equal(wx.log.filter(({ kind }) => kind === "downloadFile").length, 1);
  store.close();
});

test("a domain that is not registered is told to the operator, and not tried again", async () => {
  const { wx, dh } = user();
  wx.domains = ["api.example.com"];
  await assert.rejects(dh.voices.list(), { code: "domain_not_allowed" });
  assert.equal(wx.log.length, 1);
});

test("a file that is gone is told before anything is sent", async () => {
  const { wx, dh } = user();
  await assert.rejects(dh.uploads.send("video", "/nowhere.mp4"), { code: "file_unreadable" });
  assert.equal(wx.log.length, 0);
});
