"""A cloned voice is kept with its recording, and comes back as it was; others are refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dh_core.errors import VoiceOutdated
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine, Voice
from gpu_jobs.engines.speech.voxcpm2 import cloned_voice
from gpu_jobs.engines.speech.voxcpm2.cloned_voice import ClonedVoice


@pytest.fixture
def voice(engine: KokoroEngine, low_reference: NDArray[np.float32]) -> ClonedVoice:
    return ClonedVoice("cloned", low_reference, "天气 was fine", engine.adapt(low_reference))


@pytest.fixture
def kept(voice: ClonedVoice, tmp_path: Path) -> Path:
    cloned_voice.write(tmp_path / "profile", voice)
    return tmp_path / "profile"


def changed(kept: Path, **changes: object) -> Path:
    with zipfile.ZipFile(kept) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["voice.json"] = json.dumps(json.loads(members["voice.json"]) | changes).encode()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return kept


def test_recording_text_and_guide_come_back(
    kept: Path, voice: ClonedVoice, engine: KokoroEngine
) -> None:
    again = cloned_voice.read(kept, engine)
    np.testing.assert_allclose(again.reference, voice.reference, atol=2**-15)
    assert again.reference.dtype == np.float32
    assert (again.name, again.reference_text) == (voice.name, voice.reference_text)
    assert isinstance(again.guide, Voice)
    assert isinstance(voice.guide, Voice)
    np.testing.assert_allclose(again.guide.style, voice.guide.style)
    assert again.guide.f0_scale == voice.guide.f0_scale


def test_a_voice_whose_words_are_unknown_is_kept_too(
    engine: KokoroEngine, voice: ClonedVoice, tmp_path: Path
) -> None:
    silent = ClonedVoice("cloned", voice.reference, None, engine.default_voice())
    cloned_voice.write(tmp_path / "profile", silent)
    again = cloned_voice.read(tmp_path / "profile", engine)
    assert again.reference_text is None
    assert isinstance(again.guide, Voice)
    np.testing.assert_allclose(again.guide.style, engine.default_voice().style)


@pytest.mark.parametrize(
    "changes",
    [{"form": "voxcpm2-0"}, {"text": 3}, {"guide": None}, {"guide": {"form": "kokoro-0"}}],
)
def test_another_version_is_outdated(
    kept: Path, engine: KokoroEngine, changes: dict[str, object]
) -> None:
    with pytest.raises(VoiceOutdated, match="save it again"):
        cloned_voice.read(changed(kept, **changes), engine)


def test_a_file_that_was_cut_short_is_outdated(kept: Path, engine: KokoroEngine) -> None:
    kept.write_bytes(kept.read_bytes()[:5_000])
    with pytest.raises(VoiceOutdated):
        cloned_voice.read(kept, engine)


def test_a_damaged_recording_is_outdated(kept: Path, engine: KokoroEngine) -> None:
    with zipfile.ZipFile(kept) as archive:
        description = archive.read("voice.json")
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("voice.json", description)
        archive.writestr("reference.flac", b"fLaC" + bytes(500))
    with pytest.raises(VoiceOutdated):
        cloned_voice.read(kept, engine)


def test_the_engines_do_not_take_each_others_voices(
    kept: Path, engine: KokoroEngine, tmp_path: Path
) -> None:
    with pytest.raises(VoiceOutdated):
        engine.load_voice(kept)
    engine.save_voice(engine.default_voice(), tmp_path / "recipe")
    with pytest.raises(VoiceOutdated):
        cloned_voice.read(tmp_path / "recipe", engine)
