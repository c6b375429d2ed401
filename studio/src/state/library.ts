import { signal } from "@preact/signals";
import type { Schemas, TaskStatus, TemplateSummary, Voice } from "client/index.ts";
import { client, problemOf, type Problem } from "./client.ts";

/** A list of the server's that several parts of the page show. */
export class Listing<T> {
  readonly items = signal<T[] | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly next = signal<string | null>(null);

  constructor(private readonly fetchPage: (cursor: string | null) => Promise<{ items: T[]; next: string | null }>) {}

  /** Loads it once; `refresh` loads it again. */
  ensure(): void {
    if (this.items.value === null) void this.refresh();
  }

  refresh = (): Promise<void> => this.load(null);

  more = (): Promise<void> => this.load(this.next.value);

  private async load(cursor: string | null): Promise<void> {
    try {
      const page = await this.fetchPage(cursor);
      this.items.value = cursor ? [...(this.items.value ?? []), ...page.items] : page.items;
      this.next.value = page.next;
      this.problem.value = null;
    } catch (error) {
      this.problem.value = problemOf(error);
    }
  }
}

export const voices = new Listing<Voice>(async (cursor) => {
  const page = await client.voices.list({ limit: 100, cursor });
  return { items: page.voices, next: page.next_cursor };
});

export const templates = new Listing<TemplateSummary>(async (cursor) => {
  const page = await client.templates.list({ limit: 60, cursor });
  return { items: page.templates, next: page.next_cursor };
});

export const files = new Listing<Schemas["ListedFile"]>(async (cursor) => {
  const page = await client.files.list({ limit: 60, cursor });
  return { items: page.files, next: page.next_cursor };
});

export const clips = new Listing<Schemas["ListedFile"]>(async (cursor) => {
  const page = await client.files.list({ type: "video", limit: 60, cursor });
  return { items: page.files, next: page.next_cursor };
});

/** What was made before. */
export const made = new Listing<TaskStatus>(async (cursor) => {
  const page = await client.tasks.list({ status: "completed", limit: 60, cursor });
  return { items: page.tasks, next: page.next_cursor };
});

export interface KeptReading {
  word: string;
  reading: string;
}

/** Words that this account always has read its own way. */
export const readings = new Listing<KeptReading>(async () => {
  const { pronunciations } = await client.pronunciations.list();
  const items = Object.entries(pronunciations).map(([word, reading]) => ({ word, reading }));
  return { items, next: null };
});
