const { voices } = require("../../state/library");
const { addressOf } = require("../../state/media");
const player = require("../../state/player");

/** Whose voice speaks: the clip's own, a recording, a saved or a built-in one; each with a sample. */
Component({
  properties: {
    chosen: { type: String, value: "own" },
    /** Of a clip; else of a template. */
    ofClip: { type: Boolean, value: true },
  },
  data: { list: /** @type {any[]} */ ([]), problem: /** @type {any} */ (null), isBusy: false, heard: "", loading: "" },
  lifetimes: {
    attached() {
      this.own = {
        stops: [
          voices.state.watch(({ items, problem, isBusy }) => this.setData({ list: (items || []).map(shown), problem, isBusy: isBusy && !items })),
          player.playing.watch(({ key, isLoading }) => this.setData({ heard: key, loading: isLoading ? key : "" })),
        ],
      };
      if (!voices.state.get().items) void voices.refresh();
    },
    detached() {
      for (const stop of this.own.stops) stop();
    },
  },
  methods: {
    /** @param {WechatMiniprogram.TouchEvent} event */
    choose(event) {
      const { id = "", name = "" } = event.currentTarget.dataset;
      this.triggerEvent("choose", { voice: id, name });
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    sample(event) {
      const { id = "", path = "" } = event.currentTarget.dataset;
      void player.toggle(id, () => addressOf(path));
    },
    again() {
      void voices.refresh();
    },
    manage() {
      wx.navigateTo({ url: "/pages/voices/voices" });
    },
  },
});

/** @param {import("../../lib/client").Voice} voice */
function shown(voice) {
  const about = voice.category === "own" ? "我的声音" : voice.gender === "male" ? "男声" : "女声";
  return { id: voice.voice_id, name: voice.name, about, path: voice.preview_url };
}
