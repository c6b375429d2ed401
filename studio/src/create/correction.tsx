import { useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { marked, numbered } from "../lib/pinyin.ts";
import { isHan, type Stretch } from "../lib/reading.ts";
import { client, problemOf } from "../state/client.ts";
import { change, draft } from "../state/draft.ts";
import { toast } from "../ui/toast.tsx";
import { readAgain } from "./reading.ts";

/** The word at the cursor, how it is read, and how it should be. */
export function Correction({ word, onDone }: { word: Stretch; onDone: () => void }) {
  const now = word.pinyin.map(marked).join(" ");
  const [typed, setTyped] = useState(now);
  const [fault, setFault] = useState("");
  const isCorrected = word.text in draft.value.pronounce;

  const take = async (always: boolean): Promise<void> => {
    const answer = readingFor(word, typed);
    if ("fault" in answer) return setFault(answer.fault);
    try {
      if (always) {
        await client.pronunciations.set(word.text, answer.reading);
        drop(word.text);
        readAgain();
        toast(t("reading_saved"));
      } else {
        change({ pronounce: { ...draft.value.pronounce, [word.text]: answer.reading } });
      }
      onDone();
    } catch (error) {
      setFault(problemOf(error).sentence);
    }
  };

  return (
    <form
      class="correction"
      onSubmit={(event) => {
        event.preventDefault();
        void take(false);
      }}
    >
      <label>
        <span>{t("reading_of", { word: word.text })}</span>
        <input
          value={typed}
          size={Math.max(10, typed.length + 2)}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={t(isHan(word.text) ? "reading_placeholder" : "reading_alias")}
          aria-invalid={fault !== ""}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setFault("");
          }}
        />
      </label>
      <span class="correction-actions">
        <button class="small" disabled={typed === now}>
          {t("reading_here")}
        </button>
        <button type="button" class="quiet small" onClick={() => void take(true)}>
          {t("reading_always")}
        </button>
        {isCorrected && (
          <button type="button" class="quiet small" onClick={() => drop(word.text)}>
            {t("reading_reset")}
          </button>
        )}
      </span>
      {fault && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </form>
  );
}

function drop(word: string): void {
  const { [word]: _, ...rest } = draft.value.pronounce;
  change({ pronounce: rest });
}

function readingFor(word: Stretch, typed: string): { reading: string } | { fault: string } {
  const pinyin = numbered(typed);
  if (!isHan(word.text)) return { reading: pinyin ?? typed.trim() };
  if (pinyin === null) return { fault: t("reading_tone") };
  const count = [...word.text].length;
  return pinyin.split(" ").length === count ? { reading: pinyin } : { fault: t("reading_count", { n: count }) };
}
