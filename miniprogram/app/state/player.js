const { observable } = require("./observable");
const { Told, problemOf } = require("./problems");

/** @typedef {{key: string, isLoading: boolean, problem: import("./problems").Problem | null}} Playing */

/** What is heard now: samples, try-outs and recordings share one loudspeaker. */
const playing = observable(/** @type {Playing} */ ({ key: "", isLoading: false, problem: null }));

/** @type {WechatMiniprogram.InnerAudioContext | null} */
let sound = null;
let turn = 0;

/**
 * Plays what `find` answers the address of; again, it stops.
 *
 * @param {string} key
 * @param {() => Promise<string> | string} find
 */
async function toggle(key, find) {
  const wasPlaying = playing.get().key === key;
  stop();
  if (wasPlaying) return;
  const mine = (turn += 1);
  playing.set({ key, isLoading: true, problem: null });
  try {
    const src = await find();
    if (mine !== turn) return;
    const context = (sound = sound || newContext());
    context.src = src;
    context.play();
    playing.set({ key, isLoading: false, problem: null });
  } catch (error) {
    if (mine === turn) playing.set({ key: "", isLoading: false, problem: problemOf(error) });
  }
}

function newContext() {
  // Also with the ringer off: the user pressed a button to hear it.
  wx.setInnerAudioOption({ obeyMuteSwitch: false });
  const context = wx.createInnerAudioContext();
  context.onEnded(() => playing.set({ key: "", isLoading: false, problem: null }));
  context.onError((failure) => {
    console.warn("sound", failure);
    const problem = problemOf(new Told("sound_failed", "无法播放，请检查网络后重试。"));
    playing.set({ key: "", isLoading: false, problem });
  });
  return context;
}

function stop() {
  turn += 1;
  if (sound) sound.stop();
  if (playing.get().key) playing.set({ key: "", isLoading: false, problem: null });
}

module.exports = { playing, toggle, stop };
