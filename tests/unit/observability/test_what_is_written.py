"""What functions and jobs write while they work: metrics for alarms, lines for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import ffmpeg
import imageio_ffmpeg
import pytest

from dh_core.cloud import metrics
from tests.unit.observability.flows import PRIVATE
from tests.unit.observability.templates import (
    OWN,
    ROOT,
    alarm_series,
    alarms,
    dashboard_series,
)


@dataclass(frozen=True)
class Written:
    documents: list[dict[str, Any]]
    """The lines of metrics."""
    log: list[str]
    everything: str

    def series(self) -> Iterator[tuple[str, str, tuple[tuple[str, str], ...]]]:
        """(name, unit, dimensions) of every data point."""
        for document in self.documents:
            for directive in document["_aws"]["CloudWatchMetrics"]:
                for metric in directive["Metrics"]:
                    for names in directive["Dimensions"]:
                        pairs = tuple((name, document[name]) for name in names)
                        yield metric["Name"], metric["Unit"], pairs

    def lines(self, message: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.log) if line["message"].startswith(message)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    videos = tmp_path_factory.mktemp("videos")
    picture = ffmpeg.input("testsrc=s=128x96:d=1:r=10", f="lavfi")
    sound = ffmpeg.input("sine=d=1", f="lavfi")
    options = {"cmd": imageio_ffmpeg.get_ffmpeg_exe(), "quiet": True}
    ffmpeg.output(picture, sound, str(videos / "speaking.mp4")).run(**options)
    ffmpeg.output(picture, str(videos / "silent.mp4")).run(**options)
    (videos / "broken.mp4").write_text("this is no video, whatever its name says")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "POWERTOOLS_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.unit.observability.flows", videos],
        check=False,
        cwd=ROOT,
        env={
            **clean,
            "PYTHONPATH": ":".join(map(str, (ROOT, *ROOT.glob("layers/*/python")))),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return Written(
        [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"_aws"')],
        [line for line in ran.stderr.splitlines() if line],
        ran.stdout + ran.stderr,
    )


def test_every_metric_of_the_list_is_written_under_all_its_dimensions(written: Written) -> None:
    wanted = {(m.name, m.unit.value, names) for m in metrics.ALL for names in m.dimensions}
    found = {(n, u, tuple(name for name, _ in pairs)) for n, u, pairs in written.series()}
    assert found == wanted


def test_the_dashboard_and_the_alarms_name_only_what_is_written(written: Written) -> None:
    series = list(written.series())
    found = {(name, tuple(key for key, _ in pairs)) for name, _, pairs in series}
    values = {pair for _, _, pairs in series for pair in pairs}
    named = chain(dashboard_series(), *map(alarm_series, alarms().values()))
    for one in (series for series in named if series.namespace == OWN):
        assert (one.name, tuple(key for key, _ in one.dimensions)) in found, one
        assert {(key, value) for key, value in one.dimensions if value} <= values, one


def test_the_dashboard_shows_every_metric() -> None:
    shown = {series.name for series in dashboard_series() if series.namespace == OWN}
    assert shown == {metric.name for metric in metrics.ALL}


def test_a_task_can_be_followed_through_the_metrics_by_its_id(written: Written) -> None:
    (completed, *_) = [d for d in written.documents if "TasksCompleted" in d]
    mine = [d for d in written.documents if d.get("task_id") == completed["task_id"]]
    names = {name for d in mine for name in d}
    assert {"TasksAccepted", "WaitSeconds", "RunSeconds", "StageSeconds", "GpuSeconds"} <= names


def test_failures_are_told_apart_by_whose_fault_they_were(written: Written) -> None:
    failed = {d["error_code"]: d["fault"] for d in written.documents if "TasksFailed" in d}
    assert failed == {
        "no_audio_stream": "input",
        "input_missing": "input",
        "attempts_exhausted": "ours",
    }


def test_every_line_of_the_log_is_one_json_object(written: Written) -> None:
    assert all({"level", "timestamp", "message"} <= json.loads(line).keys() for line in written.log)


def test_lines_about_a_task_bear_its_id_and_the_request_or_the_attempt(written: Written) -> None:
    (submitted, *_) = [line for line in written.lines("task submitted") if "request_id" in line]
    assert submitted["task_id"]
    (failed, *_) = [line for line in written.lines("task failed") if "attempt" in line]
    assert (failed["task_id"] != "", failed["attempt"], failed["stage"]) == (True, 1, "probe")


def test_a_bug_is_logged_as_one_line_with_its_traceback_and_route(written: Written) -> None:
    (failed, *_) = [line for line in written.lines("request failed") if "route" in line]
    assert failed["route"].endswith("/tasks/voice/generate")
    assert "RuntimeError: a bug" in failed["exception"]


@pytest.mark.parametrize("private", PRIVATE)
def test_nothing_private_is_written(written: Written, private: str) -> None:
    escaped = json.dumps(private)[1:-1]
    assert private not in written.everything
    assert escaped not in written.everything
