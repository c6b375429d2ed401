import { useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { asksForKey, hasKey, keyRefusal, useKey } from "../state/client.ts";
import { Dialog } from "./dialog.tsx";
import { ProblemNote } from "./problem.tsx";

/** For servers that ask everybody for a credential. */
export function KeyDialog() {
  const [key, setKey] = useState("");
  const refusal = keyRefusal.value;
  const enter = (event: Event): void => {
    event.preventDefault();
    if (key.trim()) useKey(key);
  };
  return (
    <Dialog title={t("key_title")} onClose={() => (asksForKey.value = false)}>
      <form class="stack" onSubmit={enter}>
        {hasKey && <ProblemNote problem={refusal && { ...refusal, ...(refusal.code === "token_invalid" ? { sentence: t("key_wrong") } : {}) }} />}
        <p class="soft">{t("key_hint")}</p>
        <label class="field">
          <span>{t("key_label")}</span>
          <input type="password" autocomplete="off" autofocus value={key} onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
        <button class="primary">{t("key_enter")}</button>
      </form>
    </Dialog>
  );
}

/** In and out, where the server wants a key. */
export function KeyButton() {
  if (keyRefusal.value) {
    return (
      <button type="button" class="bar-language" onClick={() => (asksForKey.value = true)}>
        {t("key_enter")}
      </button>
    );
  }
  if (!hasKey) return null;
  return (
    <button type="button" class="bar-language" onClick={() => useKey("")}>
      {t("key_leave")}
    </button>
  );
}
