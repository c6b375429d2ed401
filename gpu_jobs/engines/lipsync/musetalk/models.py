"""The networks of MuseTalk 1.5 and how they fit together."""

from __future__ import annotations

from dataclasses import dataclass

from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

FACE_SIDE = 256
"""Pixels of the square in which faces are generated."""
LATENT_CHANNELS = 4
UNET_CHANNELS = 2 * LATENT_CHANNELS
"""Masked face, then reference face."""


@dataclass(frozen=True, slots=True)
class MuseTalkModels:
    """Everything with weights.

    `unet`: 8 latent channels and sound in, 4 latent channels out. `vae`: sd-vae-ft-mse. `whisper`:
    the encoder of whisper-tiny, whose width is the U-Net's `cross_attention_dim`. `mel`: its input.
    """

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    whisper: WhisperEncoder
    mel: WhisperFeatureExtractor
