import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Schemas, TaskStatus } from "client/index.ts";
import { t, type Key } from "../i18n/index.ts";
import { bytes, clock, day, moment, span } from "../lib/format.ts";
import { client, problemOf, type Problem } from "../state/client.ts";
import { language } from "../state/preferences.ts";
import { ProblemNote } from "../ui/problem.tsx";
import { Bars, Line } from "./charts.tsx";

const LOOK_MS = 5000;
const DAY_MS = 86_400_000;
/** Sampled while the page is open, whichever part of it is shown. */
const queue: { at: number; waiting: number; running: number }[] = [];

export function SystemPage() {
  const state = useSignal<Schemas["SystemResponse"] | null>(null);
  const usage = useSignal<Schemas["UsageResponse"] | null>(null);
  const done = useSignal<TaskStatus[]>([]);
  const problem = useSignal<Problem | null>(null);
  const look = async (): Promise<void> => {
    try {
      const now = await client.account.system({ patienceMs: 0 });
      queue.push({ at: Date.now(), waiting: now.task_stats.pending, running: now.task_stats.processing });
      if (queue.length > 240) queue.shift();
      state.value = now;
      problem.value = null;
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  const lookOnce = async (): Promise<void> => {
    await look();
    try {
      usage.value = await client.account.usage();
      done.value = (await client.tasks.list({ status: "completed", limit: 30 })).tasks;
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  useEffect(() => {
    void lookOnce();
    const timer = setInterval(() => document.hidden || void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const isWell = state.value?.system_status === "running";
  return (
    <div class="shelves system">
      <header class="page-head">
        <h1>{t("system_title")}</h1>
        {state.value && <p class={`health ${isWell ? "" : "is-ill"}`}>{t(isWell ? "system_running" : "system_degraded")}</p>}
      </header>
      <ProblemNote problem={problem.value} onRetry={() => void lookOnce()} />
      {state.value && <Counts state={state.value} />}
      <div class="charts">
        <Queue />
        {usage.value && <Usage usage={usage.value} />}
        <Times tasks={done.value} />
        {usage.value && <Totals total={usage.value.total} />}
      </div>
    </div>
  );
}

function Counts({ state }: { state: Schemas["SystemResponse"] }) {
  const tasks = ["pending", "processing", "completed", "failed", "cancelled"] as const;
  return (
    <dl class="counts" aria-label={t("system_now")}>
      {tasks.map((one) => (
        <div key={one}>
          <dt>{t(`status_${one}`)}</dt>
          <dd>{state.task_stats[one]}</dd>
        </div>
      ))}
      {(["video", "audio", "image"] as const).map((kind) => (
        <div key={kind}>
          <dt>{t(`file_${kind}`)}</dt>
          <dd>{state.file_stats[kind]}</dd>
        </div>
      ))}
    </dl>
  );
}

function Queue() {
  const last = queue.at(-1);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{t("system_queue")}</strong>
        <span class="soft">{t("system_queue_hint")}</span>
      </figcaption>
      <Line label={t("system_queue")} values={queue.map((one) => one.waiting + one.running)} shown={String((last?.waiting ?? 0) + (last?.running ?? 0))} />
    </figure>
  );
}

function Usage({ usage }: { usage: Schemas["UsageResponse"] }) {
  const byDate = new Map(usage.days.map((one) => [one.date, one.output_seconds]));
  const today = Date.now();
  const bars = Array.from({ length: 30 }, (_, index) => {
    const date = new Date(today - (29 - index) * DAY_MS).toISOString().slice(0, 10);
    const seconds = byDate.get(date) ?? 0;
    return { name: day(date, language.value), value: seconds, shown: clock(seconds) };
  });
  return (
    <figure class="chart">
      <figcaption>
        <strong>{t("system_usage")}</strong>
        <span class="soft">{t("system_usage_hint", { time: span(usage.total.output_seconds, language.value) })}</span>
      </figcaption>
      <Bars label={t("system_usage")} bars={bars} />
    </figure>
  );
}

function Times({ tasks }: { tasks: TaskStatus[] }) {
  const bars = tasks
    .map((task) => ({ task, value: (Date.parse(task.updated_at) - Date.parse(task.created_at)) / 1000 }))
    .reverse()
    .map(({ task, value }) => ({
      name: t(`type_${task.task_type}` as Key),
      value,
      shown: span(value, language.value),
      end: moment(task.created_at, language.value),
    }));
  const middle = [...bars].sort((one, other) => one.value - other.value)[Math.floor(bars.length / 2)];
  return (
    <figure class="chart">
      <figcaption>
        <strong>{t("system_times")}</strong>
        <span class="soft">{middle ? t("system_times_hint", { time: middle.shown }) : t("system_none")}</span>
      </figcaption>
      <Bars label={t("system_times")} bars={bars} />
    </figure>
  );
}

function Totals({ total }: { total: Schemas["UsageResponse"]["total"] }) {
  const facts: [Key, string][] = [
    ["system_cpu", span(total.cpu_seconds, language.value)],
    ["system_gpu", span(total.gpu_seconds, language.value)],
    ["system_output", bytes(total.output_bytes)],
    ["system_attempts", String(total.attempts)],
  ];
  return (
    <dl class="chart facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
