export type Language = "zh" | "en";

const locale = (language: Language): string => (language === "zh" ? "zh-CN" : "en-GB");

/** `0:07`, `12:30`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A span of time in words: "40 s", "3 min", "约 3 分钟" is the caller's. */
export function span(seconds: number, language: Language): string {
  const zh = language === "zh";
  if (seconds < 90) return `${seconds > 0 ? Math.max(1, Math.round(seconds)) : 0} ${zh ? "秒" : "s"}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} ${zh ? "分钟" : "min"}`;
  return `${(seconds / 3600).toFixed(1)} ${zh ? "小时" : "h"}`;
}

export function bytes(count: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function moment(iso: string, language: Language, now = Date.now()): string {
  const then = new Date(iso);
  const today = new Date(now).toDateString() === then.toDateString();
  const options: Intl.DateTimeFormatOptions = today
    ? { hour: "2-digit", minute: "2-digit" }
    : { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale(language), options).format(then);
}

export function day(date: string, language: Language): string {
  return new Intl.DateTimeFormat(locale(language), { month: "short", day: "numeric" }).format(new Date(`${date}T00:00:00`));
}
