import { effect, signal } from "@preact/signals";
import type { Language } from "../lib/format.ts";
import { stored, store } from "./storage.ts";

export const language = signal<Language>(
  stored<Language>("language") ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"),
);

const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = signal<"dark" | "light" | null>(stored("theme"));
const systemIsDark = signal(system.matches);
system.addEventListener("change", () => (systemIsDark.value = system.matches));

export const isDark = (): boolean => (chosen.value === null ? systemIsDark.value : chosen.value === "dark");

export function switchTheme(): void {
  const wanted = isDark() ? "light" : "dark";
  // What the system says anyway is followed again, also when it changes.
  chosen.value = (wanted === "dark") === systemIsDark.value ? null : wanted;
  store("theme", chosen.value);
}

export function switchLanguage(): void {
  language.value = language.value === "zh" ? "en" : "zh";
  store("language", language.value);
}

effect(() => {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
});
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});
