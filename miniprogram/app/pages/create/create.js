const { change, draft, make, missing, slots, startOver } = require("../../state/draft");
const { MORE, fillOtherwise } = require("../../state/more");
const player = require("../../state/player");
const { problemOf } = require("../../state/problems");
const { showTab } = require("../../state/tabs");
const { activeIds } = require("../../state/tasks");
const tryout = require("../../state/tryout");
const { chooseClip, chooseSound, confirmed } = require("../../state/wechat");

const CLIP_SOURCES = [
  { key: "camera", text: "拍摄", icon: "camera" },
  { key: "album", text: "从相册选", icon: "album" },
  MORE,
];
const SOUND_SOURCES = [
  { key: "recorder", text: "录制", icon: "mic" },
  { key: "chat", text: "从聊天选", icon: "file" },
  MORE,
];

const MUSIC_SOURCES = [{ key: "chat", text: "背景音乐（可不选）", icon: "sound" }];

/** The page on which a video is made. What it shows is kept in the draft. */
Component({
  data: {
    choices: draft.get(),
    clip: slots.clip.state.get(),
    sample: slots.sample.state.get(),
    recording: slots.recording.state.get(),
    music: slots.music.state.get(),
    clipSources: CLIP_SOURCES,
    soundSources: SOUND_SOURCES,
    musicSources: MUSIC_SOURCES,
    lacking: /** @type {ReturnType<typeof missing>} */ (null),
    /** The slot that is being recorded for. */
    recordsFor: "",
    asksConsent: false,
    problem: /** @type {import("../../state/problems").Problem | null} */ (null),
    isMaking: false,
    underway: 0,
  },
  lifetimes: {
    attached() {
      const show = () => this.setData({ choices: draft.get(), lacking: missing() });
      this.own = { stops: [draft.watch(show)], afterConsent: null };
      for (const name of /** @type {(keyof typeof slots)[]} */ (Object.keys(slots))) {
        this.own.stops.push(
          slots[name].state.watch((state) => this.setData({ [name]: state, lacking: missing(), problem: null })),
        );
      }
    },
    detached() {
      for (const stop of this.own.stops) stop();
    },
  },
  methods: {
    onShow() {
      showTab(this, 0);
      this.setData({ underway: activeIds().length });
    },
    onHide() {
      tryout.hush();
    },
    onShareAppMessage() {
      return { title: "让照片和视频里的人，说出你写的话", path: "/pages/create/create" };
    },

    /** @param {WechatMiniprogram.TouchEvent} event */
    setPerson(event) {
      change({ person: event.currentTarget.dataset["key"] === "template" ? "template" : "clip" });
      if (draft.get().person === "template" && draft.get().voice === "file") change({ voice: "own" });
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    setSpeech(event) {
      change({ speech: event.currentTarget.dataset["key"] === "recording" ? "recording" : "text" });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    setVoice(event) {
      change({ voice: event.detail["voice"], voiceName: event.detail["name"] });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    setTemplate(event) {
      change({ templateId: event.detail["id"], templateTitle: event.detail["title"] });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    setOptions(event) {
      change(event.detail);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    chooseClip(event) {
      if (event.detail["source"] === MORE.key) return this.withConsent(() => fillOtherwise(slots.clip));
      const source = event.detail["source"] === "camera" ? "camera" : "album";
      this.withConsent(async () => slots.clip.put(await chooseClip(source)));
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    chooseSound(event) {
      const slot = this.slotOf(event);
      if (!slot) return;
      if (event.detail["source"] === MORE.key) return this.withConsent(() => fillOtherwise(slots[slot]));
      if (event.detail["source"] === "recorder") this.withConsent(() => this.setData({ recordsFor: slot }));
      else this.withConsent(async () => slots[slot].put(await chooseSound()));
    },
    /** Music is nobody's voice. */
    async chooseMusic() {
      await this.trying(async () => slots.music.put(await chooseSound()));
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    recorded(event) {
      const slot = this.data.recordsFor === "recording" ? slots.recording : slots.sample;
      this.setData({ recordsFor: "" });
      player.stop();
      void slot.put(/** @type {any} */ (event.detail));
    },
    closeRecorder() {
      this.setData({ recordsFor: "" });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    retryUpload(event) {
      const slot = this.slotOf(event);
      if (slot) void slots[slot].retry();
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    clearSlot(event) {
      const slot = this.slotOf(event);
      if (slot) slots[slot].clear();
    },
    /** @param {{currentTarget: {dataset: Record<string, any>}}} event @returns {keyof typeof slots | null} */
    slotOf(event) {
      const name = event.currentTarget.dataset["slot"];
      return name in slots ? name : null;
    },

    /** Does what needs a face or a voice once the person has agreed. @param {() => any} then */
    withConsent(then) {
      if (draft.get().consent) return void this.trying(then);
      this.own.afterConsent = then;
      this.setData({ asksConsent: true });
    },
    askConsent() {
      this.own.afterConsent = null;
      this.setData({ asksConsent: true });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    agreed(event) {
      const then = this.own.afterConsent;
      change({ consent: /** @type {any} */ (event.detail) });
      this.setData({ asksConsent: false });
      if (then) void this.trying(then);
    },
    closeConsent() {
      this.own.afterConsent = null;
      this.setData({ asksConsent: false });
    },

    async startOver() {
      if (await confirmed("清空重来？", "台词、素材和设置都会清空。已完成的作品不受影响。", "清空")) startOver();
    },
    start() {
      const lacking = missing();
      if (lacking) return void wx.pageScrollTo({ selector: `#${lacking.at}`, duration: 300 });
      this.withConsent(() => this.make());
    },
    async make() {
      if (this.data.isMaking) return;
      this.setData({ isMaking: true, problem: null });
      await this.trying(async () => {
        const id = await make();
        wx.navigateTo({ url: `/pages/progress/progress?id=${id}` });
      });
      this.setData({ isMaking: false });
    },
    /** @param {() => any} work */
    async trying(work) {
      try {
        await work();
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
    },
    seeUnderway() {
      const ids = activeIds();
      if (ids.length === 1) wx.navigateTo({ url: `/pages/progress/progress?id=${ids[0]}` });
      else wx.switchTab({ url: "/pages/history/history" });
    },
  },
});
