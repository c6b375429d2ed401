const { observable } = require("./observable");
const { problemOf } = require("./problems");
const { dh } = require("./server");

/**
 * A list of the server's, page by page.
 *
 * @template T
 * @param {(cursor: string | null) => Promise<{items: T[], next: string | null}>} fetchPage
 */
function listing(fetchPage) {
  /** @typedef {{items: T[] | null, next: string | null, isBusy: boolean, problem: import("./problems").Problem | null}} Listing */
  const empty = /** @type {Listing} */ ({ items: null, next: null, isBusy: false, problem: null });
  const state = observable(empty);
  let turn = 0;

  /** @param {string | null} cursor */
  async function load(cursor) {
    const mine = (turn += 1);
    state.set({ ...state.get(), isBusy: true, problem: null });
    try {
      const page = await fetchPage(cursor);
      if (mine !== turn) return;
      const before = cursor ? state.get().items || [] : [];
      state.set({ items: [...before, ...page.items], next: page.next, isBusy: false, problem: null });
    } catch (error) {
      if (mine === turn) state.set({ ...state.get(), isBusy: false, problem: problemOf(error) });
    }
  }

  return {
    state,
    refresh: () => load(null),
    async more() {
      const { next, isBusy } = state.get();
      if (next && !isBusy) await load(next);
    },
    /** As of another server, or of nobody. */
    forget() {
      turn += 1;
      state.set(empty);
    },
    /** @param {(item: T) => boolean} isGone */
    drop(isGone) {
      const { items } = state.get();
      if (items) state.set({ ...state.get(), items: items.filter((item) => !isGone(item)) });
    },
  };
}

const voices = listing(async (cursor) => {
  const page = await dh().voices.list({ limit: 100, cursor }, { patienceMs: 10_000 });
  return { items: page.voices, next: page.next_cursor };
});

const templates = listing(async (cursor) => {
  const page = await dh().templates.list({ limit: 30, cursor }, { patienceMs: 10_000 });
  return { items: page.templates, next: page.next_cursor };
});

module.exports = { listing, voices, templates };
