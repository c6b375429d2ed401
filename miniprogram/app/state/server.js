const config = require("../config");
const { createClient } = require("../lib/client");
const { load, save } = require("./storage");

/** @type {import("../lib/client").WxClient | null} */
let client = null;

const address = () => load("server", config.server);

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

module.exports = { dh, address, setAddress };
