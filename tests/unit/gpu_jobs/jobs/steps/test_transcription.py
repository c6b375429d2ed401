"""A recording without subtitles is told from one in which nobody speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_jobs.jobs.steps.transcription import Listener, SubtitlesUnavailable
from gpu_jobs.weights.store import WeightStore


@pytest.mark.parametrize("seconds", [5.0, 601.0])
def test_where_it_cannot_be_heard_or_is_too_long_a_recording_has_no_subtitles(
    tmp_path: Path, seconds: float
) -> None:
    listener = Listener(WeightStore(tmp_path), threads=1)
    with pytest.raises(SubtitlesUnavailable) as warning:
        listener.words(tmp_path / "speech.wav", seconds, lambda _fraction: None)
    assert warning.value.error_code == "subtitles_unavailable"
