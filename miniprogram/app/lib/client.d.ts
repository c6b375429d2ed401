export * from "../../../clients/js/src/wx.js";
