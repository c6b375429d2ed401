export * from "../../../studio/src/lib/reading.ts";
export * from "../../../studio/src/lib/pinyin.ts";
export * from "../../../studio/src/lib/stages.ts";
