"""Subtitles and the timeline as files of a result."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from gpu_jobs.audio.speech import Phoneme, Speech, Syllable, TimedText
from gpu_jobs.jobs.steps.speech_files import read_timeline, subtitle_files, timeline_json

HELLO = (TimedText("你好，", 0.1, 0.5), TimedText("世界。", 0.6, 1.0))


def test_subtitles_come_as_srt_and_as_webvtt_of_their_own_types(tmp_path: Path) -> None:
    files = subtitle_files(HELLO, 2.0, tmp_path)
    assert {role: (file.content_type, file.suffix) for role, file in files.items()} == {
        "subtitle": ("application/x-subrip", ".srt"),
        "subtitle_vtt": ("text/vtt", ".vtt"),
    }
    assert "你好，世界" in files["subtitle"].path.read_text(encoding="utf-8")
    assert files["subtitle_vtt"].path.read_text(encoding="utf-8").startswith("WEBVTT\n\n")


def test_where_nobody_speaks_there_is_no_file(tmp_path: Path) -> None:
    assert subtitle_files((), 2.0, tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_timeline_holds_phonemes_syllables_and_words() -> None:
    speech = Speech(
        np.zeros(24_000, dtype=np.float32),
        24_000,
        (Phoneme("n", 0.1, 0.2),),
        (Syllable("你", 0.1, 0.3, "ni2"), Syllable("vɪ", 0.3, 0.4)),
        HELLO,
        "你 vi",
    )
    document = json.loads(timeline_json(speech))
    assert document["duration"] == 1.0
    assert document["phonemes"] == [{"symbol": "n", "start": 0.1, "end": 0.2}]
    assert document["syllables"] == [
        {"text": "你", "pinyin": "ni2", "start": 0.1, "end": 0.3},
        {"text": "vɪ", "pinyin": None, "start": 0.3, "end": 0.4},
    ]
    assert document["words"][1] == {"text": "世界。", "start": 0.6, "end": 1.0}
    assert document["spoken_text"] == "你 vi"
    assert read_timeline(timeline_json(speech), speech.samples, 24_000) == speech


def test_a_timeline_that_was_written_before_pinyin_is_read() -> None:
    syllables = [{"text": "你", "start": 0.1, "end": 0.3}]
    old = {"duration": 1.0, "phonemes": [], "syllables": syllables, "words": syllables}
    read = read_timeline(json.dumps(old), np.zeros(0, np.float32), 24_000)
    assert read.syllables == (Syllable("你", 0.1, 0.3),)
    assert read.spoken_text == ""
