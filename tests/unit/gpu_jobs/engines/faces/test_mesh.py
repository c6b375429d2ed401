"""What the attention mesh sees that a plain one does not, and the model cut into parts."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from gpu_jobs.engines.faces.geometry import eye_distance
from gpu_jobs.engines.faces.graph_cut import Graph
from gpu_jobs.engines.faces.mesh import MESH_WEIGHTS, Roi
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support.sample_pictures import WEIGHTS, astronaut

MEDIA = Path(__file__).resolve().parents[6] / "shared" / "media"
UPPER, LOWER = [13, 82, 312, 81, 311], [14, 87, 317, 178, 402]


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    try:
        return FaceTracker(WeightStore(WEIGHTS))
    except WeightsMissing as missing:
        pytest.skip(missing.message)


def gap(points: np.ndarray) -> float:
    """Between the inner lips, in eye distances."""
    return float(np.linalg.norm(points[UPPER] - points[LOWER], axis=1).mean()) / eye_distance(
        points
    )


@pytest.mark.parametrize("name", ["hallo_6.jpg", "lp_s12.jpg", "st_happy.png"])
def test_lips_that_touch_are_seen_to_touch(tracker, name: str) -> None:
    if not (MEDIA / name).exists():
        pytest.skip("the folder of real faces is not here")
    picture = np.asarray(cv2.imread(str(MEDIA / name)), np.uint8)
    tracker.reset()
    face = tracker(picture)
    assert face is not None
    assert gap(face.points[:, :2]) < 0.003


def test_a_smile_that_shows_the_teeth_is_seen_to_be_open(tracker) -> None:
    tracker.reset()
    face = tracker(astronaut())
    assert face is not None
    assert gap(face.points[:, :2]) > 0.03


def test_the_crop_that_follows_a_tilted_face_is_not_turned_with_its_box() -> None:
    points = np.zeros((468, 3), np.float32)
    points[:, :2] = 100
    points[[33, 263, 10, 152], :2] = (80, 80), (120, 120), (60, 140), (140, 60)
    roi = Roi.around_mesh(points)
    assert (roi.x, roi.y, roi.side) == (100, 100, 120)
    assert roi.angle == pytest.approx(np.pi / 4)


def test_a_part_of_a_model_computes_what_it_is_asked_for() -> None:
    path = WEIGHTS / MESH_WEIGHTS
    if not path.exists():
        pytest.skip("the face mesh is not here")
    graph = Graph(path.read_bytes())
    part = graph.part(graph.inputs, [graph.tensor("conv_faceflag")])
    net = Interpreter(model_content=part)
    net.allocate_tensors()
    assert [tuple(out["shape"]) for out in net.get_output_details()] == [(1, 1, 1, 1)]
    assert len(part) < path.stat().st_size
