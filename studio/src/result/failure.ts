import { TaskFailed, warningSentence, type TaskStatus } from "client/index.ts";
import { ENGLISH_WARNINGS } from "../i18n/warnings.ts";
import { language } from "../state/preferences.ts";

/** Why a task failed, and what to do about it, in the user's language. */
export function failureOf(task: TaskStatus): string {
  const failed = new TaskFailed(task.task_id, task.error_code ?? "job_failed", task.error_message ?? "");
  return failed.sentence(language.value);
}

export function warningText(code: string): string {
  return language.value === "zh" ? warningSentence(code) : (ENGLISH_WARNINGS[code] ?? code);
}
