"""Which frame of the person's own footage is the source of each output frame's mouth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import FloatArray
from gpu_jobs.engines.lipsync.retrieval.trajectory import MouthTrajectory
from gpu_jobs.engines.mouth.limits import SHUT
from gpu_jobs.engines.mouth.shapes import MouthModel

IntArray = NDArray[np.int64]

CANDIDATES = 60
JUMP = 0.6
"""Cost of every cut, in units of one typical difference between two mouths."""
DEGREE = 0.1
"""Cost of a degree of head turn between source and base frame."""
PRESSED_SHUT = 18.0
"""Cost of closing a mouth that is open by its whole range: teeth would remain as a white line."""
STRETCHED_OPEN = 6.0
"""Cost of opening a mouth that is shut: its lips are stretched, and no gap is seen."""
BLURRED_OPEN = 4.0
"""Cost of opening a mouth e times as wide as it is: what is seen in it is stretched and blurred.

Where a mouth is less open than its source, its lower lip covers what is too much, and it stays
sharp.
"""
MOVING = 3.0
"""Cost of a mouth that moves by its whole range in a frame where the wanted one does not.

It is blurred, and its mesh late.
"""
_OPENING = 4.0  # weight of the whole range of openings, beside the shape
_NARROW = 0.02  # eye distances of an opening, over which its ratios count rather than its steps
CROSSFADE = 2
"""Frames over which a cut is blended."""
SIMILAR = 0.15
"""Share of the mouth's range within which two openings may be blended."""
_BLOCK = 256  # output frames whose distances to all source frames are in memory at a time


@dataclass(frozen=True, slots=True)
class SourcePick:
    """The mouths of one output frame: `share` of `index`, the rest of `previous`."""

    index: int
    previous: int
    share: float


def descriptors(
    codes: FloatArray, openings: FloatArray, widths: FloatArray, model: MouthModel
) -> FloatArray:
    """Mouths as points whose distance says how different they look; (T, K + 2).

    Opening and width count besides the shape: they decide how much tooth and dark is seen. An
    opening counts by its ratio: teeth squeezed to half of their height show, as much less of a
    wide mouth does not.
    """
    scale = float(model.codes[:, 0].std()) + 1e-6
    reach = model.range.widest_opening + 1e-6
    parted = np.log1p(np.maximum(openings, 0) / _NARROW) / np.log1p(reach / _NARROW)
    columns = [codes / scale, _OPENING * parted[:, None], 2 * widths[:, None] / reach]
    return np.concatenate(columns, 1).astype(np.float32)


def choose_sources(
    trajectory: MouthTrajectory,
    model: MouthModel,
    *,
    angles: FloatArray,
    base: IntArray,
    usable: NDArray[np.bool_],
    before: SourcePick | None = None,
) -> IntArray:
    """One source frame per output frame; int64 (N,).

    `angles` (T, 2) of the clip's frames, `base` (N,) the frame under each output frame, `usable`
    (T,) the frames that may be a source. Cost: distance to the wanted mouth and to the base's head
    turn; a cut costs JUMP and the difference of the mouths that it joins, playing on costs nothing.
    `before`: what the frame before the first shows.
    """
    lenders = np.flatnonzero(usable)
    own = descriptors(model.codes, model.openings, model.widths, model)[lenders]
    wanted = descriptors(trajectory.codes, trajectory.openings, trajectory.widths, model)
    turn = DEGREE * angles
    reach = model.range.widest_opening
    speed = np.abs(np.gradient(model.openings)) / reach
    wanted_speed = (
        np.abs(np.gradient(trajectory.openings)) / reach if len(wanted) > 1 else speed[:1]
    )
    kept = min(CANDIDATES, len(lenders))
    costs = np.empty((len(wanted), kept), np.float32)
    candidates = np.empty((len(wanted), kept), np.int32)
    for start in range(0, len(wanted), _BLOCK):
        block = slice(start, start + _BLOCK)
        cost = _distances(wanted[block], own)
        cost += _distances(turn[base[block]], turn[lenders])
        cost += MOVING * np.maximum(speed[lenders] - wanted_speed[block, None], 0)
        cost += _pressed_shut(trajectory.openings[block], model.openings[lenders], model)
        cost += _stretched_open(trajectory.openings[block], model.openings[lenders])
        best = np.argsort(cost, axis=1)[:, :kept]
        candidates[block] = best
        costs[block] = np.take_along_axis(cost, best, 1)
    first = None if before is None else int(np.searchsorted(lenders, before.index))
    path = viterbi(costs, candidates, own, order=lenders, before=first)
    return lenders[path]


def _pressed_shut(wanted: FloatArray, source: FloatArray, model: MouthModel) -> FloatArray:
    """Cost (N, S) of a source mouth open by `source` (S,) where shut lips are `wanted` (N,)."""
    reach = model.range.widest_opening
    shutting = np.clip(1 - wanted / SHUT, 0, 1)
    shut = np.maximum(wanted, np.percentile(model.openings, 5))
    ajar = np.maximum(source - shut[:, None], 0) / reach
    return np.asarray(PRESSED_SHUT * shutting[:, None] * ajar, np.float32)


def _stretched_open(wanted: FloatArray, source: FloatArray) -> FloatArray:
    """Cost (N, S) of a source mouth open by `source` (S,) where parted lips are `wanted` (N,)."""
    parting = np.clip(wanted / SHUT - 1, 0, 1)
    short = STRETCHED_OPEN * np.clip(1.5 - source / SHUT, 0, 1)
    ratio = np.maximum(wanted, SHUT)[:, None] / np.maximum(source, SHUT)
    blurred = BLURRED_OPEN * np.log(np.maximum(ratio, 1))
    return np.asarray(parting[:, None] * (short + blurred), np.float32)


def viterbi(
    cost: FloatArray,
    candidates: NDArray[np.int32],
    own: FloatArray,
    *,
    order: IntArray,
    before: int | None = None,
) -> IntArray:
    """The cheapest path through `candidates` (N, C) with their `cost` (N, C); int64 (N,).

    `own` (S, D) are the sources' mouths, `order` (S,) their frame numbers: a step from frame k to
    k + 1 is free. `before`: the source from which it starts. O(N · C²), and 2 · N · C bytes.
    Method: Bregler et al. 1997, Video Rewrite, §4.
    """
    if not len(candidates):
        return np.empty(0, np.int64)
    total = cost[0].astype(np.float64)
    if before is not None:
        total += _change(np.array([before]), candidates[0], own, order)[0]
    back = np.zeros(candidates.shape, np.int16)
    for step in range(1, len(candidates)):
        here = candidates[step]
        reached = total[:, None] + _change(candidates[step - 1], here, own, order)
        back[step] = reached.argmin(0)
        total = reached[back[step], np.arange(len(here))] + cost[step]
    place = int(total.argmin())
    path = np.empty(len(candidates), np.int64)
    for step in range(len(candidates) - 1, -1, -1):
        path[step] = candidates[step, place]
        place = int(back[step, place])
    return path


def _change(
    before: NDArray[np.integer], here: NDArray[np.integer], own: FloatArray, order: IntArray
) -> FloatArray:
    """What it costs to show sources `here` (M,) after those `before` (N,); (N, M)."""
    after = np.minimum(before + 1, len(own) - 1)
    change = _distances(own[after], own[here]) + JUMP
    change[order[here][None] == order[before][:, None] + 1] = 0
    return change


def with_crossfades(
    path: IntArray,
    model: MouthModel,
    wanted: FloatArray,
    usable: NDArray[np.bool_],
    before: SourcePick | None = None,
) -> list[SourcePick]:
    """Blend every cut over CROSSFADE frames: the run before it plays on underneath.

    Only while that run's own opening is near the wanted one (N,): closed lips stretched over an
    open mouth would show through. `before`: what the frame before the first shows.
    """
    near = SIMILAR * model.range.widest_opening
    picks: list[SourcePick] = []
    last = before
    outgoing, since = 0, CROSSFADE
    if last is not None:
        outgoing, since = last.previous, round(last.share * (CROSSFADE + 1))
    for step, index in enumerate(path):
        if last is None:
            outgoing = int(index)
        elif index != last.index + 1:
            outgoing, since = last.index, 0
        since += 1
        if since <= CROSSFADE:
            outgoing = _next_usable(outgoing, usable)
        here, there = float(model.openings[outgoing]), float(wanted[step])
        if abs(here - there) > near or (here < SHUT) != (there < SHUT):
            since = CROSSFADE + 1
        last = SourcePick(int(index), outgoing, min(1.0, since / (CROSSFADE + 1)))
        picks.append(last)
    return picks


def in_their_shape(
    wanted: MouthTrajectory, picks: list[SourcePick], model: MouthModel, share: float = 1.0
) -> MouthTrajectory:
    """The wanted openings and widths, in all else by `share` as the picked mouths are.

    Bent to the usual shape of a mouth as open and wide as they are, mouths lose what is theirs: in
    one that opens to a side the lips would cover the gap.
    """
    theirs = model.codes - model.code_for(model.openings, model.widths)
    shares = np.array([[pick.share] for pick in picks], np.float32)
    here = theirs[[pick.index for pick in picks]]
    before = theirs[[pick.previous for pick in picks]]
    usual = model.code_for(wanted.openings, wanted.widths)
    shaped = usual + before + shares * (here - before)
    return replace(wanted, codes=wanted.codes + np.float32(share) * (shaped - wanted.codes))


def _next_usable(index: int, usable: NDArray[np.bool_]) -> int:
    following = index + 1
    return following if following < len(usable) and usable[following] else index


def _distances(a: FloatArray, b: FloatArray) -> FloatArray:
    """Euclidean distances of every row of (N, D) to every row of (M, D)."""
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)), np.float32)
