const { listing } = require("../../state/library");
const { problemOf } = require("../../state/problems");
const { dh } = require("../../state/server");
const { showTab } = require("../../state/tabs");
const tasks = require("../../state/tasks");
const { confirmed, picked } = require("../../state/wechat");

/** @typedef {import("../../lib/client").TaskStatus} TaskStatus */

const FILTERS = [
  { key: "", text: "全部" },
  { key: "completed", text: "已完成" },
  { key: "failed", text: "未完成" },
];
const OFTEN_MS = 3000;

/** Every task of this user, newest first; those under way are kept up to date while it is shown. */
Component({
  data: {
    filters: FILTERS,
    filter: "",
    list: /** @type {TaskStatus[] | null} */ (null),
    hasMore: false,
    isBusy: false,
    problem: /** @type {any} */ (null),
  },
  lifetimes: {
    created() {
      const all = listing(async (cursor) => {
        const status = /** @type {any} */ (this.data.filter || undefined);
        const page = await dh().tasks.list({ limit: 30, cursor, status }, { patienceMs: 10_000 });
        tasks.seen(...page.tasks);
        return { items: /** @type {TaskStatus[]} */ (page.tasks), next: page.next_cursor };
      });
      this.own = { all, timer: 0, isShown: false };
      this.own.forget = all.state.watch(({ items, next, isBusy, problem }) => {
        if (this.own.isAttached) this.setData({ list: items, hasMore: next !== null, isBusy, problem });
      });
    },
    attached() {
      this.own.isAttached = true;
    },
    detached() {
      this.own.forget();
      this.onHide();
    },
  },
  methods: {
    onShow() {
      showTab(this, 1);
      this.own.isShown = true;
      void this.refresh();
    },
    onHide() {
      this.own.isShown = false;
      clearTimeout(this.own.timer);
    },
    async onPullDownRefresh() {
      await this.refresh();
      wx.stopPullDownRefresh();
    },
    onReachBottom() {
      void this.own.all.more();
    },
    async refresh() {
      await this.own.all.refresh();
      this.followSoon();
    },
    followSoon() {
      clearTimeout(this.own.timer);
      const active = (this.data.list || []).filter(tasks.isActive);
      if (!this.own.isShown || active.length === 0) return;
      const pause = Math.min(...active.map((task) => task.next_poll_ms || OFTEN_MS));
      this.own.timer = setTimeout(() => void this.follow(active), pause);
    },
    /** @param {TaskStatus[]} active */
    async follow(active) {
      try {
        const ids = active.map((task) => task.task_id).slice(0, 50);
        const { tasks: states, missing } = await dh().tasks.byIds(ids, { patienceMs: 0 });
        tasks.seen(...states);
        tasks.gone(...missing);
        const list = (this.data.list || [])
          .filter((task) => !missing.includes(task.task_id))
          .map((task) => /** @type {TaskStatus} */ (states.find((one) => one.task_id === task.task_id) || task));
        if (this.own.isShown) this.setData({ list });
      } catch (error) {
        // What is shown stays; the next look may succeed.
        problemOf(error);
      }
      this.followSoon();
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    setFilter(event) {
      this.setData({ filter: event.currentTarget.dataset["key"] || "", list: null });
      void this.refresh();
    },
    again() {
      void this.refresh();
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    open(event) {
      const { id = "", status = "" } = event.currentTarget.dataset;
      wx.navigateTo({ url: `/pages/${status === "completed" ? "result/result" : "progress/progress"}?id=${id}` });
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    async menu(event) {
      const { id = "", status = "" } = event.currentTarget.dataset;
      const isRunning = tasks.isActive({ status });
      if ((await picked([isRunning ? "停止制作" : "删除"])) < 0) return;
      if (!isRunning && !(await confirmed("删除这个作品？", "服务器上的文件会一并删除，无法恢复。", "删除"))) return;
      try {
        if (isRunning) await dh().tasks.cancel(id);
        else await dh().tasks.remove(id);
        await this.refresh();
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
    },
    start() {
      wx.switchTab({ url: "/pages/create/create" });
    },
  },
});
