const { addressOf } = require("../../state/media");

/** A picture of the server's; its address is asked for when it is shown. */
Component({
  properties: { path: { type: String, value: "" } },
  data: { url: "" },
  observers: {
    /** @param {string} path */
    async path(path) {
      if (!path) return this.setData({ url: "" });
      try {
        const url = await addressOf(path);
        if (path === this.data.path) this.setData({ url });
      } catch (error) {
        // A list without one of its pictures is a list still.
        console.warn("poster", path, error);
      }
    },
  },
});
