const { AbortSwitch } = require("../lib/client");
const { observable } = require("./observable");
const { isAbort, problemOf } = require("./problems");
const { dh } = require("./server");

/**
 * @typedef {object} SlotState
 * @property {{filename: string, name: string, size: number, seconds: number} | null} file what the server has
 * @property {string} name
 * @property {string} path the file on this phone, as long as WeChat keeps it
 * @property {string} cover
 * @property {number} percent
 * @property {boolean} isBusy
 * @property {import("./problems").Problem | null} problem
 */

/** @type {SlotState} */
const EMPTY = { file: null, name: "", path: "", cover: "", percent: 0, isBusy: false, problem: null };

/** One place for a file: empty, on its way, there, or refused. */
class Slot {
  /** @param {"video" | "audio" | "image"} kind */
  constructor(kind) {
    this.kind = kind;
    this.state = observable(EMPTY);
    /** @type {AbortSwitch | null} */
    this.abort = null;
    /** @type {import("./wechat").Chosen | null} */
    this.chosen = null;
  }

  /** What is there from the last time. @param {SlotState["file"]} file */
  restore(file) {
    if (file) this.state.set({ ...EMPTY, file, name: file.name });
  }

  /** @param {import("./wechat").Chosen | null} chosen */
  async put(chosen) {
    if (!chosen) return;
    this.clear();
    this.chosen = chosen;
    const { path, name, size, seconds, cover } = chosen;
    const abort = (this.abort = new AbortSwitch());
    this.state.set({ ...EMPTY, name, path, cover, isBusy: true });
    try {
      const info = await dh().uploads.send(this.kind, path, {
        signal: abort.signal,
        onProgress: ({ sent, total }) => {
          const percent = total ? Math.round((100 * sent) / total) : 0;
          if (this.abort === abort && percent !== this.state.get().percent) this.change({ percent });
        },
      });
      if (this.abort !== abort) return;
      this.change({ file: { filename: info.filename, name, size, seconds }, isBusy: false });
    } catch (error) {
      if (this.abort !== abort || isAbort(error)) return;
      this.change({ isBusy: false, problem: problemOf(error) });
    }
  }

  /** The same file again; a big one goes on where it was. */
  retry() {
    return this.put(this.chosen);
  }

  clear() {
    const abort = this.abort;
    this.abort = null;
    this.chosen = null;
    if (abort) abort.abort();
    this.state.set(EMPTY);
  }

  /** @param {Partial<SlotState>} changes */
  change(changes) {
    this.state.set({ ...this.state.get(), ...changes });
  }
}

module.exports = { Slot };
