"""What the judge measures. Pure: arrays in, one number out.

Mouths are canonical meshes (T, 468, 3): head pose removed, unit = distance of the outer eye
corners (IOD). NaN stands for "cannot be said": too few frames, a constant curve.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.faces.geometry import LIPS, FloatArray, smooth_in_time
from gpu_jobs.engines.visemes.curves import BILABIALS

Gray = NDArray[np.float32]
Mask = NDArray[np.bool_]

SHUT = 0.02
"""IOD; the mesh reports up to this for lips that touch (1.8 mm on a face), more or less of it by
person, pose and light. Closures and silences are measured above it."""
LEAST_MOVEMENT = 0.03
"""IOD between the 5th and 95th percentile of opening; less is no speech."""
_LEAST_FRAMES = 10
_CLOSED_LEVEL = 0.10  # of the speaking range above the shut mouth that still looks shut
_RING_WIDTH = 0.02  # IOD
_LEAST_INSIDE = 12  # px between the lips that show anything
_RARE = 99.5  # percentile
_APART = 3  # frames between which a mouth does not simply go on
_LEAST_CHANGE = 2.0  # grey levels that a viewer sees
_AWAY_FROM_LIPS = 0.06  # IOD around the lips in which gradients are the mouth's own


def lip_distance(mouths: FloatArray, true: FloatArray) -> float:
    """LMD: mean distance of the 40 lip points, in IOD; both smoothed over three frames."""
    chosen = list(LIPS)
    apart = smooth_in_time(mouths)[:, chosen, :2] - smooth_in_time(true)[:, chosen, :2]
    return float(np.linalg.norm(apart, axis=-1).mean())


def correlation(a: FloatArray, b: FloatArray) -> float:
    """Pearson's, of two curves (T,)."""
    if len(a) < _LEAST_FRAMES or min(a.std(), b.std()) < 1e-6:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def best_lag(curve: FloatArray, reference: FloatArray, most: int) -> int:
    """Frames by which `curve` trails `reference`, within ±`most`; the lag of best correlation."""
    scores = {lag: lagged_correlation(curve, reference, lag) for lag in range(-most, most + 1)}
    return max(scores, key=lambda lag: np.nan_to_num(scores[lag], nan=-2.0))


def lagged_correlation(curve: FloatArray, reference: FloatArray, lag: int) -> float:
    """Correlation if `curve` trails `reference` by `lag` frames."""
    late, early = curve[max(0, lag) :], reference[max(0, -lag) :]
    count = min(len(late), len(early))
    return correlation(late[:count], early[:count])


def closure_rate(
    openings: FloatArray, phonemes: Sequence[Phoneme], fps: float, shut: float = SHUT
) -> float:
    """Share of p, b, m during which the tracked mouth shuts in at least one frame.

    A frame more on either side counts. Shut: at most `shut` plus a tenth of the range up to the
    95th percentile of `openings` (T,).
    """
    limit = shut + _CLOSED_LEVEL * max(0.0, float(np.percentile(openings, 95)) - shut)
    lowest = []
    for phoneme in phonemes:
        if phoneme.symbol[:1] not in BILABIALS:
            continue
        first = max(0, int(np.floor(phoneme.start * fps)) - 1)
        last = int(np.floor(phoneme.end * fps)) + 2
        if first < len(openings):
            lowest.append(float(openings[first:last].min()))
    return float(np.mean(np.array(lowest) <= limit)) if lowest else float("nan")


def silence_opening(openings: FloatArray, silent: Mask, shut: float = SHUT) -> float:
    """Mean opening over the `silent` frames (T,), as a share of the speech maximum.

    Above `shut`; the speech maximum is the 98th percentile over the frames that are not silent.
    """
    if silent.sum() < 3 or silent.all():
        return float("nan")
    most = float(np.percentile(openings[~silent], 98)) - shut
    if most <= 1e-6:
        return float("nan")
    return float(np.maximum(openings[silent] - shut, 0).mean() / most)


def silent_frames(samples: FloatArray, sample_rate: int, frames: int, fps: float) -> Mask:
    """Frames (T,) at least 120 ms inside a pause: 40 dB under the loudest tenth of the sound."""
    edges = (np.arange(frames + 1) / fps * sample_rate).astype(int)
    reach = round(0.12 * sample_rate)
    hop = max(1, sample_rate // 100)
    power = np.convolve(samples.astype(np.float64) ** 2, np.ones(2 * hop) / (2 * hop), "same")
    loud = float(np.percentile(power[::hop], 90)) + 1e-12
    quiet = power < loud * 1e-4
    return np.array(
        [
            bool(quiet[max(0, start - reach) : end + reach].all()) and end <= len(samples) + reach
            for start, end in itertools.pairwise(edges)
        ]
    )


def jitter(mouths: FloatArray) -> float:
    """Mean acceleration of the lip points, IOD per frame²: shaking shows here, speech little."""
    return float(np.linalg.norm(np.diff(mouths[:, list(LIPS), :2], 2, axis=0), axis=-1).mean())


def sharpness(gray: Gray) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000, ICPR) of a picture (H, W)."""
    return float(cv2.Laplacian(gray, cv2.CV_32F).var())


def sharpness_ratio(
    rendered: FloatArray,
    rendered_openings: FloatArray,
    source: FloatArray,
    source_openings: FloatArray,
    neighbours: int = 5,
) -> float:
    """Median over rendered frames of sharpness (N,) against the person's own at that opening.

    An open mouth has more edges than a shut one, so each frame is compared with the mean of the
    `neighbours` source frames (M,) whose tracked opening is nearest.
    """
    nearest = np.argsort(np.abs(rendered_openings[:, None] - source_openings[None]), axis=1)
    own = source[nearest[:, :neighbours]].mean(1)
    return float(np.median(rendered / np.maximum(own, 1e-6)))


def ring_gradients(
    gray: Gray, outline: FloatArray, lips: FloatArray, unit: float, offsets: Sequence[float]
) -> FloatArray:
    """Mean gradient across rings around a mask's border; one number per offset.

    `gray` (H, W); `outline` (n, 2) closed, `lips` (m, 2) in pixels; `unit` the IOD in pixels;
    `offsets` in IOD, positive inside the outline. What lies near the lips is left out.
    """
    distance = _inside_distance(gray.shape, outline) / unit
    hull = cv2.convexHull(lips.astype(np.float32))[:, 0].astype(np.float32)
    lips_distance = _inside_distance(gray.shape, hull)
    skin = lips_distance / unit < -_AWAY_FROM_LIPS
    soft = cv2.GaussianBlur(gray, (0, 0), max(0.5, 0.006 * unit))
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    nx, ny = cv2.Sobel(distance, cv2.CV_32F, 1, 0), cv2.Sobel(distance, cv2.CV_32F, 0, 1)
    across = np.abs(dx * nx + dy * ny) / np.maximum(np.hypot(nx, ny), 1e-6)
    half = max(_RING_WIDTH / 2, 1.0 / unit)  # never under a pixel
    means = []
    for offset in offsets:
        ring = (np.abs(distance - offset) < half) & skin
        means.append(float(across[ring].mean()) if ring.any() else float("nan"))
    return np.array(means, np.float32)


def seam_ratio(rendered: FloatArray, source: FloatArray) -> float:
    """Worst ring's gradient against the source's same ring; both (T, rings), means over time."""
    seen = np.isfinite(rendered) & np.isfinite(source)
    made, own = (np.where(seen, part, 0).sum(0) for part in (rendered, source))
    return float((made[seen.any(0)] / np.maximum(own[seen.any(0)], 1e-6)).max())


def texture(gray: Gray, inside: Mask) -> float:
    """High-frequency energy of a picture (H, W): its mean squared Laplacian `inside` the lips."""
    if inside.sum() < _LEAST_INSIDE:
        return float("nan")
    return float((cv2.Laplacian(gray, cv2.CV_32F)[inside] ** 2).mean())


def ghost_frames(made: FloatArray, own: FloatArray) -> int:
    """Frames of aligned mouth pictures (T, h, w) that stand alone and look like no real mouth.

    Alone: further from both neighbours than these are from each other. Both distances count from
    what occurs in the person's own pictures (S, h, w) once in two hundred frames.
    """
    if min(len(made), len(own)) < _LEAST_FRAMES:
        return 0
    alone = _alone(made) > max(float(np.percentile(_alone(own), _RARE)), _LEAST_CHANGE)
    usual = float(np.percentile(_nearest(own, own, _APART), _RARE))
    return int((alone & (_nearest(made, own, 0)[1:-1] > usual)).sum())


def _alone(pictures: FloatArray) -> FloatArray:
    """How much further each inner frame is from its nearer neighbour than they are; (T - 2,)."""
    step = np.abs(np.diff(pictures, axis=0)).mean((1, 2))
    across = np.abs(pictures[2:] - pictures[:-2]).mean((1, 2))
    return np.asarray(np.minimum(step[:-1], step[1:]) - across, np.float32)


def _nearest(pictures: FloatArray, own: FloatArray, apart: int) -> FloatArray:
    """Distance of each picture to the most alike own one, `apart` frames away or more; (T,)."""
    result = np.empty(len(pictures), np.float32)
    for index, picture in enumerate(pictures):
        away = np.abs(own - picture).mean((1, 2))
        if apart:
            away[max(0, index - apart + 1) : index + apart] = np.inf
        result[index] = away.min()
    return result


def _inside_distance(shape: tuple[int, ...], outline: FloatArray) -> Gray:
    """Signed distance to a closed outline in pixels, positive inside; (H, W)."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 1, shift=4)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    return np.where(mask > 0, inside - 0.5, 0.5 - outside).astype(np.float32)
