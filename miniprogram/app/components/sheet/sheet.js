/** A panel from below, above a veil; what it holds is put into it. */
Component({
  properties: { title: { type: String, value: "" } },
  methods: {
    close() {
      this.triggerEvent("close");
    },
    /** So that the page below does not scroll. */
    hold() {},
  },
});
