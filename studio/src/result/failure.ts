import { TaskFailed, warningSentence, type TaskStatus } from "client/index.ts";
import { language } from "../state/preferences.ts";

/** Why a task failed, and what to do about it, in the user's language. */
export function failureOf(task: TaskStatus): string {
  const failed = new TaskFailed(task.task_id, task.error_code ?? "job_failed", task.error_message ?? "");
  return failed.sentence(language.value);
}

const ENGLISH_WARNINGS: Record<string, string> = {
  animated_image_first_frame: "The picture moves; only its first frame was used.",
  background_music_silent: "The background music is silent and was left out.",
  input_damaged: "The video or picture is damaged; the face may look wrong. Send the original file.",
  person_low_resolution: "The person was enlarged a lot and looks soft; use a larger photo.",
  photo_rotated: "The person in the photo lay on their side and was turned upright.",
  reading_uncertain: "Some readings could not be followed; listen to the words.",
  reference_clipped: "The recording is distorted; record again farther from the microphone.",
  reference_noisy: "The recording has noise, music or echo in it.",
  reference_several_speakers: "Two people speak in the recording; the voice is a mixture of both.",
  subtitles_in_order: "The recording was not understood; the subtitles are spread evenly.",
  subtitles_unavailable: "The recording was not understood; there are no subtitles.",
  title_characters_left_out: "Some characters of the title cannot be drawn and were left out.",
  title_moved: "The title did not fit where it was and was moved inward.",
  title_shrunk: "The title was too long and was set smaller.",
  video_format_changes: "The video changes its shape midway; do not turn the phone while filming.",
  video_rotated: "The person in the video lay on their side and was turned upright.",
};

export function warningText(code: string): string {
  return language.value === "zh" ? warningSentence(code) : (ENGLISH_WARNINGS[code] ?? code);
}
