import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { piecesOf, stretchAt, type Stretch } from "../lib/reading.ts";
import { change, draft, MAX_TEXT, recording } from "../state/draft.ts";
import { Segmented } from "../ui/controls.tsx";
import { Correction } from "./correction.tsx";
import { isReading, readAgain, readingProblem, stretches, watchText } from "./reading.ts";
import { SoundSlot } from "./sound.tsx";

export function Script() {
  const { speech } = draft.value;
  return (
    <section class="script" aria-labelledby="script-title">
      <header class="section-head">
        <h2 id="script-title">{t("script")}</h2>
        <Segmented
          label={t("script")}
          value={speech}
          options={[["text", t("speech_text")], ["recording", t("speech_file")]]}
          onChange={(wanted) => change({ speech: wanted })}
        />
      </header>
      {speech === "text" ? <Writing /> : <SoundSlot slot={recording} />}
    </section>
  );
}

/** Text and its reading on one sheet: the reading lies behind the text, line by line above it. */
function Writing() {
  const caret = useSignal<number | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => watchText(), []);
  useEffect(() => {
    const look = (): void => {
      if (document.activeElement === area.current) caret.value = area.current?.selectionStart ?? null;
    };
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, []);
  const { text, pronounce } = draft.value;
  const chosen = caret.value === null ? null : stretchAt(stretches.value, caret.value);
  const tooMany = [...text.trim()].length - MAX_TEXT;
  return (
    <>
      <div class={`sheet ${text ? "" : "is-empty"} ${isLatin(text || t("text_placeholder")) ? "is-latin" : ""}`}>
        <Ruby text={text} chosen={chosen} corrected={pronounce} />
        <textarea
          ref={area}
          value={text}
          lang={isLatin(text) ? "en" : "zh-CN"}
          spellcheck={false}
          aria-label={t("text_label")}
          aria-describedby="reading-hint"
          placeholder={t("text_placeholder")}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
      </div>
      <div class="sheet-foot">
        {chosen ? (
          <Correction key={`${chosen.start}-${chosen.text}`} word={chosen} onDone={() => area.current?.focus()} />
        ) : (
          <p id="reading-hint" class="soft">
            <Hint />
          </p>
        )}
        {!text && (
          <button type="button" class="quiet small" onClick={() => change({ text: t("sample_words") })}>
            {t("sample_text")}
          </button>
        )}
        <p class={tooMany > 0 ? "count is-over" : "count"} role={tooMany > 0 ? "alert" : undefined}>
          {tooMany > 0 ? t("text_long", { n: tooMany }) : t("text_count", { n: [...text.trim()].length })}
        </p>
      </div>
    </>
  );
}

function Hint() {
  if (readingProblem.value) {
    const hint = ["route_not_found", "method_not_allowed"].includes(readingProblem.value.code);
    return (
      <>
        {hint ? t("reading_failed") : readingProblem.value.sentence}{" "}
        <button type="button" class="link" onClick={readAgain}>
          {t("retry")}
        </button>
      </>
    );
  }
  return <>{t(isReading.value ? "reading_busy" : "reading_hint")}</>;
}

interface RubyProps {
  text: string;
  chosen: Stretch | null;
  corrected: Record<string, string>;
}

/** The text once more, unseen, in the very same lines, bearing the reading. */
function Ruby({ text, chosen, corrected }: RubyProps) {
  const pieces = piecesOf(text, stretches.value);
  return (
    <div class="ruby" aria-hidden="true">
      {pieces.map(({ text, above, squeeze, start, word }) => {
        if (!word) return text;
        const classes = [
          "word",
          above ? "" : "is-spoken",
          word.start === chosen?.start ? "is-chosen" : "",
          word.text in corrected || word.text.toLowerCase() in corrected ? "is-corrected" : "",
        ];
        return (
          <span key={start} class={classes.join(" ")} data-above={above || undefined} style={squeeze < 1 ? { "--squeeze": squeeze } : undefined}>
            {text}
          </span>
        );
      })}
      {/* A last line that is empty has its height too. */}
      {"\u200b"}
    </div>
  );
}

function isLatin(text: string): boolean {
  const han = text.match(/[\u3400-\u9fff]/g)?.length ?? 0;
  return text.length > 0 && han < text.length * 0.2;
}
