"""All cases. A module is a family; adding one adds a line here."""

from __future__ import annotations

from typing import Final

from tests.hostile.case import Case
from tests.hostile.families import (
    codecs,
    colour,
    containers,
    damage,
    geometry,
    headers,
    metadata,
    pictures,
    references,
    sound,
    streams,
    timing,
)

CASES: Final[tuple[Case, ...]] = (
    *codecs.cases(),
    *colour.cases(),
    *containers.cases(),
    *damage.cases(),
    *geometry.cases(),
    *headers.cases(),
    *metadata.cases(),
    *pictures.cases(),
    *references.cases(),
    *sound.cases(),
    *streams.cases(),
    *timing.cases(),
)
