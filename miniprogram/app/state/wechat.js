/**
 * WeChat's own dialogues as promises. What the user closes answers null; what they, or the phone,
 * refuse is told with what to do.
 */
const { Told } = require("./problems");

const MAX_CLIP_SECONDS = 60;
/** The API takes more; WeChat passes on what the phone calls the file. */
const SOUND_ENDINGS = ["mp3", "m4a", "aac", "wav", "amr", "ogg", "opus", "flac", "wma", "mp4", "mov"];

/** @typedef {{path: string, name: string, size: number, seconds: number, cover: string}} Chosen */

/**
 * @template T
 * @param {(callbacks: {success: (result: T) => void, fail: (failure: {errMsg: string, errno?: number}) => void}) => void} ask
 * @param {{code: string, sentence: string}} refused
 * @returns {Promise<T | null>}
 */
function asked(ask, refused) {
  return new Promise((resolve, reject) =>
    ask({
      success: resolve,
      fail: ({ errMsg, errno }) => {
        if (/cancel/i.test(errMsg)) return resolve(null);
        // The user has not agreed to the privacy guide (103, 104), or it does not name this use (112).
        if (errno === 103 || errno === 104 || /privacy/i.test(errMsg)) {
          return reject(new Told("privacy_refused", "需要先同意《隐私保护指引》才能使用，请重试并点“同意”。"));
        }
        console.warn(errMsg);
        return reject(new Told(refused.code, refused.sentence));
      },
    }),
  );
}

/**
 * @param {"camera" | "album"} source
 * @returns {Promise<Chosen | null>}
 */
async function chooseClip(source) {
  const answer = await asked(
    /** @param {any} callbacks */
    (callbacks) =>
      wx.chooseMedia({
        count: 1,
        mediaType: ["video"],
        sourceType: [source],
        // Recompressed frames cost the lips their sharpness.
        sizeType: ["original"],
        maxDuration: MAX_CLIP_SECONDS,
        camera: "front",
        ...callbacks,
      }),
    { code: "clip_refused", sentence: "无法取得视频，请在微信设置中允许使用相机和相册后重试。" },
  );
  const file = answer && answer.tempFiles[0];
  if (!file) return null;
  return {
    path: file.tempFilePath,
    name: source === "camera" ? "拍摄的视频" : "相册中的视频",
    size: file.size,
    seconds: Math.round(file.duration || 0),
    cover: file.thumbTempFilePath || "",
  };
}

/** @returns {Promise<Chosen | null>} */
async function choosePhoto() {
  const answer = await asked(
    /** @param {any} callbacks */
    (callbacks) =>
      wx.chooseMedia({ count: 1, mediaType: ["image"], sourceType: ["album", "camera"], sizeType: ["original"], ...callbacks }),
    { code: "photo_refused", sentence: "无法取得照片，请在微信设置中允许使用相机和相册后重试。" },
  );
  const file = answer && answer.tempFiles[0];
  if (!file) return null;
  return { path: file.tempFilePath, name: "照片", size: file.size, seconds: 0, cover: file.tempFilePath };
}

/** From a chat: WeChat has no other way to sound files. @returns {Promise<Chosen | null>} */
async function chooseSound() {
  const answer = await asked(
    /** @param {any} callbacks */
    (callbacks) => wx.chooseMessageFile({ count: 1, type: "file", extension: SOUND_ENDINGS, ...callbacks }),
    { code: "sound_refused", sentence: "无法取得文件，请把录音发送到“文件传输助手”后重新选择。" },
  );
  const file = answer && answer.tempFiles[0];
  return file ? { path: file.path, name: file.name, size: file.size, seconds: 0, cover: "" } : null;
}

/** What shows that somebody agreed, from a chat. @returns {Promise<(Chosen & {kind: "document" | "video" | "audio"}) | null>} */
async function chooseEvidence() {
  const answer = await asked(
    /** @param {any} callbacks */
    (callbacks) => wx.chooseMessageFile({ count: 1, type: "file", extension: ["pdf", ...SOUND_ENDINGS], ...callbacks }),
    { code: "evidence_refused", sentence: "无法取得文件，请把凭据发送到“文件传输助手”后重新选择。" },
  );
  const file = answer && answer.tempFiles[0];
  if (!file) return null;
  const ending = (file.name.split(".").pop() || "").toLowerCase();
  const kind = ending === "pdf" ? "document" : ["mp4", "mov"].includes(ending) ? "video" : "audio";
  return { path: file.path, name: file.name, size: file.size, seconds: 0, cover: "", kind };
}

/** The address of a file; null when none was given. @returns {Promise<string | null>} */
function askedAddress() {
  return new Promise((resolve) =>
    wx.showModal({
      title: "文件的网址",
      editable: true,
      placeholderText: "https://",
      confirmText: "获取",
      success: ({ confirm, content }) => resolve(confirm && content && content.trim() ? content.trim() : null),
      fail: () => resolve(null),
    }),
  );
}

/**
 * @param {string} title
 * @param {string} content
 * @param {string} [confirmText]
 * @returns {Promise<boolean>}
 */
function confirmed(title, content, confirmText = "确定") {
  return new Promise((resolve) =>
    wx.showModal({ title, content, confirmText, success: ({ confirm }) => resolve(confirm), fail: () => resolve(false) }),
  );
}

/**
 * The index of what was chosen; -1 for nothing.
 *
 * @param {string[]} itemList
 * @returns {Promise<number>}
 */
function picked(itemList) {
  return new Promise((resolve) =>
    wx.showActionSheet({ itemList, success: ({ tapIndex }) => resolve(tapIndex), fail: () => resolve(-1) }),
  );
}

/** @param {string} title */
function toast(title) {
  wx.showToast({ title, icon: "none" });
}

/** @param {string} filePath */
async function saveToAlbum(filePath) {
  try {
    await new Promise((success, fail) => wx.saveVideoToPhotosAlbum({ filePath, success, fail }));
    return true;
  } catch (failure) {
    const { errMsg = "" } = /** @type {{errMsg?: string}} */ (failure);
    if (/cancel/i.test(errMsg)) return false;
    if (!/auth|authorize|permission/i.test(errMsg)) {
      console.warn(errMsg);
      throw new Told("album_failed", "保存失败，请检查手机的剩余空间后重试。");
    }
  }
  if (await confirmed("需要相册权限", "请在设置中允许“添加到相册”，然后再次保存。", "去设置")) wx.openSetting({});
  return false;
}

module.exports = { askedAddress, chooseClip, chooseEvidence, choosePhoto, chooseSound, confirmed, picked, toast, saveToAlbum };
