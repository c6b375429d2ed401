import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { span } from "../lib/format.ts";
import { problemOf, type Problem } from "../state/client.ts";
import { draft, make, missing, startOver, wishes } from "../state/draft.ts";
import { voices } from "../state/library.ts";
import { language } from "../state/preferences.ts";
import { go } from "../state/route.ts";
import { follow } from "../state/tasks.ts";
import { ProblemNote } from "../ui/problem.tsx";
import { Options } from "./options.tsx";
import { Person } from "./person.tsx";
import { estimate } from "./reading.ts";
import { Script } from "./script.tsx";
import { VoicePicker } from "./voice.tsx";

/** The main job: a person, a voice, a text. */
export function CreatePage() {
  useEffect(() => voices.ensure(), []);
  return (
    <div class="make">
      <h1>{t("create_title")}</h1>
      <Person />
      <Script />
      {draft.value.speech === "text" && <VoicePicker />}
      <Options />
      <MakeBar />
    </div>
  );
}

/** What is missing, how long it will be, and the one button that matters. */
function MakeBar() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = useRef<{ of: string; key: string } | null>(null);
  const lacking = missing.value;
  const start = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    // The same wishes sent again, after an answer that was lost, are the same task.
    const of = JSON.stringify(wishes());
    if (attempt.current?.of !== of) attempt.current = { of, key: `studio-${Date.now()}-${Math.random()}` };
    try {
      const task = await make(attempt.current.key);
      attempt.current = null;
      void follow();
      go({ page: "task", id: task.task_id });
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  const seconds = draft.value.speech === "text" ? estimate.value : null;
  return (
    <section class="make-bar" aria-label={t("make")}>
      <ProblemNote problem={problem} />
      <div class="make-bar-row">
        <div class="make-bar-state" role="status">
          {seconds !== null && <strong>{t("estimate", { time: span(seconds, language.value) })}</strong>}
          <span>{t(lacking ?? "ready")}</span>
        </div>
        <button type="button" class="quiet make-bar-clear" onClick={startOver}>
          {t("start_over")}
        </button>
        <button type="button" class="primary large" disabled={lacking !== null || busy} onClick={() => void start()}>
          {t(busy ? "making" : "make")}
        </button>
      </div>
    </section>
  );
}
