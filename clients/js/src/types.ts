/** The names of the API's document that users of this client meet. */
import type { components } from "./generated/schema.js";

export type Schemas = components["schemas"];

export type FileKind = "video" | "audio" | "image" | "document";
export type FileInfo = Schemas["FileInfo"];
export type Task = Schemas["TaskResponse"];
export type TaskStatus = Schemas["StatusResponse"];
export type TaskType = Schemas["TaskType"];
export type Problem = Schemas["Problem"];
export type FieldProblem = Schemas["FieldProblem"];
export type Voice = Schemas["Voice"];
export type TemplateSummary = Schemas["TemplateSummary"];

/** A task that has made what was asked for. */
export type CompletedTask = TaskStatus & { status: "completed"; result: TaskResult };

/** Addresses of the files and facts about them; which there are depends on the task. */
export interface TaskResult {
  uuid: string;
  video_url?: string;
  audio_url?: string;
  timeline_url?: string;
  warnings?: string[];
  [name: string]: unknown;
}
