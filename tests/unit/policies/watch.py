"""Judges every call of AWS that our code makes while a test runs, by the role it would have there.

Whose code makes a call shows on the stack: the tests' own calls, which prepare and look, are
nobody's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from tests.unit.policies.calls import WEIGHTS_BUCKET, Call
from tests.unit.policies.hook import every_call
from tests.unit.policies.roles import JOB_ROLE, ROOT, refusal

HANDLERS: Final = {
    "on_batch_event": "BatchEventsFunction",
    "on_deliveries": "DeliveriesFunction",
    "on_objects": "ObjectsFunction",
    "on_sweep": "SweepFunction",
    "on_tasks": "TasksFunction",
}
ENTRANCES: Final = {
    "continue_deletion": "TasksFunction",
    "end_assistance": "TasksFunction",
    "enqueue_delivery_of_ended": "BatchEventsFunction",
    "handle_delivery": "DeliveriesFunction",
    "handle_fan_out": "TasksFunction",
    "handle_fetch": "DeliveriesFunction",
    "handle_job_end": "BatchEventsFunction",
    "handle_judged": "TasksFunction",
    "handle_lost_attempt": "SweepFunction",
    "handle_superseded": "TasksFunction",
    "handle_task_changed": "TasksFunction",
    "handle_upload": "ObjectsFunction",
    "measure_queue_depth": "SweepFunction",
    "settle_upload": "TasksFunction",
    "sweep": "SweepFunction",
    "sweep_deliveries": "SweepFunction",
    "sweep_log": "SweepFunction",
    "sweep_moderations": "SweepFunction",
    "handle_samples": "TasksFunction",
}
"""The function of the template behind each way into the dispatcher that a test takes itself."""
_api_role = "ApiFunction"


class UnknownEntrance(LookupError):
    """A call of the dispatcher came in by no way that is known here."""


@contextmanager
def refusals() -> Iterator[set[str]]:
    """What was refused while the block ran."""
    found: set[str] = set()

    def judge(needed: Iterator[Call]) -> None:
        stack = list(_product_frames())
        role = _role(stack)
        if role is None:
            return
        weights = any(path.match("gpu_jobs/weights/bucket.py") for path, _ in stack)
        for call in needed:
            reason = refusal(role, _of_weights(call) if weights else call)
            if reason is not None:
                found.add(f"{reason}, from {stack[0][0]}")

    with every_call(judge):
        yield found


@contextmanager
def api_is(function: str) -> Iterator[None]:
    """Judge the API's calls in the block by the role of this function, which has its handler."""
    global _api_role  # noqa: PLW0603 - requests are served in threads, which share nothing else
    before, _api_role = _api_role, function
    try:
        yield
    finally:
        _api_role = before


def _of_weights(call: Call) -> Call:
    """Tests keep the model files in the one bucket that they have, with a prefix or without."""
    _, slash, key = call.resource.removeprefix("arn:aws:s3:::").partition("/")
    prefix = "weights/" if slash and not key.startswith("weights/") else ""
    return Call(call.action, f"{WEIGHTS_BUCKET}{slash}{prefix}{key}", call.conditions)


def _product_frames() -> Iterator[tuple[Path, str]]:
    """File (below the root) and function of our frames, innermost first, up to a test's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(_TESTS) and not name.startswith(_HERE):
            return
        if name.startswith(_PRODUCT):
            yield Path(name).relative_to(ROOT), frame.f_code.co_name
        frame = frame.f_back


_PRODUCT: Final = tuple(f"{ROOT / part}/" for part in ("functions", "gpu_jobs"))
_TESTS: Final = f"{ROOT / 'tests'}/"
_HERE: Final = f"{Path(__file__).parent}/"


def _role(stack: list[tuple[Path, str]]) -> str | None:
    """Raises UnknownEntrance."""
    if not stack:
        return None
    path, _ = stack[-1]
    if path.parts[0] == "gpu_jobs":
        return JOB_ROLE
    if path.parts[1] == "api":
        return _api_role
    if path.parts[2] in ("clients", "deps.py"):
        # Used by a test directly, as no function does.
        return None
    roles = [{**HANDLERS, **ENTRANCES}.get(name) for _, name in reversed(stack)]
    found = next((role for role in roles if role), None)
    if found is None:
        raise UnknownEntrance(f"add to ENTRANCES what leads to {path}: {[n for _, n in stack]}")
    return found
