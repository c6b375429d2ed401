from __future__ import annotations

from dh_core.settings import ApiSettings
from functions.api import deps


def test_wiring_connects_to_nothing_and_reads_the_environment_once(monkeypatch, aws):
    for name in ("TABLE_NAME", "BUCKET_NAME", "TASK_QUEUE_URL"):
        monkeypatch.setenv(name, "from-environment")
    deps.process_stores.cache_clear()
    built = deps.process_stores()
    monkeypatch.setenv("TABLE_NAME", "changed")
    assert deps.process_stores() is built
    assert built.settings.table_name == "from-environment"
    assert "client" not in vars(built.media)
    deps.process_stores.cache_clear()


def test_downloads_are_signed_for_the_public_origin(aws):
    settings = ApiSettings(
        table_name="t",
        bucket_name="b",
        task_queue_url="https://queue.example",
        media_public_url="https://media.example.com",
    )
    media = deps.build(settings).media
    url = media.presign_get("k", content_type="a/b", filename="x", expires_seconds=60)
    assert "media.example.com" in url
