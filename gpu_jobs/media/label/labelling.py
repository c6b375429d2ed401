"""The AI-content label of GB 45438-2025 on files: seen, heard, and read back from the bytes.

Explicit: text on the picture at least 5 % of its shortest side high; in standalone sound the
rhythm cue "short-long short-short" (Morse A, I). Implicit: `dh_core.files.aigc` in the metadata.
What keeps the key (ffmpeg 9): MP4 and M4A with `use_metadata_tags`, MP3, FLAC; WAV only as an
ID3 chunk.
"""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import Any, Final

import av
import ffmpeg
import numpy as np
from mutagen.id3 import TXXX
from mutagen.wave import WAVE
from numpy.typing import NDArray
from PIL import Image

from dh_core.errors import NoAudioStream, NoVideoStream, UnreadableMedia
from dh_core.files.aigc import METADATA_KEY, AigcLabel
from dh_core.files.sniff import HEAD_BYTES, Sniffed, sniff
from gpu_jobs.media.ffmpeg import command, source
from gpu_jobs.media.label import xmp
from gpu_jobs.media.processes.child_process import Child, ProcessLimits, run
from gpu_jobs.media.subtitles.typography import draw_text, font_of_glyph_height

LABEL_TEXT: Final = "AI生成"
GLYPH_HEIGHT: Final = 0.05
"""Least height of the label's glyphs, as a part of the picture's shortest side."""

_MARGIN: Final = 0.03
_DOT_SECONDS: Final = 0.09
_CUE_HERTZ: Final = 880.0
_CUE_GAIN: Final = 0.25
_RHYTHM: Final = ((1, 3), (1, 1))
"""Letters of dots (1) and dashes (3); 1 dot between sounds, 3 between letters (ITU-R M.1677)."""

_MUXERS: Final = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "audio/mp4": "ipod",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
}
_METADATA_BYTES: Final = 1 << 20
_LINE: Final = re.compile(r"((?:[^\\=\n]|\\.)*+)(?:=((?:[^\\\n]|\\.)*+))?(?:\n|\\?\Z)", re.DOTALL)
"""Of an ffmetadata document: key, value; a backslash makes whatever follows it a plain sign."""

# mutagen's classes are only half typed.
_WAVE: Any = WAVE
_TXXX: Any = TXXX


def video_label_png(width: int, height: int, text: str = LABEL_TEXT, *, seen: bool = True) -> bytes:
    """The visible label for a picture of this size: a PNG to lay over its top left corner.

    Transparent outside the text, its safe margin included; glyph height ≥ `GLYPH_HEIGHT`. Without
    `seen` nothing but transparent.
    """
    shortest = min(width, height)
    drawn = draw_text(text, font_of_glyph_height(text, math.ceil(shortest * GLYPH_HEIGHT)))
    margin = round(shortest * _MARGIN)
    label = Image.new("RGBA", (drawn.width + margin, drawn.height + margin), (0, 0, 0, 0))
    if seen:
        label.paste(drawn, (margin, margin))
    file = io.BytesIO()
    label.save(file, format="PNG")
    return file.getvalue()


def audio_cue(sample_rate: int) -> NDArray[np.float32]:
    """The rhythm: short-long, short-short, in soft-edged tones 12 dB below full scale; (M,)."""
    parts: list[NDArray[np.float32]] = []
    for number, letter in enumerate(_RHYTHM):
        if number:
            parts.append(_silence(3, sample_rate))
        for position, dots in enumerate(letter):
            if position:
                parts.append(_silence(1, sample_rate))
            parts.append(_tone(dots, sample_rate))
    return np.concatenate(parts)


def _silence(dots: int, sample_rate: int) -> NDArray[np.float32]:
    return np.zeros(round(dots * _DOT_SECONDS * sample_rate), dtype=np.float32)


def _tone(dots: int, sample_rate: int) -> NDArray[np.float32]:
    time = np.arange(round(dots * _DOT_SECONDS * sample_rate)) / sample_rate
    edge = np.minimum(time, time[-1] - time) / 0.008
    envelope = np.sin(np.clip(edge, 0.0, 1.0) * np.pi / 2) ** 2
    tone = _CUE_GAIN * envelope * np.sin(2 * np.pi * _CUE_HERTZ * time)
    return np.asarray(tone, dtype=np.float32)


def write_metadata(path: Path, label: AigcLabel) -> None:
    """Put the declaration into a finished file of ours, in place; sound and picture untouched.

    MP4, MOV, WebM, M4A, MP3, FLAC, WAV, PNG, JPEG, WebP; ValueError for other types.
    """
    sniffed = _sniffed(path)
    if sniffed is None:
        raise ValueError("a file of this type cannot carry the declaration")
    if sniffed.kind == "image":
        path.write_bytes(xmp.embed(path.read_bytes(), label.to_json()))
    elif sniffed.mime == "audio/wav":
        _tag_wav(path, label)
    elif sniffed.mime in _MUXERS:
        _remux(path, _MUXERS[sniffed.mime], label)
    else:
        raise ValueError(f"{sniffed.mime} cannot carry the declaration")


def read_metadata(path: Path, *, is_ours: bool = False) -> AigcLabel | None:
    """The declaration found in the file's bytes; None without a valid one.

    A file that `is_ours` is opened in this process, any other by a guarded child.
    """
    sniffed = _sniffed(path)
    if sniffed is None:
        return None
    if sniffed.kind == "image":
        text = xmp.extract(path.read_bytes())
    elif is_ours:
        text = _own_metadata(path, sniffed.demuxer).get(METADATA_KEY)
    else:
        text = _container_metadata(path).get(METADATA_KEY)
    if text is None:
        return None
    try:
        return AigcLabel.from_json(text)
    except ValueError:
        return None


def _sniffed(path: Path) -> Sniffed | None:
    with path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES))


def _tag_wav(path: Path, label: AigcLabel) -> None:
    file = _WAVE(path)
    if file.tags is None:
        file.add_tags()
    file.tags.delall(f"TXXX:{METADATA_KEY}")
    file.tags.add(_TXXX(encoding=3, desc=METADATA_KEY, text=[label.to_json()]))
    file.save()


def _remux(path: Path, muxer: str, label: AigcLabel) -> None:
    """Copy the streams into a new file with the key, then replace the old one in one step."""
    target = path.with_name(f"{path.stem}.labelled{path.suffix}")
    options = (
        {"movflags": "+faststart+use_metadata_tags"} if muxer in ("mp4", "mov", "ipod") else {}
    )
    output = ffmpeg.output(
        source(path),
        f"file:{target}",
        f=muxer,
        c="copy",
        metadata=f"{METADATA_KEY}={label.to_json()}",
        **options,
    )
    try:
        run(command(output), ProcessLimits(wall_seconds=600.0))
        target.replace(path)
    finally:
        target.unlink(missing_ok=True)


def _own_metadata(path: Path, demuxer: str) -> dict[str, str]:
    try:
        with av.open(str(path), format=demuxer) as file:
            return dict(file.metadata)
    except av.FFmpegError:
        return {}


def _container_metadata(path: Path) -> dict[str, str]:
    """The container's global keys, as ffmpeg reads them; empty for what it cannot read."""
    output = source(path).output("pipe:1", f="ffmetadata")
    buffer = memoryview(bytearray(_METADATA_BYTES))
    limits = ProcessLimits(wall_seconds=60.0, cpu_seconds=60)
    try:
        with Child(command(output), stdout=True, limits=limits) as child:
            size = child.read_into(buffer)
            if size < len(buffer):
                child.finish()
    except (UnreadableMedia, NoAudioStream, NoVideoStream):
        return {}
    return parse_ffmetadata(bytes(buffer[:size]).decode("utf-8", "replace"))


def parse_ffmetadata(text: str) -> dict[str, str]:
    """Global keys of an ffmetadata document: `key=value` lines, `=;#\\` and newline escaped."""
    pairs: dict[str, str] = {}
    for line in _LINE.finditer(text):
        if line[0].startswith("["):
            break
        if line[2] is not None and not line[0].startswith(";"):
            pairs[_unescape(line[1])] = _unescape(line[2])
    return pairs


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
