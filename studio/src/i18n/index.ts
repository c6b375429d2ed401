import { language } from "../state/preferences.ts";
import { strings } from "./strings.ts";

export type Key = keyof typeof strings;

/** The text in the user's language; `{name}` is replaced by the value of that name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const [chinese, english] = strings[key];
  const text: string = language.value === "zh" ? chinese : english;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A text whose key is made at run time, such as a stage's name; else `fallback`. */
export function named(key: string, fallback: string): string {
  return key in strings ? t(key as Key) : fallback;
}
