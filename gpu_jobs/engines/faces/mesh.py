"""The attention mesh: 468 points of a face, its lips and eyelids read once more from close by.

MediaPipe's Face Mesh with attention (Apache-2.0) on LiteRT. The plain mesh cannot tell whether
lips touch: it sees a gap of 0.01 to 0.02 eye distances where there is none. LiteRT lacks three of
the model's operators, which lie at clean cuts: a backbone gives the rough mesh and a feature map,
numpy reads the map around lips and eyes, a head places their points. Semantics of the operators:
mediapipe/util/tflite/operations, version 2 of each. About 3 ms a face on one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import (
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LOWER_LIP_INNER,
    MESH_POINTS,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    UPPER_LIP_INNER,
    FloatArray,
)
from gpu_jobs.engines.faces.graph_cut import Graph

Frame = NDArray[np.uint8]
Float64 = NDArray[np.float64]

MESH_WEIGHTS = "face_landmark_with_attention.tflite"

_INPUT_SIDE = 192
ROI_MARGIN = 1.5
"""Side of the mesh's crop over the longest side of the face."""
_REGION_MARGIN = 1.5  # side of a region that is read again over that of its points
_GRID = 16  # samples of the feature map along a region's side
_MAP_PIXEL = 4  # pixels of the crop
_SAMPLES = np.stack(np.meshgrid(*2 * [np.arange(_GRID) + 0.5]), -1).reshape(-1, 2) * _MAP_PIXEL
_SIDE = _GRID * _MAP_PIXEL  # of a region, in the units in which the head places its points
LIP_POINTS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
    *(76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408),
    *(62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407),
)
_RIGHT_EYE = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173),
    *(130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190),
    *(226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189),
    *(35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245),
    *(156, 70, 63, 105, 66, 107, 55, 193),
)
_LEFT_EYE = (
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398),
    *(359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414),
    *(446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413),
    *(265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465),
    *(383, 300, 293, 334, 296, 336, 285, 417),
)
# In the order of the head's inputs and outputs: mesh points, and the two that say which way it is.
_REGIONS = (
    (LIP_POINTS, (MOUTH_RIGHT, MOUTH_LEFT)),
    (_RIGHT_EYE, (RIGHT_EYE_OUTER, RIGHT_EYE_INNER)),
    (_LEFT_EYE, (LEFT_EYE_INNER, LEFT_EYE_OUTER)),
)
_INNER_LIPS = np.array([UPPER_LIP_INNER[1:-1], LOWER_LIP_INNER[1:-1]])
_IRISES = (2, 4)  # places among the head's outputs of what is not used


@dataclass(frozen=True, slots=True)
class Roi:
    """A rotated square around a face: centre and side in pixels, angle in radians."""

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def around_mesh(cls, points: FloatArray) -> Roi:
        """The region in which to look for the same face in the next frame.

        The box that it follows is not turned with the face: so was the model trained.
        """
        eyes = points[LEFT_EYE_OUTER, :2] - points[RIGHT_EYE_OUTER, :2]
        low, high = points[:, :2].min(0), points[:, :2].max(0)
        x, y = (low + high) / 2
        side = ROI_MARGIN * float((high - low).max())
        return cls(float(x), float(y), side, float(np.arctan2(eyes[1], eyes[0])))


@dataclass(frozen=True, slots=True)
class Face:
    """One face: `points` (468, 3) float32, x and y in pixels of the frame, z in the same scale."""

    points: FloatArray
    score: float


class FaceMesh:
    """Reads the mesh of the face inside a region of a frame."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        backbone, head = _parts(model)
        self._backbone = _interpreter(backbone, threads)
        self._input = self._backbone.get_input_details()[0]["index"]
        outputs = {
            int(np.prod(out["shape"])): out["index"] for out in self._backbone.get_output_details()
        }
        self._score, self._points = outputs.pop(1), outputs.pop(MESH_POINTS * 3)
        (self._features,) = outputs.values()
        self._head = _interpreter(head, threads)
        self._grids = [detail["index"] for detail in self._head.get_input_details()]
        self._refined = [detail["index"] for detail in self._head.get_output_details()]

    def __call__(self, frame: Frame, roi: Roi) -> Face:
        """The mesh in a region of a BGR frame; `score` below 0.5 means that there is no face."""
        zoom = _INPUT_SIDE / roi.side
        cos, sin = np.cos(roi.angle) * zoom, np.sin(roi.angle) * zoom
        linear = np.array([[cos, sin], [-sin, cos]])
        shift = _INPUT_SIDE / 2 - linear @ [roi.x, roi.y]
        to_crop = np.column_stack([linear, shift])
        crop = cv2.warpAffine(frame, to_crop, (_INPUT_SIDE, _INPUT_SIDE), flags=cv2.INTER_LINEAR)
        self._backbone.set_tensor(self._input, crop[None, :, :, ::-1] / np.float32(255))
        self._backbone.invoke()
        points = self._backbone.get_tensor(self._points).reshape(MESH_POINTS, 3)
        points = self._looked_at_again(points)
        from_crop = cv2.invertAffineTransform(to_crop)
        flat = points[:, :2] @ from_crop[:, :2].T + from_crop[:, 2]
        score = float(self._backbone.get_tensor(self._score).ravel()[0])
        sure = 1 / (1 + np.exp(-np.clip(score, -80, 80)))
        return Face(np.column_stack([flat, points[:, 2] / zoom]).astype(np.float32), float(sure))

    def _looked_at_again(self, points: FloatArray) -> FloatArray:
        """The mesh with the lips' and eyes' points at the places that the head gives them."""
        features = self._backbone.get_tensor(self._features)[0]
        padded = np.pad(features, ((1, 1), (1, 1), (0, 0)))
        places = np.stack([_from_head(points[:, :2], *region) for region in _REGIONS])
        for grid, sampled in zip(self._grids, _sampled(padded, places), strict=True):
            self._head.set_tensor(grid, sampled[None])
        self._head.invoke()
        refined = points.copy()
        for (indices, _), place, output in zip(_REGIONS, places, self._refined, strict=True):
            on_grid = self._head.get_tensor(output)[0]
            refined[list(indices), :2] = on_grid @ place[:, :2].T + place[:, 2]
        refined[_INNER_LIPS, 2] = _depth_between_lips(points, refined)
        return refined


def _depth_between_lips(rough: FloatArray, refined: FloatArray) -> FloatArray:
    """Depth (2, 9) of the inner lips, nearer to each other as they are seen to be nearer.

    The head gives none, and lips that touch in the picture but not in depth would part as soon as
    the pose is taken out.
    """
    before, after = (
        np.linalg.norm(np.diff(points[_INNER_LIPS, :2], axis=0), axis=-1)
        for points in (rough, refined)
    )
    depth = rough[_INNER_LIPS, 2]
    share = np.minimum(after / np.maximum(before, 1e-6), 1)
    return np.asarray(depth.mean(0) + share * (depth - depth.mean(0)), np.float32)


@lru_cache(maxsize=1)
def _parts(path: Path) -> tuple[bytes, bytes]:
    """The model's backbone and head."""
    graph = Graph(path.read_bytes())
    sampling = graph.operators("TransformTensorBilinear")
    features = sampling[0][0][0]
    grids = [gives[0] for _, gives in sampling]
    placed = [takes[0] for takes, _ in graph.operators("TransformLandmarks")]
    refined = [tensor for place, tensor in enumerate(placed) if place not in _IRISES]
    found = [graph.tensor("output_mesh"), graph.tensor("conv_faceflag"), features]
    return graph.part(graph.inputs, found), graph.part(grids, refined)


def _interpreter(model: bytes, threads: int) -> Interpreter:
    net = Interpreter(model_content=model, num_threads=threads)
    net.allocate_tensors()
    return net


def _from_head(points: FloatArray, indices: tuple[int, ...], ends: tuple[int, int]) -> Float64:
    """From a region's units, in which the head answers, to the crop's pixels; (2, 3)."""
    right, left = points[list(ends)].astype(np.float64)
    angle = np.arctan2(*(left - right)[::-1])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = points[list(indices)] @ turn
    low, high = turned.min(0), turned.max(0)
    linear = turn * ((high - low) * _REGION_MARGIN / _SIDE)
    middle = turn @ ((low + high) / 2)
    return np.column_stack([linear, middle - linear @ np.full(2, _SIDE / 2)])


def _sampled(features: FloatArray, places: Float64) -> FloatArray:
    """The feature map (H, W, C), with a border of zeros, around R regions: (R, 16, 16, C)."""
    at = _SAMPLES @ np.swapaxes(places[:, :, :2], 1, 2) + places[:, None, :, 2]
    at = at / _MAP_PIXEL + 0.5  # half a pixel back, and one for the border
    height, width, channels = features.shape
    at = np.clip(at, 0, np.array([width, height]) - 1.001).astype(np.float32)
    whole = at.astype(np.int64)
    (across, along), (x, y) = np.moveaxis(at - whole, -1, 0)[..., None], np.moveaxis(whole, -1, 0)
    flat, corner = features.reshape(-1, channels), y * width + x
    upper = flat[corner] + across * (flat[corner + 1] - flat[corner])
    corner += width
    lower = flat[corner] + across * (flat[corner + 1] - flat[corner])
    grids = upper + along * (lower - upper)
    return np.asarray(grids.reshape(-1, _GRID, _GRID, channels), np.float32)
