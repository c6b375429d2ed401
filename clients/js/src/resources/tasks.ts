import type { Api, CallOptions, CreateOptions, Query } from "../api.js";
import { segment } from "../api.js";
import { Conflict, TaskCancelled, TaskFailed } from "../errors/errors.js";
import { sleep } from "../support/timing.js";
import type { CompletedTask, Schemas, Task, TaskStatus } from "../types.js";
import { AT_ONCE_MS, StatusStream } from "./following.js";

const OFTEN_MS = 2000;
/** A task goes on without its watcher, so a watcher may be patient. */
const PATIENCE_MS = 600_000;
/** Below the time after which a request is given up. */
const HELD_SECONDS = 20;

export interface WaitOptions extends CallOptions {
  /** Called with every state that was seen, the last included. */
  onStatus?: ((status: TaskStatus) => void) | undefined;
}

export class Tasks {
  constructor(private readonly api: Api) {}

  digitalHuman(body: Schemas["DigitalHumanRequest"], options: CreateOptions = {}): Promise<Task> {
    return this.api.create("POST", "/tasks/digital-human/create", body, options);
  }

  voice(body: Schemas["VoiceRequest"], options: CreateOptions = {}): Promise<Task> {
    return this.api.create("POST", "/tasks/voice/generate", body, options);
  }

  /** How a text would be read, at once and without making sound. */
  previewText(
    body: Schemas["TextPreviewRequest"],
    options: CallOptions = {},
  ): Promise<Schemas["TextPreviewResponse"]> {
    return this.api.post("/tasks/voice/preview-text", body, options);
  }

  extractAudio(body: Schemas["ExtractAudioRequest"], options: CreateOptions = {}): Promise<Task> {
    return this.api.create("POST", "/tasks/audio/extract", body, options);
  }

  compose(body: Schemas["ComposeRequest"], options: CreateOptions = {}): Promise<Task> {
    return this.api.create("POST", "/tasks/video/compose", body, options);
  }

  template(
    body: Schemas["TemplateRequest"],
    options: CreateOptions = {},
  ): Promise<Schemas["TemplateTaskResponse"]> {
    return this.api.create("POST", "/tasks/template/create", body, options);
  }

  /** Prepares a clip ahead; later videos of it skip that. */
  avatar(body: Schemas["AvatarRequest"], options: CreateOptions = {}): Promise<Task> {
    return this.api.create("POST", "/avatars", body, options);
  }

  /** `waitSeconds`: the answer comes at the next change, or after so long (at most 25). */
  status(
    taskId: string,
    options: CallOptions & { waitSeconds?: number } = {},
  ): Promise<TaskStatus> {
    return this.api.get(`/tasks/${segment(taskId)}/status`, { wait: options.waitSeconds }, options);
  }

  /**
   * Waits until a task is completed: by its stream of events where server and runtime have one, by
   * long polls where the server can wait, or else it asks as often as the server wants to be asked.
   *
   * Rejects with TaskFailed, TaskCancelled, or Aborted, which leaves the task running.
   */
  async wait(taskId: string, options: WaitOptions = {}): Promise<CompletedTask> {
    const { onStatus, signal, patienceMs = PATIENCE_MS } = options;
    const stream = new StatusStream(this.api, taskId, (state) => onStatus?.(state));
    let waitSeconds = 0;
    let listens = true;
    for (;;) {
      const asked = Date.now();
      let state = await this.status(taskId, { signal, patienceMs, waitSeconds });
      onStatus?.(state);
      if (listens && state.wait_seconds && !completed(state)) {
        const followed = await stream.follow(signal);
        listens = followed.goesOn;
        state = followed.state ?? state;
      }
      const done = completed(state);
      if (done) return done;
      const isAnsweredAtOnce = waitSeconds > 0 && Date.now() - asked < AT_ONCE_MS;
      waitSeconds = Math.min(state.wait_seconds ?? 0, HELD_SECONDS);
      if (waitSeconds === 0 || isAnsweredAtOnce) await sleep(state.next_poll_ms ?? OFTEN_MS, signal);
    }
  }

  /** Ends a task that has not ended. One that was cancelled already is as it should be. */
  async cancel(taskId: string, options: CallOptions = {}): Promise<void> {
    try {
      await this.api.post(`/tasks/${segment(taskId)}/cancel`, {}, options);
    } catch (error) {
      if (!(error instanceof Conflict && error.code === "task_already_ended")) throw error;
      // So it is when the answer to a first attempt was lost.
      if ((await this.status(taskId, options)).status !== "cancelled") throw error;
    }
  }

  /** Deletes an ended task and its results. */
  remove(taskId: string, options: CallOptions = {}): Promise<Schemas["TaskDeletedResponse"]> {
    return this.api.delete(`/tasks/${segment(taskId)}`, options);
  }

  list(filter: TaskFilter = {}, options: CallOptions = {}): Promise<Schemas["TasksResponse"]> {
    return this.api.get("/tasks", filter, options);
  }

  /** Up to 50 tasks in the order asked for; `missing` names those that are gone. */
  byIds(ids: string[], options: CallOptions = {}): Promise<Schemas["TasksResponse"]> {
    return this.api.get("/tasks", { ids: ids.join(",") }, options);
  }

  events(
    taskId: string,
    page: Page = {},
    options: CallOptions = {},
  ): Promise<Schemas["EventsResponse"]> {
    return this.api.get(`/tasks/${segment(taskId)}/events`, page, options);
  }

  /** Up to 100 tasks, each accepted or refused by itself; or a template and its variables. */
  batch(
    body: Schemas["BatchRequest"],
    options: CreateOptions = {},
  ): Promise<Schemas["BatchResponse"]> {
    return this.api.create("POST", "/tasks/batch", body, options);
  }

  batchStatus(batchId: string, options: CallOptions = {}): Promise<Schemas["BatchResponse"]> {
    return this.api.get(`/batches/${segment(batchId)}`, {}, options);
  }

  /** What a task would take and cost; none is made. */
  estimate(
    body: Schemas["AnyTaskRequest"],
    options: CallOptions = {},
  ): Promise<Schemas["EstimateResponse"]> {
    return this.api.post("/tasks/estimate", body, options);
  }

  deliveries(taskId: string, options: CallOptions = {}): Promise<Schemas["DeliveriesResponse"]> {
    return this.api.get(`/tasks/${segment(taskId)}/deliveries`, {}, options);
  }
}

/** The state, if the task is completed; null while it goes on. */
function completed(state: TaskStatus): CompletedTask | null {
  if (state.status === "completed") return state as CompletedTask;
  if (state.status === "cancelled") throw new TaskCancelled(state.task_id);
  if (state.status === "failed") {
    throw new TaskFailed(state.task_id, state.error_code ?? "job_failed", state.error_message ?? "");
  }
  return null;
}

/** `cursor` is the `next_cursor` of the page before. */
export type Page = Query & { limit?: number; cursor?: string | null };

export type TaskFilter = Page & {
  type?: Schemas["TaskType"];
  status?: Schemas["Status"];
  created_after?: string;
  created_before?: string;
};
