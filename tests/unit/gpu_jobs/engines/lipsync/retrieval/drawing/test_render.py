"""Mouths laid into a frame."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.engines.faces.geometry import UPPER_LIP_INNER
from gpu_jobs.engines.lipsync.retrieval.drawing.render import Mouth, MouthRenderer
from gpu_jobs.engines.mouth.shapes import opening_field

SKIN = 150


@pytest.mark.parametrize(("opening", "darker"), [(0.0, False), (0.06, True)])
def test_only_lips_that_were_parted_get_a_crease_where_they_meet(talker, opening, darker):
    """Lips that met in the picture bring their own; a second line would be drawn over it."""
    shut = talker.mesh(talker.codes[talker.openings.argmin()])
    source = shut + opening * opening_field(talker.mean)
    mesh, lent = ((one * 160 + np.float32([120, 20, 0])) for one in (shut, source))
    plain = np.full((240, 240, 3), SKIN, np.uint8)
    mouth = Mouth(plain, np.zeros(2, np.int32), lent, energy=0.0)
    drawn = MouthRenderer(talker).draw(plain.copy(), mesh, mesh[:, :2], [mouth], 1.0)
    column, row = np.round(mesh[UPPER_LIP_INNER[5], :2]).astype(int)
    assert (drawn[row - 2 : row + 3, column].min() < SKIN - 20) == darker
