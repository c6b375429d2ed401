// Starts the embedded cloud, runs tests against it, and stops it: `node run.mjs [FILE or FOLDER ...]`.
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const repository = fileURLToPath(new URL("../../../", import.meta.url));

const server = spawn(`${repository}.venv/bin/python`, [`${here}server.py`], {
  cwd: repository,
  // Engines that wait for each other's cores spin: the tasks here run side by side.
  env: { ...process.env, PYTHONPATH: repository, OMP_NUM_THREADS: "1", THREADS: "1" },
  stdio: ["pipe", "pipe", "inherit"],
});
const about = await new Promise((resolve, reject) => {
  createInterface({ input: server.stdout }).once("line", resolve);
  server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
});
server.removeAllListeners("exit");

const named = process.argv.slice(2);
const paths = (named.length > 0 ? named : [here]).map((name) => path.resolve(name)).flatMap(testsIn);
// The files mostly wait for tasks, so they may do so together.
const options = ["--test", "--test-reporter=spec", "--test-concurrency=4", "--test-timeout=300000"];
const tests = spawn(process.execPath, [...options, ...paths], {
  env: { ...process.env, DH_TEST_SERVER: about },
  stdio: ["ignore", "inherit", "inherit"],
});
const code = await new Promise((resolve) => tests.once("exit", resolve));
server.stdin.end();
await new Promise((resolve) => server.once("exit", resolve));
process.exit(code ?? 1);

function testsIn(place) {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place).filter((name) => name.endsWith(".test.mjs")).map((name) => path.join(place, name));
}
