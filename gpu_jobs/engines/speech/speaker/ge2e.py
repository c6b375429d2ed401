"""GE2E speaker embedding in numpy: who is speaking, as 256 numbers of unit length.

Wan et al. 2018, "Generalized end-to-end loss for speaker verification", with the weights of
Resemblyzer 0.1.4 (Apache-2.0): 40 mel bands at 16 kHz, 25 ms windows every 10 ms, three LSTM
layers of 256, the mean over windows of 1.6 s.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
EMBEDDING_SIZE = 256

_WINDOW = 400
_HOP = 160
_BANDS = 40
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


def mel_spectrogram(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mel power spectrogram (not logarithmic) of 16 kHz audio, shape (frames, 40).

    The same numbers as librosa.feature.melspectrogram(n_fft=400, hop_length=160, n_mels=40):
    centred periodic Hann windows over zero padding, Slaney mel scale and area normalisation.
    """
    padded = np.pad(samples, _WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2
    mel: NDArray[np.float32] = (power @ mel_filters().T).astype(np.float32)
    return mel


def mel_filters() -> NDArray[np.float64]:
    """Triangular Slaney filters of unit area, shape (40, 201)."""
    bins = np.linspace(0, SAMPLE_RATE / 2, _WINDOW // 2 + 1)
    edges = _mel_to_hertz(np.linspace(0, _hertz_to_mel(SAMPLE_RATE / 2), _BANDS + 2))
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bins - low) / (centre - low)
    falling = (high - bins) / (high - centre)
    filters: NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return filters


# Slaney's mel scale: linear to 1 kHz (15 mel), then 27 mel to each factor of 6.4.
_LINEAR_HERTZ = 200 / 3
_LOG_STEP = np.log(6.4) / 27


def _hertz_to_mel(hertz: float) -> float:
    if hertz < 1000:
        return hertz / _LINEAR_HERTZ
    return float(15 + np.log(hertz / 1000) / _LOG_STEP)


def _mel_to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    hertz: NDArray[np.float64] = np.where(
        mel < 15, mel * _LINEAR_HERTZ, 1000 * np.exp(_LOG_STEP * (mel - 15))
    )
    return hertz


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
