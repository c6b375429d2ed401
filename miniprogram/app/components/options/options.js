const ASPECTS = [
  { key: "clip", text: "与视频相同" },
  { key: "9:16", text: "竖屏 9:16" },
  { key: "16:9", text: "横屏 16:9" },
  { key: "1:1", text: "方形 1:1" },
];
const GROUNDS = [
  { key: "clip", text: "原背景" },
  { key: "blur", text: "虚化" },
  { key: "#FFFFFF", text: "白色" },
  { key: "#2E8B57", text: "绿色" },
  { key: "#1F3A5F", text: "深蓝" },
];
/** @type {Record<string, typeof ASPECTS>} */
const RANGES = { aspect: ASPECTS, ground: GROUNDS };

/** How it is spoken and shown. */
Component({
  properties: { choices: { type: Object, value: /** @type {any} */ ({}) } },
  data: { speed: "", pitch: "", volume: "", aspects: ASPECTS, grounds: GROUNDS, aspect: 0, ground: 0 },
  observers: {
    /** @param {Partial<import("../../state/draft").Choices>} choices */
    choices({ speed = 1, pitch = 0, volume = 0, aspect, ground }) {
      this.setData({ aspect: placeIn(ASPECTS, aspect), ground: placeIn(GROUNDS, ground) });
      this.setData({ speed: `${speed.toFixed(2)}×`, pitch: `${signed(pitch)} 半音`, volume: `${signed(volume)} 分贝` });
    },
  },
  methods: {
    /** @param {WechatMiniprogram.SliderChange} event */
    slide(event) {
      this.triggerEvent("change", { [event.currentTarget.dataset["name"] || ""]: hundredths(event.detail.value) });
    },
    /** @param {WechatMiniprogram.PickerChange} event */
    pick(event) {
      const name = event.currentTarget.dataset["name"] || "";
      const option = (RANGES[name] || [])[Number(event.detail.value)];
      if (option) this.triggerEvent("change", { [name]: option.key });
    },
    /** @param {WechatMiniprogram.SwitchChange} event */
    turn(event) {
      this.triggerEvent("change", { [event.currentTarget.dataset["name"] || ""]: event.detail.value });
    },
  },
});

/** @param {typeof ASPECTS} range @param {string} [key] */
const placeIn = (range, key) => Math.max(0, range.findIndex((option) => option.key === key));

/** A slider's steps add up to 1.1500000000000001. @param {number} value */
const hundredths = (value) => Math.round(value * 100) / 100;

/** @param {number} value */
const signed = (value) => (value > 0 ? `+${value}` : String(value).replace("-", "−"));
