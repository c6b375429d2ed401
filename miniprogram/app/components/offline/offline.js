const { isConnected } = require("../../state/network");

Component({
  data: { isOffline: false },
  lifetimes: {
    attached() {
      this.own = { stop: isConnected.watch((connected) => this.setData({ isOffline: !connected })) };
    },
    detached() {
      this.own.stop();
    },
  },
});
