"""Run the face networks: 256² faces and sound windows in, speaking faces out, in batches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor, nn

from gpu_jobs.engines.lipsync.musetalk.speech_windows import WINDOW_FEATURES

Faces = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PendingFaces:
    """Generated faces on their way from the device."""

    pixels: Tensor
    copied: torch.cuda.Event | None

    def wait(self) -> Faces:
        """(B, 256, 256, 3) uint8 BGR, once the device has delivered them."""
        if self.copied is not None:
            self.copied.synchronize()
        return np.asarray(self.pixels.numpy(), np.uint8)


class FaceGenerator:
    """The U-Net and the VAE on one device: half precision on CUDA, float32 on the CPU.

    Weights and pictures are laid out channels-last, as tensor cores read them. `compiled` fuses
    the networks with torch.compile: a minute or more at the first batch, faster ones after it;
    batches are then padded to `batch_size`, for every other size would compile anew.
    """

    def __init__(
        self,
        unet: UNet2DConditionModel,
        vae: AutoencoderKL,
        *,
        device: torch.device,
        batch_size: int,
        compiled: bool = False,
        memory_format: torch.memory_format = torch.channels_last,
    ) -> None:
        self.device = device
        self.dtype = precision(device)
        self.batch_size = batch_size
        self._layout = memory_format
        self._pad = compiled
        # The plain module's `to`: diffusers' own warns of layers that must stay in float32, and
        # these two networks have none. (Any, because its stub lacks `memory_format`.)
        move: Any = nn.Module.to
        for network in (unet, vae):
            move(network, device, self.dtype, memory_format=memory_format)
            network.eval().requires_grad_(False)
        self._unet, self._vae = unet, vae
        self._scale = float(vae.config.scaling_factor)
        self._timestep = torch.tensor(0, device=device)
        positions = position_codes(unet.config.cross_attention_dim)
        self._positions = positions.to(device, self.dtype)
        torch.backends.cudnn.benchmark = True  # batches keep their size
        self._encode, self._decode = self._to_latents, self._to_faces
        if compiled:
            self._encode = torch.compile(self._to_latents, dynamic=False)
            self._decode = torch.compile(self._to_faces, dynamic=False)

    @torch.inference_mode()
    def encode(self, crops: Faces) -> Tensor:
        """What the U-Net sees of faces (B, 256, 256, 3) uint8 BGR: (B, 8, 32, 32) on the device.

        Masked latents first, then reference latents, times the VAE's scaling factor (0.18215).
        As `get_latents_for_unet` in `musetalk/models/vae.py`; but the mode of the latents and not a
        sample, as training has it (`get_image_pred` in `musetalk/utils/utils.py`): the same frame
        then always gives the same face.
        """
        return self._encode(self._on_device(self._padded(torch.from_numpy(crops))))[: len(crops)]

    @torch.inference_mode()
    def generate(self, latents: Tensor, windows: Tensor) -> PendingFaces:
        """Speaking faces for latents (B, 8, 32, 32) and sound windows (B, 50, D).

        One U-Net step at timestep 0, no noise: `scripts/inference.py`, "Batch inference". Returns
        as soon as the work is queued on the device.
        """
        count = len(latents)
        faces = self._decode(self._padded(latents), self._padded(windows))[:count]
        if self.device.type != "cuda":
            return PendingFaces(faces, None)
        pixels = torch.empty(faces.shape, dtype=torch.uint8, pin_memory=True)
        pixels.copy_(faces, non_blocking=True)
        copied = torch.cuda.current_stream().record_event()
        return PendingFaces(pixels, copied)

    def _to_latents(self, pictures: Tensor) -> Tensor:
        """(B, 256, 256, 3) uint8 BGR → (B, 8, 32, 32)."""
        seen = pictures.permute(0, 3, 1, 2).flip(1).to(self.dtype) / 127.5 - 1
        hidden = without_lower_half(seen)
        both = torch.cat([hidden, seen]).contiguous(memory_format=self._layout)
        latents = self._vae.encode(both).latent_dist.mode() * self._scale
        return torch.cat(latents.chunk(2), dim=1)

    def _to_faces(self, latents: Tensor, windows: Tensor) -> Tensor:
        """(B, 8, 32, 32) and (B, 50, D) → (B, 256, 256, 3) uint8 BGR."""
        sound = windows + self._positions
        latents = latents.contiguous(memory_format=self._layout)
        predicted = self._unet(latents, self._timestep, encoder_hidden_states=sound).sample
        picture: Tensor = self._vae.decode(predicted / self._scale).sample.float()
        levels = ((picture / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
        return levels.flip(1).permute(0, 2, 3, 1).contiguous()

    def _on_device(self, pictures: Tensor) -> Tensor:
        if self.device.type == "cuda":
            pictures = pictures.pin_memory()
        return pictures.to(self.device, non_blocking=True)

    def _padded(self, batch: Tensor) -> Tensor:
        missing = self.batch_size - len(batch)
        if not self._pad or missing <= 0:
            return batch
        return torch.cat([batch, batch[-1:].expand(missing, *batch.shape[1:])])


def precision(device: torch.device) -> torch.dtype:
    """Half precision on CUDA: float16, whose 11 bits carry 8-bit colour, unlike bfloat16's 8."""
    return torch.float16 if device.type == "cuda" else torch.float32


def without_lower_half(pictures: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) in [-1, 1] with their lower H/2 rows black.

    As `get_mask_tensor` and `preprocess_img` in `musetalk/models/vae.py`: the mask multiplies
    before normalisation, so what is hidden becomes -1.
    """
    hidden = pictures.clone()
    hidden[:, :, pictures.shape[2] // 2 :] = -1
    return hidden


def position_codes(width: int, length: int = WINDOW_FEATURES) -> Tensor:
    """Sinusoids (length, width) added to every sound window; float32.

    `PositionalEncoding` in `musetalk/models/unet.py` (Vaswani et al. 2017, §3.5): even columns
    sin(p / 10000^(2i/width)), odd ones the cosine.
    """
    place = torch.arange(length, dtype=torch.float32)[:, None]
    pace = torch.exp(torch.arange(0, width, 2).float() * (-math.log(10_000.0) / width))
    codes = torch.zeros(length, width)
    codes[:, 0::2] = torch.sin(place * pace)
    codes[:, 1::2] = torch.cos(place * pace)
    return codes
