"""The published files: read, and refused with the name of the file that is to blame."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dh_core.errors import DigitalHumanError
from gpu_jobs.engines.lipsync.musetalk.checkpoint import load_models
from gpu_jobs.weights.store import WeightsBroken, WeightsMissing

UNET, VAE = "musetalkV15/unet.pth", "sd-vae/diffusion_pytorch_model.bin"
WHISPER = "whisper/pytorch_model.bin"
FILES = [
    "musetalkV15/musetalk.json",
    UNET,
    "sd-vae/config.json",
    VAE,
    "whisper/config.json",
    "whisper/preprocessor_config.json",
    WHISPER,
]


def edit_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def edit_tensors(path: Path, name: str, tensor: torch.Tensor | None) -> None:
    state = torch.load(path)
    del state[name]
    if tensor is not None:
        state[name] = tensor
    torch.save(state, path)


def refusal(folder: Path, kind: type[DigitalHumanError]) -> str:
    with pytest.raises(kind) as refused:
        load_models(folder)
    assert "gpu_jobs/engines/lipsync/musetalk/README.md" in refused.value.message
    return refused.value.message


def test_the_published_layout_is_read_with_its_old_names(published: Path) -> None:
    models = load_models(published)
    stored = torch.load(published / VAE)["decoder.mid_block.attentions.0.query.weight"]
    attention = models.vae.decoder.mid_block.attentions[0]
    torch.testing.assert_close(attention.to_q.weight.data, stored)
    assert not any(weight.is_meta for weight in models.unet.parameters())
    assert len(models.whisper.layers) == 4


def test_safetensors_are_read_where_they_are_there(published: Path) -> None:
    for name, new in ((VAE, "sd-vae/diffusion_pytorch_model"), (WHISPER, "whisper/model")):
        state = {
            key: value.contiguous().clone() for key, value in torch.load(published / name).items()
        }
        save_file(state, published / f"{new}.safetensors")
        (published / name).unlink()
    assert load_models(published).vae.config.latent_channels == 4


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(published: Path, name: str) -> None:
    (published / name).unlink()
    assert f"musetalk/{name}" in refusal(published, WeightsMissing)


def test_an_absent_folder_says_what_belongs_there(tmp_path: Path) -> None:
    assert "musetalk/musetalkV15/musetalk.json" in refusal(tmp_path / "none", WeightsMissing)


@pytest.mark.parametrize("name", [UNET, VAE, WHISPER])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_truncated_checkpoint_is_named(published: Path, name: str, kept: float) -> None:
    data = (published / name).read_bytes()
    (published / name).write_bytes(data[: int(kept * len(data))])
    assert f"musetalk/{name}" in refusal(published, WeightsBroken)


def test_truncated_safetensors_are_named(published: Path) -> None:
    file = published / "whisper/model.safetensors"
    save_file({"model.encoder.conv1.weight": torch.zeros(16, 80, 3)}, file)
    file.write_bytes(file.read_bytes()[:-100])
    assert "musetalk/whisper/model.safetensors" in refusal(published, WeightsBroken)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        (UNET, "conv_in.weight"),
        (VAE, "decoder.mid_block.attentions.0.query.weight"),
        (WHISPER, "model.encoder.conv1.weight"),
    ],
)
def test_an_absent_tensor_is_not_filled_with_noise(published: Path, name: str, tensor: str) -> None:
    edit_tensors(published / name, tensor, None)
    assert f"musetalk/{name} does not fit" in refusal(published, WeightsBroken)


def test_a_tensor_of_another_shape_is_named(published: Path) -> None:
    edit_tensors(published / UNET, "conv_in.weight", torch.zeros(8, 4, 3, 3))
    message = refusal(published, WeightsBroken)
    assert f"musetalk/{UNET} does not fit" in message and "conv_in.weight" in message


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("musetalkV15/musetalk.json", {"in_channels": 4}, "4 channels in, 4 out"),
        ("sd-vae/config.json", {"latent_channels": 16}, "16 latent channels"),
        ("whisper/config.json", {"d_model": 32}, "32 wide, but the U-Net hears 16"),
        ("whisper/config.json", {"encoder_layers": 6}, "not whisper-tiny"),
        ("musetalkV15/musetalk.json", {"down_block_types": ["Nonsense"]}, "does not describe"),
    ],
)
def test_a_configuration_of_another_network_is_named(
    published: Path, name: str, changes: dict[str, object], reason: str
) -> None:
    edit_json(published / name, **changes)
    message = refusal(published, WeightsBroken)
    assert f"musetalk/{name}" in message and reason in message


def test_a_configuration_that_is_not_json_is_named(published: Path) -> None:
    (published / "sd-vae/config.json").write_text("<html>404</html>")
    assert "musetalk/sd-vae/config.json is not valid JSON" in refusal(published, WeightsBroken)


class Bomb:
    def __reduce__(self):
        return (exec, ("raise AssertionError('code in a checkpoint was run')",))


def test_code_in_a_checkpoint_is_not_run(published: Path) -> None:
    torch.save({"conv_in.weight": Bomb()}, published / UNET)
    assert f"musetalk/{UNET} cannot be read" in refusal(published, WeightsBroken)
