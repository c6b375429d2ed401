const { change, consentOf, draft } = require("../../state/draft");
const { moment } = require("../../state/format");
const { voices } = require("../../state/library");
const { addressOf } = require("../../state/media");
const { MORE, fillOtherwise } = require("../../state/more");
const player = require("../../state/player");
const { problemOf } = require("../../state/problems");
const { dh } = require("../../state/server");
const { Slot } = require("../../state/slot");
const tasks = require("../../state/tasks");
const { chooseSound, confirmed } = require("../../state/wechat");

const SOUND_SOURCES = [
  { key: "recorder", text: "录制", icon: "mic" },
  { key: "chat", text: "从聊天选", icon: "file" },
  MORE,
];

/** Voices that were saved; and a new one. */
Component({
  data: {
    list: /** @type {any[] | null} */ (null),
    heard: "",
    name: "",
    sound: /** @type {any} */ ({}),
    soundSources: SOUND_SOURCES,
    consent: draft.get().consent,
    asksConsent: false,
    isRecording: false,
    isBusy: false,
    problem: /** @type {any} */ (null),
    listProblem: /** @type {any} */ (null),
  },
  lifetimes: {
    created() {
      this.own = { slot: new Slot("audio"), stops: [], afterConsent: null };
    },
    attached() {
      this.own.stops = [
        this.own.slot.state.watch((/** @type {any} */ sound) => this.setData({ sound })),
        player.playing.watch(({ key }) => this.setData({ heard: key })),
        voices.state.watch(({ items, problem }) => {
          const own = items && items.filter((one) => one.category === "own");
          const list = own && own.map((one) => ({ ...one, saved: one.created_at ? moment(one.created_at) : "" }));
          this.setData({ list, listProblem: problem });
        }),
      ];
    },
    detached() {
      for (const stop of this.own.stops) stop();
      this.own.slot.clear();
    },
  },
  methods: {
    onShow() {
      void voices.refresh();
    },
    onHide() {
      player.stop();
    },
    onUnload() {
      player.stop();
    },
    again() {
      void voices.refresh();
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    sample(event) {
      const { id = "", path = "" } = event.currentTarget.dataset;
      void player.toggle(id, () => addressOf(path));
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    use(event) {
      const { id = "", name = "" } = event.currentTarget.dataset;
      change({ voice: id, voiceName: name, speech: "text" });
      wx.switchTab({ url: "/pages/create/create" });
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    async remove(event) {
      const { id = "" } = event.currentTarget.dataset;
      if (!(await confirmed("删除这个声音？", "用它做好的作品不受影响。删除后无法恢复。", "删除"))) return;
      await this.trying(async () => {
        await dh().voices.remove(id);
        voices.drop((one) => one.voice_id === id);
        if (draft.get().voice === id) change({ voice: "own", voiceName: "" });
      });
    },

    /** @param {WechatMiniprogram.Input} event */
    writeName(event) {
      this.setData({ name: event.detail.value });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    choose(event) {
      const source = event.detail["source"];
      const then = async () => {
        if (source === "recorder") this.setData({ isRecording: true });
        else if (source === MORE.key) await fillOtherwise(this.own.slot);
        else await this.own.slot.put(await chooseSound());
      };
      if (this.data.consent) return void this.trying(then);
      this.own.afterConsent = then;
      this.setData({ asksConsent: true });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    agreed(event) {
      this.setData({ consent: /** @type {any} */ (event.detail), asksConsent: false });
      if (this.own.afterConsent) void this.trying(this.own.afterConsent);
    },
    askConsent() {
      this.own.afterConsent = null;
      this.setData({ asksConsent: true });
    },
    closeConsent() {
      this.setData({ asksConsent: false });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    recorded(event) {
      this.setData({ isRecording: false });
      player.stop();
      void this.own.slot.put(event.detail);
    },
    closeRecorder() {
      this.setData({ isRecording: false });
    },
    retryUpload() {
      void this.own.slot.retry();
    },
    clearSlot() {
      this.own.slot.clear();
    },
    async save() {
      const { name, sound, isBusy, consent } = this.data;
      if (!sound.file || isBusy) return;
      this.setData({ isBusy: true });
      await this.trying(async () => {
        const label = name.trim() || (consent ? consent.subject : "我的声音");
        const task = await dh().voices.save({ name: label, audio_file: sound.file.filename, ...consentOf(consent) });
        tasks.remember(task.task_id, { words: label });
        this.own.slot.clear();
        this.setData({ name: "" });
        wx.navigateTo({ url: `/pages/progress/progress?id=${task.task_id}` });
      });
      this.setData({ isBusy: false });
    },
    /** @param {() => any} work */
    async trying(work) {
      try {
        this.setData({ problem: null });
        await work();
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
    },
  },
});
