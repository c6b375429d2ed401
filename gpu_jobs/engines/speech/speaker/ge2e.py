"""GE2E speaker embedding in numpy: who is speaking, as 256 numbers of unit length.

Wan et al. 2018, "Generalized end-to-end loss for speaker verification", with the weights of
Resemblyzer 0.1.4 (Apache-2.0): 40 mel bands at 16 kHz, 25 ms windows every 10 ms, three LSTM
layers of 256, the mean over windows of 1.6 s.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.mel import mel_spectrogram

SAMPLE_RATE = 16_000

_HOP = 160
_LAYERS = 3
_PARTIAL_FRAMES = 160
_PARTIALS_PER_SECOND = 1.3
_LEAST_COVERAGE = 0.75
_LEVEL_DBFS = -30.0


class SpeakerEncoder:
    """Embeds speech; `weights` is the npz that set-up converts from Resemblyzer's checkpoint."""

    def __init__(self, weights: Path) -> None:
        with np.load(weights) as archive:
            self._weights = {name: archive[name] for name in archive.files}

    def embed(self, speech: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embedding of 16 kHz mono speech without long silences; shape (256,), unit norm."""
        mean = self.embed_windows(speech).mean(axis=0)
        embedding: NDArray[np.float32] = mean / np.linalg.norm(mean)
        return embedding

    def embed_windows(self, speech: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embeddings of the overlapping 1.6 s windows, 1.3 a second; (W, 256), unit norms."""
        levelled = _to_level(speech)
        starts = _partial_starts(len(levelled))
        padding = max(0, (starts[-1] + _PARTIAL_FRAMES) * _HOP - len(levelled))
        mel = mel_spectrogram(np.pad(levelled, (0, padding)))
        partials = np.stack([mel[start : start + _PARTIAL_FRAMES] for start in starts])
        return self._encode(partials)

    def _encode(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, T, 40) → (B, 256): the last hidden state, projected, rectified, normalised."""
        sequence = mel
        for layer in range(_LAYERS):
            sequence = self._lstm(sequence, layer)
        raw = sequence[:, -1] @ self._weights["linear.weight"].T + self._weights["linear.bias"]
        rectified = np.maximum(raw, 0.0)
        embeddings: NDArray[np.float32] = rectified / np.linalg.norm(
            rectified, axis=1, keepdims=True
        )
        return embeddings

    def _lstm(self, inputs: NDArray[np.float32], layer: int) -> NDArray[np.float32]:
        """One LSTM layer in PyTorch's gate order (input, forget, cell, output); (B, T, 256)."""
        weight_ih, weight_hh, bias_ih, bias_hh = (
            self._weights[f"lstm.{kind}_l{layer}"]
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        gates_in = inputs @ weight_ih.T + bias_ih + bias_hh
        size = weight_hh.shape[1]
        hidden = np.zeros((len(inputs), size), dtype=np.float32)
        cell = np.zeros_like(hidden)
        outputs = np.empty((*inputs.shape[:2], size), dtype=np.float32)
        for step in range(inputs.shape[1]):
            gates = gates_in[:, step] + hidden @ weight_hh.T
            entry, forget, update, output = np.split(gates, 4, axis=1)
            cell = _sigmoid(forget) * cell + _sigmoid(entry) * np.tanh(update)
            hidden = _sigmoid(output) * np.tanh(cell)
            outputs[:, step] = hidden
        return outputs


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    # By tanh: exp of a large negative gate would overflow in float32.
    result: NDArray[np.float32] = 0.5 * (1 + np.tanh(0.5 * values))
    return result


def _to_level(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring speech to -30 dBFS.

    The mel bands are not logarithmic, so level changes the embedding. Resemblyzer only raises quiet
    speech; bringing everything to one level makes a voice the same however it was recorded.
    """
    rms = max(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))), 1e-9)
    return samples * np.float32(10 ** (_LEVEL_DBFS / 20) / rms)


def _partial_starts(length: int) -> list[int]:
    """First mel frames of the overlapping 1.6 s windows; the last must be three quarters full."""
    frames = -(-(length + 1) // _HOP)
    step = round(SAMPLE_RATE / _PARTIALS_PER_SECOND / _HOP)
    starts = list(range(0, max(1, frames - _PARTIAL_FRAMES + step + 1), step))
    coverage = (length / _HOP - starts[-1]) / _PARTIAL_FRAMES
    if len(starts) > 1 and coverage < _LEAST_COVERAGE:
        starts.pop()
    return starts
