from __future__ import annotations

import logging
import threading

from gpu_jobs.telemetry.log_context import TaskContext, TaskContextFilter, bind_task, current_task


def line(message: str = "hello") -> str:
    record = logging.LogRecord("n", logging.INFO, __file__, 1, message, None, None)
    TaskContextFilter().filter(record)
    return logging.Formatter("%(task_id)s/%(attempt)s %(message)s").format(record)


def test_lines_name_the_task_in_hand_and_between_two_none() -> None:
    assert line() == "-/0 hello"
    with bind_task("t1", 1):
        assert current_task() == TaskContext("t1", 1)
        assert line() == "t1/1 hello"
    with bind_task("t2", 3):
        assert line() == "t2/3 hello"
    assert current_task() is None


def test_the_threads_of_a_task_log_about_it_too() -> None:
    lines: list[str] = []
    with bind_task("t1", 1):
        thread = threading.Thread(target=lambda: lines.append(line()))
        thread.start()
        thread.join()
    assert lines == ["t1/1 hello"]
