const { isHan, marked, numbered } = require("../../lib/reading");
const { change, draft } = require("../../state/draft");
const { problemOf } = require("../../state/problems");
const reading = require("../../state/reading");
const { dh } = require("../../state/server");
const { toast } = require("../../state/wechat");

/** How one word is read, and how it should be: in this video, or always. */
Component({
  properties: { word: { type: Object, value: /** @type {any} */ (null) } },
  data: { typed: "", now: "", fault: "", isHan: true, isCorrected: false, isBusy: false },
  observers: {
    /** @param {import("../../lib/reading").Stretch | null} word */
    word(word) {
      if (!word) return;
      const now = word.pinyin.map(marked).join(" ");
      this.setData({ typed: now, now, fault: "", isHan: isHan(word.text), isCorrected: word.text in draft.get().pronounce });
    },
  },
  methods: {
    /** @param {WechatMiniprogram.Input} event */
    write(event) {
      this.setData({ typed: event.detail.value, fault: "" });
    },
    close() {
      this.triggerEvent("close");
    },
    here() {
      const wanted = this.wanted();
      if (!wanted) return;
      change({ pronounce: { ...draft.get().pronounce, [this.data.word.text]: wanted } });
      this.close();
    },
    async always() {
      const wanted = this.wanted();
      if (!wanted || this.data.isBusy) return;
      this.setData({ isBusy: true });
      try {
        await dh().pronunciations.set(this.data.word.text, wanted);
        this.drop();
        reading.again();
        toast("已记住，以后都这样读");
        this.close();
      } catch (error) {
        this.setData({ fault: problemOf(error).sentence });
      }
      this.setData({ isBusy: false });
    },
    reset() {
      this.drop();
      this.close();
    },
    drop() {
      const rest = { ...draft.get().pronounce };
      delete rest[this.data.word.text];
      change({ pronounce: rest });
    },
    /** What was typed as the API takes it; null, and a fault, if it is no reading. @returns {string | null} */
    wanted() {
      const { typed, word } = this.data;
      const pinyin = numbered(typed);
      const count = Array.from(word.text).length;
      if (!this.data.isHan) return pinyin || typed.trim() || this.fault("请写拼音，或换成要读的文字。");
      if (!pinyin) return this.fault("请给每个音节标上声调，如 yin2 hang2 或 yín háng。");
      return pinyin.split(" ").length === count ? pinyin : this.fault(`${count} 个字需要 ${count} 个音节，用空格隔开。`);
    },
    /** @param {string} fault */
    fault(fault) {
      this.setData({ fault });
      return null;
    },
  },
});
