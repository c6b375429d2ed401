"""Answers of a moderator that judges later, and those that never came."""

from __future__ import annotations

from aws_lambda_powertools import Logger

from dh_core.cloud.messages import MediaJudged
from functions.dispatch.deps import Dependencies
from functions.dispatch.files.objects import settle_upload
from functions.dispatch.files.samples import settle_sample
from functions.dispatch.moderation import Verdict

logger = Logger(child=True)


def handle_judged(deps: Dependencies, judged: MediaJudged) -> None:
    """Settle what a judgement is about. Safe to repeat; a late one changes nothing."""
    verdict = Verdict(judged.verdict)
    moderation = deps.moderations.find(judged.trace_id)
    if moderation is None:
        sample = deps.samples.find(judged.trace_id)
        if sample is None:
            logger.info("judgement of nothing that waits for one")
        else:
            settle_sample(deps, sample, verdict)
        return
    settle_upload(deps, moderation.object_key, etag=moderation.etag, verdict=verdict)
    deps.moderations.end(moderation)


def sweep_moderations(deps: Dependencies) -> int:
    """Have the uploads refused that nobody judged in time; how many there were."""
    count = 0
    for overdue in deps.moderations.overdue():
        unanswered = MediaJudged(trace_id=overdue.trace_id, verdict="unanswered")
        deps.queue.send(unanswered)
        count += 1
    return count
