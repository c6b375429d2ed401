// Without Intl: WeChat on Android has none.

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/** `0:07`, `12:30`. @param {number} seconds */
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

/** `40 秒`, `3 分钟`. @param {number} seconds */
function span(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} 秒`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} 分钟`;
  return `${(seconds / 3600).toFixed(1)} 小时`;
}

/** @param {number} count */
function bytes(count) {
  const units = ["B", "KB", "MB", "GB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `14:05` today, `3月9日 14:05` before. @param {string} iso @param {number} [now] */
function moment(iso, now = Date.now()) {
  const then = new Date(iso);
  const time = `${two(then.getHours())}:${two(then.getMinutes())}`;
  if (new Date(now).toDateString() === then.toDateString()) return time;
  return `${then.getMonth() + 1}月${then.getDate()}日 ${time}`;
}

/** With this phone's zone, as a consent is dated: `2026-03-01T09:30:00+08:00`. @param {Date} date */
function localIso(date) {
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${local}${minutes < 0 ? "-" : "+"}${two(hours)}:${two(rest)}`;
}

module.exports = { clock, span, bytes, moment, localIso };
