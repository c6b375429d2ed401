"""What may be done with a task once it exists: look at it, cancel it, nudge it."""

from __future__ import annotations

from dh_core.cloud.media_store import generated_folder
from dh_core.errors import Conflict, NotFound, TransitionRefused
from dh_core.specs.fields import TASK_ID
from dh_core.specs.task_types import SPECS
from dh_core.store import TaskRecord
from dh_core.store.tasks.outputs import drop_all_runs
from dh_core.tasks.states import Phase
from functions.api.auth.caller import Caller
from functions.api.schemas.tasks.lifecycle import StatusResponse, TaskDeletedResponse, TaskResponse
from functions.api.service.shared.context import Stores
from functions.api.service.shared.task_states import state_of
from functions.api.service.tasks.creation import enqueue


def created(task: TaskRecord) -> TaskResponse:
    return _answer(task, SPECS[task.type].created_message)


def status(stores: Stores, caller: Caller, task_id: str) -> StatusResponse:
    """Raises NotFound."""
    state = state_of(stores, find(stores, caller, task_id))
    return StatusResponse(**state.model_dump(), wait_seconds=stores.settings.wait_seconds)


def cancel(stores: Stores, caller: Caller, task_id: str) -> TaskResponse:
    """End a task as cancelled. Raises NotFound, and Conflict when it has ended already.

    The record moves first; then the task is enqueued once more, and the dispatcher, which alone
    has rights over AWS Batch, ends its job. Were that message lost, a running job finds out at
    its next heartbeat, within two seconds, and a waiting one is refused when it claims the task.
    """
    withheld = find(stores, caller, task_id).withheld is not None
    try:
        task = stores.tasks.cancel(task_id)
    except TransitionRefused as refused:
        task = find(stores, caller, task_id)
        if task.phase.is_terminal:
            raise Conflict(
                f"The task is {task.status} already; DELETE /api/tasks/{task_id} forgets it.",
                code="task_already_ended",
            ) from refused
        raise Conflict("The task is changing; cancel it again.") from refused
    if task.job_id or withheld:
        # No job is left to take a withheld result away.
        enqueue(stores, task_id)
    return _answer(task, "任务已取消")


def process(stores: Stores, caller: Caller, task_id: str) -> TaskResponse:
    """Enqueue a queued task again; anything else is left as it is. Raises NotFound."""
    task = find(stores, caller, task_id)
    if task.phase is Phase.QUEUED:
        enqueue(stores, task.task_id)
    return _answer(task, "任务已提交处理" if not task.phase.is_terminal else "任务已结束")


def delete_task(stores: Stores, caller: Caller, task_id: str) -> TaskDeletedResponse:
    """Forget an ended task and what it made. Raises NotFound, and Conflict before its end.

    What it put into a library, a voice or a template, has a folder of its own and stays there.
    """
    task = find(stores, caller, task_id)
    if not task.phase.is_terminal:
        raise Conflict(
            f"The task is still {task.status}; cancel it first (POST /api/tasks/{task_id}/cancel).",
            code="task_not_ended",
        )
    stores.media.erase_folder(generated_folder(task.task_id))
    if task.result is None:
        drop_all_runs(stores.media, task)
    stores.tasks.delete(task)
    return TaskDeletedResponse(message="任务已删除", task_id=task_id)


def find(stores: Stores, caller: Caller, task_id: str) -> TaskRecord:
    task = stores.tasks.get(task_id) if TASK_ID.fullmatch(task_id) else None
    # Another owner's task is as good as none, so that ids cannot be probed.
    if task is None or task.owner != caller.owner:
        raise NotFound(
            "There is no task by this id; use the task_id that its creation answered.",
            code="task_not_found",
        )
    return task


def _answer(task: TaskRecord, message: str) -> TaskResponse:
    return TaskResponse(
        task_id=task.task_id,
        message=message,
        status_url=f"/api/tasks/{task.task_id}/status",
        uuid=task.uuid,
        status=task.status,
    )
