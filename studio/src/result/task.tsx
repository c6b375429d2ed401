import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TaskStatus } from "client/index.ts";
import { named, t } from "../i18n/index.ts";
import { moment, span } from "../lib/format.ts";
import { href } from "../lib/route.ts";
import { stagesOf } from "../lib/stages.ts";
import { client, problemOf, type Problem } from "../state/client.ts";
import { templates, voices } from "../state/library.ts";
import { language } from "../state/preferences.ts";
import { follow, isActive, noteOf, seen, tasks } from "../state/tasks.ts";
import { ProblemNote } from "../ui/problem.tsx";
import { failureOf } from "./failure.ts";
import { Preview } from "./preview.tsx";
import { ResultView } from "./result.tsx";

/** One task, from the first second to its result. */
export function TaskPage({ id }: { id: string }) {
  const problem = useSignal<Problem | null>(null);
  const load = async (): Promise<void> => {
    try {
      seen(await client.tasks.status(id));
      problem.value = null;
      void follow();
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  useEffect(() => void load(), [id]);
  const task = tasks.value[id];
  return (
    <div class="task">
      <header class="task-head">
        <p class="task-kind">
          {task ? `${named(`type_${task.task_type}`, task.task_type)} · ${moment(task.created_at, language.value)}` : problem.value ? "" : t("loading")}
        </p>
        <h1>{noteOf(id).words || (task ? named(`type_${task.task_type}`, task.task_type) : "")}</h1>
      </header>
      <ProblemNote problem={problem.value} onRetry={() => void load()} />
      {task && <TaskBody task={task} />}
    </div>
  );
}

function TaskBody({ task }: { task: TaskStatus }) {
  useEffect(() => {
    if (task.status !== "completed") return;
    if (task.task_type === "voice_profile") void voices.refresh();
    if (task.task_type.startsWith("template")) void templates.refresh();
  }, [task.status]);
  if (isActive(task)) return <Progress task={task} />;
  if (task.status === "completed") return <ResultView task={task} />;
  if (task.status === "cancelled") {
    return (
      <div class="ended">
        <p class="ended-title">{t("status_cancelled")}</p>
        <p>{t("task_cancelled_hint")}</p>
        <BackLink task={task} />
      </div>
    );
  }
  return (
    <div class="ended is-failed" role="alert">
      <p class="ended-title">{t("task_failed_title")}</p>
      <p>{failureOf(task)}</p>
      <p class="fine">{t("failed_code", { code: task.error_code ?? "" })}</p>
      <BackLink task={task} />
    </div>
  );
}

function BackLink({ task }: { task: TaskStatus }) {
  const to = task.task_type.startsWith("template")
    ? href({ page: "library", shelf: "templates" })
    : task.task_type === "voice_profile" ? href({ page: "library", shelf: "voices" }) : href({ page: "create" });
  return (
    <a class="button primary" href={to}>
      {t("task_back")}
    </a>
  );
}

function Progress({ task }: { task: TaskStatus }) {
  const cancelling = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const cancel = async (): Promise<void> => {
    cancelling.value = true;
    try {
      await client.tasks.cancel(task.task_id);
    } catch (error) {
      problem.value = problemOf(error);
    }
    seen(await client.tasks.status(task.task_id).catch(() => task));
    cancelling.value = false;
  };
  const now = task.stage ? named(`stage_${task.stage}`, task.stage) : t(task.status === "pending" ? "status_pending" : "status_processing");
  return (
    <section class="progress" aria-label={t("task_progress")}>
      <div class="progress-now">
        <p class="progress-stage" role="status">
          {now}
        </p>
        <p class="progress-percent" aria-hidden="true">
          {task.progress}
          <small>%</small>
        </p>
      </div>
      <Stages task={task} />
      {task.preview_url && <Preview task={task} />}
      <div class="progress-foot">
        <p>
          <strong>{timeLeft(task)}</strong>
          <span class="soft"> {t("task_close_hint")}</span>
        </p>
        <button type="button" disabled={cancelling.value} onClick={() => void cancel()}>
          {t("task_cancel")}
        </button>
      </div>
      <ProblemNote problem={problem.value} />
    </section>
  );
}

/** One bar for the whole, and under it what is done, what goes on and what is to come. */
function Stages({ task }: { task: TaskStatus }) {
  return (
    <div>
      <div
        class="whole"
        role="progressbar"
        aria-label={t("task_progress")}
        aria-valuenow={task.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        style={{ "--progress": task.progress / 100 }}
      />
      <ol class="stages">
        {stagesOf(task.task_type, task.stage).map(({ name, state }) => (
          <li key={name} class={`is-${state}`} aria-current={state === "now" ? "step" : undefined}>
            {named(`stage_${name}`, name)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function timeLeft(task: TaskStatus): string {
  if (task.eta_seconds !== null) return t("time_left", { time: span(task.eta_seconds, language.value) });
  if (task.status === "pending") {
    return task.queue_position !== null && task.queue_position > 1
      ? t("queue_ahead", { n: task.queue_position })
      : t("waiting_start");
  }
  return t("time_unknown");
}
