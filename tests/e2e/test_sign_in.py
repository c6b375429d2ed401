"""A server in `AUTH_MODE=token`: two owners, a mini-program's user and a stranger."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_client import ApiError, Client
from dh_core.cloud.media_store import MediaStore
from dh_core.store import AccountStore, Table
from infra.local.cli import keys
from infra.local.server import LocalCloud
from tests.e2e.clips import faceless_video
from tests.support.wechat_server import APP_ID, APP_SECRET, WechatServer


@pytest.fixture(scope="module")
def wechat() -> Iterator[WechatServer]:
    with WechatServer() as server:
        yield server


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, wechat: WechatServer) -> Iterator[LocalCloud]:
    environment = {
        "WECHAT_APP_ID": APP_ID,
        "WECHAT_APP_SECRET": APP_SECRET,
        "WECHAT_API_URL": wechat.url,
    }
    folder = tmp_path_factory.mktemp("cloud")
    with LocalCloud(
        folder, sweep_seconds=2.0, auth="token", extra_environment=environment
    ) as running:
        yield running


def refusal(client: Client, route: str) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        client.get(route)
    return refused.value.status, refused.value.code


def test_what_one_owner_made_is_not_there_for_another(
    cloud: LocalCloud, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ["--data", str(cloud.data_dir)]
    assert keys.main(["create", *where, "--owner", "shop-a"]) == 0
    key = capsys.readouterr().out.strip()
    with (
        Client(cloud.url, key, longest_pause=1.0) as mine,
        Client(cloud.url, _user(cloud.url), longest_pause=1.0) as others,
        Client(cloud.url, longest_pause=1.0) as stranger,
    ):
        video = mine.upload(faceless_video(tmp_path / "a.mp4", seconds=1.0, sound=True), "video")
        task_id = mine.create("extract_audio", {"video_file": video, "uuid": "sound-of-a"})
        ended = mine.wait(task_id, timeout=240.0)
        assert ended.status == "completed", ended
        assert ended.result is not None
        mine.download(ended.result["audio_url"], tmp_path / "a.wav")
        assert (tmp_path / "a.wav").read_bytes().startswith(b"RIFF")

        status, sound = f"/tasks/{task_id}/status", "/download/generated/audio/sound-of-a"
        for route in (status, sound):
            assert refusal(others, route) == (404, "task_not_found")
            assert refusal(stranger, route) == (401, "token_missing")
        assert others.get("/files/list")["total"] == 0
        assert others.get("/system/status")["total_tasks"] == 0

        assert keys.main(["revoke", *where, key.split("_")[1]]) == 0
        assert refusal(mine, status) == (401, "key_revoked")


def test_nothing_of_an_owner_is_left_in_table_and_bucket_when_the_account_is_deleted(
    cloud: LocalCloud,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Imported here: the functions of this cloud, which runs in this process.
    from functions.dispatch import account_deletion

    monkeypatch.setattr(account_deletion, "SETTLE_SECONDS", 1)
    owner = "shop-to-be-deleted"
    assert keys.main(["create", "--data", str(cloud.data_dir), "--owner", owner]) == 0
    with Client(cloud.url, capsys.readouterr().out.strip(), longest_pause=1.0) as mine:
        video = mine.upload(faceless_video(tmp_path / "b.mp4", seconds=1.0, sound=True), "video")
        task_id = mine.create("extract_audio", {"video_file": video})
        assert mine.wait(task_id, timeout=240.0).status == "completed"
        table, media = (
            Table(cloud.environment["TABLE_NAME"]),
            MediaStore(cloud.environment["BUCKET_NAME"]),
        )
        traces = (owner, task_id)
        assert len(left(table, media, traces)) > 4
        mine.post("/account/delete", {})
    accounts, deadline = AccountStore(table), time.monotonic() + 120
    while (deletion := accounts.deletion(owner)) is None or deletion.state != "deleted":
        assert time.monotonic() < deadline, deletion
        time.sleep(0.1)
    assert left(table, media, traces) == []


def left(table: Table, media: MediaStore, traces: tuple[str, ...]) -> list[str]:
    """Items and objects that bear a trace, but for the record of the deletion itself."""
    pages = table.client.get_paginator("scan").paginate(TableName=table.name)
    items = [str(i) for page in pages for i in page["Items"] if i["SK"] != "DELETION"]
    listed = media.client.get_paginator("list_objects_v2").paginate(Bucket=media.bucket)
    keys = [entry["Key"] for page in listed for entry in page.get("Contents", ())]
    return [text for text in (*items, *keys) if any(trace in text for trace in traces)]


def _user(url: str) -> str:
    """The access token of somebody who signed in by WeChat."""
    with Client(url, longest_pause=1.0) as client:
        return str(client.post("/auth/wechat", {"code": "code-of-ann"})["access_token"])
