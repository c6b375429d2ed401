const config = require("../config");
const { createClient } = require("../lib/client");
const { load, save } = require("./storage");

/** @type {import("../lib/client").WxClient | null} */
let client = null;

/** A published app has one server: what a tester of it typed once does not count. */
const isFixed = () => wx.getAccountInfoSync().miniProgram.envVersion === "release";

const address = () => (isFixed() ? config.server : load("server", config.server));

/** The one client of this app: it counts transfers and renews the session in one place. */
function dh() {
  client = client || createClient({ baseUrl: address() });
  return client;
}

/** @param {string} url */
function setAddress(url) {
  save("server", url.trim());
  client = null;
}

module.exports = { dh, address, isFixed, setAddress };
