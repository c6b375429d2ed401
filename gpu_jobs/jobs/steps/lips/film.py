"""From planned lips to the finished film: in one go, or in segments where helpers may come."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.lipsync import AvatarT, LipSyncEngine, PlanT
from gpu_jobs.jobs.job import Helpers, JobContext, StageReport
from gpu_jobs.jobs.steps.lips.segment_film import LABEL_FILE, LipSegments
from gpu_jobs.jobs.steps.lips.segments import cut, segment_seconds
from gpu_jobs.media.label.labelling import video_label_png
from gpu_jobs.media.video.encoder import VideoEncoder, keyframe_interval
from gpu_jobs.media.video.joining import add_sound, join


def make_film(
    engine: LipSyncEngine[AvatarT, PlanT],
    avatar: AvatarT,
    speech: Speech,
    sound: Path,
    target: Path,
    context: JobContext,
) -> None:
    """The avatar saying `speech`, to be heard as `sound`, under the AI label, as an MP4."""
    report = context.report.stage("lips")
    label = context.workdir / LABEL_FILE
    label.write_bytes(video_label_png(avatar.width, avatar.height))
    plan = engine.plan(avatar, speech)
    helpers = context.helpers
    if helpers is not None and speech.duration > helpers.from_seconds:
        length = segment_seconds(helpers.from_seconds)
        grid = keyframe_interval(avatar.fps)
        parts = tuple(cut(speech, len(plan), avatar.fps, length, grid))
        if len(parts) > 1:
            segments = LipSegments(engine, avatar, plan, label, parts)
            _in_segments(segments, helpers, sound, target, report)
            return
    drawn = engine.draw(avatar, plan, range(len(plan)), report)
    with (
        closing(drawn),
        VideoEncoder(
            target,
            width=avatar.width,
            height=avatar.height,
            fps=avatar.fps,
            audio=sound,
            overlay_png=label,
        ) as encoder,
    ):
        for frame in drawn:
            encoder.write(frame)


def _in_segments(
    segments: LipSegments[AvatarT, PlanT],
    helpers: Helpers,
    sound: Path,
    target: Path,
    report: StageReport,
) -> None:
    folder, fps = target.parent, segments.avatar.fps
    made = [folder / f"segment-{number:04d}.mp4" for number in range(len(segments.parts))]
    helpers.share(segments.save(folder), made, segments.make, report)
    silent = folder / "joined.mp4"
    join(made, [len(part) for part in segments.parts], fps, silent)
    add_sound(silent, sound, len(segments.plan) / fps, target)
