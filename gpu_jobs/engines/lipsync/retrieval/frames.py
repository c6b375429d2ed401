"""The frames of a retrieval plan, each from the clip and the plan alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gpu_jobs.engines.faces.geometry import eye_distance, smooth_in_time
from gpu_jobs.engines.lipsync.footage.base_choice import IntArray, joined
from gpu_jobs.engines.lipsync.footage.patch_store import Frame
from gpu_jobs.engines.lipsync.footage.track import Track
from gpu_jobs.engines.lipsync.retrieval.drawing import jaw_bend
from gpu_jobs.engines.lipsync.retrieval.drawing.detail import UsualDetail, mouth_detail
from gpu_jobs.engines.lipsync.retrieval.drawing.part_lips import LipParting
from gpu_jobs.engines.lipsync.retrieval.drawing.render import Mouth, MouthRenderer
from gpu_jobs.engines.lipsync.retrieval.plan import RetrievalPlan
from gpu_jobs.engines.mouth.limits import SHUT
from gpu_jobs.media.pictures.colour import cut_planes, put_planes, to_bgr, to_yuv420

_BASE_SMOOTHING = (0.25, 0.5, 0.25)
_LOOKS = 16  # at the clip's mouths, to see how much detail is usual


class PlannedFrames:
    """Draws them one by one, in any order.

    By the model in the plan, not one fitted again: another machine's rounding could turn one of
    its components round.
    """

    def __init__(self, track: Track, plan: RetrievalPlan) -> None:
        self._track = track
        self._plan = plan
        self._meshes = smooth_in_time(track.meshes, _BASE_SMOOTHING, track.shots)
        self._fade = track.fade()
        # A person who was never seen speaking has no source mouths.
        self._parting = None if plan.model.speaks else LipParting(plan.model)
        self._energies: dict[int, float] = {}
        self._renderer = MouthRenderer(plan.model, self._usual_detail())

    def pictures(self, steps: range) -> Iterator[Frame]:
        """The clip's pictures to draw into, as `draw` takes them. For one thread at a time."""
        track = self._track
        return joined(track.frames.planes, len(track), track.fps, self._plan.base, steps)

    def draw(self, step: int, planes: Frame) -> Frame:
        """Planes, see `colour`; changes and returns those that `pictures` gave for the step.

        Only the part around the mouth becomes BGR and comes back: the rest stays as it is coded.
        """
        index = int(self._plan.base[step])
        mesh, weight = self._meshes[index], float(self._fade[index])
        if weight > 0:
            shape = (self._track.height, self._track.width)
            window = jaw_bend.reach(mesh, eye_distance(mesh), shape).even
            part = to_bgr(cut_planes(planes, *window.slices))
            self._draw_mouth(part, np.array([window.left, window.top]), step, weight)
            put_planes(planes, *window.slices, to_yuv420(part))
        return planes

    def _draw_mouth(self, part: Frame, corner: IntArray, step: int, weight: float) -> None:
        """Into the part (h, w, 3) of the step's picture that has its own corner there."""
        plan, index = self._plan, int(self._plan.base[step])
        mesh, to_canonical = self._meshes[index], plan.to_canonical[index]
        opening, width = float(plan.mouths.openings[step]), float(plan.mouths.widths[step])
        here = mesh - np.append(corner, 0).astype(np.float32)
        if self._parting is not None:
            self._parting.draw(part, here, to_canonical, opening, width, weight)
            return
        target = plan.model.target(plan.mouths.codes[step], opening, width)
        bent = self._renderer.bend(mesh, plan.model.codes[index], to_canonical, target) - corner
        self._renderer.draw(part, here, bent.astype(np.float32), self._mouths(step), weight)

    def _usual_detail(self) -> UsualDetail | None:
        """By some open mouths from all over the clip."""
        openings = self._plan.model.openings
        parted = np.flatnonzero(self._track.lenders() & (openings > SHUT))
        if not self._plan.model.speaks or not len(parted):
            return None
        some = np.unique(parted[np.linspace(0, len(parted) - 1, _LOOKS).astype(int)])
        return UsualDetail.of(
            openings[some], np.array([self._mouth(int(index), 1.0).energy for index in some])
        )

    def _mouths(self, step: int) -> list[Mouth]:
        (index, previous), share = self._plan.sources[step], float(self._plan.shares[step])
        shares = {int(index): share}
        if share < 1:
            shares[int(previous)] = shares.get(int(previous), 0.0) + 1 - share
        return [self._mouth(lender, part) for lender, part in shares.items()]

    def _mouth(self, index: int, share: float) -> Mouth:
        track = self._track
        picture, corner, mesh = track.patches[index], track.corners[index], track.meshes[index]
        if index not in self._energies:
            self._energies[index] = mouth_detail(picture, corner, mesh)
        return Mouth(picture, corner, mesh, self._energies[index], share)
