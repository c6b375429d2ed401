"""Speech over background music as one sound file, streamed by ffmpeg however long it is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import NoAudioStream
from dh_core.limits import MAX_EXTRACT_SECONDS
from gpu_jobs.media.ffmpeg import Graph, command, source
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.media.processes.child_process import ProcessLimits, run
from gpu_jobs.media.sound.audio import write_sound
from gpu_jobs.media.sound.ducking import STEPS_PER_SECOND

SAMPLE_RATE: Final = 48_000

_CONTROL_RATE: Final = 1_000
"""Of the gain as a sound: well above what the curve holds, so that resampling keeps it."""
_LIMITS: Final = ProcessLimits(wall_seconds=1800.0)
_CEILING: Final = 10 ** (-1 / 20)
"""The mix is limited to -1 dBFS."""


def mix_music(speech: Path, music: Path, gain: NDArray[np.float32], target: Path) -> None:
    """Write `speech` with `music` under it to `target` (WAV, stereo), as long as `gain`.

    Music that is shorter begins again, longer music is cut. `gain`: linear, for the music, shape
    (T,), STEPS_PER_SECOND. Memory does not grow with the length. Nothing is left behind on failure.
    Raises NoAudioStream, UnreadableMedia, MediaLimitExceeded.
    """
    control = target.with_name(f"{target.stem}.gain.wav")
    try:
        _write_control(control, gain)
        run(command(_graph(speech, music, control, len(gain), target)), _LIMITS)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        control.unlink(missing_ok=True)


def _graph(speech: Path, music: Path, control: Path, steps: int, target: Path) -> Graph:
    beneath = ffmpeg.filter([_sound(music, stream_loop=-1), _sound(control)], "amultiply")
    mixed = ffmpeg.filter(
        [_sound(speech).filter("apad"), beneath.filter("apad")],
        "amix",
        inputs=2,
        normalize=0,
        duration="shortest",
    ).filter("alimiter", limit=_CEILING, level="disabled")
    return mixed.output(
        f"file:{target}",
        f="wav",
        acodec="pcm_s16le",
        t=steps / STEPS_PER_SECOND,
        map_metadata="-1",
    )


def _sound(path: Path, **options: str | float) -> Graph:
    found = probe(path, MediaLimits(max_seconds=MAX_EXTRACT_SECONDS)).audio
    if found is None:
        raise NoAudioStream
    sound = (
        source(path, vn=None, **options)["a:0"]
        .filter("aresample", SAMPLE_RATE, **{"async": 1, "first_pts": 0})
        .filter("aformat", channel_layouts="stereo", sample_fmts="fltp")
    )
    # Spreading mono over two channels, ffmpeg takes 3 dB away.
    return sound.filter("volume", math.sqrt(2)) if found.channels == 1 else sound


def _write_control(path: Path, gain: NDArray[np.float32]) -> None:
    """The curve as a stereo sound of 32-bit floats."""
    count = len(gain) * _CONTROL_RATE // STEPS_PER_SECOND
    times = np.arange(count) * (STEPS_PER_SECOND / _CONTROL_RATE) - 0.5
    curve = np.interp(times, np.arange(len(gain)), gain).astype(np.float32)
    both = np.column_stack([curve, curve])
    write_sound(path, both, _CONTROL_RATE, subtype="FLOAT")
