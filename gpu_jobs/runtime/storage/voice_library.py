"""The voice library as the runner sees it: fetch a voice to speak with, keep a learnt one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dh_core.cloud.media_store import MediaStore, ObjectMissing, voice_key
from dh_core.errors import VoiceMissing
from dh_core.specs.consent import Consent
from dh_core.store import Claim, TaskRecord, VoiceRecord, VoiceStore
from dh_core.store.table import Write
from gpu_jobs.jobs.job import LearntVoice


@dataclass(frozen=True, slots=True)
class VoiceLibrary:
    """Records in the table, profiles and previews in the bucket, each under its owner."""

    records: VoiceStore
    media: MediaStore

    def fetch(self, owner: str, voice_id: str, target: Path, check: Callable[[], None]) -> None:
        """Copy the profile of a saved voice to `target`; raises VoiceMissing.

        `check` is called while bytes flow and raises when the job has to stop.
        """
        voice = self.records.get(owner, voice_id)
        if voice is None:
            raise VoiceMissing
        try:
            self.media.download(voice.profile_key, target, on_bytes=lambda _: check())
        except ObjectMissing as error:
            raise VoiceMissing from error

    def keep(
        self, task: TaskRecord, claim: Claim, voice: LearntVoice, consent: Consent | None
    ) -> Write:
        """Upload a voice; the answer is the write that makes it visible, under the task's id."""
        preview = voice.preview
        record = VoiceRecord(
            owner=task.owner,
            voice_id=task.task_id,
            name=voice.name,
            engine=voice.engine,
            profile_key=_key(task, claim, voice.profile),
            preview_key=_key(task, claim, preview.path),
            preview_type=preview.content_type,
            warnings=voice.warnings,
            consent=consent.model_dump_json(exclude_none=True) if consent else None,
        )
        self.media.upload(
            voice.profile, record.profile_key, content_type="application/octet-stream"
        )
        self.media.upload(preview.path, record.preview_key, content_type=preview.content_type)
        return self.records.put_write(record)


def _key(task: TaskRecord, claim: Claim, path: Path) -> str:
    return voice_key(task.owner, task.task_id, claim.output_folder, path.name)
