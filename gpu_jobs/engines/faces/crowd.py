"""Everybody in a video at once: faces followed from frame to frame, and known again by looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_jobs.engines.faces.appearance import SAME, Person, appearance, signature
from gpu_jobs.engines.faces.detection import FaceBox, FaceDetector
from gpu_jobs.engines.faces.geometry import FloatArray
from gpu_jobs.engines.faces.mesh import Face, FaceMesh, Frame, Roi
from gpu_jobs.engines.faces.tracking import MIN_MESH_SCORE

_DETECT_EVERY = 6  # frames; whoever comes in is noticed as late
_MOST_PEOPLE = 8
_APART = 0.3  # of a crop's side: nearer than this two meshes lie on one face


@dataclass(slots=True)
class Member:
    """One of the crowd. `place`: leftmost 0, counted where they were first seen; `alike`: another
    looks like this one. `roi`: where the face is now, None while it is not seen."""

    person: Person
    place: int
    alike: bool = False
    roi: Roi | None = None


class Crowd:
    """Follows all faces of a video. `members`: everybody seen so far, in the order of coming."""

    def __init__(self, detector: FaceDetector, mesh: FaceMesh) -> None:
        self._detector = detector
        self._mesh = mesh
        self._frames = 0
        self.members: list[Member] = []

    def __call__(self, frame: Frame, *, new_shot: bool = False) -> dict[int, Face]:
        """The faces in the next BGR frame by their numbers among `members`."""
        if new_shot:
            for member in self.members:
                member.roi = None
        faces: dict[int, Face] = {}
        for number, member in enumerate(self.members):
            if (face := self._still(frame, member, faces)) is not None:
                faces[number] = face
        if new_shot or self._frames % _DETECT_EVERY == 0:
            self._look_for_more(frame, faces)
        self._frames += 1
        return faces

    def _still(self, frame: Frame, member: Member, faces: dict[int, Face]) -> Face | None:
        """The face of a member where it was; None if it is gone or another's lies there."""
        if member.roi is None:
            return None
        face = self._mesh(frame, member.roi)
        member.roi = None
        if face.score <= MIN_MESH_SCORE or _taken(face, faces):
            return None
        seen = signature(appearance(frame, face.points))
        if not member.alike and member.person.likeness(seen) < SAME:
            return None
        member.person.learn(seen)
        member.roi = Roi.around_mesh(face.points)
        return face

    def _look_for_more(self, frame: Frame, faces: dict[int, Face]) -> None:
        boxes = sorted(self._detector(frame), key=lambda box: box.x)
        for place, box in enumerate(boxes):
            face = self._new(frame, box, faces)
            if face is None:
                continue
            seen = signature(appearance(frame, face.points))
            number = self._whose(seen, faces)
            if number is None and len(self.members) < _MOST_PEOPLE:
                number = self._joined(seen, place)
            if number is not None:
                self.members[number].roi = Roi.around_mesh(face.points)
                faces[number] = face

    def _new(self, frame: Frame, box: FaceBox, faces: dict[int, Face]) -> Face | None:
        rough = self._mesh(frame, box.roi())
        if rough.score <= MIN_MESH_SCORE or _taken(rough, faces):
            return None
        face = self._mesh(frame, Roi.around_mesh(rough.points))
        return face if face.score > MIN_MESH_SCORE else None

    def _whose(self, seen: FloatArray, faces: dict[int, Face]) -> int | None:
        """Who of those that are not in the picture looks like a signature."""
        absent = {
            number: member.person.likeness(seen)
            for number, member in enumerate(self.members)
            if number not in faces
        }
        best = max(absent, key=absent.__getitem__, default=None)
        return best if best is not None and absent[best] >= SAME else None

    def _joined(self, seen: FloatArray, place: int) -> int:
        member = Member(Person(seen), place)
        for other in self.members:
            if other.person.likeness(seen) >= SAME:
                member.alike = other.alike = True
        self.members.append(member)
        return len(self.members) - 1


def _taken(face: Face, faces: dict[int, Face]) -> bool:
    """Whether a mesh lies on a face that is already somebody's."""
    roi = Roi.around_mesh(face.points)
    centres = [Roi.around_mesh(other.points) for other in faces.values()]
    return any(np.hypot(roi.x - at.x, roi.y - at.y) < _APART * roi.side for at in centres)
