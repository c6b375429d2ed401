/**
 * A value that pages look at while they are shown.
 *
 * @template T
 * @param {T} initial
 */
function observable(initial) {
  let value = initial;
  /** @type {Set<(value: T) => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    /** @param {T} next */
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener(value);
    },
    /**
     * Calls `listener` now and after each change; the answer ends that.
     *
     * @param {(value: T) => void} listener
     */
    watch(listener) {
      listeners.add(listener);
      listener(value);
      return () => void listeners.delete(listener);
    },
  };
}

module.exports = { observable };
