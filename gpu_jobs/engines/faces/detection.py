"""Find the faces of a picture.

The detector is MediaPipe's full-range BlazeFace (Apache-2.0), run with LiteRT on the CPU: about
5 ms a frame on one thread. Nothing here keeps a frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from gpu_jobs.engines.faces.geometry import FloatArray
from gpu_jobs.engines.faces.mesh import ROI_MARGIN, Frame, Roi

DETECTOR_WEIGHTS = "face_detection_full_range_sparse.tflite"

_INPUT_SIDE = 192
_DETECTOR_STRIDE = 4
_MAX_CANDIDATES = 50
_TILE = 0.6  # of the picture's short side
_MOST_TILES = 5  # side by side; with those that overlap nine


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A detected face in pixels. `keypoints` (6, 2): right eye, left eye, nose, mouth, ears."""

    score: float
    x: float
    y: float
    width: float
    height: float
    keypoints: FloatArray

    def roi(self) -> Roi:
        """The region in which to look for the mesh of this face."""
        eyes = self.keypoints[1] - self.keypoints[0]
        side = ROI_MARGIN * max(self.width, self.height)
        return Roi(self.x, self.y, side, float(np.arctan2(eyes[1], eyes[0])))


class FaceDetector:
    """BlazeFace, full range: faces from about 40 px up to the whole picture."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        self._net = _interpreter(model, threads)
        self._input = self._net.get_input_details()[0]["index"]
        outputs = {out["shape"][-1]: out["index"] for out in self._net.get_output_details()}
        self._boxes, self._scores = outputs[16], outputs[1]
        cells = _INPUT_SIDE // _DETECTOR_STRIDE
        rows, columns = np.mgrid[0:cells, 0:cells]
        self._anchors = (np.stack([columns, rows], -1).reshape(-1, 2) + 0.5) * _DETECTOR_STRIDE

    def __call__(self, frame: Frame, min_score: float = 0.5) -> list[FaceBox]:
        """Faces of a BGR frame, best score first, overlapping ones merged to the best."""
        square, scale, offset = _letterbox(frame, _INPUT_SIDE)
        self._net.set_tensor(self._input, square[None, :, :, ::-1] / np.float32(127.5) - 1)
        self._net.invoke()
        scores = _sigmoid(self._net.get_tensor(self._scores)[0, :, 0])
        boxes = self._net.get_tensor(self._boxes)[0]
        found: list[FaceBox] = []
        for index in np.argsort(-scores)[:_MAX_CANDIDATES]:
            if scores[index] < min_score:
                break
            box = self._decode(boxes[index], index, float(scores[index]), scale, offset)
            if all(_apart(box, other) for other in found):
                found.append(box)
        return found

    def closely(self, frame: Frame) -> list[FaceBox]:
        """Faces too small for a look at the whole frame, from 1/40 of its short side on.

        Looks at overlapping tiles: 15 for a wide picture, at most 27 for one of any shape.
        """
        shorter, longer = sorted(frame.shape[:2])
        side = min(longer, max(round(_TILE * shorter), math.ceil(longer / _MOST_TILES)))
        found: list[FaceBox] = []
        for top in _starts(frame.shape[0], side):
            for left in _starts(frame.shape[1], side):
                for part in self(frame[top : top + side, left : left + side]):
                    keypoints = part.keypoints + np.array([left, top], np.float32)
                    box = replace(part, x=part.x + left, y=part.y + top, keypoints=keypoints)
                    if all(_apart(box, other) for other in found):
                        found.append(box)
        return found

    def _decode(
        self, raw: FloatArray, index: int, score: float, scale: float, offset: tuple[int, int]
    ) -> FaceBox:
        pairs = raw.reshape(-1, 2)  # centre, size, then six keypoints, in input pixels
        centre = (pairs[0] + self._anchors[index] - offset) / scale
        width, height = pairs[1] / scale
        keypoints = (pairs[2:] + self._anchors[index] - offset) / scale
        return FaceBox(
            score,
            float(centre[0]),
            float(centre[1]),
            float(width),
            float(height),
            keypoints.astype(np.float32),
        )


def _interpreter(model: Path, threads: int) -> Interpreter:
    net = Interpreter(str(model), num_threads=threads)
    net.allocate_tensors()
    return net


def _letterbox(frame: Frame, side: int) -> tuple[Frame, float, tuple[int, int]]:
    """Fit a frame into a black square; also the scale and the (x, y) offset of the picture."""
    height, width = frame.shape[:2]
    scale = side / max(height, width)
    small = cv2.resize(
        frame,
        (max(1, round(width * scale)), max(1, round(height * scale))),
        interpolation=cv2.INTER_AREA,
    )
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    square = np.zeros((side, side, 3), np.uint8)
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    return square, scale, (left, top)


def _starts(length: int, side: int) -> list[int]:
    """Where tiles of `side` begin that cover `length` and overlap by half."""
    beyond = max(0, length - side)
    count = -(-2 * beyond // side) + 1
    return [int(start) for start in np.linspace(0, beyond, count)]


def _apart(a: FaceBox, b: FaceBox) -> bool:
    return abs(a.x - b.x) + abs(a.y - b.y) > 0.4 * a.width


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -80, 80))), dtype=np.float32)
