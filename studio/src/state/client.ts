import { signal } from "@preact/signals";
import { createClient, DigitalHumanError, SignInRequired } from "client/index.ts";
import { t } from "../i18n/index.ts";
import { language } from "./preferences.ts";
import { forgetAll, store, stored } from "./storage.ts";

const configured = document.querySelector<HTMLMetaElement>('meta[name="dh-api"]')?.content;
const baseUrl = new URL(configured || "/", location.href).href;
const key = stored<string>("key") ?? "";

export const client = createClient({ baseUrl, language: () => language.value, ...(key ? { credential: key } : {}) });

/** What the server said of the key, where it wants one: null while it does not. */
export const keyRefusal = signal<Problem | null>(null);
/** Whether the key is asked for now. Closed, it stays closed until the user asks for it. */
export const asksForKey = signal(false);
export const hasKey = key !== "";

/** Enters with a key, or leaves (`""`) and takes along what this browser remembers. */
export function useKey(given: string): void {
  if (given.trim() === "") forgetAll();
  store("key", given.trim() || null);
  location.reload();
}

/** What to show of an error: a sentence in the user's language, and what support asks for. */
export interface Problem {
  code: string;
  sentence: string;
  requestId: string;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof DigitalHumanError) {
    const requestId = "requestId" in error ? String(error.requestId) : "";
    const problem = { code: error.code, sentence: error.sentence(language.value), requestId };
    if (error instanceof SignInRequired) {
      if (keyRefusal.value === null) asksForKey.value = true;
      keyRefusal.value = problem;
    }
    return problem;
  }
  return { code: "unexpected", sentence: `${t("status_failed")}: ${String(error)}`, requestId: "" };
}

export const isAbort = (error: unknown): boolean => error instanceof DigitalHumanError && error.code === "aborted";
