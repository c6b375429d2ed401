import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { TaskStatus } from "client/index.ts";
import { named, t } from "../i18n/index.ts";
import { clock, moment } from "../lib/format.ts";
import { href } from "../lib/route.ts";
import { client, problemOf, type Problem } from "../state/client.ts";
import { useAddress } from "../state/media.ts";
import { language } from "../state/preferences.ts";
import { forget, isActive, noteOf, seen, tasks } from "../state/tasks.ts";
import { DeleteButton, Empty, Segmented } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { ProblemNote } from "../ui/problem.tsx";
import { toast } from "../ui/toast.tsx";
import { failureOf } from "../result/failure.ts";

type Filter = "all" | "videos" | "running" | "failed";
const FILMS = ["digital_human", "compose"];
const FITS: Record<Filter, (task: TaskStatus) => boolean> = {
  all: () => true,
  videos: (task) => FILMS.includes(task.task_type) && task.status === "completed",
  running: isActive,
  failed: (task) => task.status === "failed" || task.status === "cancelled",
};

/** Everything that was asked for, newest first. */
export function HistoryPage() {
  const cursor = useSignal<string | null>(null);
  const loaded = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const [filter, setFilter] = useState<Filter>("all");
  const load = async (): Promise<void> => {
    try {
      const page = await client.tasks.list({ limit: 40, cursor: cursor.value });
      seen(...page.tasks);
      cursor.value = page.next_cursor;
      problem.value = null;
    } catch (error) {
      problem.value = problemOf(error);
    }
    loaded.value = true;
  };
  useEffect(() => void load(), []);
  const all = Object.values(tasks.value).sort((one, other) => other.created_at.localeCompare(one.created_at));
  const shown = all.filter(FITS[filter]);
  return (
    <div class="shelves">
      <header class="page-head">
        <h1>{t("history_title")}</h1>
        {all.length > 0 && (
          <Segmented
            label={t("filter")}
            value={filter}
            options={[
              ["all", t("history_all")],
              ["videos", t("history_videos")],
              ["running", t("history_running")],
              ["failed", t("history_failed")],
            ]}
            onChange={setFilter}
          />
        )}
      </header>
      <ProblemNote problem={problem.value} onRetry={() => void load()} />
      {!loaded.value && all.length === 0 && <p class="soft">{t("loading")}</p>}
      {loaded.value && !problem.value && shown.length === 0 && (
        <Empty title={t("history_empty")} hint={t("history_empty_hint")}>
          <a class="button primary" href={href({ page: "create" })}>
            {t("history_start")}
          </a>
        </Empty>
      )}
      <ul class="works">
        {shown.map((task) => (
          <Work key={task.task_id} task={task} />
        ))}
      </ul>
      {cursor.value && (
        <button type="button" class="more" onClick={() => void load()}>
          {t("more")}
        </button>
      )}
    </div>
  );
}

function Work({ task }: { task: TaskStatus }) {
  const remove = async (): Promise<void> => {
    try {
      await client.tasks.remove(task.task_id);
      forget(task.task_id);
    } catch (error) {
      toast(problemOf(error).sentence);
    }
  };
  const words = noteOf(task.task_id).words;
  const kind = named(`type_${task.task_type}`, task.task_type);
  const seconds = task.result?.["duration"];
  return (
    <li class={`work is-${task.status}`}>
      <a href={href({ page: "task", id: task.task_id })}>
        <div class="work-picture">
          {task.status === "completed" && typeof task.result?.["video_url"] === "string" ? (
            <Still path={task.result["video_url"]} />
          ) : (
            <StateMark task={task} />
          )}
          {typeof seconds === "number" && <span class="work-length">{clock(seconds)}</span>}
        </div>
        <span class="work-words">{words || kind}</span>
      </a>
      <p class="work-facts">
        <span>
          {words ? `${kind} · ` : ""}
          {moment(task.created_at, language.value)}
        </span>
        {task.status === "failed" && <span class="work-fault">{failureOf(task)}</span>}
      </p>
      {!isActive(task) && <DeleteButton label={`${t("remove")}: ${words || kind}`} onDelete={() => void remove()} />}
    </li>
  );
}

function StateMark({ task }: { task: TaskStatus }) {
  return (
    <div class="work-state">
      {isActive(task) && <progress max={100} value={task.progress} aria-label={t("task_progress")} />}
      {task.status === "failed" && <Icon name="warning" />}
      {task.status === "completed" && <Icon name={task.task_type.startsWith("voice") ? "microphone" : "check"} />}
      <span>
        {named(`status_${task.status}`, task.status)}
        {task.status === "processing" && ` ${task.progress}%`}
      </span>
    </div>
  );
}

/** A frame of the video, fetched when it comes into sight. */
function Still({ path }: { path: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), { rootMargin: "200px" });
    if (place.current) watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  const url = useAddress(near ? path : null).value;
  return <div ref={place}>{url && <video src={`${url}#t=1.2`} muted playsInline preload="metadata" tabIndex={-1} />}</div>;
}
