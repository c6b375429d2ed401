/** What both entries, for fetch and for wx, export. */
export { Client } from "./client.js";
export * from "./errors/errors.js";
export { warningSentence, type Language } from "./errors/sentences.js";
export { AbortSwitch, type Signal } from "./support/abort.js";
export type { CallOptions, CreateOptions } from "./api.js";
export type { WaitOptions, TaskFilter, Page } from "./resources/tasks.js";
export type { DownloadOptions } from "./resources/downloads.js";
export type { UploadOptions } from "./uploads/uploads.js";
export type { Progress } from "./uploads/progress.js";
export type * from "./types.js";
