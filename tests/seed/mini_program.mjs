// Runs a script of the seed's document as a mini-program does: node mini_program.mjs SCRIPT SERVER.
// It finds what it speaks of: `wx`, which reaches SERVER under the document's host name, and the
// function `uploadFile`. Standard input names the files and, in `call`, what runs after the script.
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { WxShim } from "../../clients/js/test/wx_shim.mjs";

const [script, server] = process.argv.slice(2);
const { chosen, call } = JSON.parse(readFileSync(0, "utf8"));

const shim = new WxShim();
const here = (url) => url.replace("https://your-api.com", server);
const ignore = () => {};

const wx = {
  chooseMedia: ({ success }) => success({ tempFiles: [{ tempFilePath: chosen }] }),
  uploadFile: (options) => shim.uploadFile({ fail: ignore, formData: {}, ...options, url: here(options.url) }),
  // As WeChat reads JSON unless told otherwise. The document awaits it, as libraries around `wx` allow.
  request: ({ method = "GET", data, ...options }) =>
    new Promise((resolve, reject) =>
      shim.request({
        ...options,
        method,
        url: here(options.url),
        data: data && JSON.stringify(data),
        success(answer) {
          const read = { ...answer, data: JSON.parse(answer.data) };
          options.success?.(read);
          resolve(read);
        },
        fail: (error) => reject(new Error(error.errMsg)),
      }),
    ),
};

// The document's own upload, as its third script calls it.
const uploadFile = (filePath, kind) =>
  new Promise((resolve, reject) =>
    wx.uploadFile({
      url: `https://your-api.com/api/upload/${kind}`,
      filePath,
      name: "file",
      success: ({ data }) => resolve(JSON.parse(data).file_info),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    }),
  );

const told = [];
const tell = (...words) => void told.push(words);
const context = createContext({
  wx,
  uploadFile,
  setInterval,
  clearInterval,
  console: { log: tell, error: tell },
});
runInContext(readFileSync(script, "utf8"), context, { filename: script });
let result = null;
let error = null;
try {
  result = (await runInContext(call ?? "null", context)) ?? null;
} catch (thrown) {
  error = thrown.message;
}
// Without a call, what the script began ends before this does.
process.on("exit", () => process.stdout.write(JSON.stringify({ told, result, error })));
