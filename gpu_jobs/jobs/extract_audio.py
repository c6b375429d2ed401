"""The sound of a video, as WAV and M4A, at its own loudness.

Nothing is generated here, so nothing is declared as AI content; a declaration that the source
already carries is passed on.
"""

from __future__ import annotations

from typing import ClassVar

from dh_core.errors import NoAudioStream
from dh_core.limits import MAX_EXTRACT_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage
from gpu_jobs.media.label.labelling import read_metadata
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.media.sound.audio import transcode_audio


class ExtractAudioJob:
    """Implements `gpu_jobs.jobs.job.Job` for ExtractAudioSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("probe", 1), Stage("extract", 9))

    def __init__(self, settings: JobSettings) -> None:
        """It needs none of them."""

    def setup(self) -> None:
        """ffmpeg needs no loading."""

    def run(self, spec: ExtractAudioSpec, context: JobContext) -> JobOutput:
        """Raises NoAudioStream, UnreadableMedia, UnsupportedSound, MediaTooLong."""
        video = context.inputs.upload("video", spec.video_file)
        context.report.stage("probe")
        info = probe(video, MediaLimits(max_seconds=MAX_EXTRACT_SECONDS))
        if info.audio is None:
            raise NoAudioStream
        context.report.stage("extract")
        wav, m4a = context.workdir / "audio.wav", context.workdir / "audio.m4a"
        written = transcode_audio(video, info.audio, wav=wav, m4a=m4a)
        label = read_metadata(video)
        return JobOutput(
            files={
                "audio": OutputFile(wav, "audio/wav", ".wav", label),
                "m4a": OutputFile(m4a, "audio/mp4", ".m4a", label),
            },
            data={
                "duration": round(written.duration, 3),
                "sample_rate": written.sample_rate,
                "channels": written.channels,
            },
        )
