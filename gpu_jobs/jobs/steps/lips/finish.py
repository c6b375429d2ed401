"""What is done to drawn frames before they are coded: size, ground, logo, subtitles, label.

A film of which nothing of the kind is asked has no `Look`: its frames are coded as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines.lipsync import Avatar
from gpu_jobs.engines.matting.engine import WEIGHTS
from gpu_jobs.engines.matting.film import FilmMatter
from gpu_jobs.engines.matting.foreground import foreground_colours
from gpu_jobs.engines.matting.segmenter import SelfieSegmenter
from gpu_jobs.jobs.job import JobContext
from gpu_jobs.jobs.steps.stills import Stills
from gpu_jobs.media.pictures.decoder import Picture, open_picture
from gpu_jobs.media.pictures.overlay import Overlay
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.media.subtitles.burner import NO_FACE, FaceSpan, SubtitleBurner, lettering
from gpu_jobs.media.subtitles.captions import to_cues
from gpu_jobs.scene.backdrop import Backdrop
from gpu_jobs.scene.framing import Framing, output_size
from gpu_jobs.scene.framing import frame as framed
from gpu_jobs.scene.label import place_label
from gpu_jobs.scene.logo import logo_overlay
from gpu_jobs.weights.store import WeightStore

Frame = NDArray[np.uint8]

JAW_DROP: Final = 0.1
"""Part of a face's height by which its chin sinks as the mouth opens widely."""
_EDGE: Final = 0.012
"""Of the frame's longer side: how far the old ground's colour is taken out of the edge."""
_UNSEEN: Final = 2.0
"""Per cent of the frames at either end in which the face may be elsewhere."""


@dataclass(frozen=True)
class Look:
    """What a task asks of its picture, its own pictures opened.

    `is_labelled`: whether the AI label is seen in it.
    """

    spec: DigitalHumanSpec
    weights: WeightStore
    threads: int
    stills: Stills
    logo: Picture | None = None
    ground: Picture | None = None
    is_labelled: bool = True

    @classmethod
    def of(
        cls, spec: DigitalHumanSpec, weights: WeightStore, threads: int, context: JobContext
    ) -> Look | None:
        """None where the picture is to be as the clip has it.

        Raises UnreadableImage, UnsupportedImage, ImageTooLarge, … for the logo and the background.
        """
        stills = Stills.of(spec, context.workdir)
        frame = (spec.resolution, spec.aspect, spec.fps, spec.logo)
        others = spec.burn_subtitles or spec.is_cut_out or stills.wanted
        if not others and all(one is None for one in frame):
            return None
        logo, ground = (
            None if name is None else open_picture(context.inputs.upload("image", name))
            for name in (spec.logo, spec.background_image)
        )
        return cls(spec, weights, threads, stills, logo, ground, context.label_is_shown)

    @property
    def is_of_the_whole(self) -> bool:
        """Whether the first frame cannot be finished before the last word is known."""
        return self.spec.burn_subtitles or self.stills.wanted

    def fps(self, avatar: Avatar) -> Fraction:
        """Of the coded frames."""
        return avatar.fps if self.spec.fps is None else Fraction(self.spec.fps)

    def finish(self, avatar: Avatar, words: Sequence[TimedText], seconds: float) -> Finish:
        """For the frames of a clip; `words` of the subtitles, `seconds` of the film."""
        return Finish(self, avatar, words, seconds)


class Finish:
    """Takes a film's drawn frames in their order, and gives those that are coded."""

    def __init__(
        self, look: Look, avatar: Avatar, words: Sequence[TimedText], seconds: float
    ) -> None:
        spec, source = look.spec, (avatar.width, avatar.height)
        self._spec, self._stills = spec, look.stills
        self.size = output_size(source, spec.resolution, spec.aspect)
        self.fps = look.fps(avatar)
        self._source_fps = avatar.fps
        self._framing = framed(
            source, self.size, spec.frame_fit, avatar.faces, float(avatar.fps), avatar.shots
        )
        self._face = _face_of(avatar, self._framing)
        self._on_top, corner = [], Rectangle(0, 0, 0, 0)
        if look.is_labelled:
            label = place_label(self.size, None, None)
            corner = Rectangle(label.x, label.y, label.pixels.shape[1], label.pixels.shape[0])
            self._on_top.append(Overlay(label.pixels, label.x, label.y, self.size))
        if look.logo is not None:
            place, size = spec.logo_position, spec.logo_size
            self._on_top.insert(0, logo_overlay(look.logo, place, size, self.size, corner))
        self._burner = self._subtitles(words, seconds)
        self._matter = self._backdrop = None
        if spec.is_cut_out:
            segmenter = SelfieSegmenter(look.weights.path(WEIGHTS), look.threads)
            self._matter = FilmMatter(segmenter, _whole_face(avatar))
            self._backdrop = Backdrop.of(
                self.size, look.ground, spec.background_color, spec.background_blur
            )
        self._next = 0
        look.stills.prepare(self.fps, round(seconds * self.fps))

    def encoding(self) -> dict[str, Any]:
        """What the encoder is told."""
        form = None if self._spec.container == "mp4" else self._spec.container
        return {
            "width": self.size[0],
            "height": self.size[1],
            "fps": self.fps,
            "transparent": form if self._spec.transparent else None,
        }

    def frames(
        self, drawn: Iterator[Frame], steps: range, base: NDArray[np.int64]
    ) -> Iterator[Frame]:
        """The frames to be coded for `steps` of the plan, whose clip's frames `base` numbers."""
        for step, picture in zip(steps, drawn, strict=False):
            times = self._times(step)
            if not times:
                continue
            plain = self._composed(picture, int(base[step]))
            for number in times:
                shown = plain if len(times) == 1 else plain.copy()
                yield self._with_overlays(shown, number)

    def _times(self, step: int) -> range:
        """The numbers of the coded frames that show a drawn one: those whose middle it is."""
        first = self._next
        while (self._next + Fraction(1, 2)) / self.fps < (step + 1) / self._source_fps:
            self._next += 1
        return range(first, self._next)

    def _composed(self, picture: Frame, index: int) -> Frame:
        """The picture in its size, before its ground; BGRA if that is nothing."""
        if self._matter is None or self._backdrop is None:
            shown = np.asarray(self._framing.applied(picture, index), np.uint8)
            return shown.copy() if shown is picture else shown
        alpha = self._matter(picture)
        clean = foreground_colours(picture, alpha, max(4, round(_EDGE * max(picture.shape))))
        person = np.asarray(self._framing.applied(clean, index), np.uint8)
        share = np.asarray(self._framing.applied(alpha, index), np.float32).clip(0, 1)
        if self._spec.transparent:
            return np.dstack([person, np.round(share * 255).astype(np.uint8)])
        return self._backdrop.joined(person, share, picture, alpha)

    def _with_overlays(self, frame: Frame, number: int) -> Frame:
        subtitle = self._burner.at(float((number + Fraction(1, 2)) / self.fps))
        shown = [] if subtitle is None else [subtitle]
        for overlay in [*shown, *self._on_top]:
            if frame.shape[2] == 4:
                overlay.draw_with_alpha(frame)
            else:
                overlay.draw(frame)
        self._stills.see(frame, number)
        return frame

    def _subtitles(self, words: Sequence[TimedText], seconds: float) -> SubtitleBurner:
        cues = to_cues(words, seconds) if self._spec.burn_subtitles else []
        chin = self._face.bottom + JAW_DROP * self._face.height
        face = FaceSpan(self._face.y, chin) if self._face.height else NO_FACE
        return SubtitleBurner(cues, *self.size, face, lettering(self._spec.subtitle_style))


def _face_of(avatar: Avatar, framing: Framing) -> Rectangle:
    """All of the picture in which the face is in (nearly) every frame, as it is shown."""
    placed = [
        framing.placed(Rectangle(*map(float, face)), index)
        for index, face in enumerate(avatar.faces)
    ]
    return _around(np.array([[one.x, one.y, one.right, one.bottom] for one in placed]))


def _whole_face(avatar: Avatar) -> Rectangle:
    x, y, width, height = avatar.faces.T
    return _around(np.stack([x, y, x + width, y + height], 1))


def _around(boxes: NDArray[np.floating[Any]]) -> Rectangle:
    left, top = np.percentile(boxes[:, :2], _UNSEEN, axis=0)
    right, bottom = np.percentile(boxes[:, 2:], 100 - _UNSEEN, axis=0)
    return Rectangle(float(left), float(top), float(right - left), float(bottom - top))
