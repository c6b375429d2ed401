"""The child process that plays S3, DynamoDB, SQS and CloudFormation, and its supervisor.

The child is `infra.local.store` (PyPI `ministack`, MIT, made durable). This process keeps the
socket that it serves on, so requests wait in the kernel while a child that died is replaced.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.local.data_dir import LOOPBACK, DataDir
from infra.local.processes import ChildProcess

log = logging.getLogger(__name__)

REGION = "us-east-1"
ACCOUNT = "000000000000"
_ROOT: Final = Path(__file__).resolve().parents[3]
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 4.0
_TICK_SECONDS: Final = 0.05
_PROBE_EVERY_SECONDS: Final = 1.0
# A busy machine may delay an answer for seconds.
_PROBE_SECONDS: Final = 5.0
_PROBES: Final = 2
_STARTS_IN_A_ROW: Final = 3


class MinistackFailed(Exception):
    """The child did not start; the message names its log."""


class Ministack:
    """Runs on a loopback port until `stop`, and is started again when it dies or hangs."""

    def __init__(self, data: DataDir, on_failure: Callable[[str], None] = log.error) -> None:
        """`on_failure` is told when it is given up."""
        identity = data.identity()
        self._data = data
        self._on_failure = on_failure
        self._port: int = identity["port"]
        self._log = data.logs / "cloud.log"
        self._listener: socket.socket | None = None
        self._child: ChildProcess | None = None
        self._available = threading.Event()
        self._stopping = threading.Event()
        # It starts every child: the kernel ends a child with the thread that started it.
        self._thread = threading.Thread(target=self._supervise, name="store", daemon=True)
        self.url = f"http://{LOOPBACK}:{self._port}"
        self.credentials = {
            "AWS_ACCESS_KEY_ID": str(identity["access_key"]),
            "AWS_SECRET_ACCESS_KEY": str(identity["secret_key"]),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def start(self) -> None:
        """Returns when it answers requests. Raises MinistackFailed."""
        self._listener = self._listen()
        self._thread.start()
        while not self._available.wait(_TICK_SECONDS):
            if not self._thread.is_alive():
                self._close()
                raise MinistackFailed(
                    f"The local cloud did not start on port {self._port}; see {self._log}."
                )

    @property
    def is_available(self) -> bool:
        """Whether requests are answered now, as far as is known."""
        return self._available.is_set()

    @property
    def pid(self) -> int:
        """Of the running child; `store.pid` in the data folder holds it too."""
        assert self._child is not None
        return self._child.pid

    def request_stop(self) -> None:
        """From now on it is not started again. One that hangs is ended, so that nobody waits."""
        self._stopping.set()
        if self._child is not None and not self._answers(timeout=1):
            self._child.kill()

    def stop(self) -> None:
        """End the child, and wait until it has."""
        self._stopping.set()
        if self._child is not None:
            self._child.stop(_STOP_SECONDS)
        if self._thread.is_alive():
            self._thread.join()
        self._close()

    # ---- the supervising thread ------------------------------------------------------------
    def _supervise(self) -> None:
        failures, was_up = 0, False
        while not self._stopping.is_set():
            self._child = self._spawn()
            started = self._wait_for_start(self._child)
            if started:
                self._tell_losses()
                self._available.set()
                self._watch(self._child)
            ended = self._child.stop(0 if self._stopping.is_set() else _STOP_SECONDS)
            self._available.clear()
            was_up = was_up or started
            if self._stopping.is_set() or not was_up:
                break
            log.error("the store ended (status %d); it is started again", ended)
            failures = 0 if started else failures + 1
            if failures == _STARTS_IN_A_ROW:
                self._on_failure(f"The store did not start {failures} times; see {self._log}.")
                break
        # Whoever still asks is refused at once instead of waiting.
        self._close()

    def _spawn(self) -> ChildProcess:
        assert self._listener is not None
        descriptor = self._listener.fileno()
        child = ChildProcess(
            [sys.executable, "-m", "infra.local.store", str(self._data.cloud), str(descriptor)],
            env=self._environment(),
            cwd=_ROOT,
            log=self._log,
            # Nobody may start on the folder while a child of ours writes to it.
            keep_open=[self._data.lock_descriptor, descriptor],
            # It has nothing to save, and SIGTERM does not end one that is stopped.
            orphan_signal=signal.SIGKILL,
        )
        with suppress(OSError):  # a full disk; it only helps whoever looks
            (self._data.root / "store.pid").write_text(f"{child.pid}\n")
        return child

    def _wait_for_start(self, child: ChildProcess) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers(timeout=1):
            gone = child.exit_code() is not None or time.monotonic() > deadline
            if gone or self._stopping.wait(_TICK_SECONDS):
                return False
        return True

    def _watch(self, child: ChildProcess) -> None:
        """Returns when the child has ended or hangs."""
        silent, probed = 0, time.monotonic()
        while child.exit_code() is None:
            time.sleep(_TICK_SECONDS)
            if self._stopping.is_set() or time.monotonic() < probed + _PROBE_EVERY_SECONDS:
                continue
            silent = 0 if self._answers(_PROBE_SECONDS) else silent + 1
            probed = time.monotonic()
            if silent == 0:
                self._available.set()
            elif silent < _PROBES:
                self._available.clear()
            elif not self._stopping.is_set():
                log.error("the store does not answer; it is ended")
                child.kill()

    def _answers(self, timeout: float) -> bool:
        try:
            self._get("/_ministack/health", timeout)
        except urllib.error.HTTPError:
            return True
        except (OSError, ValueError):
            return False
        return True

    def _tell_losses(self) -> None:
        for lost in json.loads(self._get("/_store/lost", _PROBE_SECONDS)):
            log.error("lost: %s", lost)

    def _get(self, path: str, timeout: float) -> bytes:
        # Our own http loopback address.
        with urllib.request.urlopen(f"{self.url}{path}", timeout=timeout) as answer:  # noqa: S310
            body: bytes = answer.read()
            return body

    # ---- the socket and the environment ----------------------------------------------------
    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, self._port))
        except OSError as error:
            listener.close()
            raise MinistackFailed(
                f"Port {self._port}, which the cloud of {self._data.root} keeps, is taken by "
                "another program; stop that one first."
            ) from error
        return listener

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()

    def _environment(self) -> dict[str, str]:
        temporary = self._data.cloud / "tmp"
        temporary.mkdir(exist_ok=True)
        inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return inherited | {
            **self.credentials,
            "HOME": str(self._data.cloud),
            "TMPDIR": str(temporary),
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            # Check signatures and presigned policies as S3 does.
            "AUTH": "true",
            # Otherwise it opens a TLS port of its own.
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }
