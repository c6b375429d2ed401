"""Every message of our queues: one model for each kind, read in one place. Pure.

A message is only a hint; the table decides. It may come twice, late or never.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from dh_core.limits import FileType


class _OfATask(BaseModel):
    model_config = ConfigDict(frozen=True)

    task_id: str


class _OfAnAttempt(_OfATask):
    attempt: int


class TaskChanged(_OfATask):
    """Something about a task is to be done: dispatch it, or clear up after it."""

    kind: Literal["task_changed"] = "task_changed"


class JobSuperseded(_OfATask):
    """A warm worker claimed the task for which this job was submitted."""

    kind: Literal["job_superseded"] = "job_superseded"
    job_id: str


class AttemptLost(_OfAnAttempt):
    """An attempt ended without ending its task, and no job will bring it back."""

    kind: Literal["attempt_lost"] = "attempt_lost"


class SegmentsChanged(_OfAnAttempt):
    """Segments of this attempt wait, or none does any more."""

    kind: Literal["segments_changed"] = "segments_changed"


class TaskWaiting(_OfAnAttempt):
    """A task waits under this attempt: for the warm workers of its lane."""

    kind: Literal["task_waiting"] = "task_waiting"


class AccountDeletionDue(BaseModel):
    """An account's deletion is to go on."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["account_deletion_due"] = "account_deletion_due"
    owner: str


class FileFetchDue(BaseModel):
    """A file that its owner named by its address is to be fetched."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["file_fetch_due"] = "file_fetch_due"
    owner: str
    file_type: FileType
    filename: str


class SamplesTaken(_OfATask):
    """Samples of a task's media wait to be judged, or its withheld result for the last of them."""

    kind: Literal["samples_taken"] = "samples_taken"


class MediaJudged(BaseModel):
    """A moderator that judges later has said what it thinks of an upload, or of a sample of a
    task's media; or never did."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["media_judged"] = "media_judged"
    trace_id: str
    """The moderator's name for the check."""
    verdict: Literal["allowed", "rejected", "unanswered"]


Message = Annotated[
    TaskChanged
    | JobSuperseded
    | AttemptLost
    | SegmentsChanged
    | TaskWaiting
    | AccountDeletionDue
    | FileFetchDue
    | SamplesTaken
    | MediaJudged,
    Field(discriminator="kind"),
]

# Built when the first message is read, which the API never does.
_any_message: TypeAdapter[Message] = TypeAdapter(Message, config=ConfigDict(defer_build=True))


def parse(body: str) -> Message:
    """Read a message. Raises ValueError for a foreign one."""
    return _any_message.validate_json(body)
