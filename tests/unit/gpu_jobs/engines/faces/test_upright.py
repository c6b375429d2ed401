"""Which way up people are, in pictures that may lie about it."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gpu_jobs.engines.faces.detection import DETECTOR_WEIGHTS, FaceDetector
from gpu_jobs.engines.faces.mesh import MESH_WEIGHTS, FaceMesh
from gpu_jobs.engines.faces.upright import quarter_turns
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support.sample_pictures import WEIGHTS, astronaut

Pictures = list[NDArray[np.uint8]]
ROOT = Path(__file__).resolve().parents[5]
MEDIA = sorted((ROOT.parent / "shared" / "media").glob("*.[jpm][pn][g4]"))


@pytest.fixture(scope="module")
def turns_of():
    weights = WeightStore(WEIGHTS)
    try:
        detector = FaceDetector(weights.path(DETECTOR_WEIGHTS))
        mesh = FaceMesh(weights.path(MESH_WEIGHTS))
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    return lambda pictures: quarter_turns(pictures, detector, mesh)


def turned(pictures: Pictures, turns: int) -> Pictures:
    """Counter-clockwise."""
    return [np.ascontiguousarray(np.rot90(picture, turns)) for picture in pictures]


@pytest.mark.parametrize("turns", range(4))
def test_a_person_who_lies_or_stands_on_their_head_is_turned(turns_of, turns: int) -> None:
    assert turns_of(turned([astronaut()], turns)) == turns


@pytest.mark.parametrize("degrees", [-30, -15, 15, 30])
def test_a_tilted_head_is_left_as_it_is(turns_of, degrees: int) -> None:
    tilt = cv2.getRotationMatrix2D((256, 150), degrees, 0.8)
    assert turns_of([np.asarray(cv2.warpAffine(astronaut(), tilt, (512, 512)), np.uint8)]) == 0


def test_pictures_without_a_face_are_left_as_they_are(turns_of) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    assert turns_of([np.zeros((48, 64, 3), np.uint8), noise]) == 0
    assert turns_of([]) == 0


@pytest.mark.parametrize("path", MEDIA, ids=lambda path: path.name)
def test_real_people_are_turned_right_from_every_side(turns_of, path: Path) -> None:
    pictures = frames(path) if path.suffix == ".mp4" else [np.asarray(cv2.imread(str(path)))]
    assert [turns_of(turned(pictures, turns)) for turns in range(4)] == [0, 1, 2, 3]


def frames(path: Path) -> Pictures:
    with av.open(str(path)) as film:
        some = [frame for number, frame in enumerate(film.decode(video=0)) if number % 30 == 0]
    return [frame.to_ndarray(format="bgr24") for frame in some[:5]]
