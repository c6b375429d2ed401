/** Codes that no server answers: what happens between it and the user. */
export const OWN_ENGLISH = {
  aborted: "Stopped.",
  domain_not_allowed: "This app may not reach the server yet; its operator must register the domain.",
  download_too_large: "The file is too large to be saved in WeChat (200 MB); play it here instead.",
  file_unreadable: "The file cannot be read any more; choose it again.",
  interrupted: "The app was in the background; open it again to go on.",
  network_failed: "There is no connection; look at your network and try again.",
  sign_in_failed: "WeChat could not sign you in; try again in a moment.",
  storage_refused: "The file could not be transferred; try again.",
  task_cancelled: "The task was cancelled.",
  timed_out: "The network is too slow; try again where it is better.",
  unexpected_answer: "The network answered in place of the server; sign in to the Wi-Fi, or change it.",
} as const;

export type OwnCode = keyof typeof OWN_ENGLISH;
