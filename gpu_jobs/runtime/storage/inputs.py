"""Fetches what a task reads into its private folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dh_core.cloud.media_store import MediaStore, ObjectChanged, ObjectMissing
from dh_core.errors import InputChanged, InputMissing, InputRejected
from dh_core.specs.base import InputFile, SpokenSpec, TaskSpec
from dh_core.specs.task_types import ComposeSpec, TemplateEditSpec
from dh_core.store import FileStatus, FileStore
from gpu_jobs.jobs.job import SavedTemplate, StageReport
from gpu_jobs.media.processes.work_folder import require_room
from gpu_jobs.runtime.storage.earlier_results import EarlierResults
from gpu_jobs.runtime.storage.template_library import TemplateLibrary
from gpu_jobs.runtime.storage.voice_library import VoiceLibrary

_LOOKS: Final = 10
_LOOK_AGAIN_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Inputs:
    """Uploaded files, saved voices, saved templates and results of earlier tasks.

    In every method `check` is called while bytes flow and raises when the job has to stop.
    """

    files: FileStore
    media: MediaStore
    voices: VoiceLibrary
    templates: TemplateLibrary
    earlier: EarlierResults

    def fetch(
        self,
        owner: str,
        spec: TaskSpec,
        folder: Path,
        report: StageReport,
        check: Callable[[], None],
    ) -> dict[str, Path]:
        """The spec's files by field, and what `JobContext.inputs` names besides.

        Raises InputMissing, InputRejected, InputChanged, VoiceMissing and, before a file is
        fetched for which there is no room, WorkDiskFull.
        """
        wanted = spec.inputs()
        paths: dict[str, Path] = {}
        for done, (name, file) in enumerate(wanted.items()):
            # Our own name: nothing downstream ever sees one that a user chose.
            paths[name] = folder / f"input-{name}"
            self._fetch_upload(owner, file, paths[name], check)
            report((done + 1) / len(wanted))
        if isinstance(spec, SpokenSpec) and spec.saved_voice is not None:
            paths["voice_id"] = folder / "input-voice_id"
            self.voices.fetch(owner, spec.saved_voice, paths["voice_id"], check)
        if isinstance(spec, ComposeSpec) and spec.audio_task is not None:
            paths |= self.earlier.fetch_sound(owner, spec.audio_task, folder, check)
        return paths

    def _fetch_upload(
        self, owner: str, file: InputFile, path: Path, check: Callable[[], None]
    ) -> None:
        """Copy an upload: the object that was judged, and no other that came in its place."""
        for _ in range(_LOOKS):
            record = self.files.get(owner, file.file_type, file.filename)
            if record is not None and record.status is FileStatus.REJECTED:
                raise InputRejected(
                    f"{file.filename}: {record.error_message}", code=record.error_code
                )
            try:
                if record is None:
                    raise ObjectMissing
                require_room(path.parent, record.file_size)
                self.media.download(record.key, path, etag=record.etag, on_bytes=lambda _: check())
            except ObjectMissing as error:
                raise InputMissing(
                    f"{file.filename} was deleted; upload it and create the task again."
                ) from error
            except ObjectChanged:
                # Sent once more: in a moment that is judged, and the record names it.
                check()
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return
        raise InputChanged(
            f"{file.filename} was replaced while the task began; create the task again."
        )

    def fetch_template(
        self, owner: str, spec: TaskSpec, folder: Path, check: Callable[[], None]
    ) -> SavedTemplate | None:
        """The template that the spec names, if it names one. Raises TemplateMissing."""
        if not isinstance(spec, TemplateEditSpec | ComposeSpec):
            return None
        return self.templates.fetch(owner, spec.template_id, folder, check)
