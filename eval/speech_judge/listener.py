"""The listener, whisper-base, and what it misheard.

Both what was said and what was heard are normalised first, so that only words count: figures,
dates and units written out, telephone numbers digit by digit, simplified characters, lower case, no
punctuation, coffee for its Chinese loan word, and one character each for the pronouns of the third
person, the three particles de, one and yao, two and liang. Nothing else is forgiven in the
character error rate. Pinyin error ignores tones and which character has a sound; tonal pinyin error
ignores the character alone: what no ear can tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pypinyin
import soxr

from dh_text.figures import spoken
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines import asr
from gpu_jobs.engines.registry import ASR
from gpu_jobs.weights.store import WeightStore

_CALLED = re.compile(r"(?<![\d.])(?:\d[\d -]{5,}\d|11[049]|120(?=急))(?![\d.])")
"""Telephone numbers: read digit by digit, however they are written."""
_LOANS = {"咖啡": "coffee"}
"""What the listener may write in Chinese."""
_ALIKE = str.maketrans("她它地得幺两", "他他的的一二")


class Listener:
    """Writes down the Mandarin that it hears, as subtitles of recordings do. Serves one thread."""

    def __init__(self, weights: WeightStore, threads: int) -> None:
        """Raises AsrUnavailable."""
        self._asr = ASR.load(ASR.default, weights, threads)

    def predict(self, speech: Speech) -> str:
        """The text of a recording."""
        sound = soxr.resample(speech.samples, speech.sample_rate, asr.SAMPLE_RATE)
        samples = np.asarray(sound, np.float32)
        return self._asr.transcribe(samples, lambda _: None, language="zh").text


def characters(text: str) -> list[str]:
    """Chinese characters and Latin words, in lower case, digits written out.

    Characters that no listener can tell apart, pronouns and particles, count as one.
    """
    called = _CALLED.sub(lambda run: " ".join(re.sub(r"\D", "", run[0])), text)
    read = spoken(called).lower().translate(_ALIKE)
    for chinese, english in _LOANS.items():
        read = read.replace(chinese, english)
    return re.findall(r"[\u4e00-\u9fff]|[a-z]+", read)


def syllables(text: str) -> list[str]:
    """The same as toneless pinyin; Latin words stay."""
    read = characters(text)
    return [pypinyin.lazy_pinyin(c)[0] if len(c) == 1 and c > "z" else c for c in read]


def tonal_syllables(text: str) -> list[str]:
    """The same with tones, as the words read in their place."""
    words = (word if word[0] > "z" else f" {word} " for word in characters(text))
    read = pypinyin.lazy_pinyin(
        "".join(words), style=pypinyin.Style.TONE3, neutral_tone_with_five=True
    )
    return [syllable for run in read for syllable in run.split()]


def mistakes(said: Sequence[str], heard: Sequence[str]) -> int:
    """Edit distance: words replaced, left out and put in."""
    row = list(range(len(heard) + 1))
    for i, wanted in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, found in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (wanted != found))
    return row[-1]
