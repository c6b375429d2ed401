const { AbortSwitch } = require("../lib/client");
const { tryOut } = require("./draft");
const { addressOf } = require("./media");
const { observable } = require("./observable");
const player = require("./player");
const { isAbort, problemOf } = require("./problems");
const { dh } = require("./server");

/** @typedef {{isBusy: boolean, percent: number, problem: import("./problems").Problem | null}} TryOut */

/** @type {TryOut} */
const IDLE = { isBusy: false, percent: 0, problem: null };
/** What the loudspeaker calls it. */
const KEY = "tryout";

const tryout = observable(IDLE);

/** What was last made, so that hearing it again costs nothing. */
let made = { of: "", path: "" };
/** @type {{abort: AbortSwitch, id: string, isQuiet: boolean} | null} */
let running = null;

/** Makes the text heard as the draft stands; again, it stops. */
async function hear() {
  if (running) return stop();
  const body = tryOut();
  const of = JSON.stringify(body);
  if (made.of === of) return player.toggle(KEY, () => addressOf(made.path));
  player.stop();
  const mine = (running = { abort: new AbortSwitch(), id: "", isQuiet: false });
  tryout.set({ ...IDLE, isBusy: true });
  try {
    const { signal } = mine.abort;
    const task = await dh().tasks.voice(/** @type {any} */ (body), { signal });
    mine.id = task.task_id;
    const done = await dh().tasks.wait(task.task_id, {
      signal,
      onStatus: ({ progress }) => running === mine && tryout.set({ ...IDLE, isBusy: true, percent: progress }),
    });
    made = { of, path: String(done.result.audio_url) };
    if (running !== mine) return;
    running = null;
    tryout.set(IDLE);
    if (!mine.isQuiet) await player.toggle(KEY, () => addressOf(made.path));
  } catch (error) {
    if (running !== mine || isAbort(error)) return;
    running = null;
    tryout.set({ ...IDLE, problem: problemOf(error) });
  }
}

/** Gives up what is being made, here and on the server. */
function stop() {
  const was = running;
  running = null;
  tryout.set(IDLE);
  if (!was) return;
  was.abort.abort();
  // Nobody waits for it any more; it ends by itself if this does not reach the server.
  if (was.id) dh().tasks.cancel(was.id).catch((error) => console.warn("cancel", error));
}

/** The user looks at something else: what is being made is kept for the next tap. */
function hush() {
  player.stop();
  if (running) running.isQuiet = true;
}

module.exports = { KEY, tryout, hear, stop, hush };
