"""Read VoxCPM2 from its published files.

    config.json                                 sizes of every network
    model.safetensors (or pytorch_model.bin)    language model, encoder, diffusion transformer
    audiovae.pth (or audiovae.safetensors)      latents to sound and back
    tokenizer.json                              characters to tokens

The steps are those of `VoxCPM2Model.from_local` (voxcpm 2.0.3), which fills what a file lacks with
noise; here every parameter must be there and fit, or WeightsBroken names the file. Pickles are
read as plain tensors, never as code. Networks are made on the device and in the precision in which
they run, so no full-precision copy passes through the host's memory.
"""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedTokenizerFast
from voxcpm.model.voxcpm2 import VoxCPM2Model, VoxCPMConfig
from voxcpm.modules.audiovae import AudioVAEConfigV2, AudioVAEV2

from gpu_jobs.weights import WeightsBroken, WeightsMissing

FOLDER = "voxcpm"
"""Beside the other weights."""

ARCHITECTURE = "voxcpm2"
CONFIG, TOKENIZER = "config.json", "tokenizer.json"
MODEL = ("model.safetensors", "pytorch_model.bin")
AUDIO_VAE = ("audiovae.safetensors", "audiovae.pth")
ADVICE = "see docs/gpu-engine.md for where the published files go"

_VAE_PREFIX = "audio_vae."
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


def load_model(folder: Path, device: torch.device, dtype: torch.dtype) -> VoxCPM2Model:
    """The model ready to speak on `device`, its audio VAE in float32.

    Raises WeightsMissing and WeightsBroken, which name the file.
    """
    config = _config(folder)
    model_file, vae_file = _first(folder, MODEL), _first(folder, AUDIO_VAE)
    tokenizer = _tokenizer(folder, config.lm_config.vocab_size)
    config = config.model_copy(
        update={"device": str(device), "dtype": str(dtype).removeprefix("torch.")}
    )
    try:
        with torch.device(device):
            vae = AudioVAEV2(config=config.audio_vae_config or AudioVAEConfigV2())
            with _made_in(dtype):
                model = VoxCPM2Model(config, tokenizer, vae, device=str(device))
    except (TypeError, ValueError, IndexError, ZeroDivisionError, AssertionError) as error:
        raise _broken(CONFIG, f"does not describe this network ({error})") from error
    if config.feat_dim != vae.latent_dim:
        what = f"joins latents of {config.feat_dim} and {vae.latent_dim} numbers"
        raise _broken(CONFIG, what)
    model.to(dtype)
    vae.to(torch.float32)
    _fill(model, folder / model_file, without=_VAE_PREFIX)
    _fill(vae, folder / vae_file)
    return model.requires_grad_(False).eval()


def _first(folder: Path, names: tuple[str, ...]) -> str:
    """The first of `names` that is there."""
    for name in names:
        if (folder / name).is_file():
            return name
    choice = " or ".join(f"{FOLDER}/{name}" for name in names)
    raise WeightsMissing(f"The model file {choice} is missing; {ADVICE}.")


def _config(folder: Path) -> VoxCPMConfig:
    try:
        read = json.loads((folder / _first(folder, (CONFIG,))).read_text(encoding="utf-8"))
    except ValueError as error:
        raise _broken(CONFIG, "is not valid JSON") from error
    architecture = read.get("architecture") if isinstance(read, dict) else None
    if str(architecture).lower() != ARCHITECTURE:
        raise _broken(CONFIG, f"is of architecture {architecture}, not {ARCHITECTURE}")
    try:
        return VoxCPMConfig.model_validate(read)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        raise _broken(CONFIG, f"lacks a valid {field}") from error


def _tokenizer(folder: Path, vocabulary: int) -> PreTrainedTokenizerFast:
    """The tokenizer exactly as its file describes it, whatever class the checkpoint names."""
    path = folder / _first(folder, (TOKENIZER,))
    try:
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(path))
    except Exception as error:  # the Rust library raises bare Exception
        raise _broken(TOKENIZER, "cannot be read; it may be cut short") from error
    if len(tokenizer) > vocabulary:
        raise _broken(TOKENIZER, f"has {len(tokenizer)} tokens, the model only {vocabulary}")
    return tokenizer


def _fill(network: torch.nn.Module, path: Path, without: str | None = None) -> None:
    """Give a network its weights; parameters under `without` come from elsewhere.

    What the file holds beyond the network is left out, as upstream does.
    """
    try:
        result = network.load_state_dict(_tensors(path), strict=False)
    except RuntimeError as error:
        first = str(error).splitlines()[1:2] or [str(error)]
        raise _broken(path.name, f"does not fit {CONFIG} ({first[0].strip()})") from error
    wanted = {name for name, _ in network.named_parameters()}
    if without is not None:
        wanted = {name for name in wanted if not name.startswith(without)}
    absent = sorted(wanted.intersection(result.missing_keys))
    if absent:
        raise _broken(path.name, f"does not fit {CONFIG} ({absent[0]} is not in it)")


def _tensors(path: Path) -> dict[str, Tensor]:
    """A checkpoint's tensors by name."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        mapped = zipfile.is_zipfile(path)
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except _UNREADABLE as error:
        raise _broken(path.name, "cannot be read; it may be cut short") from error
    if isinstance(state, Mapping):
        state = state.get("state_dict", state)
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise _broken(path.name, "holds something else than a network's tensors")
    return dict(state)


@contextmanager
def _made_in(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _broken(name: str, what: str) -> WeightsBroken:
    return WeightsBroken(f"The model file {FOLDER}/{name} {what}; copy it again, {ADVICE}.")
