"""The lip-sync engine around MuseTalk 1.5: read ahead, generate in batches, paste, in order."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import torch

from dh_core.specs.fields import LengthFit
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.geometry import FloatArray, canonicalise, smooth_in_time
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync import WHOLE, FaceChoice, Report, Span, frames_of
from gpu_jobs.engines.lipsync.footage import base_footage
from gpu_jobs.engines.lipsync.footage.base_choice import choose_base, joined
from gpu_jobs.engines.lipsync.footage.base_footage import BaseFootage
from gpu_jobs.engines.lipsync.footage.track import Track, track_clip
from gpu_jobs.engines.lipsync.footage.track_archive import load_track, save_track
from gpu_jobs.engines.lipsync.musetalk.checkpoint import FOLDER, load_models
from gpu_jobs.engines.lipsync.musetalk.face_box import FaceBox, Frame
from gpu_jobs.engines.lipsync.musetalk.generator import FaceGenerator, Faces, PendingFaces
from gpu_jobs.engines.lipsync.musetalk.lip_plan import MuseTalkPlan
from gpu_jobs.engines.lipsync.musetalk.models import MuseTalkModels
from gpu_jobs.engines.lipsync.musetalk.paste import paste
from gpu_jobs.engines.lipsync.musetalk.reference_latents import ReferenceLatents
from gpu_jobs.engines.lipsync.musetalk.speech_windows import SpeechWindows
from gpu_jobs.media.pictures.colour import to_bgr

if TYPE_CHECKING:
    from gpu_jobs.weights.store import WeightStore

CUDA_BATCH, CPU_BATCH = 16, 4


@dataclass(frozen=True, slots=True)
class MuseTalkAvatar:
    """A clip ready to speak. Owns files in its work directory: close it, or use it in `with`.

    `meshes` (T, 468, 3) are smoothed over time, `fade` (T,) says how far a frame may be changed;
    where `boxes` has None, it is left alone. `footage`: which frames to show under speech.
    """

    track: Track
    meshes: FloatArray
    fade: FloatArray
    boxes: tuple[FaceBox | None, ...]
    latents: ReferenceLatents
    footage: BaseFootage

    @property
    def fps(self) -> Fraction:
        """Constant frame rate of the output."""
        return self.track.fps

    @property
    def width(self) -> int:
        """Pixels, even."""
        return self.track.width

    @property
    def height(self) -> int:
        """Pixels, even."""
        return self.track.height

    @property
    def warnings(self) -> tuple[str, ...]:
        """Codes for the client, about the clip."""
        return self.track.warnings

    @property
    def frame_count(self) -> int:
        """Of the clip."""
        return len(self.track)

    @property
    def faces(self) -> FloatArray:
        """x, y, width, height of the face in each of the clip's frames, in pixels; (T, 4)."""
        return self.track.faces()

    @property
    def shots(self) -> tuple[int, ...]:
        """The first frame of each shot of the clip, 0 the first of them."""
        return tuple(map(int, self.track.shots))

    def played(self, fit: LengthFit) -> Self:
        """The same, to be played so where a speech is longer than the clip."""
        return replace(self, footage=replace(self.footage, fit=fit))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files and free what the device holds of this clip."""
        self.track.close()
        self.latents.forget()

    def box(self, index: int) -> FaceBox | None:
        """Where the face of a base frame is replaced, or None."""
        return self.boxes[index] if self.fade[index] > 0 else None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Consecutive output frames: their numbers, the base frames under them and those' crops."""

    steps: range
    base: list[int]
    frames: list[Frame]  # planes
    crops: dict[int, Frame]


@dataclass(frozen=True, slots=True)
class _Generating:
    """A batch whose faces are on their way; `drawn` are the places in it that get one."""

    batch: _Batch
    drawn: list[int]
    faces: PendingFaces | None


class MuseTalkEngine:
    """Lip-sync with a pretrained network; on CUDA where there is one.

    `batch_size`: frames generated at a time.
    `compiled`: see FaceGenerator; pays from some thousand frames on.
    """

    def __init__(
        self,
        weights: WeightStore,
        threads: int = 1,
        *,
        batch_size: int | None = None,
        compiled: bool = False,
        device: str | None = None,
    ) -> None:
        self._weights = weights
        self._threads = threads
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        on_cuda = self._device.type == "cuda"
        self._batch_size = batch_size or (CUDA_BATCH if on_cuda else CPU_BATCH)
        self._compiled = compiled

    def setup(self) -> None:
        """Load the networks and the face models; raises WeightsMissing, WeightsBroken."""
        _ = self._networks
        _ = self._tracker

    @cached_property
    def _tracker(self) -> FaceTracker:
        return FaceTracker(self._weights, self._threads)

    def prepare(
        self,
        clip: Path,
        workdir: Path,
        report: Report,
        face: FaceChoice = None,
        span: Span = WHOLE,
    ) -> MuseTalkAvatar:
        """Find the face in every frame of a probed clip.

        Raises WeightsMissing, WeightsBroken, NoFaceFound, FaceIndexOutOfRange, FaceTooSmall,
        MediaTooShort, and what decoding raises.
        """
        _, generator = self._networks
        track = track_clip(clip, workdir, self._tracker, self._threads, report, face, span)
        return _avatar(track, generator)

    @property
    def avatar_version(self) -> str:
        """Raise it when tracking, or the archive's form, changes."""
        return "musetalk-7"

    def save(self, avatar: MuseTalkAvatar, archive: Path) -> None:
        """Keep the track; latents belong to one set of weights and are not kept."""
        save_track(avatar.track, None, archive)

    def restore(self, archive: Path, workdir: Path) -> MuseTalkAvatar:
        """Raises AvatarBroken, WeightsMissing, WeightsBroken."""
        _, generator = self._networks
        track, _ = load_track(archive, workdir, self._threads)
        return _avatar(track, generator)

    def plan(
        self,
        avatar: MuseTalkAvatar,
        speech: Speech,
        before: MuseTalkPlan | None = None,
        *,
        whole: bool = True,
    ) -> MuseTalkPlan:
        """The clip plays forth and back where the person is calm (see base_choice)."""
        known = before or MuseTalkPlan.empty()
        count = frames_of(speech, avatar.fps, whole)
        base = choose_base(avatar.footage, count, known.base, ends=whole)
        return known.followed_by(base, speech)

    def save_plan(self, plan: MuseTalkPlan, path: Path) -> None:
        """Write it as a .npz."""
        plan.save(path)

    def load_plan(self, path: Path) -> MuseTalkPlan:
        """Raises PlanBroken."""
        return MuseTalkPlan.load(path)

    def draw(
        self, avatar: MuseTalkAvatar, plan: MuseTalkPlan, frames: range, report: Report
    ) -> Generator[Frame, None, None]:
        """The planned frames of a range, as planes (see `colour`).

        While one batch is on the device, the next is being read and the one before pasted: three
        batches of frames are in memory.
        """
        models, _ = self._networks
        windows = SpeechWindows(plan.samples, avatar.fps, whisper=models.whisper, mel=models.mel)
        with (
            ThreadPoolExecutor(1, "read") as reader,
            ThreadPoolExecutor(self._threads, "paste") as painters,
        ):
            before: _Generating | None = None
            for batch in self._read_ahead(avatar, plan.base.tolist(), frames, reader):
                current = self._start(avatar, batch, windows)
                if before is not None:
                    yield from _finished(avatar, before, painters, frames, report)
                before = current
            if before is not None:
                yield from _finished(avatar, before, painters, frames, report)

    def render(self, avatar: MuseTalkAvatar, speech: Speech, report: Report) -> Iterator[Frame]:
        """Frames of the person saying `speech`: ceil(duration * fps) of (H, W, 3) uint8 BGR."""
        planned = self.plan(avatar, speech)
        return map(to_bgr, self.draw(avatar, planned, range(len(planned)), report))

    @cached_property
    def _networks(self) -> tuple[MuseTalkModels, FaceGenerator]:
        if self._device.type == "cpu":
            torch.set_num_threads(self._threads)
        models = load_models(self._weights.operator_folder(FOLDER))
        generator = FaceGenerator(
            models.unet,
            models.vae,
            device=self._device,
            batch_size=self._batch_size,
            compiled=self._compiled,
        )
        models.whisper.to(self._device, generator.dtype).requires_grad_(False)
        return models, generator

    def _read_ahead(
        self, avatar: MuseTalkAvatar, base: list[int], frames: range, reader: ThreadPoolExecutor
    ) -> Iterator[_Batch]:
        """The batches in order, each read while the one before it is in use."""
        starts = range(frames.start, frames.stop, self._batch_size)
        spans = [range(first, min(first + self._batch_size, frames.stop)) for first in starts]
        ahead: Future[_Batch] | None = None
        for number, span in enumerate(spans):
            batch = ahead.result() if ahead else _read(avatar, base, span)
            if number + 1 < len(spans):
                ahead = reader.submit(_read, avatar, base, spans[number + 1])
            yield batch

    def _start(self, avatar: MuseTalkAvatar, batch: _Batch, windows: SpeechWindows) -> _Generating:
        """Queue a batch on the device; frames without a usable face stay out of it."""
        _, generator = self._networks
        drawn = [place for place, index in enumerate(batch.base) if avatar.box(index) is not None]
        if not drawn:
            return _Generating(batch, drawn, None)
        latents = avatar.latents([batch.base[place] for place in drawn], batch.crops)
        heard = windows[batch.steps]
        if len(drawn) < len(batch.base):  # picking rows would wait for the device
            heard = heard[drawn]
        return _Generating(batch, drawn, generator.generate(latents, heard))


def _read(avatar: MuseTalkAvatar, base: list[int], span: range) -> _Batch:
    """Decode the base frames of a batch and crop the faces that were never encoded."""
    indices = base[span.start : span.stop]
    frames = list(joined(avatar.track.frames.planes, avatar.frame_count, avatar.fps, base, span))
    crops: dict[int, Frame] = {}
    for index, frame in zip(indices, frames, strict=True):
        box = avatar.box(index)
        if box is not None and index not in avatar.latents and index not in crops:
            crops[index] = box.crop(to_bgr(frame))
    return _Batch(span, indices, frames, crops)


def _finished(
    avatar: MuseTalkAvatar,
    generating: _Generating,
    painters: ThreadPoolExecutor,
    frames: range,
    report: Report,
) -> Iterator[Frame]:
    """The frames of a batch with their faces pasted, in order."""
    batch = generating.batch
    faces: Faces | list[Frame] = generating.faces.wait() if generating.faces else []
    by_place = dict(zip(generating.drawn, faces, strict=True))

    def draw(place: int) -> Frame:
        index, frame = batch.base[place], batch.frames[place]
        box = avatar.box(index)
        if box is None:
            return frame
        weight = float(avatar.fade[index])
        return paste(frame, by_place[place], avatar.meshes[index], box, weight)

    for step, frame in zip(batch.steps, painters.map(draw, range(len(batch.base))), strict=True):
        yield frame
        report((step + 1 - frames.start) / len(frames))


def _avatar(track: Track, generator: FaceGenerator) -> MuseTalkAvatar:
    meshes = smooth_in_time(track.meshes, starts=track.shots)
    shape = (track.height, track.width)
    boxes = tuple(FaceBox.around(mesh, shape) for mesh in meshes)
    fade, pose = track.fade(), canonicalise(track.meshes, track.shots)
    footage = base_footage.measure(
        track.meshes, pose, fade, track.changes, track.blinks(), float(track.fps), track.shots
    )
    return MuseTalkAvatar(track, meshes, fade, boxes, ReferenceLatents(generator), footage)
