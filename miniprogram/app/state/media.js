const { dh } = require("./server");

/** Addresses end after an hour; an image that is shown again should not be fetched again. */
const FRESH_MS = 20 * 60_000;

/** @type {Map<string, {url: Promise<string>, at: number}>} */
const known = new Map();

/**
 * A signed address for `<video>`, `<image>` and sounds, which cannot send a credential.
 *
 * @param {string} path a `video_url`, `poster_url`, `preview_url` …
 * @returns {Promise<string>}
 */
function addressOf(path) {
  const kept = known.get(path);
  if (kept && Date.now() - kept.at < FRESH_MS) return kept.url;
  const url = dh().downloads.address(path).then((answer) => answer.url);
  url.catch(() => known.delete(path));
  known.set(path, { url, at: Date.now() });
  return url;
}

module.exports = { addressOf, forgetAddresses: () => known.clear() };
