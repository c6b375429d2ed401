import type { WarningCode } from "../generated/codes.js";
import { CHINESE, CHINESE_WARNINGS, DETAILED } from "./chinese.js";
import { OWN_CHINESE, OWN_ENGLISH, type OwnCode } from "./own_codes.js";

export type Language = "zh" | "en";

/** A sentence for people about an error; `detail` is its own message, which is English. */
export function sentenceFor(code: string, detail: string, language: Language): string {
  if (language === "en") return OWN_ENGLISH[code as OwnCode] ?? detail;
  const chinese = OWN_CHINESE[code as OwnCode] ?? (CHINESE as Record<string, string>)[code];
  if (chinese === undefined) return `出错了，请稍后重试（${detail}）`;
  return DETAILED.has(code) ? `${chinese}（${detail}）` : chinese;
}

/** A Chinese sentence about one of `result.warnings`; docs/errors.md has the English ones. */
export function warningSentence(code: string): string {
  return CHINESE_WARNINGS[code as WarningCode] ?? code;
}
