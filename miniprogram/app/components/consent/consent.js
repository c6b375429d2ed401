const { STATEMENT } = require("../../state/draft");
const { localIso } = require("../../state/format");

/**
 * Asks whose face and voice it is and whether they agree, before either is chosen: both are
 * sensitive personal information (个人信息保护法 art. 28–29: separate consent).
 */
Component({
  properties: { subject: { type: String, value: "" } },
  data: { statement: STATEMENT, name: "", isTicked: false, fault: "" },
  lifetimes: {
    attached() {
      this.setData({ name: this.data.subject });
    },
  },
  methods: {
    /** @param {WechatMiniprogram.Input} event */
    write(event) {
      this.setData({ name: event.detail.value, fault: "" });
    },
    tick() {
      this.setData({ isTicked: !this.data.isTicked, fault: "" });
    },
    rules() {
      wx.navigateTo({ url: "/pages/rules/rules" });
    },
    guide() {
      // Before 2.32.3 there is no guide that could be opened.
      if (wx.openPrivacyContract) wx.openPrivacyContract({ fail: () => this.rules() });
      else this.rules();
    },
    close() {
      this.triggerEvent("close");
    },
    agree() {
      const subject = this.data.name.trim();
      if (!subject) return this.setData({ fault: "请填写本人的姓名或称呼。" });
      if (!this.data.isTicked) return this.setData({ fault: "请先勾选，确认本人已经同意。" });
      this.triggerEvent("agreed", { subject, given_at: localIso(new Date()) });
    },
  },
});
