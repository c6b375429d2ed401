"""What a dead process leaves on the disk is removed by the next one; what a live one has is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dh_core.errors import WorkDiskFull
from gpu_jobs.media.processes.work_folder import private_folder, remove_own, remove_stale

HOLDS_A_FOLDER = """
import sys, time
from pathlib import Path
from dh_core.errors import WorkDiskFull
from gpu_jobs.media.processes.work_folder import private_folder
with private_folder(Path(sys.argv[1])) as folder:
    (folder / "voice.wav").write_bytes(b"private")
    (folder / "deep").mkdir()
    print(folder, flush=True)
    time.sleep(60)
"""

CHURNS = """
import sys, time
from pathlib import Path
from dh_core.errors import WorkDiskFull
from gpu_jobs.media.processes.work_folder import private_folder
end = time.monotonic() + 1.5
while time.monotonic() < end:
    with private_folder(Path(sys.argv[1])) as folder:
        (folder / "mine").write_text("x")
        time.sleep(0.001)
        assert (folder / "mine").read_text() == "x"
"""


def holder(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    argv = [sys.executable, "-c", HOLDS_A_FOLDER, str(parent)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_the_next_process_removes_what_killed_ones_left_and_leaves_the_living_alone(
    tmp_path: Path,
) -> None:
    dead, left = holder(tmp_path)
    living, kept = holder(tmp_path)
    try:
        dead.kill()
        dead.wait()
        assert (left / "voice.wav").exists()
        with private_folder(tmp_path) as mine:
            assert not left.exists()
            assert (kept / "voice.wav").exists()
            assert mine.stat().st_mode & 0o777 == 0o700
    finally:
        living.kill()
        living.wait()
    remove_stale(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_processes_that_open_and_leave_folders_at_once_never_take_a_live_one(
    tmp_path: Path,
) -> None:
    argv = [sys.executable, "-c", CHURNS, str(tmp_path)]
    processes = [subprocess.Popen(argv) for _ in range(4)]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_ends_at_once_takes_its_folders_along(tmp_path: Path) -> None:
    with private_folder(tmp_path / "a") as first, private_folder(tmp_path / "b") as second:
        (first / "file").touch()
        remove_own()
        assert not first.exists()
        assert not second.exists()


def test_a_folder_that_cannot_be_made_leaves_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        if not exist_ok:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(WorkDiskFull), private_folder(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_somebody_laid_there_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    work = tmp_path / "work"
    work.mkdir()
    (work / "dh-worker-x.lock").touch()
    (work / "dh-worker-x").symlink_to(elsewhere)
    (work / "dh-worker-y.lock").symlink_to(elsewhere / "file")
    remove_stale(work)
    assert (elsewhere / "file").exists()
