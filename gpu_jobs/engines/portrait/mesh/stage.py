"""One person on one canvas, ready to be posed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.mouth.inner_mouth import LEAST_OPENING, Palette, paint_inner_mouth
from gpu_jobs.engines.mouth.lip_gap import LipGap
from gpu_jobs.engines.portrait.mesh.body import Body
from gpu_jobs.engines.portrait.mesh.fields.eyelids import Eyelids
from gpu_jobs.engines.portrait.mesh.fields.pose import Pose
from gpu_jobs.engines.portrait.mesh.own_teeth import OwnTeeth
from gpu_jobs.engines.portrait.mesh.picture.canvas import Canvas, MovingBox
from gpu_jobs.engines.portrait.mesh.warp import PortraitWarp

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

TEETH_SHOW = 0.04  # gap of the photo's lips, in eye distances, from which its own teeth are used
_REACH = 0.16  # eye distances that nothing moves beyond


class PortraitStage:
    """A figure with its `mesh` (468, 3), over a backdrop or as the whole photo.

    Only the box of the head is drawn for each pose, and the body when its breath changes.
    """

    def __init__(self, figure: Frame, backdrop: Frame | None, mesh: Floats) -> None:
        points = self._points = mesh[:, :2]
        self._canvas = Canvas(figure, backdrop)
        photo = np.ascontiguousarray(self._canvas.source[..., :3])
        self._warp = PortraitWarp(photo, mesh, self._canvas.size, breathes=backdrop is not None)
        unit = self._warp.frame.unit
        self._head = MovingBox(self._canvas, self._warp.box, _REACH * unit)
        self._body = None if backdrop is None else Body(self._canvas, self._warp.frame)
        self._eyelids = Eyelids(photo, points)
        self._palette = Palette.of(photo, points)
        self._teeth = None
        if self._warp.natural_gap > TEETH_SHOW:
            self._teeth = OwnTeeth(photo, LipGap.of_mesh(points), unit)

    def render(self, pose: Pose) -> Frame:
        """The whole picture (H, W, 3) BGR in `pose`: one buffer, drawn anew by each call."""
        picture = self._canvas.picture
        self._eyelids.close(self._canvas.source, pose.lids)
        if self._body is not None:
            pose = replace(pose, breath=self._body.nearest(pose.breath))
            self._body.draw(pose.breath)
        fields = self._warp.pose(pose)
        gap = self._warp.gap(fields)
        self._head.draw(picture, self._warp.sources(fields, gap))
        paint_inner_mouth(picture, self._points, gap, self._palette)
        unit = self._warp.frame.unit
        opening = float(gap.heights(self._warp.frame.down).max())
        if self._teeth is not None and opening > LEAST_OPENING * unit:
            box = gap.box(picture.shape, 0.03 * unit)
            if box is not None:
                self._teeth.draw(picture, gap, box, self._warp.head_sources(fields, box))
        return picture
