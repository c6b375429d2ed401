"""MediaPipe Selfie Segmentation (Apache-2.0): where people are, coarsely, in 10 ms."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SIDE = 256


class SelfieSegmenter:
    """Holds the network; one instance serves one thread."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        self._net = Interpreter(str(model), num_threads=threads)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        self._output = self._net.get_output_details()[0]["index"]

    def __call__(self, picture: Frame) -> Floats:
        """How surely each pixel of a BGR picture (H, W, 3) is a person: float32 (H, W), 0…1.

        The picture is fitted into the network's square with its own edge colours around, so that
        a tall crop is not squeezed: stretched people are found worse.
        """
        height, width = picture.shape[:2]
        scale = _SIDE / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        left, top = (_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2
        square = cv2.copyMakeBorder(
            small,
            top,
            _SIDE - size[1] - top,
            left,
            _SIDE - size[0] - left,
            cv2.BORDER_REPLICATE,
        )
        self._net.set_tensor(self._input, square[None, :, :, ::-1] / np.float32(255))
        self._net.invoke()
        found = self._net.get_tensor(self._output)[0, top : top + size[1], left : left + size[0], 0]
        resized = cv2.resize(found, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.asarray(np.clip(resized, 0, 1), np.float32)
