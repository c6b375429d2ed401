const { change, draft } = require("../../state/draft");
const { moment } = require("../../state/format");
const { templates } = require("../../state/library");
const { problemOf } = require("../../state/problems");
const { dh } = require("../../state/server");
const { showTab } = require("../../state/tabs");
const { confirmed, picked } = require("../../state/wechat");

/** People cut out of a photo, each before a background. */
Component({
  data: {
    list: /** @type {any[] | null} */ (null),
    hasMore: false,
    isBusy: false,
    problem: /** @type {any} */ (null),
  },
  lifetimes: {
    attached() {
      const stop = templates.state.watch(({ items, next, isBusy, problem }) =>
        this.setData({
          list: items && items.map((one) => ({ ...one, made: moment(one.updated_at) })),
          hasMore: next !== null,
          isBusy,
          problem,
        }),
      );
      this.own = { stop };
    },
    detached() {
      this.own.stop();
    },
  },
  methods: {
    onShow() {
      showTab(this, 2);
      void templates.refresh();
    },
    async onPullDownRefresh() {
      await templates.refresh();
      wx.stopPullDownRefresh();
    },
    onReachBottom() {
      void templates.more();
    },
    again() {
      void templates.refresh();
    },
    make() {
      wx.navigateTo({ url: "/pages/template/template" });
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    async open(event) {
      const { id = "", title = "" } = event.currentTarget.dataset;
      const chosen = await picked(["用它制作视频", "修改", "删除"]);
      if (chosen === 0) {
        change({ person: "template", templateId: id, templateTitle: title });
        wx.switchTab({ url: "/pages/create/create" });
      } else if (chosen === 1) {
        wx.navigateTo({ url: `/pages/template/template?id=${id}` });
      } else if (chosen === 2) {
        await this.remove(id);
      }
    },
    /** @param {string} id */
    async remove(id) {
      if (!(await confirmed("删除这个模板？", "用它做好的视频不受影响。删除后无法恢复。", "删除"))) return;
      try {
        await dh().templates.remove(id);
        templates.drop((one) => one.template_id === id);
        if (draft.get().templateId === id) change({ templateId: "", templateTitle: "" });
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
    },
  },
});
