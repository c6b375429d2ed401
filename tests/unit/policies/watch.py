"""Judges every call of AWS that our code makes while a test runs, by the role it would have there.

Whose code makes a call shows on the stack: the tests' own calls, which prepare and look, are
nobody's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from botocore.client import BaseClient
from botocore.signers import S3PostPresigner

from tests.unit.policies.calls import BUCKET, WEIGHTS_BUCKET, Call, calls
from tests.unit.policies.roles import JOB_ROLE, ROOT, refusal

_ENTRANCES: Final = {
    "account_deletion": "TasksFunction",
    "batch_events": "BatchEventsFunction",
    "fan_out": "TasksFunction",
    "objects": "ObjectsFunction",
    "submit": "TasksFunction",
    "sweep": "SweepFunction",
    "webhooks": "DeliveriesFunction",
}
"""The function that enters the dispatcher through a module, where a test calls it directly."""
_api_role = "ApiFunction"
_HANDLERS: Final = {
    "on_batch_event": "BatchEventsFunction",
    "on_deliveries": "DeliveriesFunction",
    "on_objects": "ObjectsFunction",
    "on_sweep": "SweepFunction",
    "on_tasks": "TasksFunction",
}


@contextmanager
def refusals() -> Iterator[set[str]]:
    """What was refused while the block ran."""
    found: set[str] = set()
    emit, presign = BaseClient._emit_api_params, S3PostPresigner.generate_presigned_post

    def judged(self: BaseClient, api_params: Any, operation_model: Any, context: Any) -> Any:
        service = operation_model.service_model.service_name
        found.update(judge(service, operation_model.name, api_params))
        return emit(self, api_params, operation_model, context)

    def judged_post(self: S3PostPresigner, *arguments: Any, **named: Any) -> Any:
        conditions = {
            k: v for c in named["conditions"] if isinstance(c, dict) for k, v in c.items()
        }
        found.update(judge("s3", "PostObject", {"Key": conditions["key"]}))
        return presign(self, *arguments, **named)

    BaseClient._emit_api_params, S3PostPresigner.generate_presigned_post = judged, judged_post
    try:
        yield found
    finally:
        BaseClient._emit_api_params, S3PostPresigner.generate_presigned_post = emit, presign


@contextmanager
def api_is(function: str) -> Iterator[None]:
    """Judge the API's calls in the block by the role of this function, which has its handler."""
    global _api_role  # noqa: PLW0603 - requests are served in threads, which share nothing else
    before, _api_role = _api_role, function
    try:
        yield
    finally:
        _api_role = before


def judge(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    """The refusals that one call meets, if it is made by our code."""
    stack = list(_product_frames())
    role = _role(stack)
    if role is None:
        return
    weights = any(path.match("gpu_jobs/weights/bucket.py") for path, _ in stack)
    for call in calls(service, operation, parameters):
        reason = refusal(role, _of_weights(call) if weights else call)
        if reason is not None:
            yield f"{reason}, from {stack[0][0]}"


def _of_weights(call: Call) -> Call:
    """Tests keep the model files in the one bucket that they have."""
    key = call.resource.removeprefix(BUCKET)
    prefix = "/weights" if key else ""
    return Call(call.action, f"{WEIGHTS_BUCKET}{prefix}{key}", {"s3:prefix": "weights/x"})


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
    if not stack:
        return None
    path, _ = stack[-1]
    if path.parts[0] == "gpu_jobs":
        return JOB_ROLE
    if path.parts[1] == "api":
        return _api_role
    return next(
        (_HANDLERS[name] for _, name in reversed(stack) if name in _HANDLERS),
        _ENTRANCES.get(path.stem),
    )
