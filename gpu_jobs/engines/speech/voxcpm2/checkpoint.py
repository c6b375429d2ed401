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

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from pydantic import ValidationError
from transformers import PreTrainedTokenizerFast
from voxcpm.model.voxcpm2 import VoxCPM2Model, VoxCPMConfig
from voxcpm.modules.audiovae import AudioVAEConfigV2, AudioVAEV2

from gpu_jobs.weights.published_files import PublishedFiles

FOLDER = "voxcpm"
"""Beside the other weights; also how messages name it."""

ARCHITECTURE = "voxcpm2"
CONFIG, TOKENIZER = "config.json", "tokenizer.json"
MODEL = ("model.safetensors", "pytorch_model.bin")
AUDIO_VAE = ("audiovae.safetensors", "audiovae.pth")

_VAE_PREFIX = "audio_vae."


def load_model(folder: Path, device: torch.device, dtype: torch.dtype) -> VoxCPM2Model:
    """The model ready to speak on `device`, its audio VAE in float32.

    Raises WeightsMissing and WeightsBroken, which name the file.
    """
    files = PublishedFiles(folder, FOLDER, "speech/voxcpm2")
    config = _config(files)
    model_file, vae_file = files.first(MODEL), files.first(AUDIO_VAE)
    tokenizer = _tokenizer(files, config.lm_config.vocab_size)
    config = config.model_copy(
        update={"device": str(device), "dtype": str(dtype).removeprefix("torch.")}
    )
    try:
        with torch.device(device):
            vae = AudioVAEV2(config=config.audio_vae_config or AudioVAEConfigV2())
            with _made_in(dtype):
                model = VoxCPM2Model(config, tokenizer, vae, device=str(device))
    except (TypeError, ValueError, IndexError, ZeroDivisionError, AssertionError) as error:
        raise files.broken(CONFIG, f"does not describe this network ({error})") from error
    if config.feat_dim != vae.latent_dim:
        what = f"joins latents of {config.feat_dim} and {vae.latent_dim} numbers"
        raise files.broken(CONFIG, what)
    model.to(dtype)
    vae.to(torch.float32)
    _fill(model, files, model_file, without=_VAE_PREFIX)
    _fill(vae, files, vae_file)
    return model.requires_grad_(False).eval()


def _config(files: PublishedFiles) -> VoxCPMConfig:
    read = files.json(CONFIG)
    architecture = read.get("architecture")
    if str(architecture).lower() != ARCHITECTURE:
        raise files.broken(CONFIG, f"is of architecture {architecture}, not {ARCHITECTURE}")
    try:
        return VoxCPMConfig.model_validate(read)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        raise files.broken(CONFIG, f"lacks a valid {field}") from error


def _tokenizer(files: PublishedFiles, vocabulary: int) -> PreTrainedTokenizerFast:
    """The tokenizer exactly as its file describes it, whatever class the checkpoint names."""
    path = files.folder / files.first((TOKENIZER,))
    try:
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(path))
    except Exception as error:  # the Rust library raises bare Exception
        raise files.broken(TOKENIZER, "cannot be read; it may be cut short") from error
    if len(tokenizer) > vocabulary:
        raise files.broken(TOKENIZER, f"has {len(tokenizer)} tokens, the model only {vocabulary}")
    return tokenizer


def _fill(
    network: torch.nn.Module, files: PublishedFiles, name: str, without: str | None = None
) -> None:
    """Give a network its weights; parameters under `without` come from elsewhere.

    What the file holds beyond the network is left out, as upstream does.
    """
    try:
        result = network.load_state_dict(files.tensors(name), strict=False)
    except RuntimeError as error:
        first = str(error).splitlines()[1:2] or [str(error)]
        raise files.broken(name, f"does not fit {CONFIG} ({first[0].strip()})") from error
    wanted = {parameter for parameter, _ in network.named_parameters()}
    if without is not None:
        wanted = {one for one in wanted if not one.startswith(without)}
    absent = sorted(wanted.intersection(result.missing_keys))
    if absent:
        raise files.broken(name, f"does not fit {CONFIG} ({absent[0]} is not in it)")


@contextmanager
def _made_in(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
