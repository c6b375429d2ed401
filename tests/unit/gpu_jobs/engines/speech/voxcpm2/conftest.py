"""VoxCPM2 in the published file layout, but of hardly any size and untrained."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models

from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.weights.store import WeightStore

if find_spec("torchaudio") is None:
    # `import voxcpm` imports it for VoxCPM 1 alone, and PyPI's is linked against CUDA.
    absent = ModuleType("torchaudio")
    absent.__spec__ = ModuleSpec("torchaudio", None)
    sys.modules["torchaudio"] = absent

if TYPE_CHECKING:
    from voxcpm.model.voxcpm2 import VoxCPM2Model

    from gpu_jobs.engines.speech.voxcpm2.engine import VoxCpmEngine

REPOSITORY = Path(__file__).resolve().parents[6]
WIDTH = 16
LATENTS = 8
HEADS = {"hidden_dim": WIDTH, "ffn_dim": 32, "num_heads": 2, "num_layers": 1}
CONFIG = {
    "architecture": "voxcpm2",
    "lm_config": {
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_size": WIDTH,
        "intermediate_size": 32,
        "max_position_embeddings": 2048,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
        "num_key_value_heads": 1,
        "rms_norm_eps": 1e-5,
        "rope_scaling": {
            "type": "longrope",
            "long_factor": [1.0] * 4,
            "short_factor": [1.0] * 4,
            "original_max_position_embeddings": 2048,
        },
        "vocab_size": 256,
        "use_mup": False,
        "scale_emb": 1,
        "dim_model_base": WIDTH,
        "scale_depth": 1.0,
        "rope_theta": 10000.0,
    },
    "patch_size": 4,
    "feat_dim": LATENTS,
    "residual_lm_num_layers": 1,
    "residual_lm_no_rope": True,
    "scalar_quantization_latent_dim": 8,
    "scalar_quantization_scale": 9,
    "encoder_config": HEADS,
    "dit_config": {**HEADS, "cfm_config": {}},
    "audio_vae_config": {
        "encoder_dim": 2,
        "encoder_rates": [2, 5, 8, 8],
        "latent_dim": LATENTS,
        "decoder_dim": 64,
        "decoder_rates": [8, 6, 5, 2, 2, 2],
    },
    "max_length": 2048,
    "device": "cuda",
    "dtype": "bfloat16",
}
SPECIAL_TOKENS = 105
"""Token numbers that the model keeps for itself, audio marks 101-104 among them."""
CHARACTERS = "大家好你今天气很不错我们去公园散步，。 abcdefghijklmnopqrstuvwxyz"


def tokenizer() -> Tokenizer:
    """One token per character; strangers are `<unk>`."""
    vocabulary = {"<unk>": 0} | {f"<{number}>": number for number in range(1, SPECIAL_TOKENS)}
    vocabulary |= {c: SPECIAL_TOKENS + at for at, c in enumerate(CHARACTERS)}
    return Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))


def write_published_files(folder: Path) -> Path:
    if find_spec("voxcpm") is None:
        pytest.skip("the package voxcpm is not installed")
    from transformers import PreTrainedTokenizerFast
    from voxcpm.model.voxcpm2 import VoxCPM2Model, VoxCPMConfig
    from voxcpm.modules.audiovae import AudioVAEV2

    torch.manual_seed(0)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    tokenizer().save(str(folder / "tokenizer.json"))
    config = VoxCPMConfig.model_validate(CONFIG)
    vae = AudioVAEV2(config=config.audio_vae_config)
    words = PreTrainedTokenizerFast(tokenizer_object=tokenizer())
    model = VoxCPM2Model(config, words, vae, device="cpu").to(torch.bfloat16)
    _stop_at_once(model)
    state = {
        name: value.contiguous()
        for name, value in model.state_dict().items()
        if not name.startswith("audio_vae.")
    }
    save_file(state, folder / "model.safetensors")
    torch.save({"state_dict": vae.float().state_dict()}, folder / "audiovae.pth")
    return folder


def _stop_at_once(model: VoxCPM2Model) -> None:
    """Let every passage end after its four least patches: chance would end it late or never."""
    with torch.no_grad():
        model.stop_proj.weight.zero_()
        model.stop_proj.bias.fill_(1.0)
        model.stop_head.weight[0], model.stop_head.weight[1] = -1.0, 1.0


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder of one's own to damage."""
    return write_published_files(tmp_path / "voxcpm")


@pytest.fixture(scope="session")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to read only."""
    return write_published_files(tmp_path_factory.mktemp("weights") / "voxcpm")


@pytest.fixture
def edit_config(published: Path) -> Callable[..., None]:
    """Change top-level fields of the configuration."""

    def edit(**changes: object) -> None:
        path = published / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return edit


@pytest.fixture(scope="session")
def folder(intact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder with the guide's real files and the tiny model, without a recogniser."""
    folder = tmp_path_factory.mktemp("all-weights")
    for file in (REPOSITORY / ".weights").iterdir():
        if file.is_file():
            (folder / file.name).symlink_to(file.resolve())
    (folder / "voxcpm").symlink_to(intact)
    return folder


@pytest.fixture(scope="session")
def voxcpm(folder: Path) -> VoxCpmEngine:
    engine = SPEECH.load("voxcpm", WeightStore(folder), 1)
    assert type(engine).__name__ == "VoxCpmEngine"
    return engine
