from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
BUSY = """
import hashlib, os
from gpu_jobs.runtime.signals import call_on_sigterm
call_on_sigterm(lambda: os._exit(7))
print("ready", flush=True)
hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""


def test_sigterm_is_heard_in_the_middle_of_a_long_native_call() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as busy:
        try:
            assert busy.stdout is not None
            assert busy.stdout.readline() == "ready\n"
            busy.send_signal(signal.SIGTERM)
            assert busy.wait(30) == 7
        finally:
            busy.kill()
