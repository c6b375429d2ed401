"""A voice as a file: the recipe by which it is mixed from the model's own voices, as JSON.

`{"form": VERSION, "timbre": {voice: weight}, "prosody": {voice: weight}, "f0_scale": factor}`.
Nothing of the recording is kept, and nothing from which the person could be heard without the
model. Voices saved when prosody was one voice's, named without a weight, are recipes all the same,
and sound as they did.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from dh_core.errors import VoiceOutdated
from gpu_jobs.engines.speech.kokoro.adapt import F0_SCALE_RANGE, Recipe

VERSION: Final = "kokoro-82m-1"
"""To be raised whenever the same recipe would give another voice."""

_LARGEST_WEIGHT: Final = 1.0
"""Of a single voice, in amount: no mix of ours comes near it."""


def write(path: Path, recipe: Recipe) -> None:
    """Keep a recipe."""
    path.write_text(json.dumps(document_of(recipe)), encoding="utf-8")


def document_of(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON values, with its form."""
    return {
        "form": VERSION,
        "timbre": recipe.timbre,
        "prosody": recipe.prosody,
        "f0_scale": recipe.f0_scale,
    }


def read(path: Path, known: Collection[str]) -> Recipe:
    """Read a recipe back; `known` are the model's voices. Raises VoiceOutdated."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise VoiceOutdated from error
    return recipe_of(document, known)


def recipe_of(document: object, known: Collection[str]) -> Recipe:
    """The recipe of a document; raises VoiceOutdated."""
    if not isinstance(document, dict) or document.get("form") != VERSION:
        raise VoiceOutdated
    recipe = _recipe(document)
    if recipe is None or not {*recipe.prosody, *recipe.timbre} <= set(known):
        raise VoiceOutdated
    return recipe


def _recipe(document: dict[str, Any]) -> Recipe | None:
    """None when the numbers cannot be a recipe."""
    timbre, prosody = _weights(document.get("timbre")), _weights(document.get("prosody"))
    f0_scale: Any = document.get("f0_scale")
    if timbre is None or prosody is None:
        return None
    if not (isinstance(f0_scale, float | int) and f0_scale >= 0):
        return None
    lowest, highest = F0_SCALE_RANGE
    return Recipe(timbre, prosody, min(max(float(f0_scale), lowest), highest))


def _weights(value: object) -> dict[str, float] | None:
    """Weights of sum 1, or a single voice's name; None when it is neither."""
    if isinstance(value, str):
        return {value: 1.0}
    if not isinstance(value, dict):
        return None
    weights = list(value.values())
    if not all(isinstance(weight, float | int) for weight in weights):
        return None
    if not all(abs(weight) <= _LARGEST_WEIGHT for weight in weights):
        return None
    return value if math.isclose(sum(weights), 1.0, abs_tol=1e-3) else None
