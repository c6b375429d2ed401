/** Other ways to a file than this phone's, for those who look for them. */
const { moment } = require("./format");
const { dh } = require("./server");
const tasks = require("./tasks");
const { askedAddress, picked, toast } = require("./wechat");

const MORE = { key: "more", text: "更多", icon: "list" };
/** An action sheet holds six. */
const MOST = 6;

/** Fills a slot from an address, or with what an earlier task made. @param {import("./slot").Slot} slot */
async function fillOtherwise(slot) {
  const way = await picked(["用网址", "用以前的作品"]);
  if (way === 0) return void slot.fetch(await askedAddress());
  if (way === 1) slot.use(await earlier(slot.kind));
}

/** @param {string} kind @returns {Promise<{filename: string, name: string} | null>} */
async function earlier(kind) {
  const { tasks: all } = await dh().tasks.list({ status: "completed", limit: 50 });
  const made = all.filter((task) => /** @type {any} */ (task.result || {})[`${kind}_url`]).slice(0, MOST);
  if (made.length === 0) {
    toast("还没有这样的作品。");
    return null;
  }
  const names = made.map((task) => `${(tasks.noteOf(task.task_id).words || "").slice(0, 12)} ${moment(task.created_at)}`.trim());
  const chosen = await picked(names);
  const task = made[chosen];
  return task ? { filename: task.uuid, name: names[chosen] || "" } : null;
}

module.exports = { MORE, fillOtherwise };
