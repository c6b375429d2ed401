"""Take each condition of each write away in turn, and say which test notices.

    .venv/bin/python -m tests.model.conditions

The tests are run once to see where each clause decides alone; only there can its absence show.
Then each clause is removed and those tests are run again, on tables in memory: moto would take
hours. Exit status 1 if one goes unnoticed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from collections.abc import Generator
from typing import Any

import pytest

from dh_core.cloud import clients as aws
from tests.model.cloud.dynamo import DynamoTables
from tests.model.conditions.removal import Clause, Recorder, without

TESTS = (
    "tests/model/conditions/test_each_condition.py",
    "tests/unit/dh_core/store",
    "tests/unit/functions/api/tasks/test_idempotency.py",
    "tests/unit/functions/api/owners/test_quotas.py",
    "tests/unit/functions/api/access/test_sign_in.py",
    "tests/model/test_model.py",
)
_TRIED_MOST = 4
_QUIET = ("-q", "-p", "no:cacheprovider")


class _Recording:
    """A plugin of pytest: tells the recorder which test runs, and which one failed."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._recorder.test = item.nodeid
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.model.conditions", description=__doc__)
    parser.add_argument("--only", default="", help="writes whose name holds this")
    arguments = parser.parse_args()
    recorder = Recorder()
    aws.dynamodb = DynamoTables
    with recorder():
        failed = _run(TESTS, recorder)
    if failed:
        # They show something in moto that a table in memory does not have.
        print(f"left out, because they fail as it is: {len(failed)} tests\n", flush=True)
    clauses = sorted(c for c in recorder.decided_in if arguments.only in c.write)
    print(f"{len(clauses)} clauses of conditions\n\n| Write | Clause | Noticed by |\n|---|---|---|")
    unnoticed = 0
    for clause in clauses:
        noticed = _noticed_by(
            clause, sorted(recorder.decided_in[clause] - {*failed}, key=_patience)
        )
        unnoticed += noticed is None
        print(f"| {clause.write} | `{clause.text}` | {noticed or '**nobody**'} |", flush=True)
    print(f"\n{len(clauses) - unnoticed} of {len(clauses)} noticed")
    return 1 if unnoticed else 0


def _noticed_by(clause: Clause, tests: list[str]) -> str | None:
    for test in tests[:_TRIED_MOST]:
        with without(clause):
            if _run([test], Recorder()):
                path, _, name = test.partition("::")
                return f"{path.rpartition('/')[2]}: {name.replace('_', ' ')}"
    return None


def _patience(test: str) -> tuple[bool, str]:
    """The model last: it notices most, but takes seconds."""
    return ("test_model.py" in test, test)


def _run(tests: Any, recorder: Recorder) -> list[str]:
    """Which of them fail."""
    plugin = _Recording(recorder)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main([*_QUIET, *tests], plugins=[plugin])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.exit(said.getvalue())
    return plugin.failed


if __name__ == "__main__":
    sys.exit(main())
