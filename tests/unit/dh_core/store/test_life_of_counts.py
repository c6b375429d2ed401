"""What moves with a task: the line, the tasks at work, the history, usage, uses of files."""

from __future__ import annotations

import random

import pytest

from dh_core.errors import TransitionRefused
from dh_core.specs.base import InputFile
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.store import TooManyAtWork
from dh_core.store.counters import counter_keys, sum_counters
from dh_core.tasks.states import Phase
from dh_core.tasks.usage import Usage


@pytest.fixture
def tasks(moto_cloud):
    return moto_cloud.tasks


def at_work(moto_cloud, owner="owner"):
    item = moto_cloud.table.get({"PK": f"AT_WORK#{owner}", "SK": "AT_WORK"})
    return int(item["tasks"]) if item else 0


def any_move(rng, moto_cloud, task_id):
    """Try something at random that may happen to a task; refusals are normal."""
    tasks = moto_cloud.tasks
    attempt = tasks.get(task_id).attempt
    moves = [
        lambda: tasks.dispatch(task_id, 60),
        lambda: tasks.start(task_id, attempt, 1, 60),
        lambda: tasks.requeue(task_id, attempt, 60),
        lambda: tasks.complete(tasks.start(task_id, attempt, 9, 60), {"files": {}, "data": {}}),
        lambda: tasks.fail(task_id, code="x", message="x"),
        lambda: tasks.cancel(task_id),
    ]
    try:
        rng.choices(moves, weights=[5, 5, 2, 1, 1, 1])[0]()
    except TransitionRefused:
        return


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_counts_agree_with_the_tasks(moto_cloud, new_task, seed):
    rng = random.Random(seed)
    made = []
    for _ in range(60):
        if len(made) < 8 and rng.random() < 0.3:
            most = rng.choice([None, 50])
            made.append(moto_cloud.tasks.create(new_task(most_at_work=most)).task.task_id)
        elif made:
            any_move(rng, moto_cloud, rng.choice(made))
    ends = [moto_cloud.tasks.get(task_id) for task_id in made]
    counted = [task for task in ends if task.counted and not task.phase.is_terminal]
    assert at_work(moto_cloud) == len(counted)
    counts = sum_counters(moto_cloud.table.batch_get(counter_keys()))
    in_line = [task for task in ends if task.phase in (Phase.QUEUED, Phase.SUBMITTED)]
    assert counts["queue_speaking_enqueued"] - counts["queue_speaking_dequeued"] == len(in_line)


def test_the_last_place_is_given_once(tasks, new_task, interrupted):
    late = interrupted(lambda: tasks.create(new_task(most_at_work=1)))
    with pytest.raises(TooManyAtWork):
        late.create(new_task(most_at_work=1))


def test_a_file_is_used_until_its_tasks_have_ended(moto_cloud, tasks, new_task, new_file):
    file = new_file("v.mp4", file_type="video")
    spec = ExtractAudioSpec(video_file="v.mp4")
    waiting_for = (InputFile(file_type="video", filename="v.mp4"),)
    made = [tasks.create(new_task(spec=spec, missing=waiting_for)).task for _ in range(2)]
    assert set(moto_cloud.files.tasks_using(file)) == {task.task_id for task in made}
    tasks.cancel(made[0].task_id)
    assert list(moto_cloud.files.tasks_using(file)) == [made[1].task_id]


def test_an_attempt_is_charged_with_the_write_that_ends_it(moto_cloud, tasks, new_task):
    task_id = tasks.create(new_task()).task.task_id
    used = Usage(attempts=1, cpu_ms=100)
    first = tasks.start(task_id, tasks.dispatch(task_id, 60).attempt, 1, 60)
    tasks.record_usage(task_id, "owner", used)
    tasks.requeue(task_id, first.attempt, 60)
    second = tasks.start(task_id, tasks.dispatch(task_id, 60).attempt, 1, 60)
    with pytest.raises(TransitionRefused):
        tasks.complete(first, {"files": {}, "data": {}}, usage=used)
    done = tasks.complete(second, {"files": {}, "data": {}}, usage=used)
    assert done.usage == Usage(attempts=2, cpu_ms=200)
    assert moto_cloud.usage.today("owner") == done.usage


def test_a_history_stays_bounded_but_keeps_its_end(moto_cloud, tasks, new_task):
    task_id = tasks.create(new_task()).task.task_id
    # A long life so far, not lived move by move: each would copy all of it.
    item = moto_cloud.table.get({"PK": f"TASK#{task_id}", "SK": "TASK"})
    moto_cloud.table.put({**item, "events": item["events"] * 97})
    for _ in range(3):
        attempt = tasks.dispatch(task_id, 60).attempt
        tasks.requeue(task_id, attempt, 60, lost=False)
    ended = tasks.cancel(task_id)
    assert len(ended.events) <= 101
    assert ended.events[-1].phase is Phase.CANCELLED


def test_all_processes_sign_with_the_same_key(moto_cloud):
    first, second = moto_cloud.shared_keys, moto_cloud.shared_keys
    assert first.get("cursors") == second.get("cursors")
    assert first.get("cursors") != first.get("something else")
    assert len(first.get("cursors")) == 32
