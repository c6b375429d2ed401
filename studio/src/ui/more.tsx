import { useState } from "preact/hooks";
import type { TaskStatus } from "client/index.ts";
import { t } from "../i18n/index.ts";
import { moment } from "../lib/format.ts";
import { made } from "../state/library.ts";
import { language } from "../state/preferences.ts";
import { noteOf } from "../state/tasks.ts";
import type { Slot } from "../state/upload.ts";

/** Other ways to a file, for those who look for them: its address, or what an earlier task made. */
export function MoreWays({ slot }: { slot: Slot }) {
  const [address, setAddress] = useState("");
  const isAddress = /^https?:\/\/[^/]+/.test(address.trim());
  const fetchIt = (): void => {
    if (!isAddress) return;
    void slot.fetch(address.trim());
    setAddress("");
  };
  return (
    <details class="more-ways" onToggle={(event) => event.currentTarget.open && void made.refresh()}>
      <summary>{t("more_ways")}</summary>
      {/* No form: the place may stand in one. */}
      <div class="more-address">
        <label class="field">
          <span>{t("by_address")}</span>
          <input
            type="url"
            value={address}
            placeholder="https://"
            autocomplete="off"
            onInput={(event) => setAddress(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              fetchIt();
            }}
          />
        </label>
        <button type="button" disabled={!isAddress} onClick={fetchIt}>
          {t("fetch_it")}
        </button>
      </div>
      <Results slot={slot} />
    </details>
  );
}

/** What earlier tasks made of this kind. */
function Results({ slot }: { slot: Slot }) {
  const list = (made.items.value ?? []).filter((task) => pathOf(task, slot));
  if (list.length === 0) return null;
  const choose = (uuid: string): void => {
    const task = list.find((one) => one.uuid === uuid);
    const path = task && pathOf(task, slot);
    if (path) slot.use({ kind: slot.kind, filename: uuid, name: called(task), size: 0, path });
  };
  return (
    <label class="field">
      <span>{t("by_result")}</span>
      <select value={slot.file.value?.filename ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{t("choose_result")}</option>
        {list.map((task) => (
          <option key={task.uuid} value={task.uuid}>
            {called(task)}
          </option>
        ))}
      </select>
    </label>
  );
}

function pathOf(task: TaskStatus, slot: Slot): string | undefined {
  const path = (task.result as Record<string, unknown> | null | undefined)?.[`${slot.kind}_url`];
  return typeof path === "string" ? path : undefined;
}

function called(task: TaskStatus): string {
  const words = noteOf(task.task_id).words?.slice(0, 24);
  const time = moment(task.created_at, language.value);
  return words ? `${words} · ${time}` : time;
}
