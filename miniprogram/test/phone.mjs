// A phone with the mini-program on it: pages in a DOM, and a `wx` that makes real HTTP and notes what
// it was asked to do. Whoever uses it taps texts, types into fields and waits for what is shown.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { JSDOM } from "jsdom";
import { WxShim } from "../../clients/js/test/wx_shim.mjs";

export const app = fileURLToPath(new URL("../app/", import.meta.url));
export const server = JSON.parse(process.env.DH_TEST_SERVER ?? '{"url": "http://127.0.0.1:9", "samples": {}}');
export const { samples } = server;

const require = createRequire(import.meta.url);
const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
for (const name of ["window", "document", "Element", "HTMLElement", "Event", "CustomEvent", "TouchEvent", "MutationObserver"]) {
  globalThis[name] = name === "window" ? window : window[name];
}

/** What the phone's own parts do when they are asked; a test may put others in their place. */
export class Phone extends WxShim {
  /** Where the app went: {how, url}. */
  visits = [];
  said = [];
  saved = [];
  sent = [];
  /** Answers to dialogues, in their order; without one, "yes" and the first choice. */
  answers = [];
  chosen = [];
  envVersion = "develop";
  recorder = new RecorderShim();
  sounds = [];
  onNetwork = () => undefined;

  chooseMedia = (options) => this.#choose("chooseMedia", options);
  chooseMessageFile = (options) => this.#choose("chooseMessageFile", options);
  showModal = ({ title, content: words, success }) => {
    this.said.push(`${title} ${words}`);
    const answer = this.answers.length > 0 ? this.answers.shift() : true;
    const content = typeof answer === "string" ? answer : "";
    setImmediate(() => success?.({ confirm: Boolean(answer), cancel: !answer, content }));
  };
  showActionSheet = ({ success, fail }) => {
    const tapIndex = this.answers.length > 0 ? this.answers.shift() : 0;
    setImmediate(() => (tapIndex < 0 ? fail({ errMsg: "showActionSheet:fail cancel" }) : success({ tapIndex })));
  };
  showToast = ({ title }) => void this.said.push(title);
  navigateTo = ({ url }) => void this.visits.push({ how: "navigateTo", url });
  redirectTo = ({ url }) => void this.visits.push({ how: "redirectTo", url });
  switchTab = ({ url }) => void this.visits.push({ how: "switchTab", url });
  setNavigationBarTitle = () => undefined;
  pageScrollTo = (options) => void (this.scrolledTo = options.selector);
  stopPullDownRefresh = () => undefined;
  setClipboardData = ({ data }) => void (this.clipboard = data);
  getAccountInfoSync = () => ({ miniProgram: { envVersion: this.envVersion } });
  getUpdateManager = () => ({ onUpdateReady: () => undefined });
  getNetworkType = ({ success }) => success({ networkType: "wifi" });
  onNetworkStatusChange = (listener) => void (this.onNetwork = listener);
  openPrivacyContract = () => void this.said.push("privacy contract");
  openSetting = () => void this.said.push("settings");
  setInnerAudioOption = () => undefined;
  getRecorderManager = () => this.recorder;
  createInnerAudioContext = () => {
    const sound = { play: () => (sound.isPlaying = true), stop: () => (sound.isPlaying = false) };
    for (const event of ["onEnded", "onError"]) sound[event] = (listener) => (sound[event.slice(2)] = listener);
    this.sounds.push(sound);
    return sound;
  };
  saveVideoToPhotosAlbum = ({ filePath, success, fail }) => {
    if (this.albumRefusal) return fail({ errMsg: this.albumRefusal });
    this.saved.push(filePath);
    success({});
  };
  shareVideoMessage = ({ videoPath, success }) => {
    this.sent.push(videoPath);
    success({});
  };

  #choose(kind, { success, fail }) {
    const next = this.chosen.shift() ?? { errMsg: `${kind}:fail cancel` };
    setImmediate(() => (next.errMsg ? fail(next) : success({ tempFiles: [next] })));
  }
}

class RecorderShim {
  onStart = (listener) => void (this.started = listener);
  onStop = (listener) => void (this.stopped = listener);
  onError = (listener) => void (this.failed = listener);
  onInterruptionBegin = (listener) => void (this.interrupted = listener);
  take = { tempFilePath: "", duration: 0, fileSize: 0 };

  start() {
    if (this.refusal) this.failed({ errMsg: this.refusal });
    else this.started();
  }

  stop() {
    this.stopped(this.take);
  }
}

export const phone = new Phone();
phone.storage.set("server", server.url);
globalThis.wx = phone;
const simulate = require("miniprogram-simulate");
const exparser = require("miniprogram-exparser");
export { simulate };

/** What of the app is kept by Node; gone as when WeChat ends it. Its storage stays. */
export function restart() {
  for (const file of Object.keys(require.cache)) if (file.startsWith(app)) delete require.cache[file];
  loaded.clear();
}

/** A module of the app, as its pages have it. */
export const moduleOf = (name) => require(`${app}${name}`);

const loaded = new Map();

/** A page of the app, opened: `open("progress", {id})`; or a component: `open("components/voices")`. */
export async function open(name, query = {}, properties = undefined) {
  const place = name.includes("/") ? `${app}${name}/${name.split("/").pop()}` : `${app}pages/${name}/${name}`;
  if (!loaded.has(place)) loaded.set(place, simulate.load(place, "main", { rootPath: app, compiler: "official" }));
  const root = simulate.render(loaded.get(place), properties);
  const page = new Screen(root, name);
  root.attach(document.createElement("wx-page"));
  page.arriving = page.instance.onLoad?.(query);
  page.instance.onShow?.();
  return page;
}

export class Screen {
  constructor(root, name) {
    this.root = root;
    this.name = name;
    this.instance = root.instance;
    this.dom = root.dom;
  }

  get data() {
    return this.root.data;
  }

  get text() {
    return this.dom.textContent;
  }

  /** What a user would press: the smallest element that says just this, else one that says it among more. */
  find(text) {
    const all = [...this.dom.querySelectorAll("*")];
    const says = (one) => one.textContent.includes(text) || one.__wxElement?._vt?.attrs.some(({ value }) => value === text);
    const found = all.filter((one) => says(one) && ![...one.children].some(says));
    if (found.length === 0) throw new Error(`nothing says “${text}” in: ${this.text}`);
    return found.find((one) => one.textContent.trim() === text) ?? found[0];
  }

  has(text) {
    return this.text.includes(text);
  }

  tap(text) {
    return this.fire(this.find(text), "tap");
  }

  longPress(text) {
    return this.fire(this.find(text), "longpress");
  }

  fire(element, event, detail = {}) {
    let target = element;
    while (target && !target.__wxElement) target = target.parentNode;
    exparser.Event.dispatchEvent(
      target.__wxElement,
      exparser.Event.create(event, detail, { bubbles: true, capturePhase: true, composed: true }),
    );
    return settled();
  }

  /** Types into the field that shows `placeholder`. */
  type(placeholder, value) {
    const field = [...this.dom.querySelectorAll("wx-input, wx-textarea")].find((one) =>
      one.__wxElement._vt.attrs.some(({ name, value: says }) => name === "placeholder" && says.includes(placeholder)),
    );
    if (!field) throw new Error(`no field asks for “${placeholder}”`);
    return this.fire(field, "input", { value });
  }

  leaveField() {
    return this.fire(this.dom.querySelector("wx-textarea"), "blur");
  }

  waitFor(text) {
    return until(() => this.has(text), () => `“${text}” never came: ${this.text}`);
  }

  close() {
    this.instance.onHide?.();
    this.instance.onUnload?.();
    this.root.detach();
  }
}

export const settled = () => new Promise((resolve) => setImmediate(resolve));

export async function until(condition, why = () => "it never came true") {
  const deadline = Date.now() + 240_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(why());
    // Each look goes through the whole page: tasks take seconds, and the machine does their work too.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** As chooseMedia answers. */
export const media = (path, more = {}) => ({ tempFilePath: path, size: 1000, duration: 2, thumbTempFilePath: "", ...more });

/** The page that the app went to last. */
export const lastVisit = () => phone.visits[phone.visits.length - 1]?.url ?? "";
