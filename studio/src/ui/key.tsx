import { useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { needsKey, useKey } from "../state/client.ts";
import { Dialog } from "./dialog.tsx";

/** For servers that ask everybody for a credential. */
export function KeyDialog() {
  const [key, setKey] = useState("");
  const enter = (event: Event): void => {
    event.preventDefault();
    if (key.trim()) useKey(key);
  };
  return (
    <Dialog title={t("key_title")} onClose={() => (needsKey.value = false)}>
      <form class="stack" onSubmit={enter}>
        <p class="soft">{t("key_hint")}</p>
        <label class="field">
          <span>{t("key_label")}</span>
          <input type="password" autocomplete="off" value={key} onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
        <button class="primary">{t("key_enter")}</button>
      </form>
    </Dialog>
  );
}
