"""Whole sound files: write as WAV, cut, decode to disk, take out of a video unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import ffmpeg
import numpy as np
import soundfile
from numpy.typing import NDArray

from dh_core.errors import UnreadableMedia
from gpu_jobs.media.child_process import ProcessLimits, run
from gpu_jobs.media.ffmpeg import command, source

_AAC_BITRATE: Final = "192k"
_MAX_AAC_RATE: Final = 96_000


def write_wav(path: Path, samples: NDArray[np.float32], sample_rate: int) -> None:
    """Write float samples in [-1, 1], shape (N,) or (N, channels), as 16-bit PCM; others clip."""
    soundfile.write(path, samples, sample_rate, format="WAV", subtype="PCM_16")


def cut_wav(path: Path, wav: Path, *, start: float, end: float) -> None:
    """Write the part of a sound between two moments, in seconds, as 16-bit WAV.

    Raises NoAudioStream, UnreadableMedia, MediaLimitExceeded.
    """
    sound = source(path, vn=None)["a:0"].filter("atrim", start=start, end=end)
    output = sound.filter("asetpts", "PTS-STARTPTS").output(
        f"file:{wav}", f="wav", acodec="pcm_s16le", map_metadata="-1"
    )
    run(command(output), ProcessLimits(wall_seconds=600.0))


def decode_to_disk(
    path: Path, raw: Path, sample_rate: int, *, max_seconds: float
) -> NDArray[np.float32]:
    """The first sound track as mono float32 in the file `raw`, mapped read-only, shape (N,).

    For sound that may be long: it takes no memory of its own. Sample 0 is the start of the file.
    Raises NoAudioStream, UnreadableMedia, MediaLimitExceeded.
    """
    sound = (
        source(path, vn=None)["a:0"]
        .filter("aresample", sample_rate, **{"async": 1, "first_pts": 0})
        .filter("aformat", channel_layouts="mono", sample_fmts="flt")
        .output(f"file:{raw}", f="f32le", acodec="pcm_f32le", t=max_seconds)
    )
    run(command(sound), ProcessLimits(wall_seconds=600.0, cpu_seconds=600))
    if raw.stat().st_size < np.dtype(np.float32).itemsize:
        raise UnreadableMedia
    return np.memmap(raw, dtype=np.float32, mode="r")


def transcode_audio(
    path: Path, wav: Path, m4a: Path | None = None, *, max_seconds: float = 7200.0
) -> None:
    """The first sound track as 16-bit WAV and, if asked, AAC in M4A, loudness untouched.

    Rate and channels are kept (AAC ends at 96 kHz). A track that begins after the picture is
    preceded by silence, so both files stay in step with it. Nothing is left behind on failure.
    Raises NoAudioStream, UnreadableMedia, MediaLimitExceeded.
    """
    sound = source(path, vn=None)["a:0"].filter("aresample", **{"async": 1, "first_pts": 0})
    common: dict[str, str | float] = {"t": max_seconds, "map_metadata": "-1"}
    if m4a is None:
        output = sound.output(f"file:{wav}", f="wav", acodec="pcm_s16le", **common)
    else:
        branches = sound.filter_multi_output("asplit", 2)
        compressed = branches[1].filter("aformat", sample_rates=_rates_of_aac())
        output = ffmpeg.merge_outputs(
            branches[0].output(f"file:{wav}", f="wav", acodec="pcm_s16le", **common),
            compressed.output(
                f"file:{m4a}",
                f="ipod",
                acodec="aac",
                audio_bitrate=_AAC_BITRATE,
                movflags="+faststart",
                **common,
            ),
        )
    try:
        run(command(output), ProcessLimits(wall_seconds=1800.0))
    except BaseException:
        wav.unlink(missing_ok=True)
        if m4a is not None:
            m4a.unlink(missing_ok=True)
        raise


def _rates_of_aac() -> str:
    rates = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200)
    return "|".join(str(rate) for rate in (*rates, _MAX_AAC_RATE))
