const { Aborted, ApiError, DigitalHumanError, NetworkError, ServerError } = require("../lib/client");

/**
 * @typedef {object} Problem What is shown of an error.
 * @property {string} code
 * @property {string} sentence what went wrong, and what to do
 * @property {string} requestId names the request in the server's log
 * @property {boolean} passes whether the same again may do
 */

/** A refusal by WeChat or by this app, with the sentence to show. */
class Told extends Error {
  /**
   * @param {string} code
   * @param {string} sentence
   */
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

/**
 * @param {unknown} error
 * @returns {Problem}
 */
function problemOf(error) {
  if (error instanceof Told) {
    return { code: error.code, sentence: error.message, requestId: "", passes: false };
  }
  if (error instanceof DigitalHumanError) {
    const requestId = error instanceof ApiError ? error.requestId : "";
    const passes = error instanceof NetworkError || error instanceof ServerError;
    return { code: error.code, sentence: error.sentence("zh"), requestId, passes };
  }
  console.error(error);
  return { code: "unknown", sentence: "小程序出错了，请重试；若仍失败，请联系客服。", requestId: "", passes: true };
}

/** @param {unknown} error */
const isAbort = (error) => error instanceof Aborted;

module.exports = { Told, problemOf, isAbort };
