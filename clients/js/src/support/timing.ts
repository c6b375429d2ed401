import { Aborted } from "../errors/errors.js";
import type { Signal } from "./abort.js";

// Every runtime has it; naming it here spares the core the browser's types.
declare function setTimeout(callback: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

export function throwIfAborted(signal?: Signal): void {
  if (signal?.aborted) throw new Aborted();
}

/** Rejects with `Aborted` as soon as the signal does, and with nothing else. */
export function aborted(signal: Signal | undefined): { promise: Promise<never>; forget(): void } {
  let listener: () => void = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    listener = () => reject(new Aborted());
    signal?.addEventListener("abort", listener);
  });
  return { promise, forget: () => signal?.removeEventListener("abort", listener) };
}

export async function sleep(milliseconds: number, signal?: Signal): Promise<void> {
  throwIfAborted(signal);
  let timer: unknown;
  const end = aborted(signal);
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([pause, end.promise]);
  } finally {
    clearTimeout(timer);
    end.forget();
  }
}
