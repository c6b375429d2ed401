"""Standalone audio says that it is generated, in the form that the settings choose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dh_core.settings import JobSettings, SettingsError
from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.jobs.steps.audio_label import NOTICE, AudioLabel

RATE = 24_000
SPEECH = Speech(np.linspace(-0.5, 0.5, RATE, dtype=np.float32), RATE, (Phoneme("a", 0.1, 0.4),))


class Speaker:
    """A speech engine that buzzes for half a second, and remembers what it was asked to say."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def default_voice(self) -> str:
        return "default"

    def synthesise(self, text: str, voice: str, report: Any) -> Speech:
        self.said.append(text)
        return Speech(np.full(8_000, 0.3, dtype=np.float32), 16_000)


def labelled(speaker: Any, **settings: str) -> Speech:
    complete = JobSettings(table_name="t", bucket_name="b", **settings)
    return AudioLabel(complete, speaker).add_to(SPEECH)


def test_by_default_the_rhythm_follows_the_speech_without_moving_it() -> None:
    speech = labelled(Speaker())
    np.testing.assert_array_equal(speech.samples[:RATE], SPEECH.samples)
    assert speech.samples.dtype == np.float32
    assert np.abs(speech.samples[RATE:]).max() > 0.2
    assert speech.phonemes == SPEECH.phonemes


def test_a_spoken_notice_is_said_once_per_process_at_the_rate_of_the_speech() -> None:
    speaker = Speaker()
    label = AudioLabel(JobSettings(table_name="t", bucket_name="b", audio_label="spoken"), speaker)
    first, second = label.add_to(SPEECH), label.add_to(SPEECH)
    assert speaker.said == [NOTICE]
    np.testing.assert_array_equal(first.samples, second.samples)
    loud = np.abs(first.samples[RATE:]) > 0.2
    assert loud.sum() / RATE == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("form", ["rhythm", "spoken"])
def test_a_label_at_the_start_moves_the_phonemes_with_the_speech(form: str) -> None:
    speech = labelled(Speaker(), audio_label=form, audio_label_position="start")
    np.testing.assert_array_equal(speech.samples[-RATE:], SPEECH.samples)
    delay = (len(speech.samples) - RATE) / RATE
    assert delay > 0.5
    (phoneme,) = speech.phonemes
    assert (phoneme.start, phoneme.end) == pytest.approx((0.1 + delay, 0.4 + delay))


def test_it_can_be_turned_off() -> None:
    assert labelled(Speaker(), audio_label="none") is SPEECH


def test_another_form_is_refused_by_name() -> None:
    environ = {"TABLE_NAME": "t", "BUCKET_NAME": "b", "AUDIO_LABEL": "loud"}
    with pytest.raises(SettingsError, match="AUDIO_LABEL"):
        JobSettings.from_env(environ)
