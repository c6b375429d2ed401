"""Read MuseTalk 1.5 from its published files, into the networks that run it.

    musetalkV15/musetalk.json   configuration of the U-Net
    musetalkV15/unet.pth        its weights
    sd-vae/config.json, diffusion_pytorch_model.safetensors or .bin
    whisper/config.json, preprocessor_config.json, model.safetensors or pytorch_model.bin

The layout is that of the published set-up (`download_weights.sh`). Pickles are read as plain
tensors, never as code. Every tensor must be there and fit, or WeightsBroken names the file:
diffusers and transformers would fill what is absent with noise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import nn
from transformers import WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from gpu_jobs.engines.lipsync.musetalk.models import (
    LATENT_CHANNELS,
    UNET_CHANNELS,
    MuseTalkModels,
)
from gpu_jobs.engines.lipsync.musetalk.speech_windows import FEATURE_RATE, WHISPER_LAYERS
from gpu_jobs.weights.published_files import PublishedFiles, State

FOLDER = "musetalk"
"""Beside the other weights; also how messages name it."""

UNET_CONFIG, UNET_WEIGHTS = "musetalkV15/musetalk.json", ("musetalkV15/unet.pth",)
VAE_CONFIG = "sd-vae/config.json"
VAE_WEIGHTS = (
    "sd-vae/diffusion_pytorch_model.safetensors",
    "sd-vae/diffusion_pytorch_model.bin",
)
WHISPER_CONFIG, MEL_CONFIG = "whisper/config.json", "whisper/preprocessor_config.json"
WHISPER_WEIGHTS = ("whisper/model.safetensors", "whisper/pytorch_model.bin")

# What the attention of sd-vae-ft-mse was called when it was published.
_VAE_RENAMES = {
    ".query.": ".to_q.",
    ".key.": ".to_k.",
    ".value.": ".to_v.",
    ".proj_attn.": ".to_out.0.",
}
_WHISPER_ENCODER = re.compile(r"^(?:model\.)?encoder\.")
_SEGMENT_FEATURES = 30 * FEATURE_RATE


def load_models(folder: Path) -> MuseTalkModels:
    """All networks, on the CPU, in the files' own precision (large files stay memory-mapped).

    Raises WeightsMissing and WeightsBroken, which name the file.
    """
    files = PublishedFiles(folder, FOLDER, "lipsync/musetalk")
    unet_config, vae_config = files.json(UNET_CONFIG), files.json(VAE_CONFIG)
    whisper_config = files.json(WHISPER_CONFIG)
    files.json(MEL_CONFIG)
    weights = [files.first(names) for names in (UNET_WEIGHTS, VAE_WEIGHTS, WHISPER_WEIGHTS)]
    unet = _network(files, UNET_CONFIG, lambda: UNet2DConditionModel.from_config(unet_config))
    vae = _network(files, VAE_CONFIG, lambda: AutoencoderKL.from_config(vae_config))
    whisper = _network(
        files, WHISPER_CONFIG, lambda: WhisperEncoder(WhisperConfig.from_dict(whisper_config))
    )
    _check_fit(files, unet, vae, whisper)
    _fill(unet, files, weights[0], lambda state: state)
    _fill(vae, files, weights[1], _with_todays_names)
    _fill(whisper, files, weights[2], _encoder_only)
    mel = WhisperFeatureExtractor.from_pretrained(folder / "whisper", local_files_only=True)
    return MuseTalkModels(unet=unet, vae=vae, whisper=whisper, mel=mel)


def _network(files: PublishedFiles, config: str, build: Callable[[], Any]) -> Any:
    """A network without memory for its weights yet."""
    try:
        with torch.device("meta"):
            return build().eval()
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise files.broken(config, f"does not describe this network ({error})") from error


def _check_fit(
    files: PublishedFiles, unet: UNet2DConditionModel, vae: AutoencoderKL, whisper: WhisperEncoder
) -> None:
    """The three networks must speak of the same latents and the same sound."""
    channels = (unet.config.in_channels, unet.config.out_channels)
    if channels != (UNET_CHANNELS, LATENT_CHANNELS):
        raise files.broken(
            UNET_CONFIG, f"has {channels[0]} channels in, {channels[1]} out, not 8 and 4"
        )
    if vae.config.latent_channels != LATENT_CHANNELS:
        raise files.broken(VAE_CONFIG, f"has {vae.config.latent_channels} latent channels, not 4")
    heard, width = unet.config.cross_attention_dim, whisper.config.d_model
    if heard != width:
        raise files.broken(WHISPER_CONFIG, f"is {width} wide, but the U-Net hears {heard}")
    if whisper.config.encoder_layers + 1 != WHISPER_LAYERS:
        raise files.broken(WHISPER_CONFIG, "is not whisper-tiny, whose encoder has 4 layers")
    if whisper.config.max_source_positions != _SEGMENT_FEATURES:
        raise files.broken(WHISPER_CONFIG, "does not hear 30 s at a time")


def _fill(
    network: nn.Module, files: PublishedFiles, name: str, prepare: Callable[[State], State]
) -> None:
    """Give a network its weights; every tensor must be there and have its shape."""
    try:
        network.load_state_dict(prepare(files.tensors(name)), strict=True, assign=True)
    except RuntimeError as error:
        first = str(error).splitlines()[1:2] or [str(error)]
        raise files.broken(name, f"does not fit its configuration ({first[0].strip()})") from error


def _with_todays_names(state: State) -> State:
    renamed: State = {}
    for name, tensor in state.items():
        for old, new in _VAE_RENAMES.items():
            name = name.replace(old, new)  # noqa: PLW2901
        renamed[name] = tensor
    return renamed


def _encoder_only(state: State) -> State:
    """The encoder's tensors of a whole whisper."""
    return {
        _WHISPER_ENCODER.sub("", name): tensor
        for name, tensor in state.items()
        if _WHISPER_ENCODER.match(name)
    }
