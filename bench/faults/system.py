"""The system under test: `dh serve` behind a door for S3, brought up again whenever it is down."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import boto3
import httpx

from bench.faults.s3_proxy import S3Proxy
from infra.local.processes import ChildProcess

ROOT: Final = Path(__file__).resolve().parents[2]
WORK_DISK_BYTES: Final = 256 << 20
_LOOK_SECONDS: Final = 0.1
_STOP_SECONDS: Final = 30.0


class NeverCameUp(Exception):
    """The server did not answer in time."""


@dataclass
class System:
    """Context manager. `root` holds the data folder, the jobs' work folder and their TMPDIR."""

    root: Path
    vcpus: float
    keep_alive_seconds: int
    starts: int = field(default=0, init=False)
    """How often the server was started."""

    def __post_init__(self) -> None:
        self.data, self.work, self.tmp = (self.root / name for name in ("data", "work", "tmp"))
        for folder in (self.data, self.work, self.tmp):
            folder.mkdir(parents=True)
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.door = S3Proxy(lambda: int(self.identity()["port"]))
        self._server: ChildProcess | None = None
        self._wanted = threading.Event()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep_up, daemon=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={WORK_DISK_BYTES}", "tmpfs", str(self.work)]
        self.has_own_disk = subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def __enter__(self) -> Self:
        self.door.__enter__()
        self._wanted.set()
        self._keeper.start()
        self.await_answer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._over.set()
        self._keeper.join()
        self.door.__exit__()
        if self.has_own_disk:
            subprocess.run(["umount", str(self.work)], check=True)

    @property
    def pid(self) -> int | None:
        """The server's, while it runs."""
        server = self._server
        return None if server is None or server.exit_code() is not None else server.pid

    def await_answer(self, seconds: float = 120.0) -> float:
        """Wait until the API answers; returns how long that took. Raises NeverCameUp."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            try:
                # Not /health, which reads nothing: the store has to answer too.
                answer = httpx.get(f"{self.url}/api/system/status", timeout=5, trust_env=False)
                if answer.is_success:
                    return time.monotonic() - started
            except httpx.TransportError:
                pass
            time.sleep(_LOOK_SECONDS)
        raise NeverCameUp(f"no answer for {seconds:.0f} s; see {self.data}/logs")

    def stop(self) -> float:
        """End the server in order; returns how long that took."""
        self._wanted.clear()
        started = time.monotonic()
        if self._server is not None:
            self._server.stop(_STOP_SECONDS)
        return time.monotonic() - started

    def identity(self) -> dict[str, Any]:
        """Port and credentials of the store."""
        found: dict[str, Any] = json.loads((self.data / "identity.json").read_text())
        return found

    def client(self, service: str) -> Any:
        """A boto3 client of the store itself, beside the door."""
        identity = self.identity()
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{identity['port']}",
            aws_access_key_id=identity["access_key"],
            aws_secret_access_key=identity["secret_key"],
            region_name="us-east-1",
        )

    def _keep_up(self) -> None:
        # In a thread that lives as long as the campaign: the server ends with it.
        while not self._over.is_set():
            if self._wanted.is_set() and self.pid is None:
                self._server = self._start()
                self.starts += 1
            time.sleep(_LOOK_SECONDS)

    def _start(self) -> ChildProcess:
        module = [sys.executable, "-m", "bench.faults.serve", self.door.url]
        options = ["--port", str(self._port), "--data", str(self.data)]
        options += ["--vcpus", str(self.vcpus), "--sweep-seconds", "2"]
        environment = {
            **os.environ,
            "WORK_DIR": str(self.work),
            "TMPDIR": str(self.tmp),
            "KEEP_ALIVE_SECONDS": str(self.keep_alive_seconds),
        }
        log = self.root / "server.log"
        return ChildProcess([*module, *options], env=environment, cwd=ROOT, log=log)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
