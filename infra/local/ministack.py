"""The child process that plays S3, DynamoDB, SQS and CloudFormation (PyPI `ministack`, MIT)."""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request

from infra.local.data_dir import LOOPBACK, DataDir, port_is_taken
from infra.local.processes import ChildProcess

REGION = "us-east-1"
ACCOUNT = "000000000000"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


class MinistackFailed(Exception):
    """The child did not start; the message names its log."""


class Ministack:
    """Runs on a loopback port; its state is saved in the data folder on SIGTERM."""

    def __init__(self, data: DataDir) -> None:
        identity = data.identity()
        self._data = data
        self._port: int = identity["port"]
        self._log = data.logs / "cloud.log"
        self._child: ChildProcess | None = None
        self.url = f"http://{LOOPBACK}:{self._port}"
        self.credentials = {
            "AWS_ACCESS_KEY_ID": str(identity["access_key"]),
            "AWS_SECRET_ACCESS_KEY": str(identity["secret_key"]),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def start(self) -> None:
        """Returns when it answers requests. Raises MinistackFailed."""
        self._check_port()
        self._child = ChildProcess(
            [sys.executable, "-m", "ministack"],
            env=self._environment(),
            cwd=self._data.cloud,
            log=self._log,
            # Nobody may start on the folder until the state is saved.
            keep_open=[self._data.lock_descriptor],
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._child.exit_code() is not None or time.monotonic() > deadline:
                self.stop()
                raise MinistackFailed(
                    f"The local cloud did not start on port {self._port}; see {self._log}."
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """Save the state and end the child."""
        if self._child is not None:
            self._child.stop(_STOP_SECONDS)
            self._child = None

    def _environment(self) -> dict[str, str]:
        folder = self._data.cloud
        temporary = folder / "tmp"
        temporary.mkdir(exist_ok=True)
        inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return inherited | {
            **self.credentials,
            "HOME": str(folder),
            "TMPDIR": str(temporary),
            "GATEWAY_PORT": str(self._port),
            # Its default is every interface.
            "BIND_HOST": LOOPBACK,
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            # Check signatures and presigned policies as S3 does.
            "AUTH": "true",
            # Otherwise it opens a TLS port of its own.
            "IOT_MTLS_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(folder / "s3"),
            "LOG_LEVEL": "WARNING",
        }

    def _check_port(self) -> None:
        if port_is_taken(self._port):
            raise MinistackFailed(
                f"Port {self._port}, which the cloud of {self._data.root} keeps, is taken by "
                "another program; stop that one first."
            )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(  # noqa: S310 — our own http loopback address
                f"{self.url}/_ministack/health", timeout=1
            ):
                return True
        except urllib.error.HTTPError:
            return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
