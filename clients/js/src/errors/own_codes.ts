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

export const OWN_CHINESE: Record<OwnCode, string> = {
  aborted: "已停止。",
  domain_not_allowed: "小程序尚未获准访问服务器，请联系客服登记域名。",
  download_too_large: "文件超过 200 MB，无法在微信中保存，请直接在线播放。",
  file_unreadable: "文件已无法读取，请重新选择。",
  interrupted: "小程序曾转入后台，请返回继续。",
  network_failed: "网络连接失败，请检查网络后重试。",
  sign_in_failed: "微信登录失败，请稍后重试。",
  storage_refused: "文件传输失败，请重试。",
  task_cancelled: "任务已取消。",
  timed_out: "网络太慢，请换个网络后重试。",
  unexpected_answer: "当前网络需要先登录认证，请登录 Wi-Fi 或更换网络。",
};
