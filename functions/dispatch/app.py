"""The dispatcher's Lambda handlers, one per event source.

Each turns its event into plain arguments and hands them on; see the module of the same use case.
"""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from dh_core.cloud.messages import (
    AccountDeletionDue,
    AttemptLost,
    FileFetchDue,
    JobSuperseded,
    MediaJudged,
    SamplesTaken,
    SegmentsChanged,
    TaskChanged,
    TaskWaiting,
    parse,
)
from functions.dispatch.account_deletion import continue_deletion
from functions.dispatch.batch.events import JobEnd, handle_job_end, job_end
from functions.dispatch.batch.helpers import handle_fan_out
from functions.dispatch.batch.submit import handle_superseded, handle_task_changed
from functions.dispatch.deps import dependencies
from functions.dispatch.files.fetching import handle_fetch
from functions.dispatch.files.judgements import handle_judged, sweep_moderations
from functions.dispatch.files.objects import handle_upload, uploaded_keys
from functions.dispatch.files.samples import handle_samples
from functions.dispatch.sweep import measure_queue_depth, sweep, sweep_log
from functions.dispatch.telemetry import log_context, logger
from functions.dispatch.webhooks.delivery import (
    enqueue_delivery_of_ended,
    handle_delivery,
    sweep_deliveries,
)

_objects = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
_tasks = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
_deliveries = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
_job_events = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def on_objects(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS "objects": S3 notifications. Answers which messages must come again."""
    with log_context(request_id=context.aws_request_id):
        return dict(process_partial_response(event, _on_object, _objects, context))


def on_tasks(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS "tasks" and "deletions": what is said of tasks, files, accounts. As above."""
    with log_context(request_id=context.aws_request_id):
        return dict(process_partial_response(event, _on_task, _tasks, context))


def on_deliveries(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS "deliveries": webhooks and fetches that may be due. Which messages must come again."""
    with log_context(request_id=context.aws_request_id):
        return dict(process_partial_response(event, _on_delivery, _deliveries, context))


def on_batch_event(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS "job events": EventBridge's Batch Job State Change. Which messages must come again."""
    with log_context(request_id=context.aws_request_id):
        return dict(process_partial_response(event, _on_job_event, _job_events, context))


def on_sweep(event: dict[str, Any], context: LambdaContext) -> None:
    """EventBridge schedule, every minute."""
    with log_context(request_id=context.aws_request_id):
        count = sweep(dependencies())
        deliveries = sweep_deliveries(dependencies())
        measure_queue_depth(dependencies())
        unjudged = sweep_moderations(dependencies())
        ended = sweep_log(dependencies())
        about = {
            "overdue_deliveries": deliveries,
            "uploads_unjudged": unjudged,
            "log_entries_ended": ended,
        }
        logger.info("swept", extra={"expired_leases": count, **about})


def _on_object(record: SQSRecord) -> None:
    try:
        for key in uploaded_keys(json.loads(record.body)):
            handle_upload(dependencies(), key)
    except Exception:
        logger.exception("object message failed", extra=_about(record))
        raise


def _on_task(record: SQSRecord) -> None:
    try:
        _handle_task_message(record.body)
    except Exception:
        logger.exception("task message failed", extra=_about(record))
        raise


def _handle_task_message(body: str) -> None:
    deps, message = dependencies(), parse(body)
    if isinstance(message, FileFetchDue):
        raise ValueError("a file to fetch came to the dispatcher")
    if isinstance(message, MediaJudged):
        handle_judged(deps, message)
        return
    if isinstance(message, AccountDeletionDue):
        continue_deletion(deps, message.owner)
        return
    with log_context(task_id=message.task_id):
        match message:
            case TaskChanged(task_id=task_id):
                handle_task_changed(deps, task_id)
            case SegmentsChanged(task_id=task_id, attempt=attempt):
                handle_fan_out(deps, task_id, attempt)
            case JobSuperseded(job_id=job_id):
                handle_superseded(deps, job_id)
            case AttemptLost(task_id=task_id, attempt=attempt):
                handle_job_end(deps, JobEnd(task_id, attempt, "its worker gave it up"))
                enqueue_delivery_of_ended(deps, task_id)
            case SamplesTaken(task_id=task_id):
                handle_samples(deps, task_id)
            case TaskWaiting():
                raise ValueError("a message for warm workers came to the dispatcher")


def _on_delivery(record: SQSRecord) -> None:
    try:
        message = parse(record.body)
        if isinstance(message, FileFetchDue):
            handle_fetch(dependencies(), message)
            return
        if not isinstance(message, TaskChanged):
            raise ValueError(f"no delivery follows from {message.kind}")
        with log_context(task_id=message.task_id):
            handle_delivery(dependencies(), message.task_id)
    except Exception:
        logger.exception("delivery message failed", extra=_about(record))
        raise


def _on_job_event(record: SQSRecord) -> None:
    try:
        end = job_end(json.loads(record.body))
        if end is None:
            return
        with log_context(task_id=end.task_id):
            handle_job_end(dependencies(), end)
            enqueue_delivery_of_ended(dependencies(), end.task_id)
    except Exception:
        logger.exception("job event failed", extra=_about(record))
        raise


def _about(record: SQSRecord) -> dict[str, str]:
    return {"message_id": record.message_id}
