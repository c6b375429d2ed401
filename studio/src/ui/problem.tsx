import { t } from "../i18n/index.ts";
import type { Problem } from "../state/client.ts";
import { Icon } from "./icon.tsx";

/** What went wrong and what to do, where it went wrong. */
export function ProblemNote({ problem, onRetry }: { problem: Problem | null; onRetry?: () => void }) {
  if (!problem) return null;
  return (
    <div class="problem" role="alert">
      <Icon name="warning" />
      <div>
        <p>{problem.sentence}</p>
        {problem.requestId && (
          <p class="fine">
            {t("failed_code", { code: problem.code })} · {t("request", { id: problem.requestId })}
          </p>
        )}
      </div>
      {onRetry && (
        <button type="button" class="quiet" onClick={onRetry}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}
