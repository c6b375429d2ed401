"""A media process dies with the job that started it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from dh_core.errors import InternalJobError
from gpu_jobs.media.processes import child_process, launcher
from gpu_jobs.media.processes.child_process import Child, ProcessLimits
from tests.support.process_table import is_alive, wait_until_dead

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]

STARTS_CHILDREN = f"""
import threading, time
from gpu_jobs.media.processes.child_process import Child
children = []
threads = [threading.Thread(target=lambda: children.append(Child({SLEEPER!r}))) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*(child._process.pid for child in children), flush=True)
time.sleep(60)
"""

WATCHES = """
import os, sys
from gpu_jobs.media.processes.launcher import watch
code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
argv = [sys.executable, "-c", code]
if os.fork() == 0:
    watch(argv, os.getppid(), 9)
    os._exit(0)
os.wait()
"""


@pytest.mark.parametrize("code", [STARTS_CHILDREN, WATCHES])
def test_no_media_process_outlives_a_killed_job_by_two_seconds(code: str) -> None:
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as job:
        assert job.stdout is not None
        children = [int(word) for word in job.stdout.readline().split()]
        assert all(is_alive(pid) for pid in children), children
        job.kill()
        assert wait_until_dead(children, 2) == set()


def test_a_media_process_outlives_the_thread_that_asked_for_it() -> None:
    made: list[Child] = []
    thread = threading.Thread(target=lambda: made.append(Child(SLEEPER)))
    thread.start()
    thread.join()
    with made[0] as child:
        assert wait_until_dead([child._process.pid], 0.5) != set()


def test_a_command_whose_parent_is_gone_already_never_starts() -> None:
    options = [str(os.getpid() + 1), str(int(signal.SIGKILL)), "", ""]
    argv = [sys.executable, launcher.__file__, *options, sys.executable, "-c", "print('ran')"]
    done = subprocess.run(argv, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("raise SystemExit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
    ],
)
def test_a_watched_command_ends_with_its_own_status(code: str, status: int) -> None:
    watching = "import sys, os; from gpu_jobs.media.processes.launcher import watch; "
    watching += "sys.exit(watch([sys.executable, '-c', sys.argv[1]], os.getppid(), 9))"
    done = subprocess.run([sys.executable, "-c", watching, code], check=False)
    assert done.returncode == status


@pytest.mark.parametrize(
    "argv",
    [["/no/such/ffmpeg", "-i", "film.mp4"], [sys.executable, "-c", "import no_such_decoder"]],
)
def test_a_program_that_is_not_installed_is_no_fault_of_the_file(argv: list[str]) -> None:
    with pytest.raises(InternalJobError):
        child_process.run(argv, ProcessLimits())
