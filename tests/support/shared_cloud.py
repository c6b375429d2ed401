"""One embedded cloud for a whole test run, in a process of its own, with workers that stay warm.

Its users have owners of their own there. A job that finds its models loaded costs a tenth of one
that does not, and a process of its own leaves the tests' environment as it is.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pytest

from infra.local.cli import keys
from infra.local.server import ROOT, LocalCloud
from tests.support.shared_folder import one_at_a_time, shared_folder

WARM: Final = {
    "KEEP_ALIVE_SECONDS": "120",
    "WORKER_MAX_AGE_SECONDS": "3600",
    "JOB_CACHE_SIZE": "8",
}
"""Settings of a cloud whose workers keep what they have loaded."""
CORES_OF_A_JOB: Final = 2
JOBS_AT_ONCE: Final = 3


@dataclass(frozen=True)
class SharedCloud:
    """Where it is; closed to everybody without a key."""

    url: str
    data: str

    @property
    def data_dir(self) -> Path:
        return Path(self.data)

    def key(self, owner: str) -> str:
        """A new key of that owner."""
        with (
            contextlib.redirect_stdout(io.StringIO()) as printed,
            contextlib.redirect_stderr(io.StringIO()),
        ):
            assert keys.main(["create", "--data", self.data, "--owner", owner]) == 0
        return printed.getvalue().strip()


@contextmanager
def shared_cloud(factory: pytest.TempPathFactory) -> Iterator[SharedCloud]:
    """Whichever worker of the test run comes first starts it, and ends it when nobody uses it."""
    folder = shared_folder(factory, "shared-cloud")
    about, server = folder / "about.json", None
    with folder.with_suffix(".users").open("w") as users:
        with one_at_a_time(folder):
            if not about.exists():
                server = _start(folder, about)
            fcntl.flock(users, fcntl.LOCK_SH)
        yield SharedCloud(**json.loads(about.read_text()))
        fcntl.flock(users, fcntl.LOCK_UN)
        if server is not None:
            with one_at_a_time(folder):
                fcntl.flock(users, fcntl.LOCK_EX)
                about.unlink()
                server.communicate()


def _start(folder: Path, about: Path) -> subprocess.Popen[str]:
    """Returns when requests are accepted. It ends with its standard input, so never outlives us."""
    folder.mkdir(exist_ok=True)
    server = subprocess.Popen(
        [sys.executable, "-m", __name__, folder / "data"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line, "the shared cloud did not start"
    about.write_text(line)
    return server


def main() -> None:
    """Serve until standard input ends."""
    data = Path(sys.argv[1])
    with LocalCloud(
        data,
        vcpus=JOBS_AT_ONCE * CORES_OF_A_JOB,
        # What it would find is tested elsewhere; it costs more than all else while nothing is done.
        sweep_seconds=15.0,
        auth="token",
        extra_environment=WARM | {"WEBHOOK_ALLOW_LOOPBACK": "true"},
    ) as cloud:
        about = SharedCloud(cloud.url, str(data))
        sys.stdout.write(f"{json.dumps(asdict(about))}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
