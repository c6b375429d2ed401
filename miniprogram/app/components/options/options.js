/** How it is spoken and shown. */
Component({
  properties: { choices: { type: Object, value: /** @type {any} */ ({}) } },
  data: { speed: "", pitch: "", volume: "" },
  observers: {
    /** @param {Partial<import("../../state/draft").Choices>} choices */
    choices({ speed = 1, pitch = 0, volume = 0 }) {
      this.setData({ speed: `${speed.toFixed(2)}×`, pitch: `${signed(pitch)} 半音`, volume: `${signed(volume)} 分贝` });
    },
  },
  methods: {
    /** @param {WechatMiniprogram.SliderChange} event */
    slide(event) {
      this.triggerEvent("change", { [event.currentTarget.dataset["name"] || ""]: hundredths(event.detail.value) });
    },
    /** @param {WechatMiniprogram.SwitchChange} event */
    turn(event) {
      this.triggerEvent("change", { [event.currentTarget.dataset["name"] || ""]: event.detail.value });
    },
  },
});

/** A slider's steps add up to 1.1500000000000001. @param {number} value */
const hundredths = (value) => Math.round(value * 100) / 100;

/** @param {number} value */
const signed = (value) => (value > 0 ? `+${value}` : String(value).replace("-", "−"));
