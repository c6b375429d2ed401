/** The tab bar, drawn here so that it has icons without pictures and follows dark mode. */
Component({
  data: {
    selected: 0,
    tabs: [
      { page: "/pages/create/create", text: "制作", icon: "film" },
      { page: "/pages/history/history", text: "作品", icon: "list" },
      { page: "/pages/templates/templates", text: "模板", icon: "grid" },
      { page: "/pages/settings/settings", text: "我的", icon: "person" },
    ],
  },
  methods: {
    /** @param {WechatMiniprogram.TouchEvent} event */
    go(event) {
      wx.switchTab({ url: event.currentTarget.dataset["page"] || "" });
    },
  },
});
