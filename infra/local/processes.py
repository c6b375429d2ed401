"""Child processes of the embedded cloud; the only module here that starts any.

Every child leads its own process group, so that Ctrl-C in the terminal reaches only the server,
which then stops the children in order; and it dies with the server (see the jobs' `launcher.py`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gpu_jobs.media.processes import launcher

_LAUNCHER = Path(launcher.__file__)


class ChildProcess:
    """One running command, its output appended to a log file."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        keep_open: Collection[int] = (),
        orphan_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start `argv` (`argv[0]` is an absolute path); `keep_open` are descriptors it inherits.

        `orphan_signal` is what it gets when this process ends, however that happens; by default it
        may put something in order.

        Call it from a thread that lives as long as the child should: the kernel takes the end of
        that thread for the end of the parent.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        options = (str(os.getpid()), str(int(orphan_signal)), "", "")
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 — an argument list, never a shell
                [sys.executable, "-I", "-S", str(_LAUNCHER), *options, *argv],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=tuple(keep_open),
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; then the status as a container reports it (128 + signal).

        What the command left running in its group is killed, as the end of a container would.
        """
        status = self._process.poll()
        if status is None:
            return None
        self._kill_group()
        return status if status >= 0 else 128 - status

    def terminate(self) -> None:
        """Ask the command itself, not its children, to end (SIGTERM)."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """End the whole group at once (SIGKILL)."""
        self._kill_group()

    def stop(self, grace_seconds: float) -> int:
        """Terminate, wait up to `grace_seconds`, kill. Returns the exit code."""
        self.terminate()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        code = self.exit_code()
        assert code is not None
        return code

    def _kill_group(self) -> None:
        # PermissionError is how macOS reports a group that holds only zombies.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
