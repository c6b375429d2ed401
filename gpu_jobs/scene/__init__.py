"""A person, a background and a title arranged on one canvas."""

from gpu_jobs.scene.build import Person, Scene, build_scene
from gpu_jobs.scene.title import Title, lay_title

__all__ = ["Person", "Scene", "Title", "build_scene", "lay_title"]
