"""A voice is kept as a recipe, and comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dh_core.errors import VoiceOutdated
from dh_core.specs.built_in_voices import BUILT_IN_VOICES
from gpu_jobs.engines.speech.kokoro import voice_profile
from gpu_jobs.engines.speech.kokoro.adapt import AVOIDED_VOICES, Recipe
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine

RECIPE = Recipe({"zm_yunxi": 0.75, "af_bella": 0.25}, {"zm_yunxi": 0.5, "zm_yunyang": 0.5}, 1.1)
KNOWN = ["zm_yunxi", "zm_yunyang", "af_bella"]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "profile"
    voice_profile.write(path, RECIPE)
    return path


def test_a_recipe_is_read_as_it_was_written(kept: Path) -> None:
    assert voice_profile.read(kept, KNOWN) == RECIPE


def test_weights_below_zero_are_kept(tmp_path: Path) -> None:
    timbre = {"zm_yunxi": 0.8, "af_bella": 0.3, "am_adam": -0.1}
    recipe = Recipe(timbre, {"zm_yunxi": 1.0}, 0.9)
    voice_profile.write(tmp_path / "profile", recipe)
    assert voice_profile.read(tmp_path / "profile", [*KNOWN, "am_adam"]) == recipe


def test_a_voice_saved_with_the_prosody_of_one_voice_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "profile").write_text(
        '{"form": "kokoro-82m-1", "timbre": {"zm_yunxi": 0.75, "af_bella": 0.25},'
        ' "prosody": "zm_yunxi", "f0_scale": 1.1}'
    )
    expected = Recipe(RECIPE.timbre, {"zm_yunxi": 1.0}, 1.1)
    assert voice_profile.read(tmp_path / "profile", KNOWN) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"form": "voxcpm-2"},
        {"timbre": {"zm_yunxi": 2.0}},
        {"timbre": {"zm_yunxi": 9.0, "af_bella": -8.0}},
        {"timbre": {"zm_yunxi": float("nan")}},
        {"timbre": {"zm_yunxi": "1"}},
        {"timbre": None},
        {"prosody": "zm_nobody"},
        {"prosody": {"zm_yunxi": 0.5, "zm_nobody": 0.5}},
        {"prosody": {"zm_yunxi": 0.5}},
        {"prosody": None},
        {"f0_scale": None},
        {"f0_scale": -1},
    ],
)
def test_what_this_engine_did_not_write_is_outdated(kept: Path, change: dict[str, Any]) -> None:
    kept.write_text(json.dumps(json.loads(kept.read_text()) | change))
    with pytest.raises(VoiceOutdated, match="save it again"):
        voice_profile.read(kept, KNOWN)


@pytest.mark.parametrize("content", [b"", b"RIFF\xff\x00", b"[]", b"3"])
def test_a_file_of_another_kind_is_outdated(kept: Path, content: bytes) -> None:
    kept.write_bytes(content)
    with pytest.raises(VoiceOutdated):
        voice_profile.read(kept, KNOWN)


def test_a_voice_whose_parts_the_model_lost_is_outdated(kept: Path) -> None:
    for lost in KNOWN:
        with pytest.raises(VoiceOutdated):
            voice_profile.read(kept, [name for name in KNOWN if name != lost])


def test_an_adapted_voice_comes_back_without_its_reference(
    engine: KokoroEngine, low_reference: NDArray[np.float32], tmp_path: Path
) -> None:
    voice = engine.adapt(low_reference)
    engine.save_voice(voice, tmp_path / "profile")
    again = engine.load_voice(tmp_path / "profile")
    np.testing.assert_allclose(again.style, voice.style)
    assert (again.name, again.f0_scale) == (voice.name, voice.f0_scale)
    assert (tmp_path / "profile").stat().st_size < 4096


def test_one_of_the_models_own_voices_can_be_kept_too(engine: KokoroEngine, tmp_path: Path) -> None:
    voice = engine.default_voice()
    engine.save_voice(voice, tmp_path / "profile")
    np.testing.assert_allclose(engine.load_voice(tmp_path / "profile").style, voice.style)


def test_the_built_in_voices_are_the_models_mandarin_ones(engine: KokoroEngine) -> None:
    mandarin = {name for name in engine.voice_names() if name.startswith("z")}
    assert set(BUILT_IN_VOICES) == mandarin - AVOIDED_VOICES
    for voice_id, voice in BUILT_IN_VOICES.items():
        assert engine.built_in_voice(voice_id).name == voice_id
        assert voice.gender == {"f": "female", "m": "male"}[voice_id[1]]


def test_a_built_in_voice_of_another_engine_is_outdated(engine: KokoroEngine) -> None:
    with pytest.raises(VoiceOutdated):
        engine.built_in_voice("nobody")
