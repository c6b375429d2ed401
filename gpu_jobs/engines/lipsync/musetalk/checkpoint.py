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

import json
import pickle
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from gpu_jobs.engines.lipsync.musetalk.models import (
    LATENT_CHANNELS,
    UNET_CHANNELS,
    MuseTalkModels,
)
from gpu_jobs.engines.lipsync.musetalk.speech_windows import FEATURE_RATE, WHISPER_LAYERS
from gpu_jobs.weights import WeightsBroken, WeightsMissing

ADVICE = "see docs/gpu-engine.md for where the published files go"
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
_UNREADABLE = (
    SafetensorError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    RuntimeError,
    OSError,  # what PyTorch raises on some archives that are cut short
    EOFError,
    KeyError,
    TypeError,
    ValueError,
)

State = dict[str, Tensor]


def load_models(folder: Path) -> MuseTalkModels:
    """All networks, on the CPU, in the files' own precision (large files stay memory-mapped).

    Raises WeightsMissing and WeightsBroken, which name the file.
    """
    files = _PublishedFiles(folder)
    unet_config, vae_config = files.json(UNET_CONFIG), files.json(VAE_CONFIG)
    whisper_config = files.json(WHISPER_CONFIG)
    files.json(MEL_CONFIG)
    weights = [files.first(names) for names in (UNET_WEIGHTS, VAE_WEIGHTS, WHISPER_WEIGHTS)]
    unet = _network(UNET_CONFIG, lambda: UNet2DConditionModel.from_config(unet_config))
    vae = _network(VAE_CONFIG, lambda: AutoencoderKL.from_config(vae_config))
    whisper = _network(
        WHISPER_CONFIG, lambda: WhisperEncoder(WhisperConfig.from_dict(whisper_config))
    )
    _check_fit(unet, vae, whisper)
    _fill(unet, files, weights[0], lambda state: state)
    _fill(vae, files, weights[1], _with_todays_names)
    _fill(whisper, files, weights[2], _encoder_only)
    mel = WhisperFeatureExtractor.from_pretrained(folder / "whisper", local_files_only=True)
    return MuseTalkModels(unet=unet, vae=vae, whisper=whisper, mel=mel)


class _PublishedFiles:
    """One folder in the published layout."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def first(self, names: tuple[str, ...]) -> str:
        """The first of `names` that is there."""
        for name in names:
            if (self._folder / name).is_file():
                return name
        choice = " or ".join(f"musetalk/{name}" for name in names)
        raise WeightsMissing(f"The model file {choice} is missing; {ADVICE}.")

    def json(self, name: str) -> dict[str, Any]:
        """A configuration."""
        try:
            read = json.loads((self._folder / self.first((name,))).read_text(encoding="utf-8"))
        except ValueError as error:
            raise _broken(name, "is not valid JSON") from error
        if not isinstance(read, dict):
            raise _broken(name, "holds no configuration")
        return read

    def tensors(self, name: str) -> State:
        """A checkpoint's tensors by name."""
        path = self._folder / name
        try:
            if path.suffix == ".safetensors":
                state = load_file(path)
            else:
                mapped = zipfile.is_zipfile(path)
                state = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
        except _UNREADABLE as error:
            raise _broken(name, "cannot be read; it may be cut short") from error
        if not isinstance(state, Mapping) or not all(
            isinstance(value, Tensor) for value in state.values()
        ):
            raise _broken(name, "holds something else than a network's tensors")
        return dict(state)


def _network(config: str, build: Callable[[], Any]) -> Any:
    """A network without memory for its weights yet."""
    try:
        with torch.device("meta"):
            return build().eval()
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise _broken(config, f"does not describe this network ({error})") from error


def _check_fit(unet: UNet2DConditionModel, vae: AutoencoderKL, whisper: WhisperEncoder) -> None:
    """The three networks must speak of the same latents and the same sound."""
    channels = (unet.config.in_channels, unet.config.out_channels)
    if channels != (UNET_CHANNELS, LATENT_CHANNELS):
        raise _broken(UNET_CONFIG, f"has {channels[0]} channels in, {channels[1]} out, not 8 and 4")
    if vae.config.latent_channels != LATENT_CHANNELS:
        raise _broken(VAE_CONFIG, f"has {vae.config.latent_channels} latent channels, not 4")
    heard, width = unet.config.cross_attention_dim, whisper.config.d_model
    if heard != width:
        raise _broken(WHISPER_CONFIG, f"is {width} wide, but the U-Net hears {heard}")
    if whisper.config.encoder_layers + 1 != WHISPER_LAYERS:
        raise _broken(WHISPER_CONFIG, "is not whisper-tiny, whose encoder has 4 layers")
    if whisper.config.max_source_positions != _SEGMENT_FEATURES:
        raise _broken(WHISPER_CONFIG, "does not hear 30 s at a time")


def _fill(
    network: nn.Module, files: _PublishedFiles, name: str, prepare: Callable[[State], State]
) -> None:
    """Give a network its weights; every tensor must be there and have its shape."""
    try:
        network.load_state_dict(prepare(files.tensors(name)), strict=True, assign=True)
    except RuntimeError as error:
        first = str(error).splitlines()[1:2] or [str(error)]
        raise _broken(name, f"does not fit its configuration ({first[0].strip()})") from error


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


def _broken(name: str, what: str) -> WeightsBroken:
    return WeightsBroken(f"The model file musetalk/{name} {what}; copy it again, {ADVICE}.")
