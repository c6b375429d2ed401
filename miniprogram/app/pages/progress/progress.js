const { AbortSwitch, NotFound, TaskCancelled, TaskFailed } = require("../../lib/client");
const { isAbort, problemOf } = require("../../state/problems");
const { dh } = require("../../state/server");
const tasks = require("../../state/tasks");
const { confirmed } = require("../../state/wechat");

/** One task on its way, until it has made something or ended otherwise. */
Component({
  data: {
    title: "",
    task: /** @type {import("../../lib/client").TaskStatus | null} */ (null),
    /** watching, failed, cancelled, gone */
    state: "watching",
    problem: /** @type {import("../../state/problems").Problem | null} */ (null),
    /** The film as far as it is made. */
    preview: "",
    isCancelling: false,
  },
  methods: {
    /** @param {{id?: string}} query */
    onLoad({ id = "" }) {
      this.own = { id, abort: null };
      this.setData({ title: tasks.noteOf(id).words || "" });
      void this.watch();
    },
    onUnload() {
      if (this.own.abort) this.own.abort.abort();
    },
    async watch() {
      const { id } = this.own;
      if (this.own.abort) this.own.abort.abort();
      const abort = (this.own.abort = new AbortSwitch());
      this.setData({ state: "watching", problem: null });
      try {
        await dh().tasks.wait(id, {
          signal: abort.signal,
          onStatus: (task) => {
            tasks.seen(task);
            // Every status signs it anew; another address would begin the film again.
            const preview = task.preview_url ? this.data.preview || task.preview_url : "";
            this.setData({ task, preview, title: tasks.titleOf(task) });
          },
        });
        wx.redirectTo({ url: `/pages/result/result?id=${id}` });
      } catch (error) {
        if (isAbort(error)) return;
        if (error instanceof TaskCancelled) return this.setData({ state: "cancelled" });
        if (error instanceof NotFound) tasks.gone(id);
        const state = error instanceof TaskFailed ? "failed" : error instanceof NotFound ? "gone" : "watching";
        this.setData({ state, problem: problemOf(error) });
      }
    },
    async cancel() {
      if (this.data.isCancelling || !(await confirmed("停止制作？", "已经做好的部分不会保留。台词和素材仍在。", "停止"))) return;
      this.setData({ isCancelling: true, problem: null });
      try {
        // The watcher learns of it by itself.
        await dh().tasks.cancel(this.own.id);
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
      this.setData({ isCancelling: false });
    },
    back() {
      wx.switchTab({ url: "/pages/create/create" });
    },
    history() {
      wx.switchTab({ url: "/pages/history/history" });
    },
    copy() {
      wx.setClipboardData({ data: this.own.id });
    },
  },
});
