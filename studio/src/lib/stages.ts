/** The stages of each task in their order, as its job has them. */
const STAGES: Record<string, string[]> = {
  digital_human: ["voice", "speech", "face", "lips"],
  compose: ["speech", "subtitles", "music", "video"],
  template: ["person", "scene", "preview"],
  template_edit: ["person", "scene", "preview"],
  voice: ["voice", "speech"],
  voice_profile: ["voice", "speech"],
  avatar: ["face"],
  extract_audio: ["probe", "extract"],
};
/** What every job does before and after its own stages. */
const PART_OF: Record<string, string> = { fetch: "setup", label: "upload" };

export interface StageState {
  name: string;
  state: "done" | "now" | "next";
}

/** Which stages of a task are done, by the one that it names. */
export function stagesOf(type: string, stage: string | null): StageState[] {
  const own = STAGES[type];
  if (!own) return [];
  // Only where a moderator looks at results.
  const names = ["setup", ...own, "upload", ...(stage === "moderation" ? [stage] : [])];
  const now = stage === null ? -1 : names.indexOf(PART_OF[stage] ?? stage);
  return names.map((name, index) => ({ name, state: index < now ? "done" : index === now ? "now" : "next" }));
}
