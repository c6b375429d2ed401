import { useEffect } from "preact/hooks";
import { readAgain } from "../create/reading.ts";
import { t } from "../i18n/index.ts";
import { marked } from "../lib/pinyin.ts";
import { client, problemOf } from "../state/client.ts";
import { readings } from "../state/library.ts";
import { DeleteButton, Empty } from "../ui/controls.tsx";
import { ProblemNote } from "../ui/problem.tsx";
import { toast } from "../ui/toast.tsx";

/** How this account's words are read in every video, to be looked through and taken back. */
export function ReadingsShelf() {
  useEffect(() => void readings.refresh(), []);
  const list = readings.items.value;
  return (
    <>
      <ProblemNote problem={readings.problem.value} onRetry={() => void readings.refresh()} />
      {list?.length === 0 && <Empty title={t("readings_empty")} hint={t("readings_hint")} />}
      <ul class="rows">
        {list?.map(({ word, reading }) => (
          <li key={word}>
            <span class="row-name">{word}</span>
            <span class="soft">{reading.split(" ").map(marked).join(" ")}</span>
            <DeleteButton label={`${t("remove")}: ${word}`} onDelete={() => void remove(word)} />
          </li>
        ))}
      </ul>
    </>
  );
}

async function remove(word: string): Promise<void> {
  try {
    await client.pronunciations.remove(word);
    readAgain();
  } catch (error) {
    toast(problemOf(error).sentence);
  }
  void readings.refresh();
}
