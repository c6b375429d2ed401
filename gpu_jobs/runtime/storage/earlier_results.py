"""What earlier tasks of the same owner made, fetched as input of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dh_core.cloud.media_store import MediaStore, ObjectMissing
from dh_core.errors import InputMissing
from dh_core.store import TaskStore
from gpu_jobs.jobs.job import EarlierSound


@dataclass(frozen=True, slots=True)
class EarlierResults:
    """Tasks in the table, their files in the bucket."""

    tasks: TaskStore
    media: MediaStore

    def fetch_sound(
        self, owner: str, task_id: str, folder: Path, check: Callable[[], None]
    ) -> EarlierSound:
        """The task's `audio` and, where its words are known, `timeline`.

        `check` is called while bytes flow and raises when the job has to stop. Raises InputMissing.
        """
        task = self.tasks.get(task_id)
        files = (task.result or {}).get("files", {}) if task and task.owner == owner else {}
        try:
            if "audio" not in files:
                raise ObjectMissing
            audio = self._fetch(files["audio"], folder / "earlier-audio", check)
            timeline = (
                self._fetch(files["timeline"], folder / "earlier-timeline", check)
                if "timeline" in files
                else None
            )
        except ObjectMissing as error:
            raise InputMissing(
                "The sound of the earlier task has expired; make it again, or upload it."
            ) from error
        return EarlierSound(audio, timeline)

    def _fetch(self, file: dict[str, Any], path: Path, check: Callable[[], None]) -> Path:
        self.media.download(file["key"], path, on_bytes=lambda _: check())
        return path
