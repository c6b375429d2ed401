"""What a run made: put where its task's completion makes it visible, or taken away again."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from dh_core.cloud_errors import CLOUD_ERRORS
from dh_core.media_store import MediaStore, generated_key
from dh_core.specs import TemplateEditSpec, parse_spec
from dh_core.store import Claim, TaskRecord, TaskStore
from dh_core.store.table import Write
from dh_core.tasks import TaskType
from gpu_jobs.job import JobOutput, StageReport
from gpu_jobs.template_library import TemplateLibrary
from gpu_jobs.voice_library import VoiceLibrary

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Results:
    """The bucket and the libraries, written under a run's claim."""

    tasks: TaskStore
    media: MediaStore
    voices: VoiceLibrary
    templates: TemplateLibrary

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

    def keep(self, task: TaskRecord, claim: Claim, output: JobOutput) -> tuple[Write, ...]:
        """Writes for the completing transaction, whose objects are in the bucket already."""
        if output.voice is not None:
            return (self.voices.keep(task, claim, output.voice),)
        if output.template is not None:
            return (self.templates.keep(task, claim, output.template),)
        return ()

    def replaced(self, task: TaskRecord, output: JobOutput) -> str | None:
        """The folder of the pictures that completing this edit makes superfluous."""
        if output.template is None:
            return None
        return self.templates.folder_in_use(task.owner, output.template.template_id)

    def discard(self, task: TaskRecord, claim: Claim) -> bool:
        """Delete what an abandoned run uploaded. It is invisible either way, so this may fail.

        Returns whether the run had completed its task after all.
        """
        try:
            now = self.tasks.get(claim.task_id)
            if now is not None and now.result is not None and now.worker == claim.worker:
                # Our finishing write arrived, only its answer was lost.
                return True
            self.media.delete_folder(generated_key(claim.task_id, claim.output_folder, ""))
            if task.type is TaskType.VOICE_PROFILE:
                self.voices.discard(task, claim)
            if task.type is TaskType.TEMPLATE:
                self.templates.discard(task, claim, task.task_id)
            if task.type is TaskType.TEMPLATE_EDIT:
                spec = parse_spec(task.spec)
                assert isinstance(spec, TemplateEditSpec)
                self.templates.discard(task, claim, spec.template_id)
        except CLOUD_ERRORS:
            logger.exception("could not delete the output of %s", claim.task_id)
        return False
