// What the tests share: the server that run.mjs started, clients of it, sample files.
import { createRequire } from "node:module";
import { WxShim } from "./wx_shim.mjs";

export const server = JSON.parse(process.env.DH_TEST_SERVER ?? '{"samples": {}}');
export const { samples } = server;

/** As a mini-program gets it: CommonJS. */
export const forWx = createRequire(import.meta.url)("digital-human-client/wx");

export function user({ code = "code-of-ann", baseUrl = server.url } = {}) {
  const wx = new WxShim();
  wx.code = code;
  return { wx, dh: forWx.createClient({ baseUrl, wx }) };
}

export const calls = (wx, part, method) =>
  wx.log.filter((entry) => entry.url.includes(part) && (method === undefined || entry.method === method));

export async function until(condition) {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("it never came true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The media type of what an address leads to. The body is read, or its connection stays open. */
export async function typeOf(url) {
  const answer = await fetch(url);
  await answer.arrayBuffer();
  return answer.ok ? answer.headers.get("content-type") : `status ${answer.status}`;
}
