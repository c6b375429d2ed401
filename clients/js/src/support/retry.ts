import { ApiError, Interrupted, NetworkError, ServerError } from "../errors/errors.js";
import type { Signal } from "./abort.js";
import { sleep, throwIfAborted } from "./timing.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A server that fails so often does not do so by chance. */
const SERVER_ERRORS = 3;
/** These are for the user to settle, not to wait for. */
const NOT_SOON = new Set(["too_many_tasks", "daily_quota_reached"]);

export interface Patience {
  /** For how long failures are met by another attempt. */
  patienceMs: number;
  signal?: Signal | undefined;
  /** Resolves when requests may be sent: a mini-program in the background has to wait. */
  ready(signal?: Signal): Promise<void>;
}

/**
 * The result of `attempt`, which is made again after failures that pass by themselves.
 *
 * The server's Retry-After is kept, where it says one; other pauses double, less a random part, so
 * that thousands of phones do not come back together.
 */
export async function retrying<T>(attempt: () => Promise<T>, how: Patience): Promise<T> {
  let firstFailure = 0;
  let pause = FIRST_PAUSE_MS;
  let serverErrors = 0;
  for (;;) {
    throwIfAborted(how.signal);
    await how.ready(how.signal);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Interrupted) {
        // The user looked at something else; that costs no patience.
        firstFailure = 0;
        continue;
      }
      const now = Date.now();
      firstFailure ||= now;
      if (error instanceof ServerError) serverErrors += 1;
      const wait = serverErrors < SERVER_ERRORS ? waitAfter(error, pause) : null;
      if (wait === null || now - firstFailure + wait > how.patienceMs) throw error;
      await sleep(wait, how.signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
}

function waitAfter(error: unknown, pause: number): number | null {
  if (error instanceof ApiError && NOT_SOON.has(error.code)) return null;
  if (error instanceof ApiError && error.retryAfterSeconds !== null) {
    return error.retryAfterSeconds * 1000;
  }
  const passes = error instanceof NetworkError || error instanceof ServerError;
  return passes ? pause * (0.5 + Math.random() / 2) : null;
}
