from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from dh_core.errors import NoAudioStream
from gpu_jobs.media.audio import transcode_audio, write_wav
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.probe import probe


def test_extracted_sound_keeps_rate_channels_and_loudness(
    tmp_path: Path, talking_video: Path
) -> None:
    wav, m4a = tmp_path / "a.wav", tmp_path / "a.m4a"
    transcode_audio(talking_video, wav=wav, m4a=m4a)
    original = read_audio(talking_video, 44_100)
    for path, container in ((wav, "audio/wav"), (m4a, "audio/mp4")):
        info = probe(path)
        assert info.container == container
        assert info.audio is not None
        assert (info.audio.sample_rate, info.audio.channels) == (44_100, 2)
        extracted = read_audio(path, 44_100)
        assert np.std(extracted) == pytest.approx(np.std(original), rel=0.03)
    assert soundfile.info(wav).subtype == "PCM_16"


def test_a_video_without_sound_leaves_no_files(tmp_path: Path, silent_video: Path) -> None:
    with pytest.raises(NoAudioStream):
        transcode_audio(silent_video, wav=tmp_path / "a.wav", m4a=tmp_path / "a.m4a")
    assert list(tmp_path.iterdir()) == []


def test_samples_written_are_the_samples_read(tmp_path: Path) -> None:
    samples = np.linspace(-0.9, 0.9, 1_000, dtype=np.float32)
    write_wav(tmp_path / "a.wav", samples, 24_000)
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav", 24_000), samples, atol=1e-4)
