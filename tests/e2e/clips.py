"""Small videos made on the spot."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from gpu_jobs.media.ffmpeg import command, source
from gpu_jobs.media.processes.child_process import ProcessLimits, run
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder


def faceless_video(path: Path, *, seconds: float, sound: bool, fps: int = 25) -> Path:
    """A moving pattern, 320×240, with a 440 Hz tone if asked for."""
    master = path.with_name(f"{path.stem}-master.mp4")
    tone = _tone(path.with_name(f"{path.stem}-tone.wav"), seconds) if sound else None
    with VideoEncoder(master, width=320, height=240, fps=Fraction(fps), audio=tone) as encoder:
        for number in range(round(seconds * fps)):
            encoder.write(_pattern(number))
    codec = {"vcodec": "mpeg4", "acodec": "mp3"} if path.suffix == ".avi" else {"c": "copy"}
    run(command(source(master).output(str(path), **codec)), ProcessLimits())
    return path


def _pattern(number: int) -> np.ndarray:
    columns = (np.arange(320) + 4 * number) % 256
    return np.broadcast_to(columns[None, :, None], (240, 320, 3)).astype(np.uint8)


def _tone(path: Path, seconds: float) -> Path:
    time = np.arange(round(seconds * 24_000)) / 24_000
    write_wav(path, (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), 24_000)
    return path
