"""Judging uploaded media before anything uses it. The default judges nothing.

A moderator that answers at once (a model of one's own) returns ALLOWED or REJECTED. One that
answers later, as WeChat's `mediaCheckAsync` does by a message to the operator's server, returns
WAIT: the file stays as it is, the tasks that want it wait, and `objects.settle_upload` is called
when the answer has come, with the ETag of the object that was judged.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

from dh_core.cloud.media_store import StoredObject
from dh_core.errors import (
    ContentRejected,
    JobError,
    ModerationAbsent,
    ModerationTooLarge,
    ModerationUnanswered,
)
from dh_core.store import FileRecord, Sample


class Verdict(StrEnum):
    ALLOWED = "allowed"
    REJECTED = "rejected"
    WAIT = "wait"
    UNANSWERED = "unanswered"
    """It was waited for, and nobody judged it."""
    TOO_LARGE = "too_large"
    ABSENT = "absent"
    """Who uploaded it has been away from the mini-program for too long to be judged."""


REFUSALS: Final[dict[Verdict, type[JobError]]] = {
    Verdict.REJECTED: ContentRejected,
    Verdict.UNANSWERED: ModerationUnanswered,
    Verdict.TOO_LARGE: ModerationTooLarge,
    Verdict.ABSENT: ModerationAbsent,
}
"""With these the file is rejected."""


class MediaModerator(Protocol):
    """Looks at an object that has arrived and passed the checks of type and size."""

    def judge(self, file: FileRecord, arrived: StoredObject) -> Verdict: ...

    def judge_sample(self, sample: Sample) -> Verdict:
        """The same of a part of what a task reads or makes; ABSENT and WAIT may come to more."""
        ...


class NoMediaModeration:
    """Everything is allowed."""

    def judge(self, file: FileRecord, arrived: StoredObject) -> Verdict:
        return Verdict.ALLOWED

    def judge_sample(self, sample: Sample) -> Verdict:
        return Verdict.ALLOWED
