"""The end of a run: everything heals, is delivered and swept, until nothing moves any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dh_core.store.owners.accounts import DELETING
from dh_core.tasks.states import TERMINAL
from tests.model.judging.laws import check_all
from tests.model.judging.watch import Broken
from tests.model.settings import DELIVERIES, EVENTS, OBJECTS, TASKS
from tests.model.workers.machines import start
from tests.model.workers.work import Ending

if TYPE_CHECKING:
    from tests.model.model import Model

_ROUNDS = 80


def settle(model: Model) -> None:
    """Let all that was begun come to its end; raises Broken if something does not."""
    world = model.world
    world.queues.broken = world.batch.broken = False
    world.receiver.well = True
    for process in world.scheduler.held():
        process.go()
    world.scheduler.reap()
    for _ in range(_ROUNDS):
        _deliver_all(model)
        check_all(world)
        if _is_still(model):
            break
        model.pass_time(_until_next_lease(model))
        model.the_sweep_runs(calls=None)
        world.scheduler.reap()
    else:
        raise Broken(f"does not come to rest: {_unrest(model)}")
    for owner in model.deleted_for_good():
        lost = "generated/" if world.lost_events else None
        if left := [*world.watch.items_of(owner), *world.watch.objects_of(owner, but=lost)]:
            raise Broken(f"the account of {owner} is deleted, but there is {left}")


def _deliver_all(model: Model) -> None:
    world = model.world
    for _ in range(200):
        for queue in (OBJECTS, TASKS, EVENTS, DELIVERIES):
            for message in world.queues.messages.pop(queue, []):
                model.deliver(queue, message, None)
                world.scheduler.reap()
        for job in world.batch.waiting():
            start(world, job, Ending.GOOD, None)
            world.scheduler.reap()
        if not any(map(world.queues.messages.get, (OBJECTS, TASKS, EVENTS, DELIVERIES))):
            return
    raise Broken("messages make messages without end")


def _unrest(model: Model) -> list[str]:
    world = model.world
    found = [
        f"{t['task_id']} {t['phase']}" for t in world.items("TASK") if t["phase"] not in TERMINAL
    ]
    deliveries = [*world.items("DELIVERY"), *world.items("DELIVERY#RUN")]
    found += [f"delivery {d['task_id']}" for d in deliveries if "GSI2PK" in d]
    found += [f"deletion {d['owner']}" for d in world.items("DELETION") if d["state"] == DELETING]
    return found


def _is_still(model: Model) -> bool:
    return not _unrest(model)


def _until_next_lease(model: Model) -> float:
    """Seconds until something is due for the sweep."""
    due = [
        int(i["GSI2SK"].split("#")[0]) for i in model.world.dynamo.items.values() if "GSI2SK" in i
    ]
    return max(min(due, default=0) - model.world.clock.now, 0) + 1
