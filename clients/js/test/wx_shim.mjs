// A `wx` that makes real HTTP and has WeChat's manners, as its documentation tells them:
// `success` whatever the status, ten transfers at once and no more, a time-out of 60 seconds unless
// told otherwise, requests cut some time after the app went to the background and refused there.
import { createReadStream, mkdtempSync, promises as fs, rmSync, statSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";

const AT_ONCE = 10;
const METHODS = new Set(["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"]);
const BOUNDARY = "wx-shim-boundary";
const BLOCK = 64 * 1024;
/** For downloads; gone with the process, as WeChat's temporary files go with the app. */
export const scratch = mkdtempSync(path.join(tmpdir(), "dh-js-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
let downloads = 0;

export class WxShim {
  /** Every transfer that was begun: {kind, method, url, status, error}. */
  log = [];
  storage = new Map();
  logins = 0;
  code = "code-of-ann";
  mostAtOnce = 0;
  domains = null;
  /** WeChat waits five seconds. */
  backgroundMs = 20;
  /** Asked for each transfer: null, or {afterBytes} of the body sent, or {beforeAnswer: true}. */
  cut = () => null;
  isHidden = false;

  #running = new Set();
  #show = [];
  #hide = [];

  hide() {
    this.isHidden = true;
    for (const listener of this.#hide) listener();
    setTimeout(() => {
      if (this.isHidden) for (const transfer of [...this.#running]) transfer.fail("fail interrupted");
    }, this.backgroundMs);
  }

  show() {
    this.isHidden = false;
    for (const listener of this.#show) listener();
  }

  onAppShow = (listener) => void this.#show.push(listener);
  onAppHide = (listener) => void this.#hide.push(listener);
  getStorageSync = (key) => this.storage.get(key) ?? "";
  setStorageSync = (key, value) => void this.storage.set(key, value);
  removeStorageSync = (key) => void this.storage.delete(key);

  login = ({ success }) => {
    this.logins += 1;
    setTimeout(() => success({ code: this.code, errMsg: "login:ok" }), 1);
  };

  getFileSystemManager = () => ({
    getFileInfo: ({ filePath, success, fail }) =>
      fs.stat(filePath).then(({ size }) => success({ size }), (error) => fail({ errMsg: `getFileInfo:fail ${error.message}` })),
    readFile: ({ filePath, position, length, success, fail }) =>
      fs.open(filePath).then(async (file) => {
        const data = new ArrayBuffer(length);
        await file.read(new Uint8Array(data), 0, length, position);
        await file.close();
        success({ data });
      }).catch((error) => fail({ errMsg: `readFile:fail ${error.message}` })),
  });

  request = (options) => {
    const body = typeof options.data === "string" ? Buffer.from(options.data) : Buffer.from(options.data ?? []);
    // Without a header of the caller's, WeChat says that it sends JSON.
    const headers = { "content-type": "application/json", "content-length": body.length, ...options.header };
    return this.#transfer("request", options, { method: options.method, headers, blocks: [body] }, async (answer) => {
      const text = await textOf(answer);
      return { statusCode: answer.statusCode, data: text, header: capitalised(answer.headers) };
    });
  };

  uploadFile = (options) => {
    const part = (head, body) => `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}`;
    const fields = Object.entries(options.formData).map(([name, value]) => part(`name="${name}"`, `${value}\r\n`));
    const before = Buffer.from(fields.join("") + part(`name="${options.name}"; filename="${path.basename(options.filePath)}"`, ""));
    const blocks = [before, createReadStream(options.filePath, { highWaterMark: BLOCK }), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)];
    const length = before.length + statSync(options.filePath).size + blocks[2].length;
    const headers = { "content-type": `multipart/form-data; boundary=${BOUNDARY}`, "content-length": length };
    return this.#transfer("uploadFile", options, { method: "POST", headers, blocks }, async (answer) => ({
      statusCode: answer.statusCode,
      data: await textOf(answer),
    }));
  };

  downloadFile = (options) =>
    this.#transfer("downloadFile", options, { method: "GET", headers: {}, blocks: [] }, async (answer, tell) => {
      const tempFilePath = path.join(scratch, `download-${(downloads += 1)}`);
      const file = await fs.open(tempFilePath, "w");
      let written = 0;
      try {
        for await (const block of answer) {
          written += block.length;
          tell({ totalBytesWritten: written, totalBytesExpectedToWrite: Number(answer.headers["content-length"]) });
          await file.write(block);
        }
      } finally {
        await file.close();
      }
      return { statusCode: answer.statusCode, tempFilePath };
    });

  #transfer(kind, options, { method, headers, blocks }, read) {
    const entry = { kind, method, url: options.url };
    const listeners = [];
    const tell = (progress) => listeners.forEach((listener) => listener(progress));
    let isOver = false;
    let request = null;
    const end = (then) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#running.delete(transfer);
      // WeChat calls back later, never within the call itself.
      setImmediate(then);
    };
    const fail = (reason) =>
      end(() => {
        entry.error = reason;
        request?.destroy();
        options.fail({ errMsg: `${kind}:${reason}` });
      });
    const transfer = { fail };
    const timer = setTimeout(() => fail("fail timeout"), options.timeout ?? 60_000);
    this.log.push(entry);
    this.#running.add(transfer);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running.size);
    const task = { abort: () => fail("fail abort"), onProgressUpdate: (listener) => void listeners.push(listener) };
    if (!METHODS.has(method)) fail("fail invalid method");
    else if (this.#running.size > AT_ONCE) fail("fail exceed max task count");
    else if (this.domains && !this.domains.includes(new URL(options.url).host)) fail("fail url not in domain list");
    else if (this.isHidden) fail("fail interrupted");
    else {
      const cut = this.cut({ kind, method, url: options.url });
      request = http.request(options.url, { method, headers, agent: false });
      request.on("error", () => fail("fail network error"));
      request.on("response", (answer) => {
        entry.status = answer.statusCode;
        if (cut?.beforeAnswer) return fail("fail connection reset");
        read(answer, tell).then((result) => end(() => options.success({ ...result, errMsg: `${kind}:ok` })), () => fail("fail network error"));
      });
      send(request, blocks, cut, tell, () => fail("fail connection reset")).catch(() => fail("fail network error"));
    }
    return task;
  }
}

async function send(request, blocks, cut, tell, hangUp) {
  let sent = 0;
  for (const source of blocks) {
    for await (const block of Buffer.isBuffer(source) ? cutUp(source) : source) {
      if (cut?.afterBytes !== undefined && sent + block.length > cut.afterBytes) return hangUp();
      if (!request.write(block)) await drained(request);
      sent += block.length;
      tell({ totalBytesSent: sent, totalBytesExpectedToSend: sent });
    }
  }
  request.end();
}

function drained(request) {
  return new Promise((resolve) => {
    const go = () => {
      request.off("drain", go).off("close", go);
      resolve();
    };
    request.on("drain", go).on("close", go);
    if (request.destroyed) go();
  });
}

function* cutUp(buffer) {
  for (let at = 0; at < buffer.length; at += BLOCK) yield buffer.subarray(at, at + BLOCK);
}

async function textOf(answer) {
  const blocks = [];
  for await (const block of answer) blocks.push(block);
  return Buffer.concat(blocks).toString();
}

/** Phones differ in how they write the names of headers. */
function capitalised(headers) {
  const name = (lower) => lower.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(headers).map(([lower, value]) => [name(lower), value]));
}
