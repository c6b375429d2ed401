"""The voice bench takes a person from a file or a folder, and compares with what was not heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr

from dh_core.errors import ReferenceTooShort
from eval.voice_similarity import TEXTS, Row, listen, mean, recordings
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.engines.speech.speaker.ge2e import SAMPLE_RATE, SpeakerEncoder
from gpu_jobs.weights.store import WeightStore

WEIGHTS = WeightStore(Path(__file__).resolve().parents[3] / ".weights")


def test_a_file_is_a_person_and_a_folder_is_one_too(tmp_path: Path) -> None:
    for path in ("anna.wav", "ben/1.flac", "ben/later/2.flac", "ben/notes.txt", "LICENCE"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "empty").mkdir()
    found = {name: [file.name for file in files] for name, files in recordings(tmp_path)}
    assert found == {"anna": ["anna.wav"], "ben": ["1.flac", "2.flac"]}


def test_the_mean_row_is_the_mean_of_every_column() -> None:
    rows = [Row("a", 0.5, 0.7, 0.9, 0.4, 0.0, 0.02), Row("b", 0.6, 0.8, 0.8, 0.5, 0.01, 0.04)]
    assert mean(rows, "all").line() == "| all | 0.550 | 0.750 | 0.850 | 0.450 | 0.5% | 3.0% |"


def test_a_person_is_learnt_from_one_half_and_judged_by_the_other() -> None:
    engine, encoder = KokoroEngine(WEIGHTS, 1), SpeakerEncoder(WEIGHTS.path("ge2e.npz"))
    engine.setup()
    said = engine.synthesise("".join(TEXTS[:2]), engine.default_voice(), lambda _fraction: None)
    sound = np.asarray(soxr.resample(said.samples, said.sample_rate, SAMPLE_RATE), np.float32)
    person = listen("default", sound, encoder)
    assert len(person.learnt) == pytest.approx(len(sound) / 2, abs=1)
    assert float(person.learnt_embedding @ person.held_out) > 0.8
    with pytest.raises(ReferenceTooShort):
        listen("short", sound[: 5 * SAMPLE_RATE], encoder)
