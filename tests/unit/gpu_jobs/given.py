"""What a job is given in a test, by the names of its spec's fields."""

from __future__ import annotations

from pathlib import Path

from dh_core.specs.base import TaskSpec
from gpu_jobs.jobs.job import EarlierSound, JobInputs, SavedTemplate


def given(
    spec: TaskSpec,
    *,
    template: SavedTemplate | None = None,
    voice_profile: Path | None = None,
    earlier_sound: EarlierSound | None = None,
    **uploads: Path,
) -> JobInputs:
    """The inputs of a task: `uploads` by field."""
    return JobInputs(
        uploads={file: uploads[name] for name, file in spec.inputs().items()},
        voice_profile=voice_profile,
        earlier_sound=earlier_sound,
        template=template,
    )
