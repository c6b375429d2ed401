"""The pictures of a saved template, opened again: what editing and composing begin with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import TemplateMissing
from dh_core.specs.scene import SceneParameters
from gpu_jobs.jobs.job import SavedTemplate
from gpu_jobs.media.pictures.decoder import read_own
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.scene import Person, Scene, build_scene

Pixels = NDArray[np.uint8]


def scene_of(saved: SavedTemplate) -> Scene:
    """The template's layers, as its own task arranged them. Raises TemplateMissing (damaged)."""
    parameters = SceneParameters.model_validate(dict(saved.parameters))
    return build_scene(saved_person(saved), saved_background(saved), parameters)


def saved_person(saved: SavedTemplate) -> Person:
    """The stored cut-out and the face in it. Raises TemplateMissing."""
    pixels = read_own(saved.person)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise TemplateMissing
    return Person(pixels, Rectangle(*saved.parameters["face"]))


def saved_background(saved: SavedTemplate) -> Pixels:
    """The stored background, BGR. Raises TemplateMissing."""
    pixels = read_own(saved.background)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise TemplateMissing
    return pixels
