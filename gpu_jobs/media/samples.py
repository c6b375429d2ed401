"""Parts of a film or a sound that a moderator of pictures and short sounds can judge."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dh_core.errors import UnreadableMedia
from gpu_jobs.media.ffmpeg import command, source
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.media.processes.child_process import ProcessLimits, run

FRAME_SECONDS: Final = 5.0
"""One frame for so much of a film, but ..."""
FEWEST_FRAMES, MOST_FRAMES = 3, 12
_FRAME_SIZE: Final = (720, 720)
_JPEG: Final = {"f": "image2", "vcodec": "mjpeg", "frames:v": 1, "q:v": 4, "update": 1}
SOUND_SECONDS: Final = 1_800.0
"""Longest piece: 9 MB."""
_SOUND_BITRATE: Final = "40k"
_SOUND_RATE: Final = 16_000
_LIMITS: Final = ProcessLimits(wall_seconds=600.0, cpu_seconds=600)


def sample(path: Path, folder: Path, check: Callable[[], None]) -> tuple[list[Path], list[Path]]:
    """Frames (JPEG, evenly spread, each from a stretch of its own) and the whole sound (AAC, mono).

    `check` is called now and then and raises when the job has to stop. Raises UnreadableMedia,
    MediaLimitExceeded.
    """
    found = probe(path, MediaLimits(max_seconds=math.inf))
    folder.mkdir()
    frames = _frames(path, found.duration, folder, check) if found.video is not None else []
    sounds = _sounds(path, found.duration, folder, check) if found.audio is not None else []
    return frames, sounds


def _frames(path: Path, duration: float, folder: Path, check: Callable[[], None]) -> list[Path]:
    count = min(max(math.ceil(duration / FRAME_SECONDS), FEWEST_FRAMES), MOST_FRAMES)
    frames: list[Path] = []
    for number in range(count):
        check()
        frame = folder / f"frame-{number:02d}.jpg"
        picture = source(path, an=None, ss=f"{(number + 0.5) * duration / count:.3f}")["V:0"]
        picture = picture.filter(
            "scale", *_FRAME_SIZE, force_original_aspect_ratio="decrease", out_range="full"
        )
        made = picture.filter("format", "yuvj420p").output(f"file:{frame}", **_JPEG)
        run(command(made), _LIMITS)
        # None where the last picture stands for longer than its stretch.
        frames += [frame] if frame.exists() else []
    if not frames:
        raise UnreadableMedia
    return frames


def _sounds(path: Path, duration: float, folder: Path, check: Callable[[], None]) -> list[Path]:
    sounds: list[Path] = []
    for number in range(math.ceil(duration / SOUND_SECONDS)):
        check()
        sound = folder / f"sound-{number:02d}.aac"
        heard = source(path, vn=None, ss=number * SOUND_SECONDS, t=SOUND_SECONDS)["a:0"]
        made = heard.output(
            f"file:{sound}",
            f="adts",
            acodec="aac",
            audio_bitrate=_SOUND_BITRATE,
            ar=_SOUND_RATE,
            ac=1,
            map_metadata="-1",
        )
        run(command(made), _LIMITS)
        sounds.append(sound)
    return sounds
