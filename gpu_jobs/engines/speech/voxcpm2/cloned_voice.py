"""A voice to clone, and its form as a file: a zip of two members.

    voice.json        {"form": VERSION, "text": what is said or null, "guide": the guide's voice}
    reference.flac    the recording, 16 kHz mono, 16 bits

Unlike a profile of the default engine it holds the person's recorded speech.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from dh_core.errors import VoiceOutdated
from gpu_jobs.audio.pitch import SAMPLE_RATE
from gpu_jobs.engines.speech.voxcpm2.guide import Guide, GuideVoice

VERSION: Final = "voxcpm2-1"
"""To be raised whenever the same file would give another voice."""

_DESCRIPTION, _RECORDING = "voice.json", "reference.flac"
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,  # a member is missing
    RuntimeError,  # soundfile's errors, and a member in a form that zipfile does not read
    ValueError,
)


@dataclass(frozen=True, slots=True, eq=False)
class ClonedVoice:
    """A voice as its recording: 16 kHz mono, and what is said in it where that is known.

    `guide` is the nearest voice of the guiding engine.
    """

    name: str
    reference: NDArray[np.float32]
    reference_text: str | None
    guide: GuideVoice


def write(path: Path, voice: ClonedVoice) -> None:
    """Keep a voice."""
    sound = io.BytesIO()
    soundfile.write(sound, voice.reference, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    document = {
        "form": VERSION,
        "text": voice.reference_text,
        "guide": voice.guide.document,
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_DESCRIPTION, json.dumps(document, ensure_ascii=False))
        archive.writestr(_RECORDING, sound.getvalue())


def read(path: Path, guide: Guide[Any]) -> ClonedVoice:
    """Read a voice back; raises VoiceOutdated for whatever `write` of this VERSION did not make."""
    try:
        with zipfile.ZipFile(path) as archive:
            document: Any = json.loads(archive.read(_DESCRIPTION))
            sound = archive.read(_RECORDING)
        reference, rate = soundfile.read(io.BytesIO(sound), dtype="float32")
    except _UNREADABLE as error:
        raise VoiceOutdated from error
    if not isinstance(document, dict) or document.get("form") != VERSION:
        raise VoiceOutdated
    text = document.get("text")
    if not (text is None or isinstance(text, str)):
        raise VoiceOutdated
    if rate != SAMPLE_RATE or reference.ndim != 1 or len(reference) == 0:
        raise VoiceOutdated
    return ClonedVoice("cloned", reference, text, guide.voice_of(document.get("guide")))
