import { signal } from "@preact/signals";

const text = signal("");
let timer = 0;

/** Says something that passes; screen readers hear it too. */
export function toast(message: string): void {
  text.value = message;
  clearTimeout(timer);
  timer = window.setTimeout(() => (text.value = ""), 5000);
}

export function Toast() {
  return (
    <div class={`toast ${text.value ? "is-shown" : ""}`} role="status">
      {text.value}
    </div>
  );
}
