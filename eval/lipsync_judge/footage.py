"""A clip cut in two, and videos seen through the face tracker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.lipsync_judge.measures import ring_gradients, sharpness, texture
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.geometry import (
    LEFT_EYE_OUTER,
    LIPS,
    LOWER_LIP_INNER,
    MESH_POINTS,
    NOSE_BRIDGE,
    NOSE_RIDGE,
    RIGHT_EYE_OUTER,
    UPPER_LIP_INNER,
    FloatArray,
    eye_distance,
    head_yaw,
)
from gpu_jobs.engines.faces.mesh import Face
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync.footage.clip_reader import ClipReader
from gpu_jobs.engines.lipsync.retrieval.drawing.render import mask_outline
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.probe import probe
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.decoder import normalise_video
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightStore

Frame = NDArray[np.uint8]

TRAINING_SHARE = 0.7
RING_OFFSETS = (-0.06, -0.03, 0.0, 0.03, 0.06, 0.09, 0.12, 0.16)
"""Eye distances from the mask's border inward at which a seam is looked for."""
_SAMPLE_RATE = 24_000
_NEAR_LOSSLESS = 8  # x264's crf
_MAX_YAW = 35.0
THUMBNAIL = 64  # px, a side
_MOUTH = (64, 48)  # px, an eye distance wide


@dataclass(frozen=True, slots=True)
class Cut:
    """A clip in two: `training`, a file with its sound; the rest as frames and as speech."""

    training: Path
    whole: Path
    fps: Fraction
    split: int
    count: int
    speech: Speech | None


def cut(clip: Path, workdir: Path, share: float = TRAINING_SHARE) -> Cut:
    """Write the first `share` of a clip to a file of its own, so that nothing else can leak.

    Raises what probing and decoding raise.
    """
    whole = workdir / "whole.mp4"
    info = normalise_video(clip, whole)
    has_sound = probe(clip).audio is not None
    sound = ffmpeg.read_audio(clip, _SAMPLE_RATE) if has_sound else None
    training, wav = workdir / "training.mp4", workdir / "training.wav"
    with ClipReader(whole, info.fps) as frames:
        count = frames.expected_count
        split = round(share * count)
        border = round(split / info.fps * _SAMPLE_RATE)
        if sound is not None:
            write_wav(wav, sound[:border], _SAMPLE_RATE)
        with VideoEncoder(
            training,
            width=info.width,
            height=info.height,
            fps=info.fps,
            audio=wav if sound is not None else None,
            crf=_NEAR_LOSSLESS,
        ) as encoder:
            for _, frame in zip(range(split), frames, strict=False):
                encoder.write(frame)
    speech = None
    if sound is not None and split < count:
        end = round(count / info.fps * _SAMPLE_RATE)
        speech = Speech(np.array(sound[border:end]), _SAMPLE_RATE)
    return Cut(training, whole, info.fps, split, count, speech)


@dataclass(slots=True)
class Sighting:
    """What the tracker saw in a video of T frames.

    `meshes` (T, 468, 3), `found` (T,) a face turned by at most 35°, `sharpness` (T,) of the mouth,
    `thumbnails` (T, 64, 64) for finding the same frame again, `texture` (T,) between the lips,
    `mouths` (T, 48, 64): upright mouths of one size, grey.
    """

    meshes: FloatArray
    found: NDArray[np.bool_]
    sharpness: FloatArray
    thumbnails: FloatArray
    texture: FloatArray
    mouths: FloatArray

    def part(self, start: int, end: int) -> Sighting:
        """The frames from `start` up to `end`."""
        chosen = slice(start, end)
        return Sighting(
            self.meshes[chosen],
            self.found[chosen],
            self.sharpness[chosen],
            self.thumbnails[chosen],
            self.texture[chosen],
            self.mouths[chosen],
        )


class Watcher:
    """Tracks the face of a video frame by frame and takes the measures that need pixels."""

    def __init__(self, weights: WeightStore) -> None:
        self._tracker = FaceTracker(weights)
        self._faces: list[Face | None] = []
        self._sharpness: list[float] = []
        self._thumbnails: list[Frame] = []
        self._texture: list[float] = []
        self._mouths: list[Frame] = []

    def see(self, frame: Frame) -> Face | None:
        """Take in the next BGR frame."""
        face = self._tracker(frame)
        self._faces.append(face)
        self._sharpness.append(np.nan if face is None else mouth_sharpness(frame, face.points))
        self._thumbnails.append(thumbnail(frame))
        self._texture.append(np.nan if face is None else mouth_texture(frame, face.points))
        blank = np.zeros(_MOUTH[::-1], np.uint8)
        self._mouths.append(blank if face is None else upright_mouth(frame, face.points))
        return face

    def sighting(self) -> Sighting:
        """Everything seen; a lost face repeats its predecessor (zeros before the first)."""
        meshes = np.zeros((len(self._faces), MESH_POINTS, 3), np.float32)
        last = next((face.points for face in self._faces if face is not None), meshes[0])
        for index, face in enumerate(self._faces):
            last = last if face is None else face.points
            meshes[index] = last
        found = np.array(
            [face is not None and abs(head_yaw(face.points)) <= _MAX_YAW for face in self._faces]
        )
        return Sighting(
            meshes,
            found,
            np.array(self._sharpness, np.float32),
            np.array(self._thumbnails, np.float32),
            np.array(self._texture, np.float32),
            np.array(self._mouths, np.float32),
        )


def watch(frames: Iterable[Frame], weights: WeightStore) -> Sighting:
    """The sighting of a whole video."""
    watcher = Watcher(weights)
    for frame in frames:
        watcher.see(frame)
    return watcher.sighting()


def along_the_ridge(points: FloatArray) -> FloatArray:
    """Canonical meshes (T, 468, 3) tilted until the ridge of the nose is upright.

    The pose in which lip distances have been measured since the first prototype; it foreshortens
    the mouth by about a quarter, so figures taken in another pose would not compare.
    """
    ridge = (points[:, NOSE_RIDGE] - points[:, NOSE_BRIDGE]).mean(0)
    angle = np.arctan2(ridge[2], ridge[1])
    cos, sin = np.cos(angle), np.sin(angle)
    tilt = np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]], np.float32)
    return np.asarray(points @ tilt.T, np.float32)


def mouth_sharpness(frame: Frame, mesh: FloatArray) -> float:
    """Sharpness of the box around the lips; NaN if it lies outside the picture."""
    lips = mesh[list(LIPS), :2]
    margin = 0.08 * eye_distance(mesh)
    left, top = np.maximum(np.floor(lips.min(0) - margin), 0).astype(int)
    right, bottom = np.ceil(lips.max(0) + margin).astype(int)
    box = frame[top:bottom, left:right]
    if min(box.shape[:2]) < 4:
        return float("nan")
    return sharpness(luminance(box))


def mouth_texture(frame: Frame, mesh: FloatArray) -> float:
    """High-frequency energy between the lips, at the picture's own size."""
    ring = mesh[[*UPPER_LIP_INNER, *LOWER_LIP_INNER[-2:0:-1]], :2]
    left, top = np.maximum(np.floor(ring.min(0)) - 2, 0).astype(int)
    right, bottom = np.ceil(ring.max(0)).astype(int) + 3
    box = frame[top:bottom, left:right]
    if min(box.shape[:2]) < 4:
        return float("nan")
    inside = np.zeros(box.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(ring - (left, top)).astype(np.int32)], 1)
    return texture(luminance(box), inside > 0)


def mouth_areas(meshes: FloatArray) -> FloatArray:
    """Area between the lips of meshes (T, 468, ≥2), in squared eye distances; (T,)."""
    x, y = np.moveaxis(meshes[:, [*UPPER_LIP_INNER, *LOWER_LIP_INNER[-2:0:-1]], :2], -1, 0)
    area = np.abs((x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1)) / 2
    across = meshes[:, LEFT_EYE_OUTER, :2] - meshes[:, RIGHT_EYE_OUTER, :2]
    return np.asarray(area / np.maximum((across**2).sum(1), 1e-6), np.float32)


def upright_mouth(frame: Frame, mesh: FloatArray) -> Frame:
    """The mouth, grey, upright and of one size (48, 64)."""
    across = mesh[LEFT_EYE_OUTER, :2] - mesh[RIGHT_EYE_OUTER, :2]
    zoom = _MOUTH[0] / max(float(across @ across), 1e-6)
    turn = zoom * np.array([[across[0], across[1]], [-across[1], across[0]]], np.float64)
    shift = np.array(_MOUTH) / 2 - turn @ mesh[list(LIPS), :2].mean(0)
    seen = cv2.warpAffine(frame, np.column_stack([turn, shift]), _MOUTH, flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), np.uint8)


def luminance(frame: Frame) -> FloatArray:
    """Grey float picture of a BGR one."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.float32)


def thumbnail(frame: Frame) -> Frame:
    """A small grey picture, (64, 64)."""
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def seam_gradients(frame: Frame, base: Frame, mesh: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gradients on rings around the mask's border, in a rendered frame and in its base frame."""
    unit = eye_distance(mesh)
    outline = mask_outline(mesh[:, :2])
    margin = 0.3 * unit
    left, top = np.maximum(np.floor(outline.min(0) - margin), 0).astype(int)
    right, bottom = np.ceil(outline.max(0) + margin).astype(int)
    lips = mesh[list(LIPS), :2] - (left, top)
    outline = outline - (left, top)
    rendered, source = (
        ring_gradients(
            luminance(np.ascontiguousarray(picture[top:bottom, left:right])),
            outline,
            lips,
            unit,
            RING_OFFSETS,
        )
        for picture in (frame, base)
    )
    return rendered, source
