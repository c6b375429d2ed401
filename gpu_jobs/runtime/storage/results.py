"""What a run made: put where its task's completion makes it visible, or taken away again."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.media_store import MediaStore, evidence_key, generated_key
from dh_core.specs.base import TaskSpec
from dh_core.store import Claim, GenerationLog, TaskRecord, TaskStore
from dh_core.store.table import Write
from dh_core.store.tasks.outputs import drop_other_runs, drop_run
from gpu_jobs.jobs.job import JobOutput, StageReport
from gpu_jobs.runtime.storage.template_library import TemplateLibrary
from gpu_jobs.runtime.storage.voice_library import VoiceLibrary

logger = logging.getLogger(__name__)

_FIRST: Final = Claim("", 1, "", run=1).output_folder
"""Nothing was written before the first run."""


@dataclass(frozen=True, slots=True)
class Results:
    """The bucket and the libraries, written under a run's claim."""

    tasks: TaskStore
    media: MediaStore
    voices: VoiceLibrary
    templates: TemplateLibrary
    log: GenerationLog

    def upload(
        self, task: TaskRecord, claim: Claim, output: JobOutput, report: StageReport
    ) -> dict[str, Any]:
        """Put the files into the run's own folder; answers the result as the task keeps it."""
        files: dict[str, dict[str, Any]] = {}
        for done, (role, file) in enumerate(output.files.items()):
            key = generated_key(task.task_id, claim.output_folder, file.path.name)
            size = self.media.upload(file.path, key, content_type=file.content_type)
            files[role] = {
                "key": key,
                "content_type": file.content_type,
                "filename": f"{task.uuid}{file.suffix}",
                "size": size,
            }
            report((done + 1) / len(output.files))
        return {"files": files, "data": dict(output.data)}

    def keep_evidence(self, task: TaskRecord, path: Path) -> None:
        """Keep what shows the consent, with its SHA-256, before anything is made by it."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        key = evidence_key(task.owner, task.task_id)
        self.media.upload(path, key, content_type="application/octet-stream")
        self.log.note_evidence(task.owner, task.task_id, key=key, sha256=digest)

    def keep(
        self, task: TaskRecord, claim: Claim, spec: TaskSpec, output: JobOutput
    ) -> tuple[Write, ...]:
        """Writes for the completing transaction, whose objects are in the bucket already."""
        if output.voice is not None:
            return (self.voices.keep(task, claim, output.voice, spec.consent),)
        if output.template is not None:
            return (self.templates.keep(task, claim, output.template),)
        return ()

    def replaced(self, task: TaskRecord, output: JobOutput) -> str | None:
        """The folder of the pictures that completing this edit makes superfluous."""
        if output.template is None:
            return None
        return self.templates.folder_in_use(task.owner, output.template.template_id)

    def clear_up(self, task: TaskRecord, claim: Claim) -> None:
        """Delete what earlier runs of a completed task left: they were killed, or fenced off."""
        if claim.output_folder == _FIRST:
            return
        try:
            drop_other_runs(self.media, task, claim)
        except CLOUD_ERRORS:
            logger.exception("could not delete what earlier runs of %s left", claim.task_id)

    def discard(self, task: TaskRecord, claim: Claim) -> bool:
        """Delete what a run uploaded that can complete nothing any more: this may fail.

        Returns whether the run had completed its task after all.
        """
        try:
            now = self.tasks.get(claim.task_id)
            made = now is not None and (now.result is not None or now.withheld is not None)
            if now is not None and made and now.worker == claim.worker:
                # Our finishing write arrived, only its answer was lost.
                return True
            if now is not None and now.claim == claim:
                # Its finishing write may be on its way; if not, the next run takes this away.
                return False
            drop_run(self.media, task, claim)
        except CLOUD_ERRORS:
            logger.exception("could not delete the output of %s", claim.task_id)
        return False
