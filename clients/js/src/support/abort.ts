/** What this client needs of an AbortSignal; the browser's and Node's own fit. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** An AbortController for where there is none: mini-programs have no such class. */
export class AbortSwitch {
  private readonly listeners = new Set<() => void>();
  private isAborted = false;
  readonly signal: Signal;

  constructor() {
    const outer = this;
    this.signal = {
      get aborted() {
        return outer.isAborted;
      },
      addEventListener: (_type, listener) => void this.listeners.add(listener),
      removeEventListener: (_type, listener) => void this.listeners.delete(listener),
    };
  }

  abort(): void {
    if (this.isAborted) return;
    this.isAborted = true;
    for (const listener of [...this.listeners]) listener();
    this.listeners.clear();
  }
}
