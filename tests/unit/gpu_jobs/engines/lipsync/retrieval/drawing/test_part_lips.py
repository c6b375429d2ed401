"""Lips of a person who was never seen speaking, parted in their own frame."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from gpu_jobs.engines.faces.geometry import (
    LIP_BOTTOM_INNER,
    LIP_BOTTOM_OUTER,
    LIP_TOP_INNER,
    LIPS_OUTER,
    LOWER_LIP_INNER,
    UPPER_LIP_INNER,
    lip_gap,
)
from gpu_jobs.engines.lipsync.retrieval.drawing.part_lips import LipParting
from gpu_jobs.engines.mouth.limits import CLOSED, SAME
from gpu_jobs.engines.mouth.shapes import opening_field

SCALE, ORIGIN = 160.0, np.float32([160, 40, 0])
SKIN, LIP, MARK = (150, 170, 210), (110, 100, 190), (255, 0, 0)
FRAME_TO_FACE = np.float32([[1, 0, 0, -160], [0, 1, 0, -40], [0, 0, 1, 0]]) / SCALE


@pytest.fixture
def face(silent):
    """A frame of the silent person with red lips, and its mesh."""
    mesh = (silent.mean * SCALE + ORIGIN).astype(np.float32)
    mesh[33], mesh[263] = (80, 100, 0), (240, 100, 0)
    frame = np.full((320, 320, 3), SKIN, np.uint8)
    cv2.fillPoly(frame, [np.round(mesh[list(LIPS_OUTER), :2]).astype(np.int32)], LIP)
    return frame, mesh


def spoken(model, face, opening, width=None):
    frame, mesh = face
    rest = model.range.rest
    lips = LipParting(model)
    return lips.draw(frame.copy(), mesh, FRAME_TO_FACE, opening, width or rest, 1.0)


def lowest_red_row(frame):
    reddish = np.abs(frame[:, 160].astype(int) - LIP).sum(-1) < 20
    return int(np.flatnonzero(reddish).max())


def test_a_shut_mouth_stays_the_frame_s_own_to_the_pixel(silent, face):
    assert np.array_equal(spoken(silent, face, CLOSED), face[0])


def test_the_jaw_falls_and_the_upper_lip_hardly_rises(silent, face):
    frame, mesh = face
    drawn = spoken(silent, face, 0.10)
    fallen = lowest_red_row(drawn) - lowest_red_row(frame)
    assert 0.05 * SCALE < fallen < 0.10 * SCALE
    nose = int(mesh[LIP_TOP_INNER, 1]) - 30
    assert np.array_equal(drawn[:nose, 150:170], frame[:nose, 150:170])


def test_between_parted_lips_it_is_darker_than_the_face(silent, face):
    mesh = face[1]
    middle = mesh[[LIP_TOP_INNER, LIP_BOTTOM_INNER], 1].mean()
    drawn = spoken(silent, face, 0.10)
    inside = drawn[int(middle + 0.055 * SCALE), 160]
    assert inside.mean() < 0.6 * np.mean(LIP)


def test_rounded_lips_part_along_a_shorter_line(silent, face):
    def painted_width(width):
        row = int(face[1][LIP_BOTTOM_INNER, 1] + 0.012 * SCALE)
        return int((spoken(silent, face, 0.05, width)[row].mean(-1) < 90).sum())

    assert 0 < painted_width(silent.range.narrow) < 0.8 * painted_width(silent.range.rest)


def test_lips_that_are_always_a_little_apart_close_when_they_must(silent, face):
    """A person who smiles with parted lips throughout, and says an m."""
    mesh = face[1] + 0.06 * SCALE * opening_field(silent.mean)
    frame = face[0].copy()
    cv2.fillPoly(frame, [np.round(mesh[list(LIPS_OUTER), :2]).astype(np.int32)], LIP)
    ring = mesh[[*UPPER_LIP_INNER, *LOWER_LIP_INNER[-2:0:-1]], :2]
    cv2.fillPoly(frame, [np.round(ring).astype(np.int32)], (255, 255, 255))
    smiling = replace(silent, openings=silent.openings + 0.06)
    drawn = spoken(smiling, (frame, mesh), CLOSED)
    row = int(mesh[LIP_BOTTOM_OUTER, 1])
    assert frame[row - 40 : row, 150:170].min(-1).max() == 255
    assert drawn[row - 40 : row, 155:165].min(-1).max() < 200


def test_lips_that_stay_as_far_apart_as_they_are_look_as_they_do(silent, face):
    """No step between a frame that is left as it is and the next one, a hair more open."""
    mesh = face[1] + 0.06 * SCALE * opening_field(silent.mean)
    frame = face[0].copy()
    cv2.fillPoly(frame, [np.round(mesh[list(LIPS_OUTER), :2]).astype(np.int32)], LIP)
    smiling = replace(silent, openings=silent.openings + 0.06)
    drawn = spoken(smiling, (frame, mesh), float(lip_gap(mesh)) + 1.5 * SAME)
    assert abs(lowest_red_row(drawn) - lowest_red_row(frame)) <= 0.01 * SCALE
