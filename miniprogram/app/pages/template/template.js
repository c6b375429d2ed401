const { consentOf, draft } = require("../../state/draft");
const { voices } = require("../../state/library");
const { problemOf } = require("../../state/problems");
const { dh } = require("../../state/server");
const { Slot } = require("../../state/slot");
const tasks = require("../../state/tasks");
const { choosePhoto } = require("../../state/wechat");

const ASPECTS = /** @type {{key: "9:16" | "1:1" | "16:9", text: string, size: [number, number]}[]} */ ([
  { key: "9:16", text: "竖屏", size: [1080, 1920] },
  { key: "1:1", text: "方形", size: [1080, 1080] },
  { key: "16:9", text: "横屏", size: [1920, 1080] },
]);
/** Where the title begins, as a share of the picture's height. */
const PLACES = [
  { key: "top", text: "上", at: 0.08 },
  { key: "middle", text: "中", at: 0.45 },
  { key: "bottom", text: "下", at: 0.82 },
];
const FONT_SIZE = 72;
/** Seconds of the preview: this app shows the poster, so the shortest will do. */
const PREVIEW_SECONDS = 1;
const PHOTO_SOURCES = [{ key: "album", text: "选择照片", icon: "album" }];

/** A template that is made of two photos, or changed. */
Component({
  data: {
    id: "",
    aspects: ASPECTS,
    places: PLACES,
    photoSources: PHOTO_SOURCES,
    aspect: "9:16",
    place: "top",
    placeAt: 8,
    title: "",
    voiceNames: ["不指定"],
    voiceIndex: 0,
    person: /** @type {any} */ ({}),
    background: /** @type {any} */ ({}),
    poster: "",
    asksConsent: false,
    consent: /** @type {import("../../state/draft").Consent | null} */ (null),
    isBusy: false,
    canMake: false,
    problem: /** @type {any} */ (null),
  },
  lifetimes: {
    created() {
      const person = new Slot("image");
      const background = new Slot("image");
      this.own = { slots: { person, background }, stops: [], before: null, afterConsent: null, voiceIds: [""], placed: null };
    },
    attached() {
      const { person, background } = this.own.slots;
      this.own.stops = [
        person.state.watch((/** @type {any} */ state) => this.show({ person: state })),
        background.state.watch((/** @type {any} */ state) => this.show({ background: state })),
        voices.state.watch(({ items }) => {
          this.own.voiceIds = ["", ...(items || []).map((one) => one.voice_id)];
          this.setData({ voiceNames: ["不指定", ...(items || []).map((one) => one.name)] });
          this.setVoice(this.own.voice || "");
        }),
      ];
      this.setData({ consent: draft.get().consent });
      if (!voices.state.get().items) void voices.refresh();
    },
    detached() {
      for (const stop of this.own.stops) stop();
      this.own.slots.person.clear();
      this.own.slots.background.clear();
    },
  },
  methods: {
    /** @param {{id?: string}} query */
    async onLoad({ id = "" }) {
      if (!id) return;
      this.setData({ id });
      wx.setNavigationBarTitle({ title: "修改模板" });
      await this.load();
    },
    async load() {
      try {
        const before = await dh().templates.get(this.data.id);
        const { parameters } = before;
        this.own.before = before;
        this.own.placed = parameters["title_position"] || null;
        this.setVoice(String(parameters["voice_id"] || ""));
        const aspect = String(parameters["aspect"] || "9:16");
        this.show({ title: before.title_text || "", aspect, poster: before.poster_url, problem: null });
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
    },
    /** @param {Record<string, any>} changes */
    show(changes) {
      this.setData(changes);
      const { id, person, background, consent } = this.data;
      const hasBoth = Boolean(person.file && background.file);
      const isSending = Boolean(person.isBusy || background.isBusy);
      this.setData({ canMake: !isSending && (id ? this.own.before !== null : hasBoth && consent !== null) });
    },
    /** @param {string} voice */
    setVoice(voice) {
      this.own.voice = voice;
      this.setData({ voiceIndex: Math.max(0, this.own.voiceIds.indexOf(voice)) });
    },

    choosePerson() {
      const choose = async () => this.own.slots.person.put(await choosePhoto());
      if (this.data.consent) return void this.trying(choose);
      this.own.afterConsent = choose;
      this.setData({ asksConsent: true });
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    agreed(event) {
      this.show({ consent: event.detail, asksConsent: false });
      if (this.own.afterConsent) void this.trying(this.own.afterConsent);
    },
    askConsent() {
      this.own.afterConsent = null;
      this.setData({ asksConsent: true });
    },
    closeConsent() {
      this.own.afterConsent = null;
      this.setData({ asksConsent: false });
    },
    chooseBackground() {
      return this.trying(async () => this.own.slots.background.put(await choosePhoto()));
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    retryUpload(event) {
      void this.own.slots[event.currentTarget.dataset["slot"] || "person"].retry();
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    clearSlot(event) {
      this.own.slots[event.currentTarget.dataset["slot"] || "person"].clear();
    },
    /** @param {() => any} work */
    async trying(work) {
      try {
        this.setData({ problem: null });
        await work();
      } catch (error) {
        this.setData({ problem: problemOf(error) });
      }
    },

    /** @param {WechatMiniprogram.Input} event */
    writeTitle(event) {
      this.setData({ title: event.detail.value });
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    setAspect(event) {
      this.setData({ aspect: event.currentTarget.dataset["key"] || "9:16" });
      this.own.placed = null;
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    setPlace(event) {
      const place = PLACES.find(({ key }) => key === event.currentTarget.dataset["key"]) || PLACES[0];
      if (place) this.setData({ place: place.key, placeAt: Math.round(place.at * 100) });
      this.own.placed = null;
    },
    /** @param {WechatMiniprogram.PickerChange} event */
    pickVoice(event) {
      this.setVoice(this.own.voiceIds[Number(event.detail.value)] || "");
    },

    wishes() {
      const { title, aspect, placeAt, consent } = this.data;
      const { person, background } = this.own.slots;
      const [width, height] = (ASPECTS.find(({ key }) => key === aspect) || { size: [1080, 1920] }).size;
      const text = title.trim();
      // About where it is shown; the server keeps it within the picture.
      const at = [Math.round(width * 0.08), Math.round((height * placeAt) / 100)];
      const [personFile, backgroundFile] = [person.state.get().file, background.state.get().file];
      return {
        title_text: text,
        ...(text ? { title_position: this.own.placed || at, title_font_size: FONT_SIZE, title_bold: true } : {}),
        aspect,
        video_length: PREVIEW_SECONDS,
        ...(this.own.voice ? { voice_id: this.own.voice } : {}),
        ...(personFile ? { person_image: personFile.filename } : {}),
        ...(backgroundFile ? { background_image: backgroundFile.filename } : {}),
        ...consentOf(consent),
      };
    },
    /** What failed: looking the template up, or sending it. */
    again() {
      return this.data.id && !this.own.before ? this.load() : this.make();
    },
    async make() {
      if (!this.data.canMake || this.data.isBusy) return;
      this.setData({ isBusy: true });
      await this.trying(async () => {
        const body = /** @type {any} */ (this.wishes());
        const { id, title } = this.data;
        const task = id ? await dh().templates.edit(id, body) : await dh().tasks.template(body);
        tasks.remember(task.task_id, { words: title.trim() || "新模板" });
        wx.redirectTo({ url: `/pages/progress/progress?id=${task.task_id}` });
      });
      this.setData({ isBusy: false });
    },
  },
});
