import { computed, signal } from "@preact/signals";
import { NetworkError, SignInRequired, type TaskStatus } from "client/index.ts";
import { client, problemOf } from "./client.ts";
import { store, stored } from "./storage.ts";

/** Every task that this page has seen, by id, as it was last seen. */
export const tasks = signal<Record<string, TaskStatus>>({});
export const isOffline = signal(false);

const ACTIVE = ["pending", "processing"];
export const isActive = (task: TaskStatus): boolean => ACTIVE.includes(task.status);
export const active = computed(() => Object.values(tasks.value).filter(isActive));

export function seen(...states: TaskStatus[]): void {
  tasks.value = { ...tasks.value, ...Object.fromEntries(states.map((state) => [state.task_id, state])) };
}

export function forget(id: string): void {
  const { [id]: _, ...rest } = tasks.value;
  tasks.value = rest;
}

/** What this browser knows of a task that the server does not tell: its words, its clip. */
export interface Note {
  words?: string;
  clip?: string;
  /** The recording whose voice speaks. */
  sample?: string;
  template?: string;
}

const notes = signal<Record<string, Note>>(stored("notes") ?? {});
const MOST_NOTES = 300;

export const noteOf = (id: string): Note => notes.value[id] ?? {};

export function note(id: string, what: Note): void {
  const entries = Object.entries({ ...notes.value, [id]: what }).slice(-MOST_NOTES);
  notes.value = Object.fromEntries(entries);
  store("notes", notes.value);
}

const IDLE_MS = 15_000;
let timer = 0;

/** Keeps the active tasks up to date as long as the page is open; at once when one was added. */
export async function follow(): Promise<void> {
  clearTimeout(timer);
  let pause = IDLE_MS;
  try {
    const ids = active.value.map((task) => task.task_id).slice(0, 50);
    if (ids.length > 0) {
      const { tasks: states, missing } = await client.tasks.byIds(ids, { patienceMs: 0 });
      seen(...states);
      for (const id of missing) forget(id);
      pause = Math.min(pause, ...states.map((state) => state.next_poll_ms ?? IDLE_MS));
    } else {
      await findActive();
      if (active.value.length > 0) pause = 1000;
    }
    isOffline.value = false;
  } catch (error) {
    problemOf(error);
    if (error instanceof NetworkError) isOffline.value = true;
    pause = error instanceof SignInRequired ? IDLE_MS : 3000;
  }
  clearTimeout(timer);
  // A tab in the background asks seldom; it is told when it is looked at again.
  timer = window.setTimeout(() => void follow(), document.hidden ? Math.max(pause, IDLE_MS) : pause);
}

/** Tasks that were started here before, or elsewhere. */
async function findActive(): Promise<void> {
  for (const status of ["processing", "pending"] as const) {
    seen(...(await client.tasks.list({ status, limit: 50 }, { patienceMs: 0 })).tasks);
  }
}

// Asked rather than believed: without a network, a server on this machine is still there.
for (const change of ["online", "offline"]) addEventListener(change, () => void follow());
document.addEventListener("visibilitychange", () => document.hidden || void follow());
