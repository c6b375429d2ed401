const network = require("./state/network");

App({
  onLaunch() {
    network.start();
    const updates = wx.getUpdateManager();
    updates.onUpdateReady(() => {
      wx.showModal({
        title: "有新版本",
        content: "重启后即可使用。进行中的任务不受影响。",
        success: ({ confirm }) => confirm && updates.applyUpdate(),
      });
    });
  },
});
