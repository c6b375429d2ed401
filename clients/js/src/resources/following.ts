import type { Api } from "../api.js";
import { segment } from "../api.js";
import { Aborted } from "../errors/errors.js";
import type { Signal } from "../support/abort.js";
import type { TaskStatus } from "../types.js";

/** A server on which too many wait already answers at once. */
export const AT_ONCE_MS = 500;

/** What came of listening: the last state, and whether it is worth while to listen again. */
export interface Followed {
  state: TaskStatus | null;
  goesOn: boolean;
}

/** Server-sent events of one task (HTML Standard, 9.2), which go on after the last one that came. */
export class StatusStream {
  private lastId = "";
  private unread = "";
  private id = "";
  private data: string[] = [];

  constructor(
    private readonly api: Api,
    private readonly taskId: string,
    private readonly onStatus: (state: TaskStatus) => void,
  ) {}

  /** Listens until the task has ended or the server ends it. Rejects with Aborted only. */
  async follow(signal?: Signal): Promise<Followed> {
    const began = Date.now();
    let state: TaskStatus | null = null;
    const onText = (text: string): boolean => {
      for (const event of this.events(text)) {
        state = event;
        this.onStatus(event);
        if (["completed", "failed", "cancelled"].includes(event.status)) return false;
      }
      return true;
    };
    this.unread = "";
    this.data = [];
    const path = `/tasks/${segment(this.taskId)}/status/stream`;
    try {
      const answer = await this.api.listen(path, this.lastId, onText, signal);
      const isStream = answer?.headers["content-type"]?.startsWith("text/event-stream") ?? false;
      return { state, goesOn: isStream && Date.now() - began >= AT_ONCE_MS };
    } catch (error) {
      if (error instanceof Aborted) throw error;
      // A proxy that lets no stream through, or a line that broke: the long poll finds out.
      return { state, goesOn: false };
    }
  }

  private *events(text: string): Generator<TaskStatus> {
    const lines = (this.unread + text).split("\n");
    this.unread = lines.pop() ?? "";
    for (const line of lines) {
      const [name = "", value = ""] = splitOnce(line.replace(/\r$/, ""));
      if (name === "id") this.id = value;
      if (name === "data") this.data.push(value);
      if (name === "" && value === "" && this.data.length > 0) {
        this.lastId = this.id;
        const document = this.data.join("\n");
        this.data = [];
        yield JSON.parse(document) as TaskStatus;
      }
    }
  }
}

/** `name: value`; a comment has no name but a value. */
function splitOnce(line: string): [string, string] {
  const at = line.indexOf(":");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, "")];
}
