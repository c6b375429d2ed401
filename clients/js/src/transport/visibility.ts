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
  private timesHidden = 0;
  private readonly waiting = new Set<() => void>();

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

  /** Begins to watch; the answer tells whether the app has been hidden at any time since. */
  watch(): () => boolean {
    const before = this.isHidden ? -1 : this.timesHidden;
    return () => this.timesHidden !== before;
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
