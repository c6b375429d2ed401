const { load, save } = require("./storage");

/** @typedef {import("../lib/client").TaskStatus} TaskStatus */

/**
 * @typedef {object} Note What this phone knows of a task that the server does not tell.
 * @property {string} [words]
 */

const MOST_NOTES = 300;

/** @returns {Record<string, Note>} */
const notes = () => load("notes", {});

/** @param {string} id @returns {Note} */
const noteOf = (id) => notes()[id] || {};

/**
 * Remembers a task that was started here, so that it is found again after the app was closed.
 *
 * @param {string} id
 * @param {Note} note
 */
function remember(id, note) {
  const kept = { ...notes(), [id]: note };
  for (const old of Object.keys(kept).slice(0, -MOST_NOTES)) delete kept[old];
  save("notes", kept);
  save("active", [...activeIds().filter((one) => one !== id), id]);
}

/** Tasks of this phone that had not ended when they were last seen. @returns {string[]} */
const activeIds = () => load("active", []);

/** @param {{task_id: string, status: string}[]} states */
function seen(...states) {
  const ended = states.filter((state) => !isActive(state)).map((state) => state.task_id);
  if (ended.length > 0) save("active", activeIds().filter((id) => !ended.includes(id)));
}

/** @param {string[]} ids */
function gone(...ids) {
  save("active", activeIds().filter((id) => !ids.includes(id)));
}

/** @param {{status: string}} task */
const isActive = (task) => task.status === "pending" || task.status === "processing";

const TYPES = /** @type {Record<string, string>} */ ({
  digital_human: "数字人视频",
  compose: "模板视频",
  template: "新模板",
  template_edit: "修改模板",
  voice: "试听",
  voice_profile: "保存声音",
  avatar: "人物预处理",
  extract_audio: "提取音频",
});

const STATUSES = /** @type {Record<string, string>} */ ({
  pending: "等待中",
  processing: "制作中",
  completed: "已完成",
  failed: "失败",
  cancelled: "已取消",
});

const STAGES = /** @type {Record<string, string>} */ ({
  setup: "准备素材",
  voice: "学习声音",
  speech: "朗读文字",
  face: "寻找人脸",
  lips: "绘制口型",
  subtitles: "制作字幕",
  music: "混入音乐",
  video: "绘制画面",
  person: "抠出人物",
  scene: "布置画面",
  preview: "制作预览",
  probe: "检查文件",
  extract: "提取声音",
  upload: "加标识并保存",
});

/** @param {{task_type: string}} task */
const typeText = (task) => TYPES[task.task_type] || "任务";

/** @param {{status: string}} task */
const statusText = (task) => STATUSES[task.status] || task.status;

/** @param {string} stage */
const stageText = (stage) => STAGES[stage] || stage;

/** What a task is called in a list. @param {{task_id: string, task_type: string}} task */
function titleOf(task) {
  const { words } = noteOf(task.task_id);
  return words || typeText(task);
}

module.exports = { noteOf, remember, activeIds, seen, gone, isActive, typeText, statusText, stageText, titleOf, STAGES };
