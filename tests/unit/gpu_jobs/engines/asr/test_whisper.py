"""Recorded speech is written down with the time of each word; what is no speech gives nothing."""

from __future__ import annotations

import difflib
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dh_core.errors import TaskCancelled
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines import asr
from gpu_jobs.engines.asr.engine import is_sayable, without_loop
from gpu_jobs.engines.registry import ASR
from gpu_jobs.weights.store import WeightStore
from tests.unit.gpu_jobs.engines.asr.conftest import SENTENCE


@pytest.fixture(scope="module")
def transcript(transcriber: asr.Transcriber, recording: NDArray[np.float32]) -> asr.Transcript:
    return transcriber.transcribe(recording, lambda _fraction: None)


def test_mandarin_is_recognised_and_written_in_simplified_characters(
    transcript: asr.Transcript,
) -> None:
    said, heard = (re.sub(r"\W", "", text) for text in (SENTENCE, transcript.text))
    assert transcript.language == "zh"
    assert difflib.SequenceMatcher(None, said, heard).ratio() >= 0.9, heard


def test_the_words_are_the_text_and_lie_where_the_speech_is(
    transcript: asr.Transcript, recording: NDArray[np.float32]
) -> None:
    words, duration = transcript.words, len(recording) / asr.SAMPLE_RATE
    assert "".join(word.text for word in words) == transcript.text
    assert all(word.start <= word.end for word in words)
    assert all(a.end <= b.start for a, b in pairwise(words))
    assert words[0].start == pytest.approx(1.0, abs=0.4)
    assert words[-1].end == pytest.approx(duration - 1.0, abs=0.4)


def test_characters_are_joined_to_words_and_marks_are_chinese(transcript: asr.Transcript) -> None:
    assert "公园" in {word.text for word in transcript.words}
    assert not set(transcript.text) & set(",.?!")


@pytest.mark.parametrize("level", [0.0, 0.05])
def test_silence_and_noise_say_nothing(transcriber: asr.Transcriber, level: float) -> None:
    noise = np.random.default_rng(0).standard_normal(6 * asr.SAMPLE_RATE).astype(np.float32)
    assert transcriber.transcribe(level * noise, lambda _fraction: None).words == ()


def test_a_cancelled_task_stops_listening(
    transcriber: asr.Transcriber, recording: NDArray[np.float32]
) -> None:
    def cancel(_fraction: float) -> None:
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        transcriber.transcribe(recording, cancel)


def test_without_its_model_the_recogniser_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(asr.AsrUnavailable, match="make setup-asr"):
        ASR.load(ASR.default, WeightStore(tmp_path))


def test_a_last_word_heard_over_and_over_is_no_speech() -> None:
    said = [
        TimedText(text, 0.1 * n, 0.1 * n + 0.1) for n, text in enumerate("看看这年轻人证证证证证")
    ]
    assert "".join(word.text for word in without_loop(said)) == "看看这年轻人"
    assert without_loop(said[:6]) == said[:6]
    assert without_loop([]) == []


def test_a_sentence_in_the_last_tenth_of_a_second_was_not_said() -> None:
    def said(seconds: float) -> list[TimedText]:
        each = seconds / 7
        return [
            TimedText(text, each * n, each * (n + 1)) for n, text in enumerate("以下是普通话。")
        ]

    assert is_sayable(said(1.0))
    assert not is_sayable(said(0.12))
    assert is_sayable([TimedText("好。", 1.0, 1.0)])
