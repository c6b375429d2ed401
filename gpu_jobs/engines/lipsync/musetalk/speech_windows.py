"""What the network hears: five layers of whisper-tiny around every video frame.

Follows `musetalk/utils/audio_processor.py`: the encoder runs over 30 s segments of 16 kHz sound,
its embedding and all its layers are stacked, and each video frame takes the ten features (0.2 s)
around it, two video frames either side at 25 frames/s. Outside of the sound there are zeros.
Two slips of the published code are not repeated: it cuts the frame rate to a whole number (29.97
frames/s would drift by 3 %), and below 25 frames/s it shifts the window by two features.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

RATE = 16_000
FEATURE_RATE = 50
"""Features a second: whisper's mel frames, halved by its second convolution."""
STEPS = 10
"""Features a window: 2 · (2 before + 2 after + 1)."""
STEPS_BEFORE = 4
WHISPER_LAYERS = 5
"""The embedding and the four layers of whisper-tiny."""
WINDOW_FEATURES = STEPS * WHISPER_LAYERS
"""Rows that the U-Net attends to, time before layer: `rearrange('b c h w -> b (c h) w')`."""

_SEGMENT_SECONDS = 30
_SEGMENT_FEATURES = _SEGMENT_SECONDS * FEATURE_RATE


def window_start(frame: int, fps: Fraction) -> int:
    """Index of the first feature that video frame `frame` hears; negative before the sound."""
    return math.floor(frame * FEATURE_RATE / fps) - STEPS_BEFORE


class SpeechWindows:
    """Sound windows of one speech, computed as they are asked for.

    Holds the features of the last two segments (at most 12 MB in float32), so memory does not
    grow with the speech; ask in rising order.
    """

    def __init__(
        self,
        samples: NDArray[np.float32],
        fps: Fraction,
        *,
        whisper: WhisperEncoder,
        mel: WhisperFeatureExtractor,
    ) -> None:
        """`samples`: mono, 16 kHz. `whisper` gives device and precision."""
        self._samples = samples
        self._fps = fps
        self._whisper = whisper
        self._mel = mel
        self._features = len(samples) * FEATURE_RATE // RATE
        self._segments: dict[int, Tensor] = {}

    @torch.inference_mode()
    def __getitem__(self, frames: range) -> Tensor:
        """Windows of consecutive video frames, (len(frames), 10 · layers, D) on the device."""
        starts = [window_start(frame, self._fps) for frame in frames]
        heard = self._between(starts[0], starts[-1] + STEPS)
        windows = [heard[start - starts[0] : start - starts[0] + STEPS] for start in starts]
        return torch.stack(windows).flatten(1, 2)

    def _between(self, first: int, stop: int) -> Tensor:
        """Features (stop - first, layers, D), zero outside of the sound."""
        inside_first, inside_stop = max(first, 0), min(stop, self._features)
        parts: list[Tensor] = []
        position = inside_first
        while position < inside_stop:
            number, offset = divmod(position, _SEGMENT_FEATURES)
            length = min(_SEGMENT_FEATURES - offset, inside_stop - position)
            parts.append(self._segment(number)[offset : offset + length])
            position += length
        heard = torch.cat(parts) if parts else self._segment(0)[:0]
        before, after = min(-first, stop - first), stop - max(inside_stop, first)
        return torch.nn.functional.pad(heard, (0, 0, 0, 0, max(before, 0), max(after, 0)))

    def _segment(self, number: int) -> Tensor:
        """All layers over one 30 s segment, (1500, layers, D)."""
        if number not in self._segments:
            self._segments.pop(number - 2, None)
            length = _SEGMENT_SECONDS * RATE
            sound = self._samples[number * length : (number + 1) * length]
            mel = self._mel(sound, sampling_rate=RATE, return_tensors="pt").input_features
            mel = mel.to(self._whisper.device, self._whisper.dtype)
            layers = self._whisper(mel, output_hidden_states=True).hidden_states
            self._segments[number] = torch.stack(layers, dim=2)[0]
        return self._segments[number]
