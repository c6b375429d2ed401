/**
 * What was kept under `key`, or `fallback`.
 *
 * @template T
 * @param {string} key
 * @param {T} fallback
 * @returns {T}
 */
function load(key, fallback) {
  try {
    // What is absent is "" there.
    return wx.getStorageSync(key) || fallback;
  } catch (error) {
    console.warn("storage", key, error);
    return fallback;
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 */
function save(key, value) {
  try {
    wx.setStorageSync(key, value);
  } catch (error) {
    // A full storage costs what would have been remembered, not the user's work.
    console.warn("storage", key, error);
  }
}

module.exports = { load, save };
