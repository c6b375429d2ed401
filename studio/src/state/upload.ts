import { signal } from "@preact/signals";
import type { FileKind } from "client/index.ts";
import { client, isAbort, problemOf, type Problem } from "./client.ts";

export interface Uploaded {
  kind: FileKind;
  filename: string;
  /** The user's own name for it. */
  name: string;
  size: number;
}

/** One place for a file: empty, on its way, there, or refused. */
export class Slot {
  readonly file = signal<Uploaded | null>(null);
  readonly progress = signal<number | null>(null);
  readonly problem = signal<Problem | null>(null);
  /** The picture or sound as it lies on this device, before the server has it. */
  readonly local = signal<string | null>(null);
  private source: File | null = null;
  private abort: AbortController | null = null;

  constructor(
    readonly kind: FileKind,
    readonly onChange: () => void = () => undefined,
  ) {}

  get isBusy(): boolean {
    return this.progress.value !== null;
  }

  async put(source: File): Promise<void> {
    this.clear();
    this.source = source;
    this.local.value = URL.createObjectURL(source);
    this.progress.value = 0;
    const abort = (this.abort = new AbortController());
    try {
      const info = await client.uploads.send(this.kind, source, {
        signal: abort.signal,
        // So that the library shows what the user called it.
        customName: source.name.replace(/\.[^.]*$/, "").slice(0, 60) || undefined,
        onProgress: ({ sent, total }) => {
          if (abort === this.abort) this.progress.value = total ? sent / total : 0;
        },
      });
      if (abort !== this.abort) return;
      this.file.value = { kind: this.kind, filename: info.filename, name: source.name, size: source.size };
      this.onChange();
    } catch (error) {
      if (abort !== this.abort) return;
      if (isAbort(error)) this.local.value = null;
      else this.problem.value = problemOf(error);
    } finally {
      if (abort === this.abort) this.progress.value = null;
    }
  }

  /** The same file once more: what has arrived of a big one is not sent again. */
  retry(): void {
    if (this.source) void this.put(this.source);
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
    this.problem.value = null;
    const had = this.file.value !== null;
    this.file.value = null;
    if (had) this.onChange();
  }
}
