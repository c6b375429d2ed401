"""Making a template: a person cut out, placed before a background under a title, gently moving."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from dh_core.settings import JobSettings
from dh_core.specs.scene import SceneParameters
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from gpu_jobs.engines.registry import PORTRAIT
from gpu_jobs.jobs.job import JobContext, JobOutput, MadeTemplate, OutputFile, Stage
from gpu_jobs.jobs.steps.film_facts import film_facts
from gpu_jobs.jobs.steps.template_scene import saved_background, saved_person
from gpu_jobs.media.pictures.decoder import Picture, open_picture, write_jpeg, write_png
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.scene import Person, Scene, build_scene
from gpu_jobs.scene.build import laid_over
from gpu_jobs.scene.camera import approached
from gpu_jobs.scene.cutting import PersonCutter
from gpu_jobs.weights.bucket import open_weights

Pixels = NDArray[np.uint8]

FPS: Final = Fraction(25)
_OTHER_FIELDS: Final = frozenset({"type", "template_id", "person_image", "background_image"})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be made, whether new or out of an earlier template. `parameters`: to be kept."""

    template_id: str
    person_image: str
    background_image: str
    parameters: dict[str, Any]
    person: Person
    background: Pixels
    warnings: tuple[str, ...]


class TemplateJob:
    """Implements `gpu_jobs.jobs.job.Job` for TemplateSpec and TemplateEditSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (
        Stage("person", 15),
        Stage("scene", 10),
        Stage("preview", 75),
    )

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        settings, weights = self._settings, open_weights(self._settings)
        self._cutter = PersonCutter(weights, settings.threads)
        self._portrait = PORTRAIT.load(settings.portrait_engine, weights, settings.threads)

    def run(self, spec: TemplateSpec | TemplateEditSpec, context: JobContext) -> JobOutput:
        """Raises NoFaceFound, FaceTooSmall, FaceIndexOutOfRange, PersonNotSeparable,
        UnreadableImage, UnsupportedImage, ImageTooLarge, ImageTooSmall, MediaLimitExceeded."""
        report = context.report.stage("person")
        wanted = self._wanted(spec, context)
        report(1.0)
        report = context.report.stage("scene")
        scene = build_scene(
            wanted.person, wanted.background, SceneParameters.model_validate(wanted.parameters)
        )
        report(1.0)
        preview, poster = context.workdir / "preview.mp4", context.workdir / "poster.png"
        self._film(scene, float(wanted.parameters["video_length"]), preview, context)
        write_png(poster, scene.still())
        return _output(wanted, scene, preview, poster, context)

    def _wanted(self, spec: TemplateSpec | TemplateEditSpec, context: JobContext) -> _Wanted:
        saved = context.inputs.template
        changes = spec.model_dump(mode="json", exclude=set(_OTHER_FIELDS), exclude_none=True)
        parameters = {**(saved.parameters if saved else _defaults()), **changes}
        parameters["title_text"] = parameters.get("title_text") or None
        if spec.person_image is not None:
            # Which of several faces is a matter of this photo, not of an earlier one.
            parameters["face_index"] = spec.face_index
        warnings: set[str] = set()

        photo = context.inputs.upload("image", spec.person_image)
        backdrop = context.inputs.upload("image", spec.background_image)
        if photo is not None:
            picture = self._cutter.upright(open_picture(photo))
            warnings.update(picture.warnings)
            person = self._cutter.cut(picture, parameters.get("face_index"))
        else:
            assert saved is not None
            person = saved_person(saved)
        if backdrop is not None:
            opened = open_picture(backdrop)
            warnings.update(opened.warnings)
            background = _opaque(opened)
        else:
            assert saved is not None
            background = saved_background(saved)
        parameters["face"] = [round(side, 2) for side in astuple(person.face)]
        return _Wanted(
            template_id=saved.template_id if saved else context.label.produce_id,
            person_image=spec.person_image or (saved.person_image if saved else ""),
            background_image=spec.background_image or (saved.background_image if saved else ""),
            parameters=parameters,
            person=person,
            background=background,
            warnings=tuple(sorted(warnings)),
        )

    def _film(self, scene: Scene, seconds: float, target: Path, context: JobContext) -> None:
        """The person waits before the backdrop while the camera comes a little closer."""
        report = context.report.stage("preview")
        width, height = scene.size
        total = math.ceil(seconds * FPS)
        frames = self._portrait.animate(scene.figure, scene.backdrop, seconds, FPS, report)
        with VideoEncoder(target, width=width, height=height, fps=FPS) as encoder:
            for number, frame in enumerate(frames):
                shown = approached(frame, number / max(1, total - 1))
                scene.write_on(shown)
                encoder.write(shown)


def _defaults() -> dict[str, Any]:
    return SceneParameters().model_dump(mode="json")


def _opaque(picture: Picture) -> Pixels:
    """A background that lets something through lies on white, as on paper."""
    if picture.alpha is None:
        return picture.bgr
    white = np.full_like(picture.bgr, 255)
    return laid_over(white, np.dstack([picture.bgr, picture.alpha]))


def _output(
    wanted: _Wanted, scene: Scene, preview: Path, poster: Path, context: JobContext
) -> JobOutput:
    person, background = context.workdir / "person.png", context.workdir / "background.jpg"
    write_png(person, wanted.person.pixels)
    write_jpeg(background, wanted.background)
    video = OutputFile(preview, "video/mp4", ".mp4", context.label)
    image = OutputFile(poster, "image/png", ".png", context.label)
    width, height = scene.size
    parameters = {**wanted.parameters, "width": width, "height": height}
    warnings = wanted.warnings + scene.warnings
    return JobOutput(
        files={"video": video, "poster": image},
        data={
            "template_id": wanted.template_id,
            "template_url": f"/download/template/{wanted.template_id}",
            **film_facts(preview),
            "title_lines": list(scene.title.lines) if scene.title else [],
            "warnings": list(warnings),
        },
        template=MadeTemplate(
            template_id=wanted.template_id,
            person_image=wanted.person_image,
            background_image=wanted.background_image,
            parameters=parameters,
            preview=video,
            poster=image,
            person=person,
            background=background,
            warnings=warnings,
        ),
    )
