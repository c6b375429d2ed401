import { aborted } from "../support/timing.js";
import type { Signal } from "../support/abort.js";
import type { Wx } from "./wx_api.js";

/**
 * Whether the mini-program is before the user's eyes.
 *
 * Five seconds after it went to the background WeChat cuts its requests and lets it send no others.
 */
export class Visibility {
  private isHidden = false;
  private readonly waiting = new Set<() => void>();
  /** How often the app was hidden: who sees it change was cut. */
  timesHidden = 0;

  constructor(wx: Pick<Wx, "onAppShow" | "onAppHide">) {
    wx.onAppHide(() => {
      this.isHidden = true;
      this.timesHidden += 1;
    });
    wx.onAppShow(() => {
      this.isHidden = false;
      for (const resume of [...this.waiting]) resume();
    });
  }

  async shown(signal?: Signal): Promise<void> {
    if (!this.isHidden) return;
    let resume: () => void = () => undefined;
    const shown = new Promise<void>((resolve) => {
      resume = resolve;
      this.waiting.add(resume);
    });
    const end = aborted(signal);
    try {
      await Promise.race([shown, end.promise]);
    } finally {
      this.waiting.delete(resume);
      end.forget();
    }
  }
}
