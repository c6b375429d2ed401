// What WeChat's tools would refuse, or would show as a hole in a page: found without them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { fileOf, generated, names } from "../scripts/lib.mjs";
import { app, open, phone } from "./phone.mjs";

const require = createRequire(import.meta.url);
const read = (name) => readFileSync(path.join(app, name), "utf8");
const json = (name) => JSON.parse(read(name));
const all = readdirSync(app, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(app, path.join(entry.parentPath, entry.name)));
const config = json("app.json");
const parts = all.filter((name) => name.endsWith(".wxml")).map((name) => name.slice(0, -".wxml".length));
const PAGES = new Set(config.pages);

/** The tags of a page with their attributes. */
function tagsOf(wxml) {
  return [...wxml.matchAll(/<([a-z][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*\/?>/g)].map(([, tag, attributes]) => ({
    tag,
    attributes: Object.fromEntries([...attributes.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(([, name, value]) => [name, value ?? ""])),
  }));
}

/** What a file gives to Component(). */
function definitionOf(part) {
  const before = globalThis.Component;
  let given = null;
  globalThis.Component = (definition) => (given = definition);
  delete require.cache[`${app}${part}.js`];
  require(`${app}${part}.js`);
  delete require.cache[`${app}${part}.js`];
  globalThis.Component = before;
  return given;
}

test("the client and what is shared with the Studio are what their sources make", async () => {
  for (const name of names) {
    const kept = readFileSync(fileOf(name), "utf8");
    assert.ok(kept === (await generated(name)), `app/lib/${name} is out of date: run \`make miniprogram\``);
  }
});

test("every page is there, with its four files, and no other", () => {
  const pages = parts.filter((part) => part.startsWith("pages/"));
  assert.deepEqual([...PAGES].sort(), pages.sort());
  for (const part of parts) for (const end of ["js", "json", "wxss"]) assert.ok(existsSync(`${app}${part}.${end}`), `${part}.${end}`);
  for (const { pagePath } of config.tabBar.list) assert.ok(PAGES.has(pagePath));
});

test("every address that the app goes to is a page of it", () => {
  const tabs = new Set(config.tabBar.list.map(({ pagePath }) => pagePath));
  for (const name of all.filter((one) => one.endsWith(".js") && !one.startsWith("lib/"))) {
    const code = read(name);
    for (const [, how, url] of code.matchAll(/wx\.(navigateTo|redirectTo|switchTab)\(\{ url: ["`]\/(pages\/\w+\/\w+)/g)) {
      assert.ok(PAGES.has(url), `${name} goes to ${url}`);
      assert.equal(tabs.has(url), how === "switchTab", `${name}: ${how} to ${url}`);
    }
  }
});

for (const part of parts) {
  test(`${part}: its tags are known, its handlers exist, its classes have a style`, () => {
    const { usingComponents } = json(`${part}.json`);
    const { methods = {}, properties = {} } = definitionOf(part);
    const tags = tagsOf(read(`${part}.wxml`));
    for (const [tag, place] of Object.entries(usingComponents)) {
      assert.ok(existsSync(`${app}${place}.wxml`), `${tag}: ${place}`);
      assert.ok(tags.some((one) => one.tag === tag), `${tag} is not used`);
    }
    const styled = new Set(classesOf(styleOf(part)));
    const unstyled = [];
    for (const { tag, attributes } of tags) {
      const own = usingComponents[tag];
      assert.ok(own || BUILT_IN.has(tag), `<${tag}>`);
      const given = own ? Object.keys(definitionOf(own.slice(1)).properties ?? {}) : [];
      for (const [name, value] of Object.entries(attributes)) {
        if (/^(bind|catch)/.test(name)) assert.equal(typeof methods[value], "function", `<${tag} ${name}="${value}">`);
        else if (own && !COMMON.test(name)) assert.ok(given.includes(camel(name)), `<${tag} ${name}>`);
        if (name.endsWith("class")) unstyled.push(...namesIn(value).names.filter((one) => !styled.has(one) && one !== "pressed"));
      }
    }
    assert.deepEqual(unstyled, []);
    const code = read(`${part}.js`) + read(`${part}.wxml`);
    for (const name of Object.keys(properties)) assert.ok(code.split(name).length > 2, `property ${name} is not used`);
  });

  test(`${part}: no style is left over, and only classes are styled`, () => {
    const used = tagsOf(read(`${part}.wxml`)).map(({ attributes }) => namesIn(attributes.class ?? ""));
    const isUsed = (one) => used.some(({ names, begun }) => names.includes(one) || begun.some((start) => one.startsWith(start)));
    const own = read(`${part}.wxss`).replace(/\/\*.*?\*\//gs, "").replace(/@import[^;]*;/g, "");
    assert.deepEqual(classesOf(own).filter((one) => !isUsed(one)), []);
    const selectors = [...own.matchAll(/([^{}]+)\{/g)].map(([, selector]) => selector.trim());
    for (const selector of selectors.filter((one) => !one.startsWith("@") && !/^\d+%$/.test(one) && one !== ":host")) {
      assert.match(selector, /^(\.[\w-]+(::?[\w-]+)?[\s,]*)+$/, selector);
    }
  });
}

test("WeChat's own compilers take every page and every style", async (t) => {
  const compiler = path.dirname(require.resolve("miniprogram-compiler"));
  const { platform, arch } = process;
  if (arch !== "x64" && platform !== "darwin") return t.skip("WeChat's compilers are for x64");
  // It compiles all pages at once; one that does not compile stops it.
  await open("rules");
  const wcsc = path.join(compiler, "bin", { darwin: "mac", linux: "linux" }[platform] ?? "windows", "wcsc");
  if (platform !== "win32") spawnSync("chmod", ["+x", wcsc]);
  const styles = all.filter((name) => name.endsWith(".wxss"));
  const { status, stderr, error } = spawnSync(wcsc, ["-lc", ...styles], { cwd: app, encoding: "utf8", maxBuffer: 2 ** 26 });
  assert.equal(status, 0, stderr || String(error));
});

test("light and dark have the same colours, and the bars have those of the pages", () => {
  const { light, dark } = json("theme.json");
  assert.deepEqual(Object.keys(light), Object.keys(dark));
  const [day, night] = read("design/tokens.wxss").split("@media");
  const colour = (css, name) => new RegExp(`--${name}: (#\\w+)`).exec(css)?.[1];
  for (const [name, variable] of [["paper", "paper"], ["sheet", "sheet"], ["ink2", "ink-2"], ["jade", "jade"]]) {
    assert.equal(light[name], colour(day, variable));
    assert.equal(dark[name], colour(night, variable));
  }
  const studio = readFileSync(path.join(app, "../../studio/src/design/tokens.css"), "utf8").split('[data-theme="dark"]');
  for (const name of ["paper", "sheet", "ink", "ink-2", "ink-3", "jade", "cinnabar"]) {
    assert.equal(colour(day, name), colour(studio[0], name), `the Studio's --${name}`);
    assert.equal(colour(night, name), colour(studio[1], name), `the Studio's dark --${name}`);
  }
});

test("every kind of task and every stage has a Chinese name", () => {
  const schema = readFileSync(new URL("../../clients/js/src/generated/schema.ts", import.meta.url), "utf8");
  const types = /TaskType: ([^;]+);/.exec(schema)[1].match(/\w+/g);
  assert.ok(types.includes("digital_human"));
  const { stageText, typeText } = require(`${app}state/tasks.js`);
  const { stagesOf } = require(`${app}lib/reading.js`);
  for (const task_type of types) {
    assert.notEqual(typeText({ task_type }), "任务", task_type);
    for (const { name } of stagesOf(task_type, null)) assert.match(stageText(name), /[\u4e00-\u9fff]/, name);
  }
});

test("the app is small, and asks for nothing that it does not use", () => {
  const bytes = all.filter((name) => !name.endsWith(".d.ts")).reduce((sum, name) => sum + statSync(path.join(app, name)).size, 0);
  assert.ok(bytes < 400 * 1024, `${bytes} bytes; WeChat takes 2 MB`);
  assert.equal(config.__usePrivacyCheck__, true);
  assert.equal(config.permission, undefined);
  assert.ok(phone);
});

const BUILT_IN = new Set(["view", "text", "image", "block", "slot", "button", "input", "textarea", "video", "scroll-view", "slider", "switch", "picker"]);
/** Attributes of any tag. */
const COMMON = /^(class|style|id|slot|hidden|wx:.*|data-.*|aria-.*)$/;
const camel = (name) => name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());

/** The names in a class attribute, those chosen within `{{ }}` too, and the beginnings of those made there. */
function namesIn(value) {
  const begun = [...value.matchAll(/([\w-]+-)\{\{/g)].map(([, name]) => name);
  const chosen = value
    .replace(/[\w-]+-\{\{.*?\}\}/g, " ")
    .replace(/\{\{(.*?)\}\}/g, (_, inner) => ` ${[...inner.matchAll(/[?:] *'([^']*)'/g)].map(([, text]) => text).join(" ")} `);
  return { begun, names: chosen.split(/\s+/).filter(Boolean) };
}

function styleOf(part) {
  const shared = part.startsWith("pages/") ? read("app.wxss") : "";
  return imported(shared, "") + imported(read(`${part}.wxss`), path.dirname(part));
}

function imported(css, folder) {
  return css.replace(/@import "([^"]+)";/g, (_, name) => {
    const file = path.join(folder, name);
    return imported(read(file), path.dirname(file));
  });
}

function classesOf(css) {
  const selectors = css.replace(/url\("[^"]*"\)/g, "").replace(/\{[^{}]*\}/g, "{}");
  return [...selectors.matchAll(/\.([a-zA-Z][\w-]*)/g)].map(([, name]) => name);
}
