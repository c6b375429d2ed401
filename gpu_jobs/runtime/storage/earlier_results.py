"""What earlier tasks of the same owner made, fetched as input of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dh_core.cloud.media_store import MediaStore, ObjectMissing
from dh_core.errors import InputMissing
from dh_core.store import TaskStore

_INPUTS: Final = {"audio": "audio_task", "timeline": "audio_timeline"}
"""Under which name a job finds a result of which role."""


@dataclass(frozen=True, slots=True)
class EarlierResults:
    """Tasks in the table, their files in the bucket."""

    tasks: TaskStore
    media: MediaStore

    def fetch_sound(
        self, owner: str, task_id: str, folder: Path, check: Callable[[], None]
    ) -> dict[str, Path]:
        """The task's `audio` and, where its words are known, `timeline`, by input name.

        `check` is called while bytes flow and raises when the job has to stop. Raises InputMissing.
        """
        task = self.tasks.get(task_id)
        files = (task.result or {}).get("files", {}) if task and task.owner == owner else {}
        try:
            if "audio" not in files:
                raise ObjectMissing
            paths: dict[str, Path] = {}
            for role, name in _INPUTS.items():
                if role in files:
                    paths[name] = folder / f"input-{name}"
                    self.media.download(files[role]["key"], paths[name], on_bytes=lambda _: check())
        except ObjectMissing as error:
            raise InputMissing(
                "The sound of the earlier task has expired; make it again, or upload it."
            ) from error
        return paths
