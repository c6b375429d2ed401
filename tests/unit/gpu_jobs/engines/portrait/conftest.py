"""One photo with a found face, shared by the portrait's tests."""

from pathlib import Path

import cv2
import pytest

from dh_core.errors import DigitalHumanError
from gpu_jobs.engines.faces.mesh import MESH_WEIGHTS
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.weights.store import WeightStore
from tests.support import sample_pictures

ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture(scope="session")
def weights():
    store = WeightStore(ROOT / ".weights")
    try:
        store.path(MESH_WEIGHTS)
    except DigitalHumanError as error:
        pytest.skip(str(error))
    return store


@pytest.fixture(scope="session")
def tracker(weights):
    return FaceTracker(weights)


@pytest.fixture(scope="session")
def photo():
    head = sample_pictures.astronaut()[0:288, 84:372]
    return cv2.resize(head, (512, 512), interpolation=cv2.INTER_LANCZOS4)


@pytest.fixture(scope="session")
def points(tracker, photo):
    tracker.reset()
    return tracker(photo).points
