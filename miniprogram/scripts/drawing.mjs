// Draws a page as the tests have it: what it shows, written as HTML with the app's own styles, of
// which Chromium (CHROMIUM, else the one on the path) takes a picture at a phone's size. With an empty
// CHROMIUM the HTML is all.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { app, settled } from "../test/phone.mjs";
import { placeOf } from "./canned.mjs";

export const folder = path.resolve(process.env.PICTURES ?? fileURLToPath(new URL("../../out/miniprogram/", import.meta.url)));
const CHROMIUM = process.env.CHROMIUM ?? "chromium";
const [WIDTH, HEIGHT] = [390, 844];
const RPX = WIDTH / 750;
const TABS = ["create", "history", "templates", "settings"];
mkdirSync(folder, { recursive: true });

const require = createRequire(import.meta.url);
const utils = require("miniprogram-simulate/src/utils.js");
const toPixels = (style) => style.replace(/(-?[\d.]+)rpx/g, (_, value) => `${+(value * RPX).toFixed(3)}px`);
utils.transformRpx = toPixels;
require("j-component/src/tool/utils.js").transformRpx = toPixels;

const compile = require("miniprogram-simulate/src/wxss.js");
const styleOf = (name, prefix) => toPixels(compile.compile(compile.getContent(`${app}${name}`), { prefix }));

/** What WeChat draws for its own tags, about. */
const NATIVE = `
* { -webkit-tap-highlight-color: transparent }
html, body { margin: 0; height: 100% }
body { -webkit-font-smoothing: antialiased; overflow: hidden }
wx-view, wx-scroll-view, wx-textarea, wx-picker, main, wx-page, wx-button { display: block }
wx-scroll-view { overflow: hidden }
wx-image { display: inline-block; overflow: hidden; width: 320px; height: 240px }
wx-image img { width: 100%; height: 100%; display: block }
wx-input, .wx-input { display: flex; align-items: center }
wx-textarea { white-space: pre-wrap }
wx-video { display: block; position: relative; background: #000 }
wx-video video { width: 100%; height: 100%; object-fit: contain }
wx-video::after { content: "❚❚   0:02 ━━━━●────────────── 0:09"; position: absolute; left: 0; right: 0; bottom: 0; padding: 28px 0 9px; color: #fff; font: 12px/1 monospace; text-align: center; white-space: pre; background: linear-gradient(transparent, rgba(0,0,0,.6)) }
wx-switch { display: inline-block; width: 52px; height: 32px; border-radius: 16px; background: #dfdfdf; position: relative }
wx-switch::after { content: ""; position: absolute; top: 1px; left: 1px; width: 30px; height: 30px; border-radius: 50%; background: #fff; box-shadow: 0 1px 3px rgba(0,0,0,.4) }
wx-switch.on { background: #2a8c77 } wx-switch.on::after { left: 21px }
wx-slider { display: block; height: 22px; position: relative }
wx-slider i { position: absolute; top: 10px; height: 2px; left: 0; right: 0; background: rgba(125,139,132,.4) }
wx-slider b { position: absolute; top: 10px; height: 2px; left: 0; background: #2a8c77 }
wx-slider u { position: absolute; top: 0; width: 22px; height: 22px; margin-left: -11px; border-radius: 50%; background: #fff; box-shadow: 0 0 4px rgba(0,0,0,.25) }
wx-button { text-align: center }
.device { position: relative; height: 100%; display: flex; flex-direction: column; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans) }
.status { flex: none; height: 44px; display: flex; justify-content: space-between; align-items: center; padding: 0 26px; font-weight: 600; font-size: 15px }
.nav { flex: none; height: 44px; display: flex; align-items: center; justify-content: center; font-weight: 600; font-size: 17px; position: relative }
.capsule { position: absolute; right: 8px; top: 6px; width: 86px; height: 31px; border-radius: 16px; border: .5px solid rgba(128,128,128,.35); display: flex; align-items: center; justify-content: space-evenly }
.capsule::before { content: "•••"; letter-spacing: 1px; font-size: 11px } .capsule::after { content: ""; width: 12px; height: 12px; border: 2px solid; border-radius: 50%; opacity: .8 }
.back { position: absolute; left: 16px; font-size: 26px; font-weight: 300 }
.window { flex: 1; min-height: 0; position: relative; overflow: hidden; transform: translateZ(0) }
.scroll { height: 100%; overflow: hidden }
`;

/** What a page shows now, as a document that stands by itself. */
function documentOf(page, name, { dark, scroll, selected, title }) {
  for (const element of page.dom.querySelectorAll("*")) element.__wxElement && dress(element);
  const head = [...document.head.querySelectorAll("style")].map((one) => one.textContent).join("\n");
  const own = styleOf("app.wxss", "main").replace(/(^|[{},])\s*page\s*\{/g, "$1:root{");
  const { navigationBarTitleText } = JSON.parse(readFileSync(`${app}pages/${name}/${name}.json`, "utf8"));
  const tabs = TABS.indexOf(selected ?? name);
  const style = `${NATIVE}\n${own}\n${head.replace(/:host/g, "poster")}`
    .replace(/env\(safe-area-inset-bottom\)/g, "20px")
    .replace(/100vh/g, `${HEIGHT - 88}px`)
    .replace(/\(prefers-color-scheme: ?dark\)/g, dark ? "all" : "print");
  return `<!doctype html><html lang="zh"><meta charset="utf-8"><style>${style}</style><body><div class="device">
<div class="status"><span>9:41</span><span>5G ▮</span></div>
<div class="nav">${tabs < 0 ? '<span class="back">‹</span>' : ""}${title ?? navigationBarTitleText}<span class="capsule"></span></div>
<div class="window"><div class="scroll">${page.dom.outerHTML}</div>${tabs < 0 ? "" : tabBar(tabs)}</div></div>
<script>document.querySelector(".scroll").scrollTop = ${scroll ?? 0}</script></body></html>`;
}

/** Attributes of WeChat's own tags become something that a browser draws. */
function dress(element) {
  const tag = element.tagName.toLowerCase();
  const given = Object.fromEntries((element.__wxElement._vt?.attrs ?? []).map(({ name, value }) => [name, value]));
  if (tag === "wx-image") {
    const fit = given.mode === "aspectFit" ? "contain; object-position: bottom" : "cover";
    element.innerHTML = `<img src="${addressOf(given.src)}" style="object-fit: ${fit}">`;
  } else if (tag === "wx-video") {
    element.innerHTML = `<video src="${addressOf(given.src)}#t=1.7" preload="auto" muted></video>`;
  } else if (tag === "wx-input" || tag === "wx-textarea") {
    element.textContent = given.value || given.placeholder;
    if (!given.value) element.style.color = "var(--ink-3)";
  } else if (tag === "wx-switch") {
    element.classList.toggle("on", given.checked === true);
  } else if (tag === "wx-slider") {
    const [min, max, value] = [given.min, given.max, given.value].map(Number);
    const share = (100 * (value - min)) / (max - min);
    element.innerHTML = `<i></i><b style="width:${share}%"></b><u style="left:${share}%"></u>`;
  }
}

/** The files themselves: the server has ended when the picture is taken. */
const addressOf = (src) => `file://${placeOf(src)}`;

function tabBar(selected) {
  const tabs = readFileSync(`${app}custom-tab-bar/index.js`, "utf8").matchAll(/text: "(.*?)", icon: "(\w+)"/g);
  const drawn = [...tabs].map(
    ([, text, icon], index) =>
      `<wx-view class="bar--tab ${index === selected ? "bar--is-on" : ""}"><wx-view class="bar--icon bar--icon-${icon} bar--tab-icon"></wx-view><wx-view>${text}</wx-view></wx-view>`,
  );
  const style = styleOf("custom-tab-bar/index.wxss", "bar").replace(/env\(safe-area-inset-bottom\)/g, "20px");
  return `<style>${style}</style><wx-view class="bar--tabs">${drawn.join("")}</wx-view>`;
}

/** Writes FILE.png and FILE-dark.png. */
export async function picture(file, page, options = {}) {
  const { name } = page;
  await settled();
  for (const dark of options.both === false ? [Boolean(options.dark)] : [false, true]) {
    const base = path.join(folder, `${file}${dark ? "-dark" : ""}`);
    writeFileSync(`${base}.html`, documentOf(page, name, { ...options, dark }));
    if (!CHROMIUM) continue;
    const size = `${WIDTH},${HEIGHT}`;
    execFileSync(CHROMIUM, [
      "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files", "--force-device-scale-factor=2",
      `--window-size=${size}`, "--virtual-time-budget=4000", `--screenshot=${base}.png`, `file://${base}.html`,
    ], { stdio: "ignore", timeout: 120_000 });
  }
}
