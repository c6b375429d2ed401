import { signal } from "@preact/signals";
import { createClient, DigitalHumanError, SignInRequired } from "client/index.ts";
import { t } from "../i18n/index.ts";
import { language } from "./preferences.ts";
import { store, stored } from "./storage.ts";

const configured = document.querySelector<HTMLMetaElement>('meta[name="dh-api"]')?.content;
const baseUrl = new URL(configured || "/", location.href).href;
const key = stored<string>("key") ?? "";

export const client = createClient({ baseUrl, ...(key ? { credential: key } : {}) });

/** Whether the server refused a request for want of a key. */
export const needsKey = signal(false);

export function useKey(given: string): void {
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
  if (error instanceof SignInRequired) needsKey.value = true;
  if (error instanceof DigitalHumanError) {
    const requestId = "requestId" in error ? String(error.requestId) : "";
    return { code: error.code, sentence: error.sentence(language.value), requestId };
  }
  return { code: "unexpected", sentence: `${t("status_failed")}: ${String(error)}`, requestId: "" };
}

export const isAbort = (error: unknown): boolean => error instanceof DigitalHumanError && error.code === "aborted";
