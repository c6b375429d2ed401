"""What jobs that speak hand over beside their sound: subtitles, and the time of everything said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Phoneme, Speech, Syllable, TimedText
from gpu_jobs.jobs.job import OutputFile
from gpu_jobs.media.subtitles.captions import to_cues, to_srt, to_vtt


def subtitle_files(
    words: Sequence[TimedText], duration: float, folder: Path
) -> dict[str, OutputFile]:
    """`subtitle` (SRT) and `subtitle_vtt`, written to `folder`; nothing where nothing is said.

    Words that begin after `duration` are not heard, and left out.
    """
    heard = [replace(one, end=min(one.end, duration)) for one in words if one.start < duration]
    cues = to_cues(heard, duration)
    if not cues:
        return {}
    srt, vtt = folder / "subtitles.srt", folder / "subtitles.vtt"
    srt.write_text(to_srt(cues), encoding="utf-8")
    vtt.write_text(to_vtt(cues), encoding="utf-8")
    return {
        "subtitle": OutputFile(srt, "application/x-subrip", ".srt", None),
        "subtitle_vtt": OutputFile(vtt, "text/vtt", ".vtt", None),
    }


def timeline_json(speech: Speech) -> str:
    """What is said, and its phonemes, syllables and words with their times in seconds, in order.

    A syllable's `pinyin` is what was spoken (tone 5 is neutral); null in a Latin word.
    """
    phonemes = [
        {"symbol": phoneme.symbol, **_times(phoneme.start, phoneme.end)}
        for phoneme in speech.phonemes
    ]
    document = {
        "duration": round(speech.duration, 4),
        "spoken_text": speech.spoken_text,
        "phonemes": phonemes,
        "syllables": [
            {"text": one.text, "pinyin": one.pinyin, **_times(one.start, one.end)}
            for one in speech.syllables
        ],
        "words": _texts(speech.words),
    }
    return json.dumps(document, ensure_ascii=False)


def read_timeline(document: str, samples: NDArray[np.float32], sample_rate: int) -> Speech:
    """Speech whose times `timeline_json` wrote; old ones have neither pinyin nor `spoken_text`."""
    said = json.loads(document)
    return Speech(
        samples,
        sample_rate,
        phonemes=tuple(
            Phoneme(one["symbol"], one["start"], one["end"]) for one in said["phonemes"]
        ),
        syllables=tuple(
            Syllable(one["text"], one["start"], one["end"], one.get("pinyin"))
            for one in said["syllables"]
        ),
        words=tuple(TimedText(one["text"], one["start"], one["end"]) for one in said["words"]),
        spoken_text=said.get("spoken_text", ""),
    )


def _texts(timed: Iterable[TimedText]) -> list[dict[str, str | float]]:
    return [{"text": one.text, **_times(one.start, one.end)} for one in timed]


def _times(start: float, end: float) -> dict[str, float]:
    return {"start": round(start, 4), "end": round(end, 4)}
