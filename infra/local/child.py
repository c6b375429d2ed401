"""Run a command that dies with its parent: `child.py PARENT_PID ARG...`.

A script rather than a `preexec_fn`, which is unsafe in a process that has threads. On Linux the
kernel sends SIGTERM to this process when the parent's spawning thread ends (`prctl(2)`,
PR_SET_PDEATHSIG); the setting survives `exec`. Elsewhere the command simply runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, argv = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            # The parent ended before the request was in place, so no signal will ever come.
            sys.exit(1)
    os.execv(argv[0], argv)  # noqa: S606 — an argument list without a shell is the purpose


if __name__ == "__main__":
    main()
