"""The process environment of functions and jobs in the embedded cloud; the only writer of it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Final

import boto3

# onnxruntime reports to its maker unless told otherwise.
_NO_TELEMETRY: Final = {"ORT_DISABLE_TELEMETRY": "1"}
# The matrices of a job are small: OpenBLAS's threads would spend ten times the work in waiting for
# one another. The images say the same.
_ONE_BLAS_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}


def without_aws(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without any AWS variable, and with the user's AWS files off.

    Nothing here may ever reach a real account.
    """
    source = os.environ if environ is None else environ
    kept = {name: value for name, value in source.items() if not name.startswith("AWS_")}
    return (
        kept
        | {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            # The endpoints are loopback; a proxy would take them elsewhere.
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        | _NO_TELEMETRY
        | _ONE_BLAS_THREAD
    )


def switch_telemetry_off() -> None:
    """For models that run in this very process, before onnxruntime is imported."""
    os.environ.update(_NO_TELEMETRY)


class AlreadyRunning(Exception):
    """This process plays an execution environment already."""


_one_per_process = threading.Lock()


@contextmanager
def process_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Run the block with exactly `variables`, then restore what was there.

    The functions read their settings and make their clients once per execution environment, so
    the block imports them afresh, and what was imported before is there again after it. Raises
    AlreadyRunning: two at a time would read each other's variables.
    """
    if not _one_per_process.acquire(blocking=False):
        raise AlreadyRunning(
            "Another cloud runs in this process; leave it first (in tests: a fixture of module "
            "scope), or start this one as `dh serve`."
        )
    before = dict(os.environ)
    _replace(variables)
    imported = _forget_functions()
    try:
        yield
    finally:
        _replace(before)
        _forget_functions()
        # Whoever imported some before and others after would hold two of each class.
        sys.modules.update(imported)
        _one_per_process.release()


def _replace(variables: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def _forget_functions() -> dict[str, ModuleType]:
    # boto3 keeps the credentials it found first for every client made without a session.
    boto3.DEFAULT_SESSION = None
    names = [name for name in sys.modules if name.split(".")[0] == "functions"]
    return {name: sys.modules.pop(name) for name in names}
