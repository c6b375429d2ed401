"""Fetches what a task reads into its private folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dh_core.cloud.media_store import MediaStore, ObjectChanged, ObjectMissing
from dh_core.errors import InputChanged, InputMissing, InputRejected
from dh_core.specs.base import InputFile, TaskSpec
from dh_core.store import FileStatus, FileStore
from gpu_jobs.jobs.job import EarlierSound, JobInputs, SavedTemplate, StageReport
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
    ) -> JobInputs:
        """Everything that the spec names, in `folder`.

        Raises InputMissing, InputRejected, InputChanged, VoiceMissing, TemplateMissing and, before
        a file is fetched for which there is no room, WorkDiskFull.
        """
        wanted = spec.inputs()
        uploads: dict[InputFile, Path] = {}
        etags: dict[InputFile, str | None] = {}
        for done, (name, file) in enumerate(wanted.items()):
            if file not in uploads:
                # Our own name: nothing downstream ever sees one that a user chose.
                uploads[file] = folder / f"input-{name}"
                etags[file] = self._fetch_upload(owner, file, uploads[file], check)
            report((done + 1) / len(wanted))
        return JobInputs(
            uploads=uploads,
            etags=etags,
            voice_profile=self._voice_profile(owner, spec, folder, check),
            earlier_sound=self._earlier_sound(owner, spec, folder, check),
            template=self._template(owner, spec, folder, check),
        )

    def _fetch_upload(
        self, owner: str, file: InputFile, path: Path, check: Callable[[], None]
    ) -> str | None:
        """Copy an upload: the object that was judged, and no other that came in its place.

        Answers its ETag, if it was judged.
        """
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
                return record.etag
        raise InputChanged(
            f"{file.filename} was replaced while the task began; create the task again."
        )

    def _voice_profile(
        self, owner: str, spec: TaskSpec, folder: Path, check: Callable[[], None]
    ) -> Path | None:
        if spec.saved_voice is None:
            return None
        profile = folder / "voice-profile"
        self.voices.fetch(owner, spec.saved_voice, profile, check)
        return profile

    def _earlier_sound(
        self, owner: str, spec: TaskSpec, folder: Path, check: Callable[[], None]
    ) -> EarlierSound | None:
        task_id = spec.named("task")
        if task_id is None:
            return None
        return self.earlier.fetch_sound(owner, task_id, folder, check)

    def _template(
        self, owner: str, spec: TaskSpec, folder: Path, check: Callable[[], None]
    ) -> SavedTemplate | None:
        template_id = spec.named("template")
        if template_id is None:
            return None
        return self.templates.fetch(owner, template_id, folder, check)
