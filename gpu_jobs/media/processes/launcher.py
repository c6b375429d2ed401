"""Run a command that dies with its parent: `launcher.py PARENT SIGNAL IGNORED LIMITS ARG...`.

PARENT is the parent's process id and SIGNAL what the command gets when that is gone. On Linux
IGNORED (numbers of signals that Python ignores, by commas) are set back to their defaults, and
LIMITS (`number=value` of setrlimit(2), by commas) are laid on the command; each may be empty.

On Linux the kernel sends the signal when the thread that spawned this process ends (`prctl(2)`,
PR_SET_PDEATHSIG); the setting survives `exec`, so nothing stays between parent and command.
Elsewhere this process stays, looks for its parent twice a second, and passes SIGTERM on.

A script rather than a `preexec_fn`, which is unsafe in a process that has threads. Every child
waits for it, so it is run with `-I -S` and imports little: `json` and `signal` would double its
time.
"""

from __future__ import annotations

import os
import sys

PR_SET_PDEATHSIG = 1
SIG_DFL = 0
CANNOT_RUN = "cannot be run"
LOOK_SECONDS = 0.5


def main() -> None:
    parent, number, ignored, limits = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    argv = sys.argv[5:]
    if sys.platform == "linux":
        _restrict(limits)
        _prepare(parent, number, [int(one) for one in ignored.split(",") if one])
        os.execvp(argv[0], argv)  # noqa: S606 - an argument list without a shell is the purpose
    sys.exit(watch(argv, parent, number))


def _restrict(limits: str) -> None:
    import resource  # noqa: PLC0415 - not on every system

    for limit in filter(None, limits.split(",")):
        which, cap = (int(number) for number in limit.split("="))
        soft, hard = resource.getrlimit(which)
        known = [value for value in (cap, soft, hard) if value != resource.RLIM_INFINITY]
        resource.setrlimit(which, (min(known), hard))


def _prepare(parent: int, number: int, ignored: list[int]) -> None:
    import ctypes  # noqa: PLC0415 - Linux only needs it

    libc = ctypes.CDLL(None)
    for one in ignored:
        # What is ignored stays so over `exec`.
        libc.signal(one, SIG_DFL)
    libc.prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        # The parent ended before the request was in place, so no signal will ever come.
        sys.exit(1)


def watch(argv: list[str], parent: int, number: int) -> int:
    """Run the command and stay; returns its exit status, or dies of the signal that it died of."""
    import signal  # noqa: PLC0415 - slow to load, and not needed where the kernel helps
    import subprocess  # noqa: PLC0415 - as above

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
        sys.stderr.write(f"{sys.argv[5]} {CANNOT_RUN}: {error.strerror}\n")
        sys.exit(127)
