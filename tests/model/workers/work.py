"""What jobs and helpers do, whose end a rule decides: a few steps, and small files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from unittest.mock import patch

from dh_core.errors import NoFaceFound, TransientError
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from dh_core.specs.task_types.voice_profile import VoiceProfileSpec
from gpu_jobs.fanout import coordinator as fan_out
from gpu_jobs.fanout import helper as assist
from gpu_jobs.fanout import segment_lease
from gpu_jobs.fanout.helper import Assistant
from gpu_jobs.fanout.segment_lease import SegmentLease
from gpu_jobs.jobs.job import (
    JobContext,
    JobOutput,
    LearntVoice,
    MadeTemplate,
    OutputFile,
    Stage,
    StageReport,
)
from gpu_jobs.runtime import runner as runner_module
from gpu_jobs.runtime.heartbeat import Heartbeat
from tests.model.workers.processes import Process

if TYPE_CHECKING:
    from tests.model.world import World

_SEGMENTS = 3


class Ending(StrEnum):
    """How the work of a job ends, if nothing comes between."""

    GOOD = "good"
    BAD_INPUT = "bad input"
    PASSING_FAULT = "passing fault"
    BUG = "bug"


ERRORS: dict[Ending, type[Exception]] = {
    Ending.BAD_INPUT: NoFaceFound,
    Ending.PASSING_FAULT: TransientError,
    Ending.BUG: ZeroDivisionError,
}


class _Once:
    """Stands for the event that a beating thread waits for: it lets one beat through."""

    def __init__(self) -> None:
        self._waits = iter((False, True))

    def wait(self, _: float) -> bool:
        return next(self._waits)


class SteppedHeartbeat(Heartbeat):
    """Beats when the work says so, not when a thread wakes up: a beat is a step like any other."""

    now: ClassVar[dict[Process | None, SteppedHeartbeat]] = {}
    world: ClassVar[World]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, clock=lambda: self.world.clock.now)

    def __enter__(self) -> Self:
        self.now[self.world.scheduler.current] = self
        return self

    def __exit__(self, *_: object) -> None:
        self.now.pop(self.world.scheduler.current, None)

    def beat(self) -> None:
        self._done = _Once()  # type: ignore[assignment]  # all that the loop asks of an event
        self._beat()


class SteppedLease(SegmentLease):
    """As the heartbeat: renewed once, when a segment is taken."""

    def hold(self, number: int | None) -> None:
        super().hold(number)
        if number is not None:
            self._done = _Once()  # type: ignore[assignment]  # as above
            self._beat()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is no thread."""


@contextmanager
def stepped_beats(world: World) -> Iterator[None]:
    """In this block hearts beat in steps."""
    SteppedHeartbeat.world = world
    SteppedHeartbeat.now.clear()
    with (
        patch.object(runner_module, "Heartbeat", SteppedHeartbeat),
        patch.object(segment_lease, "_RENEWED_AT", 0.0),
        patch.object(fan_out, "SegmentLease", SteppedLease),
        patch.object(assist, "SegmentLease", SteppedLease),
    ):
        yield


class Work:
    """The job of any spec: two beats, and small files of the right kinds."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("work", 1),)

    def __init__(self, world: World, ending: Ending) -> None:
        self._world = world
        self._ending = ending

    def setup(self) -> None:
        """Nothing to load."""

    def run(self, spec: Any, context: JobContext) -> JobOutput:
        report = context.report.stage("work")
        self._beat()
        report(0.5)
        if self._ending is not Ending.GOOD:
            raise ERRORS[self._ending]
        if isinstance(spec, DigitalHumanSpec):
            self._share(context, report)
        output = _made_for(spec, context)
        self._beat()
        report(1.0)
        return output

    def _share(self, context: JobContext, report: StageReport) -> None:
        material = context.workdir / "plan.json"
        material.write_text("plan")
        targets = [context.workdir / f"segment-{number}.mp4" for number in range(_SEGMENTS)]

        def make(number: int, target: Path, within: StageReport) -> None:
            target.write_text("made")
            within(1.0)

        assert context.helpers is not None
        context.helpers.share([material], targets, make, report)

    def _beat(self) -> None:
        SteppedHeartbeat.now[self._world.scheduler.current].beat()


def _made_for(spec: Any, context: JobContext) -> JobOutput:
    def file(name: str, content_type: str) -> OutputFile:
        path = context.workdir / name
        path.write_text("made")
        return OutputFile(path, content_type, path.suffix, label=None)

    if isinstance(spec, VoiceProfileSpec):
        profile = file("profile.bin", "application/octet-stream").path
        voice = LearntVoice(spec.name, "model-1", profile, file("sample.mp3", "audio/mpeg"))
        return JobOutput(files={}, voice=voice)
    if isinstance(spec, TemplateSpec | TemplateEditSpec):
        template = _template(spec, context.label.produce_id, file)
        return JobOutput({"video": template.preview, "poster": template.poster}, template=template)
    if spec.makes_video:
        return JobOutput({"video": file("video.mp4", "video/mp4")}, {"duration": 4.0})
    return JobOutput({"audio": file("audio.wav", "audio/wav")}, {"duration": 2.0})


def _template(spec: TemplateSpec | TemplateEditSpec, task_id: str, file: Any) -> MadeTemplate:
    is_edit = isinstance(spec, TemplateEditSpec)
    return MadeTemplate(
        template_id=spec.template_id if is_edit else task_id,
        person_image="person.png",
        background_image="background.png",
        parameters={"title_text": spec.title_text},
        preview=file("preview.mp4", "video/mp4"),
        poster=file("poster.jpg", "image/jpeg"),
        person=file("person.png", "image/png").path,
        background=file("background.jpg", "image/jpeg").path,
    )


class Helper(Assistant):
    """Takes and finishes segments; what it makes needs no engine."""

    def _work(self, shift: Any) -> None:
        if not self.segments.has_free(shift.claim):
            return
        while (number := self._take(shift)) is not None:
            shift.lease.hold(number)
            target = shift.folder / f"{number}.mp4"
            target.write_text("made")
            shift.shared.put(number, shift.worker, target)
            self.segments.finish(shift.claim, number, shift.worker)
