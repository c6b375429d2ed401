export interface Progress {
  sent: number;
  total: number;
}

export type OnProgress = (progress: Progress) => void;

/** Adds up what several parts report; it never falls, also when a part is sent again. */
export class ProgressMeter {
  private readonly parts = new Map<number, number>();
  private shown = -1;

  constructor(
    private readonly total: number,
    private readonly tell: OnProgress = () => undefined,
  ) {}

  report(part: number, bytes: number): void {
    this.parts.set(part, bytes);
    let sent = 0;
    for (const each of this.parts.values()) sent += each;
    sent = Math.min(sent, this.total);
    if (sent > this.shown) this.tell({ sent: (this.shown = sent), total: this.total });
  }
}

/** Long enough for a slow phone network (32 KB/s) and never less than the runtime's own minute. */
export const transferTimeout = (bytes: number): number => 60_000 + bytes / 32;
