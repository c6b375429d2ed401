"""The template library as the runner sees it: fetch a template to work with, keep a made one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.media_store import MediaStore, ObjectMissing, template_key
from dh_core.errors import TemplateMissing
from dh_core.store import Claim, TaskRecord, TemplateRecord, TemplateStore
from dh_core.store.table import Write
from dh_core.store.tasks.outputs import template_run
from gpu_jobs.jobs.job import MadeTemplate, SavedTemplate

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TemplateLibrary:
    """Records in the table, pictures and previews in the bucket, each under its owner."""

    records: TemplateStore
    media: MediaStore

    def fetch(
        self, owner: str, template_id: str, folder: Path, check: Callable[[], None]
    ) -> SavedTemplate:
        """Copy a template's own pictures into `folder`; raises TemplateMissing.

        `check` is called while bytes flow and raises when the job has to stop.
        """
        record = self._existing(owner, template_id)
        person, background = folder / "template-person", folder / "template-background"
        try:
            for key, path in ((record.person_key, person), (record.background_key, background)):
                self.media.download(key, path, on_bytes=lambda _: check())
        except ObjectMissing as error:
            raise TemplateMissing from error
        return SavedTemplate(
            template_id=template_id,
            person_image=record.person_image,
            background_image=record.background_image,
            parameters=record.parameters,
            person=person,
            background=background,
        )

    def keep(self, task: TaskRecord, claim: Claim, made: MadeTemplate) -> Write:
        """Upload a template; the answer is the write that makes it visible.

        Raises TemplateMissing when the template that was edited has been deleted meanwhile.
        """
        replaces = made.template_id != task.task_id
        created_at = self._existing(task.owner, made.template_id).created_at if replaces else ""
        files = {
            "preview": (made.preview.path, made.preview.content_type),
            "poster": (made.poster.path, made.poster.content_type),
            "person": (made.person, "image/png"),
            "background": (made.background, "image/jpeg"),
        }
        keys = {
            name: _key(task, claim, made.template_id, path.name)
            for name, (path, _) in files.items()
        }
        for name, (path, content_type) in files.items():
            self.media.upload(path, keys[name], content_type=content_type)
        record = TemplateRecord(
            owner=task.owner,
            template_id=made.template_id,
            title_text=made.parameters.get("title_text"),
            person_image=made.person_image,
            background_image=made.background_image,
            parameters=dict(made.parameters),
            preview_key=keys["preview"],
            poster_key=keys["poster"],
            person_key=keys["person"],
            background_key=keys["background"],
            warnings=made.warnings,
            created_at=created_at,
        )
        return self.records.put_write(record, replaces=replaces)

    def folder_in_use(self, owner: str, template_id: str) -> str | None:
        """Where the pictures of the template as it stands lie; None without a template."""
        record = self.records.get(owner, template_id)
        return None if record is None else str(PurePosixPath(record.preview_key).parent) + "/"

    def drop(self, folder: str) -> None:
        """Delete what an edit has replaced. If that fails it goes with the template."""
        try:
            self.media.delete_folder(folder)
        except CLOUD_ERRORS:
            logger.exception("the pictures of a replaced template were not deleted")

    def _existing(self, owner: str, template_id: str) -> TemplateRecord:
        record = self.records.get(owner, template_id)
        if record is None:
            raise TemplateMissing
        return record


def _key(task: TaskRecord, claim: Claim, template_id: str, name: str) -> str:
    return template_key(
        task.owner, template_id, template_run(task.task_id, claim.output_folder), name
    )
