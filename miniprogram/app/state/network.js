const { observable } = require("./observable");

const isConnected = observable(true);

function start() {
  wx.getNetworkType({ success: ({ networkType }) => isConnected.set(networkType !== "none") });
  wx.onNetworkStatusChange((change) => isConnected.set(change.isConnected));
}

module.exports = { isConnected, start };
