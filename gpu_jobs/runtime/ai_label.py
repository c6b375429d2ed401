"""Every file that holds AI-generated content says so in its metadata (GB 45438-2025)."""

from __future__ import annotations

from dh_core.errors import LabelMissing
from dh_core.files.aigc import AigcLabel
from gpu_jobs.jobs.job import JobOutput, OutputFile, StageReport


def declare(output: JobOutput, report: StageReport) -> None:
    """See to it that each file bears its declaration, as read from it. Raises LabelMissing."""
    files = [*output.files.values(), *([output.voice.preview] if output.voice else [])]
    for done, file in enumerate(files):
        if file.label is not None:
            _declare_in(file, file.label)
        report((done + 1) / len(files))


def _declare_in(file: OutputFile, label: AigcLabel) -> None:
    # A worker claims its task before it loads what only the end of one needs.
    from gpu_jobs.media.label.labelling import (  # noqa: PLC0415 - see above
        read_metadata,
        write_metadata,
    )

    # Films bear it since their sound was added.
    if read_metadata(file.path, is_ours=True) != label:
        write_metadata(file.path, label)
        if read_metadata(file.path, is_ours=True) != label:
            raise LabelMissing
