// The README's examples run as they stand there, on this server and with this key.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { samples, server } from "./setting.mjs";
import { scratch, WxShim } from "./wx_shim.mjs";

// Within the package, so that the examples find it by its name.
const folder = fileURLToPath(new URL(".readme/", import.meta.url));
mkdirSync(folder, { recursive: true });
after(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [speech, miniProgram, errors] = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) =>
  code.replaceAll("https://api.example.com", server.url).replaceAll("YOUR_API_KEY", server.key),
);

async function run(name, code) {
  writeFileSync(folder + name, code);
  const cwd = mkdtempSync(path.join(scratch, "example-"));
  const { stdout } = await promisify(execFile)(process.execPath, [folder + name], { cwd });
  return { stdout, cwd };
}

test("the README's text becomes speech", async () => {
  const { stdout, cwd } = await run("speech.mjs", speech);
  assert.match(stdout, /100\n$/);
  assert.equal(readFileSync(path.join(cwd, "hello.wav")).toString("latin1", 0, 4), "RIFF");
});

test("the README's mini-program tells its user in Chinese that the clip shows nobody", async () => {
  const wx = new WxShim();
  const said = [];
  wx.showModal = ({ content }) => said.push(content);
  globalThis.wx = wx;
  writeFileSync(`${folder}page.cjs`, miniProgram);
  const { make } = createRequire(import.meta.url)(`${folder}page.cjs`);
  const shown = [];
  assert.equal(await make(samples.clip, "大家好。", (text) => shown.push(text)), null);
  assert.ok(shown.includes("上传 100%"));
  assert.deepEqual(said, ["没有找到人脸，请在光线好的地方正面拍摄一个人。"]);
});

test("the README's handling of errors tells them apart", async () => {
  assert.equal((await run("errors.mjs", errors)).stdout, "任务不存在或已被删除。\n");
});
