"""What holds between any two calls, whoever is in the middle of something."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from dh_core.specs.task_types import SPECS
from dh_core.store import DeliveryStatus
from dh_core.store.counters import sum_counters
from dh_core.store.files import FileStatus, file_partition
from dh_core.store.owners.accounts import DELETING
from dh_core.tasks.lanes import LANES
from dh_core.tasks.states import ENQUEUED, TERMINAL, Phase
from tests.model.judging.watch import Broken

if TYPE_CHECKING:
    from tests.model.world import World

Item = dict[str, Any]


def check_all(world: World) -> None:
    """Every law; raises Broken."""
    world.watch.check()
    for law in LAWS:
        law(world)


def counters_equal_a_recount(world: World) -> None:
    tasks = world.items("TASK")
    counted = Counter(f"task_{Phase(task['phase']).status}" for task in tasks)
    counted.update(
        f"file_{file['file_type']}"
        for file in world.items("FILE")
        if file["status"] == FileStatus.READY
    )
    enqueued: Counter[str] = Counter(
        SPECS[task["type"]].lane for task in tasks if task["phase"] in ENQUEUED
    )
    kept = sum_counters(world.items("COUNT"))
    for lane in LANES:
        added = kept.pop(f"queue_{lane}_enqueued", 0)
        removed = kept.pop(f"queue_{lane}_dequeued", 0)
        _equal(added - removed, enqueued[lane], f"the queue of {lane}")
    for name in counted.keys() | kept.keys():
        _equal(kept[name], counted[name], f"the counter {name}")


def tasks_at_work_equal_a_recount(world: World) -> None:
    active = Counter(
        task["owner"] for task in world.items("TASK") if task.get("counted") and _is_active(task)
    )
    kept = {item["PK"].split("#")[1]: item["tasks"] for item in world.items("AT_WORK")}
    for owner in (active.keys() | kept.keys()) - _owners_being_deleted(world):
        _equal(kept.get(owner, 0), active[owner], f"tasks at work of {owner}")


def the_sweep_reaches_every_active_task(world: World) -> None:
    """By one lease: the task's while it waits, its run's while it runs."""
    for task in world.items("TASK"):
        run = world.dynamo.items.get((task["PK"], "RUN"))
        runs = task["phase"] == Phase.RUNNING
        if runs is not (run is not None and run["worker"] == task["worker"]):
            raise Broken(f"task {task['task_id']} is {task['phase']}, its run: {run}")
        leases = [("LEASE#", task, _is_active(task) and not runs), ("RUN#", run or {}, runs)]
        for kind, item, is_due in leases:
            leased = item.get("GSI2PK", "").startswith(kind)
            if leased is not is_due or leased is not ("GSI2SK" in item):
                raise Broken(f"task {task['task_id']} is {task['phase']}, {kind}: {leased}")
            if leased and int(item["GSI2SK"].split("#")[0]) != item["lease_until"]:
                raise Broken(f"the lease of {task['task_id']} says two things")


def the_sweep_reaches_what_else_is_due(world: World) -> None:
    for delivery in [*world.items("DELIVERY"), *world.items("DELIVERY#RUN")]:
        pending = delivery["status"] == DeliveryStatus.PENDING
        if pending is not ("GSI2PK" in delivery):
            raise Broken(f"delivery of {delivery['task_id']} is {delivery['status']}, unswept")
    for deletion in world.items("DELETION"):
        if (deletion["state"] == DELETING) is not ("GSI2PK" in deletion):
            raise Broken(f"the deletion of {deletion['owner']} is {deletion['state']}, unswept")


def a_task_uses_its_inputs_until_it_ends(world: World) -> None:
    """So whoever judges or deletes a file finds the tasks that wait for it or are at work on it."""
    leaving = _owners_being_deleted(world)
    for task in world.items("TASK"):
        for name in task.get("inputs", ()):
            file_type, _, filename = name.partition("/")
            partition = file_partition(task["owner"], file_type, filename)
            used = (partition, f"USE#{task['task_id']}") in world.dynamo.items
            if used and not _is_active(task):
                raise Broken(f"task {task['task_id']} has ended, but uses {partition}")
            record = world.dynamo.items.get((partition, "FILE"))
            if record is None or partition in world.being_deleted or task["owner"] in leaving:
                continue
            same_file = record["created_at"] < task["created_at"]
            if same_file and _is_active(task) and not used:
                raise Broken(f"nobody will know that {task['task_id']} uses {partition}")


def a_task_has_its_spec_as_long_as_it_is_there(world: World) -> None:
    leaving = _owners_being_deleted(world)
    for task in world.items("TASK"):
        going = task["task_id"] in world.being_deleted or task["owner"] in leaving
        if (task["PK"], "SPEC") not in world.dynamo.items and not going:
            raise Broken(f"nobody knows what {task['task_id']} is to do")
    for spec in world.items("SPEC"):
        if (spec["PK"], "TASK") not in world.dynamo.items:
            raise Broken(f"{spec['PK']} has left its text behind")


def an_idempotency_key_stands_for_one_task(world: World) -> None:
    for request, task_ids in world.answered.items():
        alive = [
            task_id for task_id in task_ids if (f"TASK#{task_id}", "TASK") in world.dynamo.items
        ]
        if len(alive) > 1:
            raise Broken(f"{request} made {len(alive)} tasks")
    for claim in world.items("CLAIM"):
        if (f"TASK#{claim['task_id']}", "TASK") not in world.dynamo.items:
            raise Broken(f"{claim['PK']} stands for a task that is not")


def what_is_shown_is_there(world: World) -> None:
    """Results, voices and templates have their files, until their deletion begins."""
    leaving = _owners_being_deleted(world)
    shown = [
        (task["owner"], task["task_id"], file["key"])
        for task in world.items("TASK")
        if "result" in task
        for file in json.loads(task["result"])["files"].values()
    ]
    shown += [(v["owner"], v["voice_id"], v[k]) for v in world.items("VOICE") for k in _VOICE_KEYS]
    shown += [
        (t["owner"], t["template_id"], t[k])
        for t in world.items("TEMPLATE")
        for k in _TEMPLATE_KEYS
    ]
    for owner, name, key in shown:
        hidden = name in world.being_deleted or owner in leaving
        if key not in world.bucket.objects and not hidden:
            raise Broken(f"{key} of {name} is shown but is not there")


def an_ended_task_with_a_callback_has_a_delivery(world: World) -> None:
    leaving = _owners_being_deleted(world)
    for task in world.items("TASK"):
        due = "callback_url" in task and task["phase"] in TERMINAL
        kept = (f"TASK#{task['task_id']}", "DELIVERY") in world.dynamo.items
        going = task["task_id"] in world.being_deleted or task["owner"] in leaving
        if due is not kept and not going:
            raise Broken(f"task {task['task_id']}: callback due {due}, delivery kept {kept}")


def what_is_told_of_a_task_comes_in_order(world: World) -> None:
    """Above all nothing of its run after its end."""
    if world.receiver.late:
        raise Broken(f"a callback was told of {world.receiver.late} out of order")


_VOICE_KEYS = ("profile_key", "preview_key")
_TEMPLATE_KEYS = ("preview_key", "poster_key", "person_key", "background_key")

LAWS = (
    counters_equal_a_recount,
    tasks_at_work_equal_a_recount,
    the_sweep_reaches_every_active_task,
    the_sweep_reaches_what_else_is_due,
    a_task_uses_its_inputs_until_it_ends,
    a_task_has_its_spec_as_long_as_it_is_there,
    an_idempotency_key_stands_for_one_task,
    what_is_shown_is_there,
    an_ended_task_with_a_callback_has_a_delivery,
    what_is_told_of_a_task_comes_in_order,
)


def _owners_being_deleted(world: World) -> set[str]:
    return {item["owner"] for item in world.items("DELETION") if item["state"] == DELETING}


def _is_active(task: Item) -> bool:
    return task["phase"] not in TERMINAL


def _equal(kept: int, counted: int, what: str) -> None:
    if kept != counted:
        raise Broken(f"{what}: kept {kept}, counted {counted}")
