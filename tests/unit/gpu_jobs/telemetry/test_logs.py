from __future__ import annotations

import json
import logging
import sys

from gpu_jobs.telemetry.log_context import TaskContextFilter, bind_task, entered
from gpu_jobs.telemetry.logs import JsonLines


def line(message: str, *arguments: object, error: Exception | None = None) -> dict[str, object]:
    """What the job's handler writes for one record."""
    try:
        if error is not None:
            raise error
        caught = None
    except Exception:
        caught = sys.exc_info()
    record = logging.LogRecord("jobs", logging.INFO, "jobs.py", 7, message, arguments, caught)
    TaskContextFilter().filter(record)
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_line_says_which_task_attempt_and_stage_it_is_about() -> None:
    with bind_task("task-1", 2):
        entered("speech")
        written = line("spoke %d words", 3)
    assert written["message"] == "spoke 3 words"
    assert (written["task_id"], written["attempt"], written["stage"]) == ("task-1", 2, "speech")


def test_between_two_tasks_a_line_names_none() -> None:
    with bind_task("task-1", 2):
        entered("speech")
    assert not {"task_id", "attempt", "stage"} & line("idle").keys()


def test_a_traceback_is_one_field_of_one_line() -> None:
    written = line("failed", error=ValueError("two\nlines"))
    assert written["exception_name"] == "ValueError"
    assert str(written["exception"]).endswith("ValueError: two\nlines")
