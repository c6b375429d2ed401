from __future__ import annotations

import pytest

from dh_core.store import FileStatus
from dh_core.tasks.states import Phase
from functions.dispatch.files.objects import handle_upload, settle_upload
from functions.dispatch.moderation import Verdict

MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)


class FixedModerator:
    def __init__(self, verdict):
        self.verdict = verdict

    def judge(self, file, arrived):
        self.judged = arrived.etag
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
    ("verdict", "phase", "status"),
    [
        (Verdict.ALLOWED, Phase.QUEUED, FileStatus.READY),
        (Verdict.REJECTED, Phase.FAILED, FileStatus.REJECTED),
    ],
)
def test_a_late_verdict_decides_over_file_and_task(dispatcher, arrived, verdict, phase, status):
    file, task = arrived
    moderated(dispatcher, Verdict.WAIT)
    handle_upload(dispatcher.deps, file.key)
    assert dispatcher.task(task.task_id).phase is Phase.WAITING_INPUTS
    etag = dispatcher.deps.moderator.judged
    for _ in range(2):
        settle_upload(dispatcher.deps, file.key, etag=etag, verdict=verdict)
    assert dispatcher.task(task.task_id).phase is phase
    assert dispatcher.deps.files.get("public", "video", file.filename).status is status


def test_a_verdict_on_nothing_is_no_failure(dispatcher):
    key = "uploads/public/video/none.mp4"
    settle_upload(dispatcher.deps, key, etag="e", verdict=Verdict.ALLOWED)
    file = dispatcher.announce_file()
    settle_upload(dispatcher.deps, file.key, etag="e", verdict=Verdict.ALLOWED)
    assert dispatcher.deps.files.get("public", "video", file.filename).status is FileStatus.PENDING


def test_a_late_verdict_says_nothing_about_an_object_that_took_the_judged_ones_place(
    dispatcher, arrived
):
    file, task = arrived
    moderated(dispatcher, Verdict.WAIT)
    handle_upload(dispatcher.deps, file.key)
    innocent = dispatcher.deps.moderator.judged
    dispatcher.put_object(file.key, MP4 + b"something else")
    settle_upload(dispatcher.deps, file.key, etag=innocent, verdict=Verdict.ALLOWED)
    handle_upload(dispatcher.deps, file.key)
    assert dispatcher.deps.files.get("public", "video", file.filename).status is FileStatus.PENDING
    other = dispatcher.deps.moderator.judged
    assert other != innocent
    settle_upload(dispatcher.deps, file.key, etag=other, verdict=Verdict.REJECTED)
    assert dispatcher.task(task.task_id).error_code == "content_rejected"
    assert not dispatcher.has_object(file.key)


def test_a_file_that_came_through_the_api_is_moderated_like_any_other(dispatcher):
    file = dispatcher.announce_file()
    dispatcher.put_object(file.key, MP4)
    dispatcher.deps.files.mark_ready(file, size=len(MP4), expires_at=2_000_000_000)
    moderated(dispatcher, Verdict.REJECTED)
    handle_upload(dispatcher.deps, file.key)
    settled = dispatcher.deps.files.get("public", "video", file.filename)
    assert (settled.status, settled.error_code) == (FileStatus.REJECTED, "content_rejected")
    assert not dispatcher.has_object(file.key)
    assert dispatcher.cloud.counters.totals()[1]["video"] == 0
