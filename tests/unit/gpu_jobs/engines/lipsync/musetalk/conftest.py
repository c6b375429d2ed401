"""MuseTalk in the published file layout, but of hardly any size and untrained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel

from gpu_jobs.engines.faces.geometry import FACE_OVAL
from gpu_jobs.engines.lipsync.musetalk.checkpoint import load_models
from gpu_jobs.engines.lipsync.musetalk.models import MuseTalkModels

WIDTH = 16
UNET = {
    "_class_name": "UNet2DConditionModel",
    "act_fn": "silu",
    "attention_head_dim": 2,
    "block_out_channels": [8, 16],
    "cross_attention_dim": WIDTH,
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
    "in_channels": 8,
    "out_channels": 4,
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "sample_size": 64,
}
VAE = {
    "_class_name": "AutoencoderKL",
    "act_fn": "silu",
    "block_out_channels": [4, 4, 4, 4],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 4,
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "sample_size": 256,
}
WHISPER = {
    "d_model": WIDTH,
    "encoder_layers": 4,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 16,
    "num_mel_bins": 80,
    "max_source_positions": 1500,
    "vocab_size": 8,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
}
# How sd-vae-ft-mse, as published, names what diffusers calls to_q, to_k, to_v, to_out.0 today.
OLD_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def with_old_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    renamed = {}
    for name, tensor in state.items():
        old_name = name
        for new, old in OLD_NAMES.items():
            old_name = old_name.replace(f".{new}.", f".{old}.")
        renamed[old_name] = tensor
    return renamed


def write_published_files(folder: Path) -> Path:
    torch.manual_seed(0)
    for name in ("musetalkV15", "sd-vae", "whisper"):
        (folder / name).mkdir(parents=True)
    (folder / "musetalkV15/musetalk.json").write_text(json.dumps(UNET))
    unet = UNet2DConditionModel.from_config(UNET)
    torch.save(unet.state_dict(), folder / "musetalkV15/unet.pth")
    (folder / "sd-vae/config.json").write_text(json.dumps(VAE))
    vae = AutoencoderKL.from_config(VAE)
    torch.save(with_old_names(vae.state_dict()), folder / "sd-vae/diffusion_pytorch_model.bin")
    (folder / "whisper/config.json").write_text(json.dumps(WHISPER))
    whisper = WhisperModel(WhisperConfig(**WHISPER))
    state = {f"model.{name}": value for name, value in whisper.state_dict().items()}
    torch.save(state, folder / "whisper/pytorch_model.bin")
    WhisperFeatureExtractor().save_pretrained(folder / "whisper")
    return folder


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder of one's own to damage."""
    return write_published_files(tmp_path / "musetalk")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> MuseTalkModels:
    return load_models(write_published_files(tmp_path_factory.mktemp("weights") / "musetalk"))


def round_face(x: float, y: float, radius: float) -> np.ndarray:
    """A face mesh (468, 3) whose outline is a circle; the points that matter in their places."""
    mesh = np.zeros((468, 3), np.float32)
    mesh[:, :2] = (x, y)
    angle = np.arange(len(FACE_OVAL)) / len(FACE_OVAL) * 2 * np.pi
    mesh[list(FACE_OVAL), 0] = x + radius * np.sin(angle)
    mesh[list(FACE_OVAL), 1] = y - radius * np.cos(angle)
    mesh[33, :2], mesh[263, :2] = (x - 0.5 * radius, y), (x + 0.5 * radius, y)
    return mesh
