"""Run a command within limits that dies with its parent: `launcher.py OPTIONS ARG...`.

OPTIONS is JSON: `parent` (process id), `signal` (what the command gets when the parent is gone)
and `limits` ([name of an RLIMIT, value] each). A script rather than a `preexec_fn`, which is unsafe
in a process that has threads; run with `-I -S`, which starts fastest.

On Linux the kernel sends the signal when the thread that spawned this process ends (`prctl(2)`,
PR_SET_PDEATHSIG); the setting survives `exec`, so nothing stays between parent and command.
Elsewhere this process stays, looks for its parent twice a second, and passes SIGTERM on.
"""

from __future__ import annotations

import json
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CANNOT_RUN = "cannot be run"
LOOK_SECONDS = 0.5


def main() -> None:
    options, argv = json.loads(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        # Python ignores them, and what is ignored stays so over `exec`.
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        _restrict(options["limits"])
        _die_with(options["parent"], options["signal"])
        os.execvp(argv[0], argv)  # noqa: S606 - an argument list without a shell is the purpose
    sys.exit(watch(argv, options["parent"], options["signal"]))


def _restrict(limits: list[tuple[str, int]]) -> None:
    import resource  # noqa: PLC0415 - not on every system

    for name, cap in limits:
        which = getattr(resource, name)
        soft, hard = resource.getrlimit(which)
        known = [value for value in (cap, soft, hard) if value != resource.RLIM_INFINITY]
        resource.setrlimit(which, (min(known), hard))


def _die_with(parent: int, number: int) -> None:
    import ctypes  # noqa: PLC0415 - Linux only needs it

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        # The parent ended before the request was in place, so no signal will ever come.
        sys.exit(1)


def watch(argv: list[str], parent: int, number: int) -> int:
    """Run the command and stay; returns its exit status, or dies of the signal that it died of."""
    import subprocess  # noqa: PLC0415 - slow to load, and not needed where the kernel helps

    command = subprocess.Popen(argv)  # noqa: S603 - an argument list, never a shell
    signal.signal(signal.SIGTERM, lambda *_: command.terminate())
    told = False
    while True:
        try:
            status = command.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            if os.getppid() != parent and not told:
                told = True
                command.send_signal(number)
            continue
        if status < 0:
            if -status != signal.SIGKILL:
                signal.signal(-status, signal.SIG_DFL)
            os.kill(os.getpid(), -status)
        return status


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.stderr.write(f"{sys.argv[2]} {CANNOT_RUN}: {error.strerror}\n")
        sys.exit(127)
