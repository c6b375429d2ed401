import type { WarningCode } from "../generated/codes.js";
import { CHINESE, CHINESE_WARNINGS } from "./chinese.js";
import { OWN_ENGLISH, type OwnCode } from "./own_codes.js";

export type Language = "zh" | "en";

/** Of these the server's own words say which field or word is meant. */
const DETAILED = new Set(["invalid_request", "invalid_pronunciation", "ssml_invalid"]);

/** A sentence for people about an error; `detail` is the server's own, which is English. */
export function sentenceFor(code: string, detail: string, language: Language): string {
  if (language === "en") return OWN_ENGLISH[code as OwnCode] ?? detail;
  const chinese = (CHINESE as Record<string, string>)[code];
  if (chinese === undefined) return `出错了，请稍后重试（${detail}）`;
  return DETAILED.has(code) ? `${chinese}（${detail}）` : chinese;
}

/** A Chinese sentence about one of `result.warnings`; docs/errors.md has the English ones. */
export function warningSentence(code: string): string {
  return CHINESE_WARNINGS[code as WarningCode] ?? code;
}
