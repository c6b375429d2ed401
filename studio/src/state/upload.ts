import { signal } from "@preact/signals";
import { TaskFailed, type FileKind } from "client/index.ts";
import { client, isAbort, problemOf, type Problem } from "./client.ts";

const LOOK_MS = 1000;

export interface Uploaded {
  kind: FileKind;
  filename: string;
  /** The user's own name for it. */
  name: string;
  size: number;
  /** Where it can be seen or heard, if it is no upload but what an earlier task made. */
  path?: string;
}

/** One place for a file: empty, on its way, there, or refused. */
export class Slot {
  readonly file = signal<Uploaded | null>(null);
  readonly progress = signal<number | null>(null);
  readonly problem = signal<Problem | null>(null);
  /** The picture or sound as it lies on this device, before the server has it. */
  readonly local = signal<string | null>(null);
  /** The server is fetching it from its address. */
  readonly isFetching = signal(false);
  private source: File | string | null = null;
  private abort: AbortController | null = null;

  constructor(
    readonly kind: FileKind,
    readonly onChange: () => void = () => undefined,
    /** Of a place that takes several kinds. */
    private readonly kindOf: (source: File) => FileKind = () => kind,
  ) {}

  get isBusy(): boolean {
    return this.progress.value !== null || this.isFetching.value;
  }

  async put(source: File): Promise<void> {
    this.clear();
    this.source = source;
    this.local.value = URL.createObjectURL(source);
    this.progress.value = 0;
    const abort = (this.abort = new AbortController());
    const kind = this.kindOf(source);
    try {
      const info = await client.uploads.send(kind, source, {
        signal: abort.signal,
        // So that the library shows what the user called it.
        customName: source.name.replace(/\.[^.]*$/, "").slice(0, 60) || undefined,
        onProgress: ({ sent, total }) => {
          if (abort === this.abort) this.progress.value = total ? sent / total : 0;
        },
      });
      if (abort !== this.abort) return;
      this.file.value = { kind, filename: info.filename, name: source.name, size: source.size };
      this.onChange();
    } catch (error) {
      if (abort !== this.abort) return;
      if (isAbort(error)) this.local.value = null;
      else this.problem.value = problemOf(error);
    } finally {
      if (abort === this.abort) this.progress.value = null;
    }
  }

  /** Has the server fetch a file from a public https address, and waits until it has. */
  async fetch(address: string): Promise<void> {
    this.clear();
    this.source = address;
    this.isFetching.value = true;
    const abort = (this.abort = new AbortController());
    try {
      const { filename } = await client.uploads.fromUrl(this.kind, address, { signal: abort.signal });
      let found = await client.files.state(this.kind, filename, { signal: abort.signal });
      while (found.status === "pending" && abort === this.abort) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        found = await client.files.state(this.kind, filename, { signal: abort.signal });
      }
      if (abort !== this.abort) return;
      if (found.status === "rejected") {
        throw new TaskFailed("", found.error_code ?? "input_rejected", found.error_message ?? "");
      }
      this.file.value = { kind: this.kind, filename, name: nameIn(address) || filename, size: found.file_size };
      this.onChange();
    } catch (error) {
      if (abort === this.abort && !isAbort(error)) this.problem.value = problemOf(error);
    } finally {
      if (abort === this.abort) this.isFetching.value = false;
    }
  }

  /** The same file once more: what has arrived of a big one is not sent again. */
  retry(): void {
    if (typeof this.source === "string") void this.fetch(this.source);
    else if (this.source) void this.put(this.source);
  }

  stop(): void {
    this.abort?.abort();
  }

  use(file: Uploaded | null): void {
    this.clear();
    this.file.value = file;
    this.onChange();
  }

  clear(): void {
    this.abort?.abort();
    this.abort = null;
    if (this.local.value) URL.revokeObjectURL(this.local.value);
    this.local.value = null;
    this.progress.value = null;
    this.isFetching.value = false;
    this.problem.value = null;
    const had = this.file.value !== null;
    this.file.value = null;
    if (had) this.onChange();
  }
}

/** What an address calls its file. */
function nameIn(address: string): string {
  try {
    return decodeURIComponent(new URL(address).pathname.split("/").pop() ?? "");
  } catch {
    return "";
  }
}
