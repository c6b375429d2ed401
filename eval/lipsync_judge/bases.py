"""The frame of a clip that an engine drew on, known again by what lies beside the lower face."""

from __future__ import annotations

import numpy as np

from eval.lipsync_judge.footage import THUMBNAIL, Frame, Sighting, thumbnail
from gpu_jobs.engines.faces.geometry import NOSE_RIDGE
from gpu_jobs.engines.lipsync.footage.clip_reader import ClipReader


class BaseFrames:
    """Pictures of the clip seen in `source`, by the frames that were drawn on them."""

    def __init__(self, source: Sighting, pictures: ClipReader) -> None:
        self._source, self._pictures = source, pictures
        self._kept: np.ndarray | None = None

    def under(self, frame: Frame) -> Frame:
        """The most alike picture, (H, W, 3), the lower faces left out."""
        if self._kept is None:
            self._kept = self._beside_faces(frame.shape)
            self._known = self._source.thumbnails.reshape(-1, THUMBNAIL**2)[:, self._kept]
            self._squares = (self._known**2).sum(1)
        seen = thumbnail(frame).astype(np.float32).reshape(-1)[self._kept]
        return self._pictures[int((self._squares - 2 * self._known @ seen).argmin())]

    def _beside_faces(self, shape: tuple[int, ...]) -> np.ndarray:
        """Which pixels of a thumbnail, flat, lie beside the lower faces of all frames."""
        meshes, size = self._source.meshes, np.array(shape[1::-1])
        low = meshes[..., :2].min((0, 1)) / size * THUMBNAIL
        high = meshes[..., :2].max((0, 1)) / size * THUMBNAIL
        nose = meshes[:, NOSE_RIDGE, 1].min() / shape[0] * THUMBNAIL
        kept = np.ones((THUMBNAIL, THUMBNAIL), bool)
        rows = slice(max(0, int(nose)), int(high[1]) + 3)
        kept[rows, max(0, int(low[0]) - 2) : int(high[0]) + 3] = False
        return kept.reshape(-1)
