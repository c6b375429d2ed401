const { MAX_TEXT, change, draft, lengthOf, slots } = require("../../state/draft");
const { guessedSeconds, stretchAt } = require("../../lib/reading");
const { span } = require("../../state/format");
const player = require("../../state/player");
const reading = require("../../state/reading");
const tryout = require("../../state/tryout");

const SAMPLE = "大家好，我是小林。银行今天推出了新的服务：您可以行走在街头，随时随地重新办理业务。";
/** So many characters are set with their reading at once; a phone is slow with thousands. */
const FIRST_SHOWN = 600;

/** The text: written in a field, then read with its pinyin above, heard, and corrected. */
Component({
  data: {
    text: "",
    isEditing: true,
    isFocused: false,
    lines: /** @type {any[]} */ ([]),
    isCut: false,
    count: 0,
    tooMany: 0,
    estimate: "",
    isReading: false,
    problem: /** @type {any} */ (null),
    tryout: /** @type {import("../../state/tryout").TryOut} */ ({ isBusy: false, percent: 0, problem: null }),
    isPlaying: false,
    soundProblem: /** @type {any} */ (null),
    word: /** @type {any} */ (null),
    note: "",
  },
  lifetimes: {
    attached() {
      const hasText = lengthOf(draft.get().text) > 0;
      this.own = { shown: FIRST_SHOWN, stops: [] };
      this.setData({ isEditing: !hasText });
      this.own.stops = [
        draft.watch(() => this.show()),
        reading.reading.watch(() => this.show()),
        reading.follow(),
        tryout.tryout.watch((state) => this.setData({ tryout: state })),
        slots.sample.state.watch(() => this.show()),
        player.playing.watch(({ key, problem }) =>
          this.setData({ isPlaying: key === tryout.KEY, soundProblem: problem }),
        ),
      ];
    },
    detached() {
      for (const stop of this.own.stops) stop();
      tryout.stop();
    },
  },
  methods: {
    show() {
      const { text, pronounce, speed, voice, person } = draft.get();
      const known = reading.reading.get();
      const count = lengthOf(text);
      const seconds = known.of === text && known.seconds ? known.seconds : guessedSeconds(text) / speed;
      const all = this.data.isEditing ? [] : reading.linesOf(text, pronounce, this.own.shown);
      this.setData({
        // What was read and is now empty is there to be written.
        ...(count === 0 ? { isEditing: true } : {}),
        count,
        tooMany: Math.max(0, count - MAX_TEXT),
        estimate: count > 0 ? `约 ${span(seconds)}` : "",
        isReading: known.isBusy,
        problem: known.problem,
        note: noteOf(voice, person),
        lines: all,
        isCut: !this.data.isEditing && text.length > this.own.shown,
        // A field that is being typed into keeps its own text: setting it moves the cursor.
        ...(this.own.typed === text ? {} : { text }),
      });
    },
    /** @param {WechatMiniprogram.TextareaInput} event */
    write(event) {
      this.own.typed = event.detail.value;
      change({ text: event.detail.value });
    },
    edit() {
      this.own.typed = "";
      this.setData({ isEditing: true, isFocused: true });
      this.show();
    },
    /** The keyboard went away: what was written is set with its reading. */
    read() {
      this.own.typed = "";
      this.setData({ isEditing: lengthOf(draft.get().text) === 0, isFocused: false });
      this.show();
    },
    sample() {
      change({ text: SAMPLE });
      this.read();
    },
    all() {
      this.own.shown = MAX_TEXT * 2;
      this.show();
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    pick(event) {
      const at = Number(event.currentTarget.dataset["at"]);
      if (at < 0) return;
      const word = stretchAt(reading.reading.get().stretches, at);
      if (word) this.setData({ word });
    },
    closeWord() {
      this.setData({ word: null });
    },
    again() {
      reading.again();
    },
    async hear() {
      if (this.data.isPlaying) return player.stop();
      if (this.data.count === 0 || this.data.tooMany > 0) return;
      await tryout.hear();
    },
  },
});

/** In whose voice the text is heard before, where that is not the video's. @param {string} voice @param {string} person */
function noteOf(voice, person) {
  if (voice === "file") return slots.sample.state.get().file ? "" : "还没有声音样本，试听用内置声音朗读。";
  if (voice !== "own") return "";
  return `试听用内置声音朗读；成片会用${person === "clip" ? "视频里的原声" : "模板的声音"}。`;
}
