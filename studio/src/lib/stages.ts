/** The stages of each task, with their share of its time: as the jobs themselves have them. */
const STAGES: Record<string, [string, number][]> = {
  digital_human: [["voice", 4], ["speech", 21], ["face", 35], ["lips", 40]],
  compose: [["speech", 20], ["subtitles", 10], ["music", 5], ["video", 65]],
  template: [["person", 15], ["scene", 10], ["preview", 75]],
  template_edit: [["person", 15], ["scene", 10], ["preview", 75]],
  voice: [["voice", 10], ["speech", 90]],
  voice_profile: [["voice", 50], ["speech", 50]],
  avatar: [["face", 1]],
  extract_audio: [["probe", 1], ["extract", 9]],
};

export interface StageState {
  name: string;
  share: number;
  state: "done" | "now" | "next";
  /** 0 to 1. */
  filled: number;
}

/** How far each stage is, by the task's whole progress and the stage that it names. */
export function stagesOf(type: string, stage: string | null, progress: number): StageState[] {
  const stages = STAGES[type] ?? [];
  const total = stages.reduce((sum, [, share]) => sum + share, 0);
  const current = stages.findIndex(([name]) => name === stage);
  let begun = 0;
  return stages.map(([name, share], index) => {
    const from = (begun / total) * 100;
    begun += share;
    const to = (begun / total) * 100;
    const within = Math.min(1, Math.max(0, (progress - from) / (to - from)));
    const state = current < 0 ? "next" : index < current ? "done" : index === current ? "now" : "next";
    return { name, share, state, filled: state === "done" ? 1 : state === "now" ? within : 0 };
  });
}
