"""Where the attempts of a task write in the bucket, and what to take away when it was for nothing.

A result, a voice or a template becomes visible in the write that completes its task. Whatever else
an attempt uploaded belongs to nobody: the attempt was killed, fenced off, or its task has failed.
"""

from __future__ import annotations

from dh_core.cloud.media_store import MediaStore, generated_folder, template_folder, voice_folder
from dh_core.store.tasks.records import Claim, TaskRecord


def run_prefixes(task: TaskRecord, output_folder: str) -> list[str]:
    """The prefixes under which one run of a task may have written, by its folder's name."""
    return [f"{prefix}{output_folder}/" for prefix in _prefixes(task)]


def drop_run(media: MediaStore, task: TaskRecord, claim: Claim) -> None:
    """Delete what an abandoned run uploaded."""
    for prefix in run_prefixes(task, claim.output_folder):
        media.delete_folder(prefix)


def drop_other_runs(media: MediaStore, task: TaskRecord, claim: Claim) -> None:
    """Delete what the runs before this one left; they can complete nothing any more."""
    for prefix in _prefixes(task):
        media.delete_folder(prefix, but=f"{prefix}{claim.output_folder}/")


def drop_all_runs(media: MediaStore, task: TaskRecord) -> None:
    """Erase what the runs of a task left that has ended without a result."""
    if not task.phase.is_terminal or task.result is not None:
        raise ValueError("what the task made is, or may become, visible")
    for prefix in _prefixes(task):
        media.erase_folder(prefix)


def template_run(task_id: str, output_folder: str) -> str:
    """The name of a run's folder within a template, which several tasks may write to."""
    return f"{task_id}-{output_folder}"


def _prefixes(task: TaskRecord) -> list[str]:
    """By place, not by type of task: whatever a task may make lies under one of these."""
    template_id = task.template_id or task.task_id
    return [
        generated_folder(task.task_id),
        voice_folder(task.owner, task.task_id),
        template_folder(task.owner, template_id) + template_run(task.task_id, ""),
    ]
