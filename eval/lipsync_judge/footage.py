"""A clip cut in two, and videos seen through the face tracker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.lipsync_judge.measures import ring_gradients, sharpness
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.detection import FaceTracker
from gpu_jobs.engines.faces.geometry import (
    LIPS,
    MESH_POINTS,
    NOSE_BRIDGE,
    NOSE_RIDGE,
    FloatArray,
    eye_distance,
    head_yaw,
)
from gpu_jobs.engines.faces.mesh import Face
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
_THUMBNAIL = 64  # px


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
    `thumbnails` (T, 64, 64) for finding the same frame again.
    """

    meshes: FloatArray
    found: NDArray[np.bool_]
    sharpness: FloatArray
    thumbnails: FloatArray

    def part(self, start: int, end: int) -> Sighting:
        """The frames from `start` up to `end`."""
        chosen = slice(start, end)
        return Sighting(
            self.meshes[chosen], self.found[chosen], self.sharpness[chosen], self.thumbnails[chosen]
        )


class Watcher:
    """Tracks the face of a video frame by frame and takes the measures that need pixels."""

    def __init__(self, weights: WeightStore) -> None:
        self._tracker = FaceTracker(weights)
        self._faces: list[Face | None] = []
        self._sharpness: list[float] = []
        self._thumbnails: list[Frame] = []

    def see(self, frame: Frame) -> Face | None:
        """Take in the next BGR frame."""
        face = self._tracker(frame)
        self._faces.append(face)
        self._sharpness.append(np.nan if face is None else mouth_sharpness(frame, face.points))
        self._thumbnails.append(thumbnail(frame))
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


def luminance(frame: Frame) -> FloatArray:
    """Grey float picture of a BGR one."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.float32)


def thumbnail(frame: Frame) -> Frame:
    """A small grey picture, (64, 64)."""
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def base_frame(frame: Frame, source: Sighting) -> int:
    """The source frame that an engine drew on: the most alike one, the lower faces left out."""
    height, width = frame.shape[:2]
    kept = np.ones((_THUMBNAIL, _THUMBNAIL), np.float32)
    low = source.meshes[..., :2].min((0, 1)) / (width, height) * _THUMBNAIL
    high = source.meshes[..., :2].max((0, 1)) / (width, height) * _THUMBNAIL
    nose = source.meshes[:, NOSE_RIDGE, 1].min() / height * _THUMBNAIL
    rows = slice(max(0, int(nose)), int(high[1]) + 3)
    kept[rows, max(0, int(low[0]) - 2) : int(high[0]) + 3] = 0
    apart = (source.thumbnails - thumbnail(frame).astype(np.float32)) ** 2
    return int((apart * kept).sum((1, 2)).argmin())


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
