const { span } = require("../../state/format");
const { templates, voices } = require("../../state/library");
const { forgetAddresses } = require("../../state/media");
const { problemOf } = require("../../state/problems");
const { address, dh, isFixed, setAddress } = require("../../state/server");
const { showTab } = require("../../state/tabs");
const { confirmed, toast } = require("../../state/wechat");

/** The account, the server, and the rules. */
Component({
  data: {
    server: "",
    /** A published app has one server, whose domain is registered. */
    canChange: false,
    health: "",
    isWell: true,
    usage: "",
    problem: /** @type {any} */ (null),
    isBusy: false,
    deletion: "",
  },
  methods: {
    onShow() {
      showTab(this, 3);
      this.setData({ server: address(), canChange: !isFixed() });
      void this.look();
    },
    async look() {
      this.setData({ problem: null, isBusy: true });
      try {
        const [system, used] = await Promise.all([
          dh().account.system({ patienceMs: 5000 }),
          dh().account.usage({}, { patienceMs: 5000 }),
        ]);
        const isWell = system.system_status === "running";
        const seconds = used.total.output_seconds;
        this.setData({
          isWell,
          health: isWell ? "运行正常" : "任务较多，处理会慢一些",
          usage: seconds > 0 ? `最近 30 天生成 ${span(seconds)}` : "最近 30 天还没有生成",
        });
      } catch (error) {
        this.setData({ health: "", usage: "", problem: problemOf(error) });
      }
      this.setData({ isBusy: false });
    },
    /** @param {WechatMiniprogram.Input} event */
    write(event) {
      this.setData({ server: event.detail.value });
    },
    async save() {
      setAddress(this.data.server);
      forgetAddresses();
      voices.forget();
      templates.forget();
      this.setData({ server: address() });
      await this.look();
      if (!this.data.problem) toast("已连接");
    },
    async signOut() {
      if (!(await confirmed("退出登录？", "下次使用时会用微信自动登录，作品仍在。", "退出"))) return;
      try {
        await dh().session.signOut();
        toast("已退出");
      } catch (error) {
        // Here it is forgotten already; there it ends by itself.
        this.setData({ problem: problemOf(error) });
      }
    },
    async deleteEverything() {
      const words = "您的全部素材、作品、模板、声音和使用记录都会从服务器删除，无法恢复。";
      if (!(await confirmed("删除全部内容？", words, "全部删除"))) return;
      try {
        const { state } = await dh().account.deleteEverything();
        this.setData({ problem: null, deletion: state === "deleted" ? "已全部删除。" : "正在删除，几分钟内完成。" });
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
    },
    voices() {
      wx.navigateTo({ url: "/pages/voices/voices" });
    },
    rules() {
      wx.navigateTo({ url: "/pages/rules/rules" });
    },
    guide() {
      if (wx.openPrivacyContract) wx.openPrivacyContract({ fail: () => this.rules() });
      else this.rules();
    },
    permissions() {
      wx.openSetting({});
    },
  },
});
