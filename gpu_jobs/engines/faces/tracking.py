"""Follow one person through a video: where the face was, and whose it is by its looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gpu_jobs.engines.faces.appearance import SAME, Appearance, Person, appearance, signature
from gpu_jobs.engines.faces.detection import DETECTOR_WEIGHTS, FaceBox, FaceDetector
from gpu_jobs.engines.faces.geometry import FloatArray
from gpu_jobs.engines.faces.mesh import MESH_WEIGHTS, Face, FaceMesh, Frame, Roi

if TYPE_CHECKING:
    from gpu_jobs.weights.store import WeightStore

MIN_MESH_SCORE = 0.999
"""Real faces have more, however blurred; noise up to 0.992."""
PATIENCE = 25
"""Frames for which a lost face keeps its place: a second of most clips."""
_LEAP = 0.7  # of the mesh's crop: how far a face may have moved while it was lost
_MOST_COMPARED = 5  # faces of a picture, the largest, among which a person is looked for


@dataclass(frozen=True, slots=True)
class TrackedFace(Face):
    """A face and whose it is: `looks` (468, 3), `person` counted in the order of their coming."""

    looks: Appearance
    person: int


class FaceTracker:
    """Follows one face from frame to frame; detects again only after losing it.

    The largest face of the first picture, or the one chosen with `follow`. Another person does not
    take its place before it has been gone for PATIENCE frames, and never the place
    of a chosen one. Who it is their looks say, or their place where two people look alike.
    `most_faces`: the most people found in one picture since `follow` was called.
    """

    def __init__(self, weights: WeightStore, threads: int = 1) -> None:
        self.detector = FaceDetector(weights.path(DETECTOR_WEIGHTS), threads)
        self.mesh = FaceMesh(weights.path(MESH_WEIGHTS), threads)
        self._people: list[Person] = []
        self._frames: list[int] = []  # in which each was followed
        self._followed: int | None = None
        self._roi: Roi | None = None
        self._last: Roi | None = None
        self._missed = 0
        self.follow()

    def __call__(self, frame: Frame, *, new_shot: bool = False) -> TrackedFace | None:
        """The face in the next BGR frame (H, W, 3), or None. `new_shot`: it may follow a cut."""
        if new_shot:
            self._roi = None
        face = None if self._looks_round() else self._where_it_was(frame)
        face = face or self._elsewhere(frame)
        if face is None:
            self._roi = None
            self._missed += 1
            if self._missed > PATIENCE:
                self._last = None
            return None
        self._roi = self._last = Roi.around_mesh(face.points)
        self._missed = 0
        self._frames[face.person] += 1
        return face

    def follow(self, index: int | None = None, person: Person | None = None) -> None:
        """Choose whom to follow: 0 is the leftmost of the picture, None the largest face.

        A chosen one is looked for until a picture shows enough people. Gone for long, one who
        looks like another is counted again only among as many: else that one would take the place.
        `person`: somebody known.
        """
        self.reset()
        self._index, self._chosen = index, index is not None or person is not None
        self._company = self.most_faces = 0
        if person is not None:
            self._people, self._frames, self._followed = [person], [0], 0

    def reset(self) -> None:
        """Forget everybody, as before an unrelated picture."""
        self._roi = self._last = self._followed = None
        self._missed = 0
        self._people, self._frames = [], []
        self._alike = False

    def _looks_round(self) -> bool:
        """Whether it is time to see if somebody who was seen for longer is back."""
        if self._alike or self._followed is None or self._followed == self._main():
            return False
        return self._frames[self._followed] % PATIENCE == 0

    def _where_it_was(self, frame: Frame) -> TrackedFace | None:
        """The followed person's face near its last mesh."""
        if self._roi is None or self._followed is None:
            return None
        face = self._seen(frame, self._roi)
        if face is None:
            return None
        looks = appearance(frame, face.points)
        seen, person = signature(looks), self._people[self._followed]
        if not self._alike and person.likeness(seen) < SAME:
            return None
        person.learn(seen)
        return TrackedFace(face.points, face.score, looks, self._followed)

    def _elsewhere(self, frame: Frame) -> TrackedFace | None:
        """The followed person's face among all that are detected; once in a while closely."""
        boxes = self.detector(frame)
        # Tiles show small faces, and now and then one that is none: only where nobody else is.
        if not boxes and self._missed % PATIENCE == 0:
            boxes = self.detector.closely(frame)
        self.most_faces = max(self.most_faces, len(boxes))
        if self._followed is not None and not self._alike:
            rough = self._known(frame, boxes)
            if rough is not None or self._chosen or self._last is not None:
                return self._settled(frame, rough)
        box = self._by_place(boxes)
        rough = None if box is None else self._seen(frame, box.roi())
        return self._settled(frame, rough, [other for other in boxes if other is not box])

    def _known(self, frame: Frame, boxes: list[FaceBox]) -> Face | None:
        """The face of whom was seen most, was seen last, or at all; followed from now on."""
        assert self._followed is not None
        faces = self._rough(frame, boxes)
        for number in dict.fromkeys((self._main(), self._followed, *range(len(self._people)))):
            rough = _likest(faces, self._people[number])
            if rough is not None:
                self._followed = number
                return rough
        return None

    def _rough(self, frame: Frame, boxes: list[FaceBox]) -> list[tuple[Face, FloatArray]]:
        """Rough meshes of the largest faces, and their signatures."""
        largest = sorted(boxes, key=_size, reverse=True)[:_MOST_COMPARED]
        faces = [face for box in largest if (face := self._seen(frame, box.roi())) is not None]
        return [(face, signature(appearance(frame, face.points))) for face in faces]

    def _main(self) -> int:
        return int(np.argmax(self._frames))

    def _by_place(self, boxes: list[FaceBox]) -> FaceBox | None:
        """The box near the last place; where there is none the chosen one, or the largest."""
        if self._last is not None:
            last = self._last
            boxes = [b for b in boxes if np.hypot(b.x - last.x, b.y - last.y) < _LEAP * last.side]
        elif self._index is not None:
            if len(boxes) <= self._index or len(boxes) < self._company:
                return None
            self._company = len(boxes)
            return sorted(boxes, key=lambda box: box.x)[self._index]
        return max(boxes, key=_size, default=None)

    def _settled(
        self, frame: Frame, rough: Face | None, others: list[FaceBox] | None = None
    ) -> TrackedFace | None:
        """The face of a rough mesh, looked at again; from now on its person is followed.

        `others`: who else is there, where the person may be a new one.
        """
        face = None if rough is None else self._seen(frame, Roi.around_mesh(rough.points))
        if face is None:
            return None
        looks = appearance(frame, face.points)
        if others is not None:
            self._followed = self._whose(signature(looks))
            person = self._people[self._followed]
            self._alike = _likest(self._rough(frame, others), person) is not None
        assert self._followed is not None
        return TrackedFace(face.points, face.score, looks, self._followed)

    def _whose(self, seen: FloatArray) -> int:
        """The person of a signature; a new one if it is like nobody's."""
        likeness = [person.likeness(seen) for person in self._people]
        if not likeness or max(likeness) < SAME:
            self._people.append(Person(seen))
            self._frames.append(0)
            return len(self._people) - 1
        return int(np.argmax(likeness))

    def _seen(self, frame: Frame, roi: Roi) -> Face | None:
        face = self.mesh(frame, roi)
        return face if face.score > MIN_MESH_SCORE else None


def _likest(faces: list[tuple[Face, FloatArray]], person: Person) -> Face | None:
    """Of faces with signatures, the one that looks most like `person`'s, if any does."""
    likeness = [person.likeness(seen) for _, seen in faces]
    if max(likeness, default=0.0) < SAME:
        return None
    return faces[int(np.argmax(likeness))][0]


def _size(box: FaceBox) -> float:
    return box.score * box.height
