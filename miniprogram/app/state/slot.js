const { AbortSwitch, TaskFailed } = require("../lib/client");
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
 * @property {boolean} isFetching the server gets it from its address
 * @property {boolean} isBusy
 * @property {import("./problems").Problem | null} problem
 */

const LOOK_MS = 1000;

/** @type {SlotState} */
const EMPTY = { file: null, name: "", path: "", cover: "", percent: 0, isFetching: false, isBusy: false, problem: null };

/** One place for a file: empty, on its way, there, or refused. */
class Slot {
  /** @param {"video" | "audio" | "image" | "document"} kind */
  constructor(kind) {
    this.kind = kind;
    this.state = observable(EMPTY);
    /** @type {AbortSwitch | null} */
    this.abort = null;
    /** @type {import("./wechat").Chosen | null} */
    this.chosen = null;
    this.address = "";
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

  /** Has the server fetch a file from a public https address, and waits until it has. @param {string | null} address */
  async fetch(address) {
    if (!address) return;
    this.clear();
    this.address = address;
    const abort = (this.abort = new AbortSwitch());
    const options = { signal: abort.signal };
    this.state.set({ ...EMPTY, name: address, isBusy: true, isFetching: true });
    try {
      const { filename } = await dh().uploads.fromUrl(this.kind, address, options);
      let found = await dh().files.state(this.kind, filename, options);
      while (found.status === "pending" && this.abort === abort) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        found = await dh().files.state(this.kind, filename, options);
      }
      if (this.abort !== abort) return;
      if (found.status === "rejected") throw new TaskFailed("", found.error_code || "input_rejected", found.error_message || "");
      const file = { filename, name: address, size: found.file_size, seconds: 0 };
      this.change({ file, isBusy: false, isFetching: false });
    } catch (error) {
      if (this.abort !== abort || isAbort(error)) return;
      this.change({ isBusy: false, isFetching: false, problem: problemOf(error) });
    }
  }

  /** What the server has already. @param {{filename: string, name: string} | null} file */
  use(file) {
    if (!file) return;
    this.clear();
    this.restore({ ...file, size: 0, seconds: 0 });
  }

  /** The same file again; a big one goes on where it was. */
  retry() {
    return this.address ? this.fetch(this.address) : this.put(this.chosen);
  }

  clear() {
    const abort = this.abort;
    this.abort = null;
    this.chosen = null;
    this.address = "";
    if (abort) abort.abort();
    this.state.set(EMPTY);
  }

  /** @param {Partial<SlotState>} changes */
  change(changes) {
    this.state.set({ ...this.state.get(), ...changes });
  }
}

module.exports = { Slot };
