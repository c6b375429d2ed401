const { bytes, clock } = require("../../state/format");

const ICONS = /** @type {Record<string, string>} */ ({ video: "film", audio: "sound", image: "person" });

/** A place for a file: how to fill it, how far its upload is, and what is in it. */
Component({
  properties: {
    kind: { type: String, value: "video" },
    /** The state of a Slot. */
    state: { type: Object, value: /** @type {any} */ ({}) },
    hint: { type: String, value: "" },
    /** [{key, text, icon}]: where a file may come from. */
    sources: { type: Array, value: /** @type {{key: string, text: string, icon: string}[]} */ ([]) },
  },
  data: { icon: "film", about: "" },
  observers: {
    "kind, state"(kind, state) {
      const file = state && state.file;
      const about = file ? [file.seconds ? clock(file.seconds) : "", file.size ? bytes(file.size) : ""].filter(Boolean).join(" · ") : "";
      this.setData({ icon: ICONS[kind] || "file", about });
    },
  },
  methods: {
    /** @param {WechatMiniprogram.TouchEvent} event */
    choose(event) {
      this.triggerEvent("choose", { source: event.currentTarget.dataset["key"] });
    },
    again() {
      this.triggerEvent("retry");
    },
    clear() {
      this.triggerEvent("clear");
    },
  },
});
