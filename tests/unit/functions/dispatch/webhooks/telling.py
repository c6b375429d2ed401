"""Tasks with a callback, and what a receiver does with its calls."""

from __future__ import annotations

from standardwebhooks import Webhook

from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewTask

OWNER = "public"


def verify(secret, call, *, body=None, **changed):
    """By the specification's own library; raises what it raises."""
    headers = {name.lower(): value for name, value in call.headers.items()}
    return Webhook(secret).verify((body or call.body).decode(), headers | changed)


def create(deps, url, events=()):
    new = NewTask(
        owner=OWNER,
        spec=VoiceSpec(text="你好"),
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=3600,
        callback_url=url,
        callback_events=events,
    )
    return deps.tasks.create(new).task.task_id
