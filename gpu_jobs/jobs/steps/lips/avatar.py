"""A sample video made ready to speak: prepared once per file, whichever task needs it first."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.errors import NoVideoStream
from dh_core.limits import MAX_SAMPLE_VIDEO_SECONDS
from gpu_jobs.engines.lipsync import AvatarBroken, AvatarT, FaceChoice, LipSyncEngine
from gpu_jobs.jobs.job import JobContext, StageReport
from gpu_jobs.media.probe import MediaInfo, MediaLimits, probe

logger = logging.getLogger(__name__)

AVATAR_FILE = "avatar.zip"
"""In the work directory, once the avatar is prepared: the engine's archive of it."""


def probe_sample(video: Path) -> MediaInfo:
    """What a sample video holds. Raises NoVideoStream, UnreadableMedia, MediaTooLong, …"""
    info = probe(video, MediaLimits(max_seconds=MAX_SAMPLE_VIDEO_SECONDS))
    if info.video is None:
        raise NoVideoStream
    return info


def prepared_avatar(
    engine: LipSyncEngine[AvatarT, Any],
    clip: Path,
    context: JobContext,
    report: StageReport,
    face: FaceChoice = None,
    *,
    must_keep: bool = False,
) -> tuple[AvatarT, bool]:
    """The clip's avatar, and whether it came from the cache.

    Cached by content, engine and version, so a changed engine or file never meets an old avatar,
    and by `face`: each person of a clip is an avatar of their own. `must_keep` raises what
    the bucket raises when the avatar cannot be kept; otherwise the next task does without.
    """
    who = "" if face is None else f"-face{face}"
    name = f"{engine.avatar_version}-{_sha256(clip)}{who}.zip"
    archive = context.workdir / AVATAR_FILE
    if context.avatars.fetch(name, archive):
        try:
            avatar = engine.restore(archive, context.workdir)
        except AvatarBroken:
            logger.exception("a kept avatar cannot be read; preparing it again")
        else:
            report(1.0)
            return avatar, True
    avatar = engine.prepare(clip, context.workdir, report, face)
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
