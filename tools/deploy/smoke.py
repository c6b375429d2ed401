"""The first video: a person who was uploaded says a sentence, on the API as clients see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from dh_client import Client
from dh_core.access.identity import USER_SCOPES
from dh_core.store import ApiKeyStore, Table
from gpu_jobs.weights.store import WeightStore
from tools.deploy.account import Account, Refused
from tools.deploy.parameters import ROOT

TEXT: Final = "大家好，很高兴认识你。"
VIDEO: Final = Path("first.mp4")
_DAY_SECONDS: Final = 86_400
_LONGEST_SECONDS: Final = 1800.0
"""Batch may look for a machine for minutes."""


def first_video(
    account: Account,
    outputs: Mapping[str, str],
    say: Callable[[str], None],
    sample: Path | None = None,
) -> Path:
    """Make it and bring it here. Raises Refused when the task fails."""
    key = _key(account, outputs["TableName"])
    person = sample or _sample_person()
    with Client(outputs["ApiUrl"], key=key) as client:
        filename = client.upload(person, "video")
        task_id = client.create("digital_human", {"speech_text": TEXT, "sample_video": filename})
        say(f"task {task_id}; its log lines: docs/operations.md, Logs")
        ended = client.wait(
            task_id,
            timeout=_LONGEST_SECONDS,
            on_status=lambda now: say(f"  {now.status} {now.stage or ''} {now.progress}%"),
        )
        if ended.status != "completed" or ended.result is None:
            raise Refused(
                f"the task {ended.status}: {ended.error_code} {ended.error_message or ''}; "
                "docs/deploy.md, When the video does not come"
            )
        return client.download(ended.result["video_url"], VIDEO)


def _sample_person() -> Path:
    from infra.local.cli.demo_sample import make_sample  # noqa: PLC0415 - loads the engines

    return make_sample(ROOT / "out" / "sample", WeightStore(ROOT / ".weights")).video


def _key(account: Account, table: str) -> str:
    """Of an owner of its own, for a day; it is shown to nobody."""
    client = account.session.resource("dynamodb", region_name=account.region).meta.client
    _, key = ApiKeyStore(Table(table, client)).create(
        "smoke", USER_SCOPES, valid_seconds=_DAY_SECONDS, label="smoke task of a deployment"
    )
    return key
