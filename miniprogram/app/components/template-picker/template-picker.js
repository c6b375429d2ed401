const { templates } = require("../../state/library");

/** One of the templates, in a row that is swept sideways. */
Component({
  properties: { chosen: { type: String, value: "" } },
  data: { list: /** @type {any[]} */ ([]), isLoaded: false, problem: /** @type {any} */ (null) },
  lifetimes: {
    attached() {
      const stop = templates.state.watch(({ items, problem }) =>
        this.setData({ list: items || [], isLoaded: items !== null, problem }),
      );
      this.own = { stop };
      void templates.refresh();
    },
    detached() {
      this.own.stop();
    },
  },
  pageLifetimes: {
    /** One may have been made meanwhile. */
    show() {
      void templates.refresh();
    },
  },
  methods: {
    /** @param {WechatMiniprogram.TouchEvent} event */
    choose(event) {
      const { id = "", title = "" } = event.currentTarget.dataset;
      this.triggerEvent("choose", { id, title });
    },
    make() {
      wx.navigateTo({ url: "/pages/template/template" });
    },
    more() {
      void templates.more();
    },
    again() {
      void templates.refresh();
    },
  },
});
