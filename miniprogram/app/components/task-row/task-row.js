const { moment } = require("../../state/format");
const { isActive, stageText, statusText, titleOf, typeText } = require("../../state/tasks");

const ICONS = /** @type {Record<string, string>} */ ({
  voice: "sound", voice_profile: "sound", extract_audio: "sound", template: "person", template_edit: "person", avatar: "person",
});

/** One task in a list. */
Component({
  properties: { task: { type: Object, value: /** @type {any} */ (null) } },
  data: { title: "", about: "", status: "", tag: "", icon: "film", poster: "", isActive: false, percent: 0 },
  observers: {
    /** @param {import("../../lib/client").TaskStatus | null} task */
    task(task) {
      if (!task) return;
      const active = isActive(task);
      const isTemplate = task.task_type === "template" || task.task_type === "template_edit";
      const template = (task.result && task.result["template_id"]) || task.task_id;
      this.setData({
        title: titleOf(task),
        about: `${typeText(task)} · ${moment(task.created_at)}`,
        status: active && task.stage ? stageText(task.stage) : statusText(task),
        tag: active ? "is-live" : task.status === "failed" ? "is-fault" : "",
        icon: ICONS[task.task_type] || "film",
        poster: isTemplate && task.status === "completed" ? `/download/template/${template}?file=poster` : "",
        isActive: active,
        percent: task.progress,
      });
    },
  },
});
