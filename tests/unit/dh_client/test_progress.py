"""What a person sees of a task on the way."""

from __future__ import annotations

import io

import pytest

from dh_client import TaskStatus
from dh_client.cli.progress import Stages


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_one_live_bar_per_stage():
    screen, clock = Terminal(), iter(range(100))
    with Stages(screen, lambda: next(clock)) as display:
        display.show("speech", 0.2)
        display.show("speech", 0.5)
        display.show("lips", 0.1)
    last = screen.getvalue().rpartition("speech")[2]
    assert "100 %" in last
    assert "lips" in last


def test_a_bar_never_goes_backwards():
    screen, clock = Terminal(), iter(range(100))
    with pytest.raises(RuntimeError), Stages(screen, lambda: next(clock)) as display:
        display.show("lips", 0.8)
        display.show("lips", 0.3)
        raise RuntimeError
    assert "30 %" not in screen.getvalue()
    assert "100 %" not in screen.getvalue()


def test_where_nobody_watches_each_stage_is_a_few_lines():
    screen, clock = io.StringIO(), iter(range(100))
    with Stages(screen, lambda: next(clock)) as stages:
        stages.task(TaskStatus("t", "pending", 0, queue_position=3))
        for progress in range(0, 60, 5):
            stages.task(TaskStatus("t", "processing", progress, "lips", "http://film.m3u8?signed"))
    assert screen.getvalue().splitlines() == [
        "task: waiting for a worker (place 3): 0 %",
        "task: waiting for a worker (place 3): done in 1.0 s",
        "lips: rendering: 0 %",
        "watch it being made: http://film.m3u8?signed",
        *(f"lips: rendering: {percent} %" for percent in (25, 50)),
        "lips: rendering: done in 1.0 s",
    ]
