"""From a coarse likelihood to an alpha with the edges of the photo itself.

GrabCut (Rother et al. 2004) decides the border from the photo's colours, a guided filter with the
photo as its guide turns that into soft edges and recovers strands of hair, and what is not joined
to the person is dropped. Done at `_WORKING_SIDE`; only the last step sees every pixel.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.matting.guided_filter import apply_model, linear_model

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_WORKING_SIDE = 512
_BAND = 0.035  # unsure border, in roots of the person's area
_OUTER_BAND = 1.6  # hair reaches farther out than the network's border errs inward
_ITERATIONS = 3
_CUT_SHARE = 0.8  # of the cut in the filter's input; the rest is the network's
_LEVELS = (0.12, 0.9)  # of the filter's output that become 0 and 1: it never quite gets there
_EPSILON = 2e-4
_NOISE_SHARE = 4.0  # how much of the noise's variance the filter smooths over
_SMALL_HOLE = 0.004  # of the person's area: closed whatever the network thinks of it
_OPEN_HOLE = 0.15  # likelihood below which a larger hole is really one (an arm akimbo)


def refine(photo: Frame, likely: Floats, seed: tuple[int, int]) -> Floats:
    """The person's alpha (H, W), 0…1, of a BGR photo (H, W, 3) from `likely` (H, W).

    `seed`: (x, y) of a pixel of the person, by which the right one of several parts is kept.
    """
    height, width = likely.shape
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    small = np.asarray(
        cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
    size = small.shape[1::-1]
    chance = np.asarray(cv2.resize(likely, size, interpolation=cv2.INTER_AREA), np.float32)
    at = min(round(seed[0] * scale), size[0] - 1), min(round(seed[1] * scale), size[1] - 1)
    band = max(3, round(_BAND * float(np.sqrt((chance > 0.5).sum()))))
    surely = cv2.erode(_bytes(chance > 0.9), _disc(band), borderType=cv2.BORDER_REPLICATE) > 0
    maybe = cv2.dilate(_bytes(chance > 0.3), _disc(round(band * _OUTER_BAND))) > 0
    cut = _grab_cut(small, chance, surely, maybe)
    cut = _without_holes(_part_at(cut | surely, at), chance)
    wanted = _CUT_SHARE * cut + (1 - _CUT_SHARE) * np.where(_near(cut, band), chance, 0)
    likeness = np.asarray(np.where(surely, 1, np.where(maybe, wanted, 0)), np.float32)
    guide = _unit(small)
    epsilon = _EPSILON + _NOISE_SHARE * _noise_variance(guide)
    model = linear_model(guide, likeness, max(3, round(0.8 * band)), epsilon)
    alpha = apply_model(_enlarged(model, (width, height)), _unit(photo))
    low, high = _LEVELS
    alpha = np.clip((alpha - low) / (high - low), 0, 1)
    floor = _enlarged(surely.astype(np.float32), (width, height))
    core = cv2.erode(_bytes(cut), _disc(band), borderType=cv2.BORDER_REPLICATE)
    floor = np.maximum(floor, _enlarged(core.astype(np.float32), (width, height)))
    ceiling = _enlarged((maybe & _near(cut, band)).astype(np.float32), (width, height))
    return np.asarray(np.clip(alpha, floor, ceiling), np.float32)


def _grab_cut(small: Frame, chance: Floats, surely: Mask, maybe: Mask) -> Mask:
    marks = np.where(chance > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[surely] = cv2.GC_FGD
    marks[~maybe] = cv2.GC_BGD
    if not surely.any() or maybe.all():
        return np.asarray(chance > 0.5)  # nothing to learn one of the two colour models from
    cv2.setRNGSeed(1)  # its clustering draws random starts; the same photo gives the same alpha
    models = np.zeros((1, 65)), np.zeros((1, 65))
    nowhere = (0, 0, 1, 1)  # a rectangle, which this mode does not look at
    cv2.grabCut(small, marks, nowhere, *models, _ITERATIONS, cv2.GC_INIT_WITH_MASK)
    return np.asarray((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD))


def _part_at(mask: Mask, at: tuple[int, int]) -> Mask:
    """The connected part that holds the pixel (x, y); the largest when that one is outside."""
    _, labels, facts, _ = cv2.connectedComponentsWithStats(_bytes(mask), connectivity=4)
    label = labels[at[1], at[0]]
    if label == 0 and len(facts) > 1:
        label = 1 + int(facts[1:, cv2.CC_STAT_AREA].argmax())
    return np.asarray((labels == label) & mask)


def _without_holes(mask: Mask, chance: Floats) -> Mask:
    """Badges, buttons and earrings filled; the view between an arm and the body left open."""
    count, labels, facts, _ = cv2.connectedComponentsWithStats(_bytes(~mask), connectivity=4)
    height, width = mask.shape
    filled = mask.copy()
    for label in range(1, count):
        left, top, across, down, area = facts[label]
        if left == 0 or top == 0 or left + across == width or top + down == height:
            continue
        hole = labels == label
        if area < _SMALL_HOLE * mask.sum() or chance[hole].mean() > _OPEN_HOLE:
            filled |= hole
    return filled


def _near(mask: Mask, band: int) -> Mask:
    """The part itself and its surroundings: strands of hair may be cut off from it."""
    return np.asarray(cv2.dilate(_bytes(mask), _disc(2 * band)) > 0)


def _noise_variance(picture: Floats) -> float:
    """Of the photo's grain, 0…1 scale (Immerkær 1996, by the median so that edges count little)."""
    grey = picture.mean(-1)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, -1, kernel))
    return float((np.median(response) / 0.6745 / 6) ** 2)


def _enlarged(values: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _unit(picture: Frame) -> Floats:
    """0…255 to 0…1."""
    return np.asarray(picture * np.float32(1 / 255), np.float32)


def _bytes(mask: Mask) -> Frame:
    return mask.astype(np.uint8)


def _disc(radius: int) -> Frame:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
