"""One streamed pass over the clip: frames and mouth patches to disk, face meshes to memory."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import FaceIndexOutOfRange, FaceTooSmall, MediaTooShort, NoFaceFound
from dh_core.limits import MIN_CLIP_SECONDS
from gpu_jobs.engines.faces.geometry import (
    CHIN,
    JAW,
    LIPS,
    MESH_POINTS,
    NOSE_BASE,
    FloatArray,
    eye_distance,
    head_yaw,
    spans,
)
from gpu_jobs.engines.faces.tracking import FaceTracker, TrackedFace
from gpu_jobs.engines.faces.upright import VIDEO_TURNED_WARNING, quarter_turns
from gpu_jobs.engines.lipsync import WHOLE, FaceChoice, Span
from gpu_jobs.engines.lipsync.footage import occlusion
from gpu_jobs.engines.lipsync.footage.blinks import blinking
from gpu_jobs.engines.lipsync.footage.clip_reader import MAX_SECONDS, ClipReader
from gpu_jobs.engines.lipsync.footage.patch_store import Frame, PatchStore
from gpu_jobs.engines.lipsync.footage.picture_change import IntArray, PictureChange, shots
from gpu_jobs.engines.lipsync.footage.shortcomings import shortcomings
from gpu_jobs.engines.lipsync.footage.speaker import find_speaker
from gpu_jobs.engines.lipsync.footage.sync import sound_of
from gpu_jobs.media.video.decoder import normalise_video

Report = Callable[[float], None]

CLIP_FILE, PATCHES_FILE = "clip.mp4", "mouths.bin"

MAX_YAW = 35.0
"""Degrees; beyond it half of the mouth is hidden and the mesh guesses."""
MIN_FACE_PIXELS = 48
FADE_FRAMES = 5
_NORMALISED = 0.4  # of the work is done when tracking starts
_LOOKS = 5  # at the clip, to see which way up it is
_PATCH_MARGIN = 0.25  # of the eye distance
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Track:
    """A clip taken apart. T frames.

    `folder`: holds CLIP_FILE and PATCHES_FILE.
    `frames`: whole pictures, `fps` a second, `width` x `height` (even).
    `patches`: the mouth regions, at `corners` (T, 2) (x, y).
    `meshes` (T, 468, 3) in frame pixels; where the face is lost, the nearest known one.
    `usable` (T,): a face is there, turned by at most MAX_YAW, and nothing hides its mouth.
    `changes` (T,): of the whole picture, from the frame before; grey levels.
    `shots` (S,): the first frame of each shot, 0 the first of them.
    `warnings`: codes for the client, about the clip.
    """

    folder: Path
    width: int
    height: int
    fps: Fraction
    frames: ClipReader
    patches: PatchStore
    corners: NDArray[np.int32]
    meshes: FloatArray
    usable: NDArray[np.bool_]
    changes: FloatArray
    shots: IntArray
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.meshes)

    def faces(self) -> FloatArray:
        """x, y, width, height of the face in each frame, from brow to chin; (T, 4)."""
        low, high = self.meshes[..., :2].min(1), self.meshes[..., :2].max(1)
        return np.hstack([low, high - low])

    def fade(self) -> FloatArray:
        """How far each frame's mouth may be replaced: 0 where unusable, ramps beside it, else 1."""
        ramps = [fade_weights(self.usable[shot]) for shot in spans(self.shots, len(self))]
        return np.concatenate(ramps)

    def blinks(self) -> NDArray[np.bool_]:
        """Frames (T,) in which the lids move."""
        return blinking(self.meshes, self.usable, float(self.fps), self.shots)

    def lenders(self) -> NDArray[np.bool_]:
        """Frames (T,) that may lend their mouth: usable ones, neither in a blink nor at a cut.

        A mesh is less sure of a face that blinks; and what follows a lent mouth in the clip would,
        across a cut, not follow it in time. All usable ones where none would be left.
        """
        lend = self.usable & ~self.blinks()
        for first in self.shots[1:]:
            lend[first - 1 : first + 1] = False
        return lend if lend.any() else self.usable

    def close(self) -> None:
        """Close the files."""
        self.frames.close()
        self.patches.close()


def track_clip(
    clip: Path,
    workdir: Path,
    tracker: FaceTracker,
    threads: int,
    report: Report,
    face: FaceChoice = None,
    span: Span = WHOLE,
) -> Track:
    """Normalise a probed clip (upright, constant rate ≤ 30, ≤ 1080p, SDR), then track and store it.

    Where the faces lie on their sides or stand on their heads, the clip is turned.

    `face`: which of several people, counted from the left, or who speaks ("auto"); None takes the
    largest face; `span`: what is used of the clip. Raises MediaTooShort, NoFaceFound,
    FaceIndexOutOfRange, FaceTooSmall, and what normalising raises.
    """
    report(0.0)
    normalised = workdir / CLIP_FILE
    seconds = span.seconds(MAX_SECONDS)
    normalise = partial(normalise_video, clip, normalised, start=span.start, max_seconds=seconds)
    info = normalise()
    turns = _turns_to_make(normalised, info.fps, tracker)
    if turns:
        info = normalise(quarter_turns=turns)
    warnings = (*info.warnings, VIDEO_TURNED_WARNING) if turns else info.warnings
    report(_NORMALISED)
    with ExitStack() as files:
        frames = files.enter_context(ClipReader(normalised, info.fps, threads))
        if face == "auto":
            found = find_speaker(frames, info.fps, sound_of(clip, span), tracker)
            tracker.follow(found.index, found.person)
            warnings = (*warnings, *found.warnings)
        else:
            tracker.follow(face)
        patches = files.enter_context(PatchStore(workdir / PATCHES_FILE))
        change = PictureChange()
        limit = math.ceil(MAX_SECONDS * info.fps)
        expected = max(1, min(limit, frames.expected_count))
        seen = _Sightings(limit)
        for picture in itertools.islice(frames, limit):
            patches.append(seen.note(picture, tracker(picture, new_shot=change.see(picture))))
            report(_NORMALISED + (1 - _NORMALISED) * min(1.0, len(seen) / expected))
        if isinstance(face, int) and 0 < tracker.most_faces <= face:
            raise FaceIndexOutOfRange
        seen.check(info.fps)
        files.pop_all()
    return Track(
        folder=workdir,
        width=info.width,
        height=info.height,
        fps=info.fps,
        frames=frames,
        patches=patches,
        corners=seen.corners,
        meshes=seen.filled_meshes(),
        usable=seen.usable(float(info.fps)),
        changes=change.changes(),
        shots=shots(change.changes(), seen.filled_meshes(), seen.found),
        warnings=(*warnings, *seen.warnings()),
    )


def _turns_to_make(clip: Path, fps: Fraction, tracker: FaceTracker) -> int:
    """By a few pictures from all over the clip."""
    with ClipReader(clip, fps) as frames:
        count = frames.expected_count
        some = sorted({count * part // _LOOKS for part in range(_LOOKS)})
        return quarter_turns((frames[index] for index in some), tracker.detector, tracker.mesh)


class _Sightings:
    """What is kept of each frame: the face's mesh and colours, its mouth's place.

    In arrays of full length from the start, of which only the pages in use take memory. Small
    arrays, one a frame, would lie between the frames in the heap and keep it from using a freed
    frame's place for the next one: the process then grows by a frame a frame.
    """

    def __init__(self, limit: int) -> None:
        self._count = 0
        self._who = np.full(limit, _NOBODY, np.int32)
        self._frontal = np.zeros(limit, bool)
        self._corners = np.zeros((limit, 2), np.int32)
        self._meshes = np.zeros((limit, MESH_POINTS, 3), np.float32)
        self._looks = np.zeros((limit, MESH_POINTS, 3), np.uint8)

    def __len__(self) -> int:
        return self._count

    @property
    def found(self) -> NDArray[np.bool_]:
        """Frames (T,) that show the person: of several that were followed, who is seen longest."""
        who = self._who[: self._count]
        longest = np.bincount(who[who != _NOBODY], minlength=1).argmax()
        return np.asarray(who == longest)

    def note(self, picture: Frame, face: TrackedFace | None) -> Frame:
        """Note the next frame and return the part of it that holds the mouth."""
        index = self._count
        self._count += 1
        self._corners[index], patch = _mouth_patch(picture, face)
        if face is not None:
            self._who[index] = face.person
            self._frontal[index] = abs(head_yaw(face.points)) <= MAX_YAW
            self._meshes[index] = face.points
            self._looks[index] = face.looks
        return patch

    def check(self, fps: Fraction) -> None:
        """Raises MediaTooShort, NoFaceFound, FaceTooSmall."""
        if self._count < MIN_CLIP_SECONDS * fps:
            raise MediaTooShort
        found = self.found
        known = self._meshes[: self._count][found]
        if not len(known):
            raise NoFaceFound
        if np.median(np.ptp(known[..., :2], axis=1).max(1)) < MIN_FACE_PIXELS:
            raise FaceTooSmall
        if not self._frontal[: self._count][found].any():
            raise NoFaceFound("The face is turned away throughout; film the person from the front.")

    def warnings(self) -> tuple[str, ...]:
        """Codes of what will not look as a person would."""
        return shortcomings(self._meshes[: self._count][self.found])

    @property
    def corners(self) -> NDArray[np.int32]:
        """Where each frame's mouth patch has its top left corner; (T, 2), (x, y)."""
        return self._corners[: self._count].copy()

    def usable(self, fps: float) -> NDArray[np.bool_]:
        """Which frames (T,) may be changed and may be the source of a mouth."""
        found = self.found
        usable = self._frontal[: self._count] & found
        usable[found] &= ~occlusion.hidden(
            self._looks[: self._count][found], self._meshes[: self._count][found], fps
        )
        return usable

    def filled_meshes(self) -> FloatArray:
        """Meshes (T, 468, 3) of all frames; a lost one takes the nearest known one's place."""
        known = np.flatnonzero(self.found)
        nearest = [int(known[np.abs(known - index).argmin()]) for index in range(self._count)]
        return self._meshes[nearest]


def fade_weights(usable: NDArray[np.bool_]) -> FloatArray:
    """Distance to the nearest unusable frame over FADE_FRAMES, at most 1, eased; shape (T,)."""
    index = np.arange(len(usable))
    bad = index[~usable]
    if not len(bad):
        return np.ones(len(usable), np.float32)
    after = np.searchsorted(bad, index)
    left = np.abs(index - bad[np.clip(after - 1, 0, len(bad) - 1)])
    right = np.abs(index - bad[np.clip(after, 0, len(bad) - 1)])
    ramp = np.clip(np.minimum(left, right) / FADE_FRAMES, 0, 1)
    eased: FloatArray = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
    return eased


def _mouth_patch(picture: Frame, face: TrackedFace | None) -> tuple[tuple[int, int], Frame]:
    """The part of a frame that a mouth may be taken from, and its top left corner (x, y)."""
    if face is None:
        return (0, 0), picture[:2, :2]
    points = face.points[[*LIPS, *CHIN, *JAW, NOSE_BASE], :2]
    margin = _PATCH_MARGIN * eye_distance(face.points)
    height, width = picture.shape[:2]
    low = np.clip(np.floor(points.min(0) - margin), 0, (width - 2, height - 2)).astype(int)
    high = np.clip(np.ceil(points.max(0) + margin), low + 2, (width, height)).astype(int)
    return (int(low[0]), int(low[1])), picture[low[1] : high[1], low[0] : high[0]]
