"""The published files: read, and refused with the name of the file that is to blame."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file, save_file

from dh_core.errors import DigitalHumanError
from gpu_jobs.weights.store import WeightsBroken, WeightsMissing

if TYPE_CHECKING:
    from voxcpm.model.voxcpm2 import VoxCPM2Model

MODEL, VAE = "model.safetensors", "audiovae.pth"
FILES = ["config.json", MODEL, VAE, "tokenizer.json"]


def load(folder: Path, dtype: torch.dtype = torch.float32) -> VoxCPM2Model:
    from gpu_jobs.engines.speech.voxcpm2.checkpoint import load_model

    return load_model(folder, torch.device("cpu"), dtype)


def refusal(folder: Path, kind: type[DigitalHumanError]) -> str:
    with pytest.raises(kind) as refused:
        load(folder)
    assert "gpu_jobs/engines/speech/voxcpm2/README.md" in refused.value.message
    return refused.value.message


def edit_tensors(path: Path, name: str, tensor: torch.Tensor | None) -> None:
    in_safetensors = path.suffix == ".safetensors"
    state = load_file(path) if in_safetensors else torch.load(path)["state_dict"]
    del state[name]
    if tensor is not None:
        state[name] = tensor
    save_file(state, path) if in_safetensors else torch.save(state, path)


def test_every_weight_is_the_one_in_the_files(intact: Path) -> None:
    model = load(intact)
    stored = load_file(intact / MODEL)
    vae = torch.load(intact / VAE)["state_dict"]
    for name, weight in model.named_parameters():
        of_vae = name.removeprefix("audio_vae.")
        expected = vae[of_vae] if of_vae != name else stored[name].float()
        torch.testing.assert_close(weight.data, expected)


def test_half_precision_leaves_the_audio_vae_in_full(intact: Path) -> None:
    model = load(intact, torch.bfloat16)
    assert {weight.dtype for weight in model.base_lm.parameters()} == {torch.bfloat16}
    assert {weight.dtype for weight in model.audio_vae.parameters()} == {torch.float32}
    assert model.base_lm.kv_cache.kv_cache.dtype == torch.bfloat16
    assert torch.get_default_dtype() == torch.float32


def test_chinese_words_are_read_character_by_character(intact: Path) -> None:
    model = load(intact)
    assert len(model.text_tokenizer("大家好")) == 3


def test_the_other_published_formats_are_read_as_well(published: Path) -> None:
    torch.save(load_file(published / MODEL), published / "pytorch_model.bin")
    state = {k: v.clone() for k, v in torch.load(published / VAE)["state_dict"].items()}
    save_file(state, published / "audiovae.safetensors")
    (published / MODEL).unlink()
    (published / VAE).unlink()
    assert load(published).sample_rate == 48_000


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(published: Path, name: str) -> None:
    (published / name).unlink()
    assert f"voxcpm/{name}" in refusal(published, WeightsMissing)


def test_an_absent_folder_says_what_belongs_there(intact: Path) -> None:
    assert "voxcpm/config.json" in refusal(intact / "none", WeightsMissing)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_named(published: Path, name: str, kept: float) -> None:
    data = (published / name).read_bytes()
    (published / name).write_bytes(data[: int(kept * len(data))])
    assert f"voxcpm/{name}" in refusal(published, WeightsBroken)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [(MODEL, "stop_head.weight"), (VAE, "decoder.model.0.bias")],
)
def test_an_absent_tensor_is_not_filled_with_noise(published: Path, name: str, tensor: str) -> None:
    edit_tensors(published / name, tensor, None)
    message = refusal(published, WeightsBroken)
    assert f"voxcpm/{name} does not fit" in message and tensor in message


def test_a_tensor_of_another_shape_is_named(published: Path) -> None:
    edit_tensors(published / MODEL, "stop_head.weight", torch.zeros(3, 16))
    message = refusal(published, WeightsBroken)
    assert f"voxcpm/{MODEL} does not fit" in message and "stop_head.weight" in message


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"architecture": "voxcpm"}, "of architecture voxcpm, not voxcpm2"),
        ({"architecture": None}, "of architecture None"),
        ({"feat_dim": 64}, "latents of 64 and 8"),
        ({"lm_config": {}}, "lacks a valid lm_config"),
    ],
)
def test_a_configuration_of_another_network_is_named(
    published: Path, edit_config: Callable[..., None], changes: dict[str, object], reason: str
) -> None:
    edit_config(**changes)
    message = refusal(published, WeightsBroken)
    assert "voxcpm/config.json" in message and reason in message


def test_a_tokenizer_with_more_tokens_than_the_model_is_named(published: Path) -> None:
    document = json.loads((published / "tokenizer.json").read_text())
    vocabulary = document["model"]["vocab"]
    vocabulary |= {f"extra{number}": 200 + number for number in range(200)}
    (published / "tokenizer.json").write_text(json.dumps(document))
    message = refusal(published, WeightsBroken)
    assert "voxcpm/tokenizer.json" in message and "the model only 256" in message


class Bomb:
    def __reduce__(self):
        return (exec, ("raise AssertionError('code in a checkpoint was run')",))


def test_code_in_a_checkpoint_is_not_run(published: Path) -> None:
    torch.save({"decoder.model.0.bias": Bomb()}, published / VAE)
    assert f"voxcpm/{VAE} cannot be read" in refusal(published, WeightsBroken)
