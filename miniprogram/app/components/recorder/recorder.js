const { clock } = require("../../state/format");
const player = require("../../state/player");
const { Told, problemOf } = require("../../state/problems");

/** WeChat's longest. */
const MAX_MS = 600_000;
const MIN_SECONDS = 3;
const TICK_MS = 200;

/** Records a voice, to be heard before it is used. */
Component({
  properties: { prompt: { type: Boolean, value: true } },
  data: {
    state: "ready",
    time: "0:00",
    isShort: false,
    isPlaying: false,
    problem: /** @type {import("../../state/problems").Problem | null} */ (null),
  },
  lifetimes: {
    attached() {
      const recorder = wx.getRecorderManager();
      this.own = { recorder, path: "", size: 0, seconds: 0, since: 0, timer: 0 };
      recorder.onStart(() => this.began());
      recorder.onStop((take) => this.ended(take));
      recorder.onError((failure) => this.refused(failure));
      // A call: what was said so far is kept.
      recorder.onInterruptionBegin(() => recorder.stop());
      this.own.forget = player.playing.watch(({ key }) => this.setData({ isPlaying: key === "take" }));
    },
    detached() {
      clearInterval(this.own.timer);
      this.own.isGone = true;
      if (this.data.state === "recording") this.own.recorder.stop();
      this.own.forget();
      if (player.playing.get().key === "take") player.stop();
    },
  },
  pageLifetimes: {
    hide() {
      if (this.data.state === "recording") this.own.recorder.stop();
    },
  },
  methods: {
    press() {
      if (this.data.state === "recording") return this.own.recorder.stop();
      player.stop();
      this.setData({ problem: null });
      this.own.recorder.start({
        duration: MAX_MS,
        sampleRate: 44100,
        numberOfChannels: 1,
        encodeBitRate: 192000,
        format: "mp3",
      });
    },
    began() {
      this.own.since = Date.now();
      this.setData({ state: "recording", time: "0:00", isShort: false });
      this.own.timer = setInterval(() => {
        const time = clock((Date.now() - this.own.since) / 1000);
        if (time !== this.data.time) this.setData({ time });
      }, TICK_MS);
    },
    /** @param {{tempFilePath: string, duration: number, fileSize: number}} take */
    ended(take) {
      clearInterval(this.own.timer);
      if (this.own.isGone) return;
      const seconds = take.duration / 1000;
      Object.assign(this.own, { path: take.tempFilePath, size: take.fileSize, seconds: Math.round(seconds) });
      this.setData({ state: "done", time: clock(seconds), isShort: seconds < MIN_SECONDS });
    },
    /** @param {{errMsg: string}} failure */
    refused({ errMsg }) {
      clearInterval(this.own.timer);
      console.warn(errMsg);
      const denied = /auth|permission|deny/i.test(errMsg);
      const told = denied
        ? new Told("record_denied", "没有麦克风权限，请在右上角“…”→“设置”中允许后重试。")
        : new Told("record_failed", "录音中断，请关闭其他正在使用麦克风的应用后重试。");
      this.setData({ state: "ready", problem: problemOf(told) });
    },
    listen() {
      void player.toggle("take", () => this.own.path);
    },
    again() {
      player.stop();
      this.setData({ state: "ready", time: "0:00" });
    },
    use() {
      const { path, size, seconds } = this.own;
      this.triggerEvent("done", { path, name: "录制的声音", size, seconds, cover: "" });
    },
    close() {
      this.triggerEvent("close");
    },
  },
});
