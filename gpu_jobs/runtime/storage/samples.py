"""Samples of what a moderated task reads and makes, put where the dispatcher hands them in.

They lie in the run's own folder, so that what a lost run leaves goes with its other files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dh_core.cloud.media_store import MediaStore, sample_key
from dh_core.cloud.messages import SamplesTaken
from dh_core.cloud.task_queue import EnqueueFailed, TaskQueue
from dh_core.store import Claim, FileStore, Sampled, SampleStore, SampleType, TaskRecord
from gpu_jobs.jobs.job import JobInputs, JobOutput

logger = logging.getLogger(__name__)

_CONTENT_TYPES: dict[SampleType, str] = {"audio": "audio/aac", "image": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Samples:
    """The table, the bucket and the dispatcher's queue, for a run that holds its task.

    In every method `check` is called between two samples and raises when the job has to stop.
    """

    records: SampleStore
    files: FileStore
    media: MediaStore
    queue: TaskQueue

    def of_inputs(
        self,
        task: TaskRecord,
        claim: Claim,
        inputs: JobInputs,
        folder: Path,
        check: Callable[[], None],
    ) -> None:
        """Have its videos judged while it works; pictures and sounds were before it began.

        Raises UnreadableMedia, MediaLimitExceeded.
        """
        for number, (file, path) in enumerate(inputs.uploads.items()):
            etag = inputs.etags.get(file)
            record = self.files.get(task.owner, file.file_type, file.filename)
            if file.file_type != "video" or etag is None or record is None:
                continue
            if record.allowed_etag != etag:
                name = f"input-{number}"
                self._take(task, claim, path, folder / name, Sampled(record.key, etag), check)
        self.tell(task)

    def of_output(
        self,
        task: TaskRecord,
        claim: Claim,
        output: JobOutput,
        folder: Path,
        check: Callable[[], None],
    ) -> None:
        """Have what it made judged: its film with the sound, or else its sound."""
        shown = _shown(output)
        if shown is not None:
            self._take(task, claim, shown, folder / "output", None, check)

    def tell(self, task: TaskRecord) -> None:
        """Have the dispatcher look. If that fails, the sweep does once the result is withheld."""
        try:
            self.queue.send(SamplesTaken(task_id=task.task_id))
        except EnqueueFailed:
            logger.exception("the dispatcher was not told of samples")

    def _take(
        self,
        task: TaskRecord,
        claim: Claim,
        path: Path,
        folder: Path,
        upload: Sampled | None,
        check: Callable[[], None],
    ) -> None:
        # A worker claims its task before it loads what only a moderated one needs.
        from gpu_jobs.media.samples import sample  # noqa: PLC0415 - see above

        frames, sounds = sample(path, folder, check)
        kinds: tuple[tuple[SampleType, list[Path]], ...] = (("image", frames), ("audio", sounds))
        taken: list[tuple[str, SampleType]] = []
        for kind, files in kinds:
            for file in files:
                key = sample_key(task.task_id, claim.output_folder, f"{folder.name}-{file.name}")
                self.media.upload(file, key, content_type=_CONTENT_TYPES[kind])
                taken.append((key, kind))
                check()
        self.records.put(task, claim, taken, upload)


def _shown(output: JobOutput) -> Path | None:
    """The file that holds all that can be seen and heard of a result."""
    files = [*output.files.values(), *([output.voice.preview] if output.voice else [])]
    if output.template is not None:
        files.append(output.template.preview)
    for kind in ("video/", "audio/"):
        for file in files:
            if file.content_type.startswith(kind):
                return file.path
    return None
