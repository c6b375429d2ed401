// Checks the types, then writes dist/: one file for each runtime and module format.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

rmSync(`${root}dist`, { recursive: true, force: true });
for (const project of ["tsconfig.json", "tsconfig.wx.json"]) {
  execFileSync(process.execPath, [tsc, "-p", project], { cwd: root, stdio: "inherit" });
}
const outputs = [
  ["index.ts", "index.mjs", "esm"],
  ["index.ts", "index.js", "cjs"],
  ["wx.ts", "wx.mjs", "esm"],
  // What WeChat's tools copy when they "build npm", and what a project without npm copies by hand.
  ["wx.ts", "miniprogram/index.js", "cjs"],
];
for (const [entry, file, format] of outputs) {
  const outfile = `${root}dist/${file}`;
  // Mini-programs run on phones of 2018. WeChat's tools and bundlers make it smaller themselves.
  const target = "es2018";
  await build({ entryPoints: [`${root}src/${entry}`], outfile, format, target, bundle: true, charset: "utf8", logLevel: "warning" });
  const code = readFileSync(outfile);
  console.log(`dist/${file}: ${kilobytes(code)}, compressed ${kilobytes(gzipSync(code))}`);
}

function kilobytes(bytes) {
  return `${(bytes.length / 1024).toFixed(1)} KB`;
}
