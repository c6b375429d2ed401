"""The default engine: the person's own mouths, found in their clip, fitted to the speech.

No pretrained lip model: the clip teaches how this person's mouth looks and moves (Bregler et al.
1997, Video Rewrite). A clip without speech has no open mouths to lend; then the frame's own lips
are bent and the inside of the mouth is painted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from dh_core.errors import UnreadableMedia
from gpu_jobs.engines.lipsync import base_footage, speech_features, sync
from gpu_jobs.engines.lipsync.base_choice import choose_base
from gpu_jobs.engines.lipsync.base_footage import BaseFootage
from gpu_jobs.engines.lipsync.mouth_shapes import MouthModel
from gpu_jobs.engines.lipsync.part_lips import LipParting
from gpu_jobs.engines.lipsync.patch_store import Frame
from gpu_jobs.engines.lipsync.personal_mouth import PersonalMouth
from gpu_jobs.engines.lipsync.render import Mouth, MouthRenderer
from gpu_jobs.engines.lipsync.source_choice import (
    IntArray,
    SourcePick,
    choose_sources,
    with_crossfades,
)
from gpu_jobs.engines.lipsync.sync import Sync
from gpu_jobs.engines.lipsync.track import MAX_SECONDS, Track, track_clip
from gpu_jobs.engines.lipsync.track_archive import load_track, save_track
from gpu_jobs.engines.lipsync.trajectory import MouthTrajectory, plan
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.face_geometry import FloatArray, canonicalise, head_angles, smooth_in_time
from gpu_jobs.media.faces import FaceTracker
from gpu_jobs.media.probe import probe
from gpu_jobs.timeline import Speech

if TYPE_CHECKING:
    from gpu_jobs.weights import WeightStore

Report = Callable[[float], None]

MOST_STRETCH = 1.2
UNTOUCHED = 0.012
"""A mouth may be opened to MOST_STRETCH times its own opening plus UNTOUCHED eye distances."""
_BASE_SMOOTHING = (0.25, 0.5, 0.25)


@dataclass(frozen=True, slots=True)
class RetrievalAvatar:
    """A clip ready to speak. Owns files in its work directory: close it, or use it in `with`.

    `sound`: the clip's own, 16 kHz, where it holds speech. `sync`: how that goes with the mouth;
    `personal`: what it taught, if trusted. `footage`: which of its frames to show under speech.
    """

    track: Track
    model: MouthModel
    to_canonical: FloatArray
    sound: FloatArray | None
    sync: Sync
    personal: PersonalMouth | None
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
        """Close the files."""
        self.track.close()


class RetrievalEngine:
    """Lip-sync by retrieval from the clip itself; runs on the CPU."""

    def __init__(self, weights: WeightStore, threads: int = 1) -> None:
        self._weights = weights
        self._threads = threads

    def prepare(
        self, clip: Path, workdir: Path, report: Report, face_index: int | None = None
    ) -> RetrievalAvatar:
        """Take a probed clip apart and learn its mouth.

        Memory: one group of pictures, and 6 kB of landmarks a frame. `workdir` gets the
        normalised clip and its mouths, some 0.1 MB a frame. Raises NoFaceFound,
        FaceIndexOutOfRange, FaceTooSmall, MediaTooShort, and what decoding raises.
        """
        tracker = FaceTracker(self._weights, self._threads)
        track = track_clip(clip, workdir, tracker, self._threads, report, face_index)
        return _learn(track, _sound_of(clip))

    @property
    def avatar_version(self) -> str:
        """Raise it when tracking, or the archive's form, changes."""
        return "retrieval-2"

    def save(self, avatar: RetrievalAvatar, archive: Path) -> None:
        """Keep the track and the sound; what is learnt from them takes a second and stays fresh."""
        save_track(avatar.track, avatar.sound, archive)

    def restore(self, archive: Path, workdir: Path) -> RetrievalAvatar:
        """Raises AvatarBroken."""
        return _learn(*load_track(archive, workdir, self._threads))

    def render(self, avatar: RetrievalAvatar, speech: Speech, report: Report) -> Iterator[Frame]:
        """Frames of the person saying `speech`: ceil(duration * fps) of (H, W, 3) uint8 BGR.

        The clip plays forth and back where the person is calm (see base_choice).
        """
        track, model = avatar.track, avatar.model
        # In whole numbers: a float product just above one would add a frame.
        seconds = Fraction(len(speech.samples), speech.sample_rate)
        count = math.ceil(seconds * avatar.fps)
        wanted = plan(speech, count, float(avatar.fps), model, avatar.personal)
        base = choose_base(avatar.footage, count)
        meshes = smooth_in_time(track.meshes, _BASE_SMOOTHING)
        fade = track.fade()
        if not model.speaks:
            yield from _parted(avatar, wanted, base, meshes, fade, report)
            return
        picks = self._picks(avatar, wanted, base)
        openings = _within_reach(wanted.openings, picks, model)
        renderer = MouthRenderer(model)
        for step, index in enumerate(base):
            target = model.target(
                wanted.codes[step], float(openings[step]), float(wanted.widths[step])
            )
            bent = renderer.bend(
                meshes[index], model.codes[index], avatar.to_canonical[index], target
            )
            frame = track.frames[int(index)]
            mouths = _mouths(track, picks[step])
            frame = renderer.draw(frame, meshes[index], bent, mouths, float(fade[index]))
            yield frame
            report((step + 1) / count)

    @staticmethod
    def _picks(
        avatar: RetrievalAvatar, wanted: MouthTrajectory, base: IntArray
    ) -> list[SourcePick]:
        path = choose_sources(
            wanted,
            avatar.model,
            angles=head_angles(avatar.to_canonical),
            base=base,
            usable=avatar.track.usable,
        )
        return with_crossfades(path, avatar.model, wanted.openings, avatar.track.usable)


def _learn(track: Track, sound: FloatArray | None) -> RetrievalAvatar:
    """Fit the person's mouth to a track, and its movements to the clip's own 16 kHz sound."""
    pose = canonicalise(track.meshes)
    model = MouthModel.fit(pose.points, track.usable)
    own, personal, fps = Sync(), None, float(track.fps)
    footage = base_footage.measure(track.meshes, pose, track.fade(), track.changes, fps)
    if sound is not None and model.speaks:
        own = sync.measure(sound, model.openings, track.usable, fps)
        personal = PersonalMouth.learn(sound, model, track.usable, fps, own)
    return RetrievalAvatar(track, model, pose.to_canonical, sound, own, personal, footage)


def _within_reach(wanted: FloatArray, picks: list[SourcePick], model: MouthModel) -> FloatArray:
    """Openings (N,) that the picked mouths can show: stretched further, teeth become streaks."""
    lent = model.openings[[pick.index for pick in picks]]
    reach = MOST_STRETCH * np.maximum(lent, 0) + UNTOUCHED
    return np.minimum(wanted, reach).astype(np.float32)


def _parted(
    avatar: RetrievalAvatar,
    wanted: MouthTrajectory,
    base: IntArray,
    meshes: FloatArray,
    fade: FloatArray,
    report: Report,
) -> Iterator[Frame]:
    """The frames of a person who was never seen speaking, their own lips parted."""
    lips = LipParting(avatar.model)
    for step, index in enumerate(base):
        yield lips.draw(
            avatar.track.frames[int(index)],
            meshes[index],
            avatar.to_canonical[index],
            float(wanted.openings[step]),
            float(wanted.widths[step]),
            float(fade[index]),
        )
        report((step + 1) / len(base))


def _mouths(track: Track, pick: SourcePick) -> list[Mouth]:
    shares = {pick.index: pick.share}
    if pick.share < 1:
        shares[pick.previous] = shares.get(pick.previous, 0.0) + 1 - pick.share
    return [
        Mouth(track.patches[index], track.corners[index], track.meshes[index], share)
        for index, share in shares.items()
    ]


def _sound_of(clip: Path) -> FloatArray | None:
    """The clip's own sound at 16 kHz, or None: the picture alone is enough to go on."""
    if probe(clip).audio is None:
        return None
    try:
        return ffmpeg.read_audio(clip, speech_features.RATE, max_seconds=MAX_SECONDS)
    except UnreadableMedia:
        return None
