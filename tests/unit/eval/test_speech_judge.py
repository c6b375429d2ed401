"""The speech bench counts what a listener would."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from bench.engines.readers import reader
from eval.speech_judge.listener import characters, mistakes, syllables, tonal_syllables
from eval.speech_judge.sentences import MINIMAL_SETS, SENTENCES
from eval.speech_judge.tones import tones_heard


def test_figures_count_as_the_words_they_are_read_as() -> None:
    assert characters("会议在9:30开始") == characters("会议在九点三十分开始")
    assert characters("电话400-800-1234") == characters("电话4008001234")
    assert characters("增长12%") == characters("增长百分之十二")


def test_what_sounds_alike_is_no_pinyin_error() -> None:
    said, heard = "约占总数", "约战总数"
    assert mistakes(characters(said), characters(heard)) == 1
    assert mistakes(syllables(said), syllables(heard)) == 0
    assert mistakes(tonal_syllables(said), tonal_syllables(heard)) == 0


def test_a_wrong_tone_is_a_tonal_error_alone() -> None:
    said, heard = "我买了一部手机", "我卖了一部手机"
    assert mistakes(syllables(said), syllables(heard)) == 0
    assert mistakes(tonal_syllables(said), tonal_syllables(heard)) == 1
    assert tonal_syllables("用AI")[-1] == "ai"


def test_mistakes_are_the_fewest_changes() -> None:
    assert mistakes("abcd", "abcd") == 0
    assert mistakes("abcd", "xbd") == 2
    assert mistakes("", "ab") == 2


def test_the_four_shapes_are_told_apart_in_any_order() -> None:
    level, rising = np.full(8, 220.0), np.linspace(170, 215, 8)
    low, falling = np.array([190, 160, 140, 130, 130, 132.0]), np.linspace(290, 190, 8)
    assert tones_heard([level, rising, low, falling]) == [1, 2, 3, 4]
    assert tones_heard([falling, low, level, rising]) == [4, 3, 1, 2]


def test_the_sets_are_large_enough() -> None:
    assert sum(map(len, SENTENCES.values())) >= 60
    assert all(len(members) == 4 for members in MINIMAL_SETS.values())


def test_another_engine_reads_in_a_process_whose_memory_is_its_own() -> None:
    command = [sys.executable, "-m", "bench.engines.readers.espeak"]
    reading = reader.run(command, ["你好。", "今天天气很好，我们一起去公园散步。"])
    short, long = reading.spoken
    assert 0 < short.duration < long.duration
    assert np.abs(long.samples).max() > 0.01
    assert 1_000 < reading.memory < 1_000_000


def test_an_engine_that_does_not_start_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        reader.run([sys.executable, "-c", "raise SystemExit(3)"], ["你好。"])
