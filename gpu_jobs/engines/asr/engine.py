"""Whisper base, int8 on a CPU, by faster-whisper (MIT).

https://github.com/SYSTRAN/faster-whisper
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING

import jieba
import numpy as np
import wetext
from numpy.typing import NDArray

from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines.asr import SAMPLE_RATE, AsrUnavailable, Transcript
from gpu_jobs.weights.store import WeightsMissing, WeightStore

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

_FILES = ("config.json", "model.bin", "tokenizer.json", "vocabulary.txt")
_CHINESE = "zh"
_PROMPT = "以下是普通话的句子"
_STYLE = f"{_PROMPT}，有标点。"
"""Given before every window of Chinese: the model then writes simplified characters and marks."""

_REPETITIVE = 2.4
"""Segments that zip compresses more than this are loops, heard in noise (Whisper's own bound)."""

_LOOP = 4  # times the same word at an end: more often heard in nothing than said
_MOST_WORDS_A_SECOND = 15.0
"""Whisper's words are single characters in Chinese; nobody speaks half as fast. In the tenth of a
second that may be left at the end the model hears loops and its own prompt."""

_UNLIKELY = -1.0
"""Mean log probability under which a segment is a guess (Whisper's own bound)."""

_WIDE = str.maketrans(",.?!:;", "，。？！：；")
_HAN = re.compile(r"[\u3400-\u9fff]")

jieba.setLogLevel(logging.WARNING)  # it announces its dictionary on every start


class WhisperTranscriber:
    """See `Transcriber`."""

    def __init__(self, weights: WeightStore, threads: int = 2) -> None:
        self._weights = weights
        self._threads = threads

    def setup(self) -> None:
        """Load the model (1 s, 0.3 GB); raises AsrUnavailable where it is not installed."""
        _ = self._model

    @cached_property
    def _model(self) -> WhisperModel:
        try:
            from faster_whisper import WhisperModel  # noqa: PLC0415  # an optional set

            paths = [self._weights.path(f"whisper-base/{name}") for name in _FILES]
        except (ImportError, WeightsMissing) as error:
            raise AsrUnavailable from error
        return WhisperModel(
            str(paths[0].parent),
            device="cpu",
            compute_type="int8",
            cpu_threads=self._threads,
            local_files_only=True,
        )

    def transcribe(
        self,
        samples: NDArray[np.float32],
        report: Callable[[float], None],
        language: str | None = None,
    ) -> Transcript:
        """See `Transcriber`. The language is that of the first speech."""
        if language is None:
            language, _, _ = self._model.detect_language(samples, vad_filter=True)
        is_chinese = language == _CHINESE
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            temperature=0.0,
            word_timestamps=True,
            vad_filter=True,  # silence and music otherwise become sentences
            condition_on_previous_text=False,  # a mistake would be repeated to the end
            hotwords=_STYLE if is_chinese else None,
        )
        heard: list[TimedText] = []
        for segment in segments:
            report(min(1.0, segment.end * SAMPLE_RATE / len(samples)))
            words = without_loop(_words(segment))
            if _is_plausible(segment) and is_sayable(words):
                heard += words
        in_order = tuple(_in_order(_chinese_words(heard) if is_chinese else heard, samples))
        return Transcript("".join(word.text for word in in_order), language, in_order)


def _is_plausible(segment: Segment) -> bool:
    return (
        segment.compression_ratio <= _REPETITIVE
        and segment.avg_logprob >= _UNLIKELY
        and not segment.text.strip().startswith(_PROMPT)  # it repeats it where it hears nothing
    )


def _words(segment: Segment) -> list[TimedText]:
    return [
        TimedText(word.word, float(word.start), float(word.end)) for word in segment.words or ()
    ]


def without_loop(words: list[TimedText]) -> list[TimedText]:
    """Words without a last one that is said over and over: the model hears that in a short end."""
    last = words[-1].text if words else ""
    said = next((n for n, word in enumerate(reversed(words)) if word.text != last), len(words))
    return words[:-said] if said >= _LOOP else words


def is_sayable(words: list[TimedText]) -> bool:
    """Whether anybody can say these words in their time; one or two have none of their own."""
    if len(words) <= 2:
        return True
    return len(words) <= _MOST_WORDS_A_SECOND * (words[-1].end - words[0].start)


def _chinese_words(heard: Iterable[TimedText]) -> list[TimedText]:
    """Whisper times single characters: joined to words, which a line must not divide."""
    characters: list[TimedText] = []
    for character, time in (one for word in heard for one in _shared(word)):
        after_han = bool(characters and _HAN.match(characters[-1].text))
        written = _simplified(character.translate(_WIDE) if after_han else character)
        characters.append(TimedText(written, *time))
    words: list[TimedText] = []
    at = 0
    for text in jieba.lcut("".join(one.text for one in characters)):
        own = characters[at : at + len(text)]
        at += len(text)
        if words and not any(character.isalnum() for character in text):
            before = words.pop()
            words.append(TimedText(before.text + text, before.start, before.end))
        else:
            words.append(TimedText(text, own[0].start, own[-1].end))
    return words


def _shared(word: TimedText) -> Iterator[tuple[str, tuple[float, float]]]:
    """The characters of a word, its time shared evenly among them."""
    each = (word.end - word.start) / max(len(word.text), 1)
    for number, character in enumerate(word.text):
        start = word.start + number * each
        yield character, (start, start + each)


@cache
def _simplified(character: str) -> str:
    if not _HAN.match(character):
        return character
    simple = str(_normaliser().normalize(character))
    return simple if len(simple) == 1 else character


@cache
def _normaliser() -> wetext.Normalizer:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)


def _in_order(words: Iterable[TimedText], samples: NDArray[np.float32]) -> Iterator[TimedText]:
    """Times that rise and stay inside the sound, whatever the model's attention says."""
    duration = len(samples) / SAMPLE_RATE
    free = 0.0
    for number, word in enumerate(words):
        start = min(max(free, word.start), duration)
        free = min(max(start, word.end), duration)
        yield TimedText(word.text if number else word.text.lstrip(), start, free)
