const { stagesOf } = require("../../lib/reading");
const { span } = require("../../state/format");
const { stageText, statusText } = require("../../state/tasks");

/** How far a task is: a bar over the whole, and its stages. */
Component({
  properties: { task: { type: Object, value: /** @type {any} */ (null) } },
  data: { percent: 0, says: "", left: "", stages: /** @type {any[]} */ ([]) },
  observers: {
    /** @param {import("../../lib/client").TaskStatus | null} task */
    task(task) {
      if (!task) return;
      const stages = stagesOf(task.task_type, task.stage).map((stage) => ({ ...stage, text: stageText(stage.name) }));
      this.setData({ percent: task.progress, says: says(task), left: left(task), stages });
    },
  },
});

/** @param {import("../../lib/client").TaskStatus} task */
function says(task) {
  if (task.status !== "pending") return statusText(task);
  const { queue_position: place } = task;
  return place !== null && place > 1 ? `排在第 ${place} 位` : "即将开始";
}

/** @param {import("../../lib/client").TaskStatus} task */
function left(task) {
  if (task.status !== "pending" && task.status !== "processing") return "";
  return task.eta_seconds === null ? "" : `还需约 ${span(task.eta_seconds)}`;
}
