/** That what is made here, or shown here, is made by AI (标识办法, GB 45438-2025). */
Component({
  properties: { made: { type: Boolean, value: false } },
  methods: {
    rules() {
      wx.navigateTo({ url: "/pages/rules/rules" });
    },
  },
});
