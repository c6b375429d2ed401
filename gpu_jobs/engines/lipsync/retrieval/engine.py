"""The default engine: the person's own mouths, found in their clip, fitted to the speech.

No pretrained lip model: the clip teaches how this person's mouth looks and moves (Bregler et al.
1997, Video Rewrite). A clip without speech has no open source mouths; then the frame's own lips
are bent and the inside of the mouth is painted.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.geometry import FloatArray, head_angles
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync import WHOLE, FaceChoice, Span, frames_of
from gpu_jobs.engines.lipsync.footage.base_choice import choose_base
from gpu_jobs.engines.lipsync.footage.patch_store import Frame
from gpu_jobs.engines.lipsync.footage.sync import sound_of
from gpu_jobs.engines.lipsync.footage.track import track_clip
from gpu_jobs.engines.lipsync.footage.track_archive import load_track, save_track
from gpu_jobs.engines.lipsync.retrieval import plan as retrieval_plan
from gpu_jobs.engines.lipsync.retrieval import trajectory
from gpu_jobs.engines.lipsync.retrieval.avatar import RetrievalAvatar
from gpu_jobs.engines.lipsync.retrieval.frames import PlannedFrames
from gpu_jobs.engines.lipsync.retrieval.plan import RetrievalPlan
from gpu_jobs.engines.lipsync.retrieval.source_choice import (
    IntArray,
    SourcePick,
    choose_sources,
    in_their_shape,
    with_crossfades,
)
from gpu_jobs.engines.lipsync.retrieval.trajectory import MouthTrajectory
from gpu_jobs.engines.mouth.shapes import MouthModel
from gpu_jobs.engines.visemes import network as viseme_network
from gpu_jobs.media.pictures.colour import to_bgr
from gpu_jobs.media.video.ahead import ahead

if TYPE_CHECKING:
    from gpu_jobs.weights.store import WeightStore

Report = Callable[[float], None]

_SHAPE_IF_HEARD = 0.5
"""Of the picked mouth's own shape where a recording says the rest: half is what it was heard as."""
MOST_STRETCH = 1.2
UNTOUCHED = 0.02
"""A mouth may be opened to MOST_STRETCH times its own opening plus UNTOUCHED eye distances."""


class RetrievalEngine:
    """Lip-sync by retrieval from the clip itself; runs on the CPU."""

    def __init__(self, weights: WeightStore, threads: int = 1) -> None:
        self._weights = weights
        self._threads = threads

    def setup(self) -> None:
        """Load the face models and the viseme network; raises WeightsMissing."""
        _ = self._tracker
        viseme_network.load()

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
    ) -> RetrievalAvatar:
        """Take a probed clip apart and learn its mouth.

        Memory: one group of pictures, and 6 kB of landmarks a frame. `workdir` gets the
        normalised clip and its mouths, some 0.1 MB a frame. Raises NoFaceFound,
        FaceIndexOutOfRange, FaceTooSmall, MediaTooShort, and what decoding raises.
        """
        track = track_clip(clip, workdir, self._tracker, self._threads, report, face, span)
        return RetrievalAvatar(track, sound_of(clip, span))

    @property
    def avatar_version(self) -> str:
        """Raise it when tracking, or the archive's form, changes."""
        return "retrieval-7"

    def save(self, avatar: RetrievalAvatar, archive: Path) -> None:
        """Keep the track and the sound; what is learnt from them takes a second and stays fresh."""
        save_track(avatar.track, avatar.sound, archive)

    def restore(self, archive: Path, workdir: Path) -> RetrievalAvatar:
        """Raises AvatarBroken."""
        return RetrievalAvatar(*load_track(archive, workdir, self._threads))

    def plan(
        self,
        avatar: RetrievalAvatar,
        speech: Speech,
        before: RetrievalPlan | None = None,
        *,
        whole: bool = True,
    ) -> RetrievalPlan:
        """What each frame of the person saying `speech` shows.

        The clip plays forth and back where the person is calm (see base_choice). Memory: some
        hundred bytes a frame, and a minute of sound.
        """
        model = avatar.model
        before = before or RetrievalPlan.empty(model, avatar.to_canonical)
        new = range(len(before), frames_of(speech, avatar.fps, whole))
        base = choose_base(avatar.footage, new.stop, before.base, ends=whole)
        wanted = trajectory.plan(speech, new, float(avatar.fps), model, avatar.personal)
        picks = self._picks(avatar, wanted, base, before.last_pick) if model.speaks else []
        if picks:
            openings = _within_reach(wanted.openings, picks, model)
            share = 1.0 if speech.phonemes else _SHAPE_IF_HEARD
            wanted = in_their_shape(replace(wanted, openings=openings), picks, model, share)
        return before.followed_by(base, wanted, picks)

    def save_plan(self, plan: RetrievalPlan, path: Path) -> None:
        """Write it as a .npz."""
        retrieval_plan.save_plan(plan, path)

    def load_plan(self, path: Path) -> RetrievalPlan:
        """Raises PlanBroken."""
        return retrieval_plan.load_plan(path)

    def draw(
        self, avatar: RetrievalAvatar, plan: RetrievalPlan, frames: range, report: Report
    ) -> Generator[Frame, None, None]:
        """The planned frames of a range, as planes (see `colour`).

        Decoded in one thread and drawn in another, beside whoever takes them.
        """
        planned = PlannedFrames(avatar.track, plan)
        with ahead(planned.pictures(frames)) as pictures:
            drawn = (planned.draw(*each) for each in zip(frames, pictures, strict=True))
            with ahead(drawn) as made:
                for done, frame in enumerate(made, 1):
                    yield frame
                    report(done / len(frames))

    def render(self, avatar: RetrievalAvatar, speech: Speech, report: Report) -> Iterator[Frame]:
        """Frames of the person saying `speech`: ceil(duration * fps) of (H, W, 3) uint8 BGR."""
        planned = self.plan(avatar, speech)
        return map(to_bgr, self.draw(avatar, planned, range(len(planned)), report))

    @staticmethod
    def _picks(
        avatar: RetrievalAvatar,
        wanted: MouthTrajectory,
        base: IntArray,
        before: SourcePick | None,
    ) -> list[SourcePick]:
        lenders = avatar.track.lenders()
        path = choose_sources(
            wanted,
            avatar.model,
            angles=head_angles(avatar.to_canonical),
            base=base[len(base) - len(wanted) :],
            usable=lenders,
            before=before,
        )
        return with_crossfades(path, avatar.model, wanted.openings, lenders, before)


def _within_reach(wanted: FloatArray, picks: list[SourcePick], model: MouthModel) -> FloatArray:
    """Openings (N,) that the picked mouths can show: stretched further, teeth become streaks."""
    source = model.openings[[pick.index for pick in picks]]
    reach = MOST_STRETCH * np.maximum(source, 0) + UNTOUCHED
    return np.minimum(wanted, reach).astype(np.float32)
