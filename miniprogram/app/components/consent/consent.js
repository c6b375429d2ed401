const { STATEMENT } = require("../../state/draft");
const { localIso } = require("../../state/format");
const { problemOf } = require("../../state/problems");
const { Slot } = require("../../state/slot");
const { chooseEvidence } = require("../../state/wechat");

/**
 * Asks whose face and voice it is and whether they agree, before either is chosen: both are
 * sensitive personal information (个人信息保护法 art. 28–29: separate consent).
 */
Component({
  properties: { subject: { type: String, value: "" } },
  data: { statement: STATEMENT, name: "", isTicked: false, fault: "", evidence: /** @type {any} */ ({}) },
  lifetimes: {
    created() {
      this.own = { slot: new Slot("document"), stop: () => {} };
    },
    attached() {
      this.setData({ name: this.data.subject });
    },
    detached() {
      this.own.stop();
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
    /** A signed PDF, or a video or sound in which they agree; nobody has to. */
    async attach() {
      try {
        const chosen = await chooseEvidence();
        if (!chosen) return;
        this.own.stop();
        this.own.slot = new Slot(chosen.kind);
        this.own.stop = this.own.slot.state.watch((/** @type {any} */ evidence) => this.setData({ evidence, fault: "" }));
        void this.own.slot.put(chosen);
      } catch (error) {
        this.setData({ fault: problemOf(error).sentence });
      }
    },
    close() {
      this.triggerEvent("close");
    },
    agree() {
      const subject = this.data.name.trim();
      if (!subject) return this.setData({ fault: "请填写本人的姓名或称呼。" });
      if (!this.data.isTicked) return this.setData({ fault: "请先勾选，确认本人已经同意。" });
      const { isBusy, file, problem } = this.data.evidence;
      if (isBusy) return this.setData({ fault: "凭据还在上传，请稍候。" });
      if (problem) return this.setData({ fault: problem.sentence });
      const shown = file ? { evidence: { file_type: this.own.slot.kind, filename: file.filename } } : {};
      this.triggerEvent("agreed", { subject, given_at: localIso(new Date()), ...shown });
    },
  },
});
