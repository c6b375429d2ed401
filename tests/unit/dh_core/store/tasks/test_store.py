from __future__ import annotations

import random
from collections import Counter

import pytest

from dh_core.errors import Conflict, TransitionRefused
from dh_core.specs.base import InputFile
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import InputsChanged
from dh_core.tasks.states import Phase, Status

WAV = InputFile(file_type="audio", filename="a.wav")


@pytest.fixture
def tasks(moto_cloud):
    return moto_cloud.tasks


@pytest.fixture
def queued(tasks, new_task):
    return tasks.create(new_task()).task


@pytest.fixture
def running(tasks, queued):
    """(claim) of a task that a job has just started."""
    attempt = tasks.dispatch(queued.task_id, 60).attempt
    return tasks.start(queued.task_id, attempt, 1, 60)


def test_a_created_task_reads_back_whole(tasks, new_task):
    task = tasks.create(new_task(uuid="mine", user_id="u1")).task
    assert tasks.get(task.task_id) == task
    assert (task.phase, task.status, task.attempt) == (Phase.QUEUED, Status.PENDING, 0)
    spec = tasks.spec(task.task_id)
    assert isinstance(spec, VoiceSpec)
    assert spec.text == "你好"
    assert tasks.find_by_uuid("owner", "mine") == task
    assert tasks.find_by_uuid("somebody-else", "mine") is None


def test_the_same_key_and_body_is_the_same_task(tasks, new_task):
    first = tasks.create(new_task(uuid="mine", idempotency_key="k"))
    again = tasks.create(new_task(uuid="mine", idempotency_key="k"))
    by_header = tasks.create(new_task(idempotency_key="k"))
    assert (first.is_new, again.is_new, by_header.is_new) == (True, False, False)
    assert again.task == by_header.task == first.task


def test_the_same_key_with_another_body_is_a_conflict(tasks, new_task):
    tasks.create(new_task(uuid="mine"))
    with pytest.raises(Conflict):
        tasks.create(new_task(uuid="mine", digest="d2"))


def test_the_same_uuid_of_another_owner_is_another_task(tasks, new_task):
    first = tasks.create(new_task(uuid="mine")).task
    other = tasks.create(new_task(uuid="mine", owner="somebody-else")).task
    assert first.task_id != other.task_id


def test_two_dispatches_at_once_make_one_attempt(tasks, queued, interrupted):
    late = interrupted(lambda: tasks.dispatch(queued.task_id, 60))
    with pytest.raises(TransitionRefused):
        late.dispatch(queued.task_id, 60)
    assert tasks.get(queued.task_id).attempt == 1


def test_two_starts_at_once_make_one_worker(tasks, queued, interrupted):
    tasks.dispatch(queued.task_id, 60)
    claims = []
    late = interrupted(lambda: claims.append(tasks.start(queued.task_id, 1, 1, 60)))
    with pytest.raises(TransitionRefused):
        late.start(queued.task_id, 1, 1, 60)
    assert tasks.get(queued.task_id).worker == claims[0].worker


def test_an_older_attempt_cannot_start_report_or_finish(tasks, running):
    task_id = running.task_id
    tasks.requeue(task_id, attempt=1, lease_seconds=60)
    assert tasks.dispatch(task_id, 60).attempt == 2
    with pytest.raises(TransitionRefused):
        tasks.start(task_id, 1, 2, 60)
    with pytest.raises(TransitionRefused):
        tasks.heartbeat(running, stage="s", progress=50, lease_seconds=60)
    newer = tasks.start(task_id, 2, 1, 60)
    for move in (
        lambda: tasks.complete(running, {"files": {}}),
        lambda: tasks.fail(task_id, code="c", message="m", claim=running),
        lambda: tasks.fail(task_id, code="c", message="m", attempt=1),
        lambda: tasks.requeue(task_id, attempt=1, lease_seconds=60),
        lambda: tasks.record_job(task_id, 1, "job", 60),
    ):
        with pytest.raises(TransitionRefused):
            move()
    assert tasks.complete(newer, {"files": {}}).result == {"files": {}}


def test_a_newer_run_of_a_job_fences_off_the_older_one(tasks, running):
    restarted = tasks.start(running.task_id, 1, 2, 60)
    assert restarted.output_folder != running.output_folder
    with pytest.raises(TransitionRefused):
        tasks.complete(running, {"files": {}})
    with pytest.raises(TransitionRefused):
        tasks.start(running.task_id, 1, 1, 60)
    tasks.complete(restarted, {"files": {}})


def test_an_older_run_that_starts_late_does_not_take_the_task_back(tasks, running, interrupted):
    newest = []
    late = interrupted(lambda: newest.append(tasks.start(running.task_id, 1, 3, 60)))
    with pytest.raises(TransitionRefused):
        late.start(running.task_id, 1, 2, 60)
    tasks.complete(newest[0], {"files": {}})


def test_a_cancel_between_read_and_write_wins_over_the_finish(tasks, running, interrupted):
    late = interrupted(lambda: tasks.cancel(running.task_id))
    with pytest.raises(TransitionRefused):
        late.complete(running, {"files": {}})
    task = tasks.get(running.task_id)
    assert (task.phase, task.result) == (Phase.CANCELLED, None)


def test_a_dispatch_between_read_and_write_does_not_stop_a_cancel(tasks, queued, interrupted):
    late = interrupted(lambda: tasks.dispatch(queued.task_id, 60))
    assert late.cancel(queued.task_id).phase is Phase.CANCELLED


def test_an_ended_task_never_moves_again(tasks, running):
    tasks.complete(running, {"files": {}})
    for move in (
        lambda: tasks.cancel(running.task_id),
        lambda: tasks.fail(running.task_id, code="c", message="m"),
        lambda: tasks.dispatch(running.task_id, 60),
        lambda: tasks.heartbeat(running, stage="s", progress=1, lease_seconds=60),
    ):
        with pytest.raises(TransitionRefused):
            move()


def test_a_task_that_does_not_exist_refuses_every_move(tasks):
    with pytest.raises(TransitionRefused):
        tasks.cancel("none")
    assert tasks.get("none") is None


def test_a_heartbeat_shows_progress_and_keeps_the_lease(tasks, running, clock):
    clock.advance(59)
    tasks.heartbeat(running, stage="lips", progress=40, lease_seconds=60)
    clock.advance(59)
    task = tasks.get(running.task_id)
    assert (task.stage, task.progress) == ("lips", 40)
    assert list(tasks.expired()) == []


def test_only_active_tasks_whose_lease_ran_out_are_swept(tasks, new_task, queued, clock):
    ended = tasks.create(new_task()).task
    tasks.cancel(ended.task_id)
    assert list(tasks.expired()) == []
    clock.advance(61)
    expired = list(tasks.expired())
    assert [task.task_id for task in expired] == [queued.task_id]
    tasks.renew(expired[0], 60)
    assert list(tasks.expired()) == []
    with pytest.raises(TransitionRefused):
        tasks.renew(expired[0], 60)


def test_a_task_waits_until_its_last_input_has_arrived(tasks, new_task, new_file):
    files = [InputFile(file_type="audio", filename=name) for name in ("a.wav", "b.wav")]
    for file in files:
        new_file(file.filename)
    task = tasks.create(new_task(missing=tuple(files))).task
    assert (task.phase, task.missing) == (Phase.WAITING_INPUTS, {"audio/a.wav", "audio/b.wav"})
    with pytest.raises(TransitionRefused):
        tasks.dispatch(task.task_id, 60)
    assert tasks.input_arrived(task.task_id, files[0], 60) is None
    assert tasks.input_arrived(task.task_id, files[0], 60) is None
    assert tasks.input_arrived(task.task_id, files[1], 60).phase is Phase.QUEUED
    assert tasks.input_arrived(task.task_id, files[1], 60) is None


def test_an_input_that_arrives_while_the_task_is_created_is_noticed(
    moto_cloud, new_task, new_file, interrupted
):
    file = new_file("a.wav")
    late = interrupted(lambda: moto_cloud.files.mark_ready(file, size=10, expires_at=2_000_000_000))
    with pytest.raises(InputsChanged):
        late.create(new_task(missing=(WAV,)))
    assert list(moto_cloud.files.waiting_tasks(file)) == []
    assert moto_cloud.counters.totals()[0][Status.PENDING] == 0


def test_a_waiting_task_is_found_from_its_file(moto_cloud, tasks, new_task, new_file):
    file = new_file("a.wav")
    waiting = {tasks.create(new_task(missing=(WAV,))).task.task_id for _ in range(3)}
    assert set(moto_cloud.files.waiting_tasks(file)) == waiting
    moto_cloud.files.drop_waiter(file, waiting.pop())
    assert set(moto_cloud.files.waiting_tasks(file)) == waiting


def test_counters_agree_with_a_recount_after_a_random_walk(moto_cloud, tasks, new_task):
    dice = random.Random(7)
    ids = [tasks.create(new_task()).task.task_id for _ in range(20)]
    for _ in range(120):
        _random_move(tasks, dice.choice(ids), dice)
    recount = Counter(tasks.get(task_id).status for task_id in ids)
    totals, _ = moto_cloud.counters.totals()
    assert totals == {status: recount[status] for status in Status}
    assert len(recount) > 2


def _random_move(tasks, task_id, dice):
    """Try something, allowed or not, as a confused set of workers would."""
    task = tasks.get(task_id)
    moves = [
        lambda: tasks.dispatch(task_id, 60),
        lambda: tasks.dispatch(task_id, 60),
        lambda: tasks.start(task_id, task.attempt, task.run + 1, 60),
        lambda: tasks.requeue(task_id, task.attempt, 60),
        lambda: tasks.fail(task_id, code="c", message="m", attempt=task.attempt - 1),
        lambda: _finish(tasks, task),
    ]
    if dice.random() < 0.05:
        moves = [lambda: tasks.cancel(task_id)]
    try:
        dice.choice(moves)()
    except TransitionRefused:
        return


def _finish(tasks, task):
    tasks.complete(tasks.start(task.task_id, task.attempt, task.run + 1, 60), {"files": {}})
