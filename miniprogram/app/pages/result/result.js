const { NotFound, warningSentence } = require("../../lib/client");
const { change } = require("../../state/draft");
const { clock, moment, span } = require("../../state/format");
const { templates, voices } = require("../../state/library");
const { addressOf } = require("../../state/media");
const player = require("../../state/player");
const { Told, problemOf } = require("../../state/problems");
const { dh } = require("../../state/server");
const tasks = require("../../state/tasks");
const { confirmed, saveToAlbum, toast } = require("../../state/wechat");

/** @typedef {import("../../lib/client").CompletedTask} CompletedTask */

/** What a task made: to be watched or heard, kept and passed on. */
Component({
  data: {
    title: "",
    /** loading, video, sound, template, voice, other, gone */
    kind: "loading",
    url: "",
    poster: "",
    ratio: 1,
    facts: /** @type {{name: string, value: string}[]} */ ([]),
    warnings: /** @type {string[]} */ ([]),
    problem: /** @type {any} */ (null),
    /** save, send: what waits for the download, and how much of it is there. */
    loading: "",
    percent: 0,
    isPlaying: false,
  },
  lifetimes: {
    detached() {
      if (this.own) this.own.forget();
    },
  },
  methods: {
    /** @param {{id?: string}} query */
    async onLoad({ id = "" }) {
      const forget = player.playing.watch(({ key, problem }) => this.setData({ isPlaying: key === id, ...(problem ? { problem } : {}) }));
      this.own = { id, saved: "", task: null, forget };
      await this.load();
    },
    onHide() {
      player.stop();
    },
    onUnload() {
      player.stop();
    },
    async load() {
      const { id } = this.own;
      this.setData({ problem: null });
      try {
        const task = await dh().tasks.status(id);
        tasks.seen(task);
        if (task.status !== "completed") return void wx.redirectTo({ url: `/pages/progress/progress?id=${id}` });
        await this.show(/** @type {CompletedTask} */ (task));
      } catch (error) {
        this.setData({ problem: problemOf(error), ...(error instanceof NotFound ? { kind: "gone" } : {}) });
      }
    },
    /** @param {CompletedTask} task */
    async show(task) {
      const { result } = task;
      this.own.task = task;
      const kind = kindOf(task);
      const poster = kind === "template" ? `/download/template/${templateOf(task)}?file=poster` : "";
      const ratio = Number(result["height"] || 1) / Number(result["width"] || 1);
      const warnings = (result.warnings || []).map(warningSentence);
      this.setData({ kind, poster, ratio, warnings, title: tasks.titleOf(task), facts: factsOf(task) });
      if (kind === "video") this.setData({ url: await addressOf(String(result.video_url)) });
    },
    /** A signed address ends after an hour; the player says so by failing. */
    async videoFailed() {
      if (this.own.retried) return this.setData({ problem: problemOf(new Told("video_failed", "视频无法播放，请检查网络后重试。")) });
      this.own.retried = true;
      const { url } = await dh().downloads.address(String(this.own.task.result.video_url));
      this.setData({ url });
    },
    listen() {
      const { result } = this.own.task;
      void player.toggle(this.own.id, () => addressOf(String(result["preview_url"] || result.audio_url)));
    },

    /** The video's file on this phone, fetched once. @returns {Promise<string>} */
    async file() {
      if (this.own.saved) return this.own.saved;
      this.own.saved = await dh().downloads.save(String(this.own.task.result.video_url), {
        onProgress: ({ received, total }) => {
          const percent = total ? Math.round((100 * received) / total) : 0;
          if (percent !== this.data.percent) this.setData({ percent });
        },
      });
      return this.own.saved;
    },
    /** @param {"save" | "send"} what @param {(path: string) => Promise<void>} then */
    async withFile(what, then) {
      if (this.data.loading) return;
      this.setData({ loading: what, percent: 0, problem: null });
      try {
        await then(await this.file());
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
      this.setData({ loading: "" });
    },
    save() {
      return this.withFile("save", async (path) => {
        if (await saveToAlbum(path)) toast("已保存到相册");
      });
    },
    send() {
      return this.withFile("send", async (path) => {
        await new Promise((resolve, reject) =>
          wx.shareVideoMessage({
            videoPath: path,
            success: resolve,
            fail: ({ errMsg }) => {
              if (/cancel/i.test(errMsg)) return resolve(null);
              // WeChat wants a tap just before; the download took longer than that.
              if (/gesture/i.test(errMsg)) return resolve(toast("视频已备好，请再点一次发送"));
              reject(new Told("send_failed", "发送失败，请保存到相册后从聊天中发送。"));
            },
          }),
        );
      });
    },
    useTemplate() {
      change({ person: "template", templateId: templateOf(this.own.task), templateTitle: this.data.title });
      void templates.refresh();
      wx.switchTab({ url: "/pages/create/create" });
    },
    useVoice() {
      change({ voice: String(this.own.task.result["voice_id"] || this.own.id), voiceName: this.data.title });
      void voices.refresh();
      wx.switchTab({ url: "/pages/create/create" });
    },
    again() {
      wx.switchTab({ url: "/pages/create/create" });
    },
    async remove() {
      if (!(await confirmed("删除这个作品？", "服务器上的视频会一并删除，无法恢复。已保存到相册的不受影响。", "删除"))) return;
      try {
        await dh().tasks.remove(this.own.id);
        tasks.gone(this.own.id);
        wx.switchTab({ url: "/pages/history/history" });
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
    },
  },
});

/** @param {CompletedTask} task */
function kindOf({ task_type, result }) {
  if (task_type === "template" || task_type === "template_edit") return "template";
  if (task_type === "voice_profile") return "voice";
  if (result.video_url) return "video";
  return result.audio_url ? "sound" : "other";
}

/** @param {CompletedTask} task */
const templateOf = (task) => String(task.result["template_id"] || task.task_id);

/** @param {CompletedTask} task */
function factsOf(task) {
  const { result } = task;
  const took = (Date.parse(task.updated_at) - Date.parse(task.created_at)) / 1000;
  const facts = [
    { name: "时长", value: typeof result["duration"] === "number" ? clock(result["duration"]) : "" },
    { name: "画面", value: result["width"] ? `${result["width"]} × ${result["height"]}` : "" },
    { name: "用时", value: span(took) },
    { name: "完成于", value: moment(task.updated_at) },
  ];
  return facts.filter(({ value }) => value);
}
