/** What went wrong and what to do; with a way to try again where that may help. */
Component({
  properties: {
    problem: { type: Object, value: /** @type {any} */ (null) },
    retry: { type: Boolean, value: false },
  },
  methods: {
    again() {
      this.triggerEvent("retry");
    },
    copy() {
      wx.setClipboardData({ data: this.data.problem.requestId });
    },
  },
});
