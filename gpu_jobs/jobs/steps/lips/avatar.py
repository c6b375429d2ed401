"""A sample video made ready to speak: prepared once per file, whichever task needs it first."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.errors import NoVideoStream, StartTimeTooLate
from dh_core.limits import MAX_SAMPLE_VIDEO_SECONDS, MIN_CLIP_SECONDS
from dh_core.specs.base import FilmedSpec
from gpu_jobs.engines.lipsync import WHOLE, AvatarBroken, AvatarT, FaceChoice, LipSyncEngine, Span
from gpu_jobs.jobs.job import JobContext, StageReport
from gpu_jobs.media.probe import MediaInfo, MediaLimits, probe

logger = logging.getLogger(__name__)

AVATAR_FILE = "avatar.zip"
"""In the work directory, once the avatar is prepared: the engine's archive of it."""


def probe_sample(video: Path, span: Span = WHOLE) -> MediaInfo:
    """What a sample video holds. Raises NoVideoStream, UnreadableMedia, MediaTooLong, …

    StartTimeTooLate where less than a second is left for `span`.
    """
    info = probe(video, MediaLimits(max_seconds=MAX_SAMPLE_VIDEO_SECONDS))
    if info.video is None:
        raise NoVideoStream
    if span.start and info.duration - span.start < MIN_CLIP_SECONDS:
        raise StartTimeTooLate(
            f"The video has {info.duration:.1f} s, so less than a second is left of it from "
            f"{span.start:g} s on; give an earlier start_time."
        )
    return info


def span_of(spec: FilmedSpec) -> Span:
    """The part of its sample video that a task uses."""
    return Span(spec.start_time, spec.end_time)


def prepared_avatar(
    engine: LipSyncEngine[AvatarT, Any],
    clip: Path,
    context: JobContext,
    report: StageReport,
    face: FaceChoice = None,
    span: Span = WHOLE,
    *,
    must_keep: bool = False,
) -> tuple[AvatarT, bool]:
    """The clip's avatar, and whether it came from the cache.

    Cached by content, engine and version, so a changed engine or file never meets an old avatar,
    and by `face` and `span`: each person and part of a clip is an avatar of its own. `must_keep`
    raises what the bucket raises when the avatar cannot be kept; otherwise the next task does
    without.
    """
    who = "" if face is None else f"-face{face}"
    part = "" if span == WHOLE else f"-from{span.start:g}" + (f"to{span.end:g}" if span.end else "")
    name = f"{engine.avatar_version}-{_sha256(clip)}{who}{part}.zip"
    archive = context.workdir / AVATAR_FILE
    if context.avatars.fetch(name, archive):
        try:
            avatar = engine.restore(archive, context.workdir)
        except AvatarBroken:
            logger.exception("a kept avatar cannot be read; preparing it again")
        else:
            report(1.0)
            return avatar, True
    avatar = engine.prepare(clip, context.workdir, report, face, span)
    engine.save(avatar, archive)
    try:
        context.avatars.store(name, archive)
    except CLOUD_ERRORS:
        if must_keep:
            raise
        logger.exception("the avatar was not kept")
    return avatar, False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
