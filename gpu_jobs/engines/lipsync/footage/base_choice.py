"""Which frame of the clip lies under each frame of the speech.

The clip plays at its own speed, forwards or backwards, so blinks and head motion stay natural and
no joint can be seen; it turns round where the person is nearly still, and rather than play across a
cut. Where it starts and turns is the cheapest path through (frame, direction): calm mouths are
sought, fast motion is not turned in, and what was shown a moment ago is not shown again at once.
Where something else is asked for (`BaseFootage.fit`), it plays forwards, and loops or stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import FloatArray
from gpu_jobs.engines.lipsync.footage.base_footage import BaseFootage
from gpu_jobs.engines.lipsync.footage.patch_store import Frame

IntArray = NDArray[np.int64]


TURN = 0.4
"""Cost of turning round in a still moment, in seconds of full unease; restlessness adds as much."""
_MOST_RESTLESS = 12.0
BACKWARDS = 0.03
"""Unease of playing backwards: blinks and gestures are a little odd that way."""
START_BACKWARDS = 0.3
"""Cost of beginning backwards: who turns round later plays forwards for as long."""
LATE_START = 0.005
"""Cost of beginning a second later in the clip: of equal beginnings, its own."""
BLINK_AT_START, UNEASE_AT_START = 0.3, 0.3
"""Costs of a first frame with half-shut eyes, with unease 1: it becomes the video's thumbnail."""
AGAIN = 0.06
"""Unease of a frame that was shown just now."""
FORGOTTEN = 12.0
"""Seconds after which a frame shown counts as shown 1/e times."""
CUT = 10.0
"""Cost of playing on across a cut, in seconds of full unease: only away from a shot without a face
or too short to stay in."""
HORIZON, KEPT = 20.0, 8.0
"""Seconds planned at a time, and those of them that are played before the next plan."""

_JOINT_SHARE = 0.3
"""Part of a looped clip at either end in which a joint is looked for."""
_LOST = 0.5
"""What losing the whole clip would cost, as the difference of two heads."""
_FADE_SECONDS = 0.4
_HOLD_SECONDS = 1.0
"""Of a clip's end, in which the picture is looked for that is held."""

_FORWARDS, _BACKWARDS = 0, 1
_State = tuple[int, int]  # frame, direction in which it was entered


def choose_base(
    footage: BaseFootage, count: int, before: IntArray | None = None, *, ends: bool = True
) -> IntArray:
    """The clip's frame under each of `count` output frames; int64 (count,).

    Neighbours differ by one, so each group of pictures is decoded once in passing. `before`: the
    first of them, which stay. `ends`: nothing comes after, so that the calmest stretch of that
    length is sought; else more than HORIZON may come. Time O(count · frames within HORIZON), and
    memory does not grow with `count` beyond the answer.
    """
    if len(footage) == 1:
        return np.zeros(count, np.int64)
    if footage.fit != "bounce":
        return _FITS[footage.fit](footage, count)
    horizon, kept = (max(2, round(span * footage.fps)) for span in (HORIZON, KEPT))
    path = np.zeros(0, np.int64) if before is None else before
    shown, seen = np.zeros(len(footage)), 0
    while len(path) < count:
        _show(shown, path[seen:], FORGOTTEN * footage.fps)
        seen, left = len(path), count - len(path)
        steps = min(horizon, left) if ends else horizon
        unease = footage.unease + np.float32(AGAIN) * shown
        states = _plan(footage, unease.astype(np.float32), steps, _state(path))
        played = states[: left if steps == left else min(kept, left)]
        path = np.append(path, [frame for frame, _ in played])
    return path


def _show(shown: NDArray[np.float64], frames: IntArray, forgotten: float) -> None:
    """Count `frames` into how often each was `shown` (T,), those of long ago less."""
    ages = np.arange(len(frames), 0, -1) / forgotten
    shown *= np.exp(-len(frames) / forgotten)
    np.add.at(shown, frames, np.exp(-ages))


def _state(path: IntArray) -> _State | None:
    """The last frame of a path and how it was entered; None before the first."""
    if not len(path):
        return None
    backwards = len(path) > 1 and path[-1] < path[-2]
    return int(path[-1]), _BACKWARDS if backwards else _FORWARDS


def _looped(footage: BaseFootage, count: int) -> IntArray:
    """Forwards, and from where it ends on to where it most looks alike, again and again."""
    first, last = _joint(footage)
    period = last - first + 1
    path = np.arange(count)
    path[last + 1 :] = first + (path[last + 1 :] - last - 1) % period
    return path


def _joint(footage: BaseFootage) -> tuple[int, int]:
    """Where the clip is left (`last`) for a frame of its beginning (`first`) that is like it.

    Behind the last one there are frames enough for the cross-fade.
    """
    count = len(footage)
    fade = min(_fade_frames(footage.fps), count // 4)
    if footage.heads is None:
        return 0, count - 1 - fade
    heads: FloatArray = footage.heads
    begin = np.arange(max(1, round(_JOINT_SHARE * count)))
    end = np.arange(count - len(begin), count - fade)
    apart = np.linalg.norm(heads[end][:, None] - heads[begin][None], axis=-1)
    lost = begin[None] + (count - 1 - end)[:, None]
    closing = footage.blinking[end][:, None] + footage.blinking[begin][None]
    row, column = divmod(int((apart + _LOST * lost / count + closing).argmin()), len(begin))
    return int(begin[column]), int(end[row])


def _frozen(footage: BaseFootage, count: int) -> IntArray:
    """Forwards, then held at the calmest of the last frames, with open eyes."""
    end = np.arange(max(0, len(footage) - round(_HOLD_SECONDS * footage.fps)), len(footage))
    held = end[int((footage.unease[end] + footage.blinking[end]).argmin())]
    return np.asarray(np.minimum(np.arange(count), held), np.int64)


def joined(
    picture_of: Callable[[int], Frame],
    count: int,
    fps: Fraction,
    base: Sequence[int] | IntArray,
    steps: range,
) -> Iterator[Frame]:
    """The clip's pictures under some steps; where its path jumps, what was left fades out.

    `picture_of` reads one of the clip's `count`, `base` is the whole path. Only a loop jumps:
    everywhere else neighbours differ by one.
    """
    fade, path = _fade_frames(float(fps)), np.asarray(base)
    jumps = np.flatnonzero(np.abs(np.diff(path)) > 1) + 1
    for step in steps:
        picture = picture_of(int(path[step]))
        latest = int(np.searchsorted(jumps, step, side="right")) - 1
        since = step - int(jumps[latest]) + 1 if latest >= 0 else fade + 1
        if since <= fade:
            left = picture_of(min(int(path[step - since]) + since, count - 1))
            share = since / (fade + 1)
            picture = np.asarray(cv2.addWeighted(picture, share, left, 1 - share, 0), np.uint8)
        yield picture


def _fade_frames(fps: float) -> int:
    return max(1, round(_FADE_SECONDS * fps))


def _plan(
    footage: BaseFootage, unease: FloatArray, steps: int, before: _State | None
) -> list[_State]:
    """The cheapest next `steps` states after `before`, or from the cheapest start."""
    per_frame = unease / np.float32(footage.fps)
    turn = np.float32(TURN) * (1 + np.minimum(footage.restlessness, _MOST_RESTLESS))
    entered = np.zeros_like(per_frame)  # from the frame before, or left towards it
    entered[np.asarray(footage.starts)[1:]] = CUT
    costs = _Costs(per_frame, turn, entered, np.float32(BACKWARDS / footage.fps))
    if before is None:
        return _cheapest(_start(footage, per_frame), costs, steps - 1)
    frame, direction = before
    low, high = max(0, frame - steps), min(len(footage), frame + steps + 1)
    total = np.full((2, high - low), np.inf, np.float32)
    total[direction, frame - low] = 0
    reach = slice(low, high)
    ways = _cheapest(total, costs.within(reach), steps)
    return [(place + low, way) for place, way in ways[1:]]


def _start(footage: BaseFootage, per_frame: FloatArray) -> FloatArray:
    """Costs (2, T) of showing a frame first."""
    late = LATE_START * np.arange(len(footage)) / footage.fps
    cost = per_frame + late + UNEASE_AT_START * footage.unease + BLINK_AT_START * footage.blinking
    return np.stack([cost, cost + START_BACKWARDS]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Costs:
    """Of showing each frame, of turning in it, of passing between it and the one before; (T,)."""

    per_frame: FloatArray
    turn: FloatArray
    entered: FloatArray
    back: np.float32

    def within(self, reach: slice) -> _Costs:
        return _Costs(self.per_frame[reach], self.turn[reach], self.entered[reach], self.back)


def _cheapest(total: FloatArray, costs: _Costs, steps: int) -> list[_State]:
    """The cheapest path of `steps` steps from a state that costs `total` (2, T), it included.

    Viterbi over the frames entered forwards and backwards; a step leads to the next frame that
    way, or turns first.
    """
    turned = np.empty((steps, *total.shape), bool)
    onward = costs.per_frame[1:] + costs.entered[1:]
    backward = costs.per_frame[:-1] + costs.entered[1:] + costs.back
    for step in range(steps):
        other = total[::-1] + costs.turn
        turned[step] = other < total
        leaving = np.minimum(total, other)
        total = np.full_like(total, np.inf)
        total[_FORWARDS, 1:] = leaving[_FORWARDS, :-1] + onward
        total[_BACKWARDS, :-1] = leaving[_BACKWARDS, 1:] + backward
    direction, frame = divmod(int(total.argmin()), total.shape[1])
    states = [(frame, direction)]
    for step in range(steps - 1, -1, -1):
        frame += -1 if direction == _FORWARDS else 1
        direction ^= int(turned[step, direction, frame])
        states.append((frame, direction))
    return states[::-1]


_FITS: Final[Mapping[str, Callable[[BaseFootage, int], IntArray]]] = {
    "loop": _looped,
    "freeze": _frozen,
    # Whoever draws ends the film with the clip; what is planned beyond is not seen.
    "trim": lambda footage, count: np.minimum(np.arange(count), len(footage) - 1),
}
