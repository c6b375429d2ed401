from __future__ import annotations

import pytest

from dh_core.store import FileStatus
from dh_core.tasks import Phase
from functions.dispatch.moderation import Verdict
from functions.dispatch.objects import handle_upload, settle_upload

MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)


class FixedModerator:
    def __init__(self, verdict):
        self.verdict = verdict

    def judge(self, file):
        return self.verdict


@pytest.fixture
def arrived(dispatcher):
    """A file whose bytes have come, and a task that waits for it."""
    file = dispatcher.announce_file()
    task = dispatcher.create_waiting(file)
    dispatcher.put_object(file.key, MP4)
    return file, task


def moderated(dispatcher, verdict):
    dispatcher.deps.__dict__["moderator"] = FixedModerator(verdict)


def test_rejected_media_fails_its_task_as_rejected_and_is_deleted(dispatcher, arrived):
    file, task = arrived
    moderated(dispatcher, Verdict.REJECTED)
    handle_upload(dispatcher.deps, file.key)
    failed = dispatcher.task(task.task_id)
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "content_rejected")
    assert not dispatcher.has_object(file.key)


@pytest.mark.parametrize(
    ("allowed", "phase", "status"),
    [(True, Phase.QUEUED, FileStatus.READY), (False, Phase.FAILED, FileStatus.REJECTED)],
)
def test_a_late_verdict_decides_over_file_and_task(dispatcher, arrived, allowed, phase, status):
    file, task = arrived
    moderated(dispatcher, Verdict.WAIT)
    handle_upload(dispatcher.deps, file.key)
    assert dispatcher.task(task.task_id).phase is Phase.WAITING_INPUTS
    for _ in range(2):
        settle_upload(dispatcher.deps, file.key, allowed=allowed)
    assert dispatcher.task(task.task_id).phase is phase
    assert dispatcher.deps.files.get("public", "video", file.filename).status is status


def test_a_verdict_on_nothing_is_no_failure(dispatcher):
    settle_upload(dispatcher.deps, "uploads/public/video/none.mp4", allowed=True)
    file = dispatcher.announce_file()
    settle_upload(dispatcher.deps, file.key, allowed=True)
    assert dispatcher.deps.files.get("public", "video", file.filename).status is FileStatus.PENDING
