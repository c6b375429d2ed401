"""How fast the GPU engine generates faces. Run from the repository root:

    python -m bench.engines.musetalk [--batches 1 8 16 32] [--tiny] [--no-compile] [--no-pipeline]

Networks of the published size with random weights (speed does not depend on their values), half
precision on CUDA. For each batch size: faces/s of the U-Net and the VAE's decoder ("faces/s"), the
same with encoding the base frames as well ("+encode/s"), and the peak of allocated device memory;
then the kernels that take the most time. Then the whole engine: decode, generate, blend, encode to
H.264, over 720 lines. The goals on one H100: at least 250 faces/s, 100 frames/s for the whole.

The first part needs torch, diffusers, transformers, numpy; the second, which says why when it is
skipped, also the packages of the jobs, `.weights` and a clip (--clip).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch.profiler import ProfilerActivity, profile
from transformers import WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from gpu_jobs.engines.lipsync.musetalk.generator import FaceGenerator, precision
from gpu_jobs.engines.lipsync.musetalk.models import FACE_SIDE
from gpu_jobs.engines.lipsync.musetalk.speech_windows import WINDOW_FEATURES, SpeechWindows

ROOT = Path(__file__).resolve().parents[3]
FPS = Fraction(25)
SPEECH_SECONDS = 20.0
TOP_KERNELS = 15

UNET = {
    "_class_name": "UNet2DConditionModel",
    "act_fn": "silu",
    "attention_head_dim": 8,
    "block_out_channels": [320, 640, 1280, 1280],
    "cross_attention_dim": 384,
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
    "in_channels": 8,
    "out_channels": 4,
    "layers_per_block": 2,
    "norm_num_groups": 32,
    "sample_size": 64,
}
VAE = {
    "_class_name": "AutoencoderKL",
    "act_fn": "silu",
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 4,
    "layers_per_block": 2,
    "norm_num_groups": 32,
    "sample_size": 256,
}
WHISPER = {
    "d_model": 384,
    "encoder_layers": 4,
    "encoder_attention_heads": 6,
    "encoder_ffn_dim": 1536,
    "decoder_layers": 4,
    "decoder_attention_heads": 6,
    "decoder_ffn_dim": 1536,
    "num_mel_bins": 80,
    "max_source_positions": 1500,
}
TINY_UNET = {"block_out_channels": [32, 32, 32, 32], "norm_num_groups": 8, "layers_per_block": 1}
TINY_VAE = {"block_out_channels": [8, 8, 8, 8], "norm_num_groups": 4, "layers_per_block": 1}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 16, 32])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument(
        "--tiny", action="store_true", help="networks of no size, to try the script"
    )
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--no-pipeline", action="store_true")
    parser.add_argument("--no-faces", action="store_true", help="only the pipeline")
    parser.add_argument("--pipeline-compiled", action="store_true")
    parser.add_argument("--clip", type=Path, default=ROOT.parent / "shared/media/vr_1.mp4")
    parser.add_argument("--speech-seconds", type=float, default=SPEECH_SECONDS)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    print(f"torch {torch.__version__} on {name}, {precision(device)}", flush=True)
    if not arguments.no_faces:
        measure_faces(arguments, device)
    if not arguments.no_pipeline:
        measure_pipeline(arguments)
    return 0


def measure_faces(arguments: argparse.Namespace, device: torch.device) -> None:
    """The table of faces/s, the time to hear, and the kernels."""
    channels_last, contiguous = torch.channels_last, torch.contiguous_format
    cases = [(contiguous, False), (channels_last, False)]
    if not arguments.no_compile:
        cases.append((channels_last, True))
    measure_hearing(device)
    print(f"{'layout':<16}{'compile':>8}{'batch':>7}{'faces/s':>10}{'+encode/s':>11}{'MB':>8}")
    for layout, compiled in cases:
        unet, vae = random_networks(device, tiny=arguments.tiny)
        for batch in arguments.batches:
            torch.compiler.reset()
            generator = FaceGenerator(
                unet, vae, device=device, batch_size=batch, compiled=compiled, memory_format=layout
            )
            row = measure(generator, batch, unet.config.cross_attention_dim, arguments.rounds)
            label = "channels_last" if layout is channels_last else "contiguous"
            print(
                f"{label:<16}{'yes' if compiled else 'no':>8}{batch:>7}"
                f"{row[0]:>10.1f}{row[1]:>11.1f}{row[2]:>8.0f}",
                flush=True,
            )
            if batch == min(16, max(arguments.batches)):
                print_kernels(generator, batch, unet.config.cross_attention_dim)


def measure(generator: FaceGenerator, batch: int, width: int, rounds: int) -> tuple[float, ...]:
    """Faces/s without and with encoding, and the peak of device memory in MB."""
    crops, latents, windows = random_inputs(generator, batch, width)
    if generator.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    alone = rate(lambda: generator.generate(latents, windows), batch, rounds, generator.device)
    both = rate(
        lambda: generator.generate(generator.encode(crops), windows),
        batch,
        rounds,
        generator.device,
    )
    cuda = generator.device.type == "cuda"
    return alone, both, torch.cuda.max_memory_allocated() / 2**20 if cuda else 0.0


def rate(work: Callable[[], Any], batch: int, rounds: int, device: torch.device) -> float:
    """Items/s over `rounds` queued batches, after three to warm up."""
    for _ in range(3):
        work().wait()
    synchronise(device)
    started = time.perf_counter()
    results = [work() for _ in range(rounds)]
    results[-1].wait()
    synchronise(device)
    return batch * rounds / (time.perf_counter() - started)


def measure_hearing(device: torch.device) -> None:
    """Time of whisper-tiny over one speech, windows included."""
    torch.manual_seed(0)
    whisper = WhisperEncoder(WhisperConfig(**WHISPER)).to(device, precision(device)).eval()
    noise = np.random.default_rng(0).normal(scale=0.1, size=int(SPEECH_SECONDS * 16_000))
    for attempt in ("first", "second"):
        windows = SpeechWindows(
            noise.astype(np.float32), FPS, whisper=whisper, mel=WhisperFeatureExtractor()
        )
        started = time.perf_counter()
        for first in range(0, int(SPEECH_SECONDS * FPS), 16):
            _ = windows[range(first, first + 16)]
        synchronise(device)
        spent = time.perf_counter() - started
        print(f"hearing {SPEECH_SECONDS:.0f} s of speech, {attempt} time: {spent:.2f} s")


def print_kernels(generator: FaceGenerator, batch: int, width: int) -> None:
    """The kernels that take the most time in one encoded and generated batch."""
    crops, _, windows = random_inputs(generator, batch, width)
    for _ in range(2):
        generator.generate(generator.encode(crops), windows).wait()
    cuda = generator.device.type == "cuda"
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if cuda else [])
    with profile(activities=activities) as trace:
        generator.generate(generator.encode(crops), windows).wait()
    spent = {
        event.key: (event.self_device_time_total if cuda else event.self_cpu_time_total)
        for event in trace.key_averages()
    }
    total = sum(spent.values()) or 1.0
    print(f"top kernels, batch {batch} with encoding ({total / 1000:.1f} ms in all):")
    for key in sorted(spent, key=lambda key: -spent[key])[:TOP_KERNELS]:
        print(f"  {spent[key] / total:6.1%} {spent[key] / 1000:8.2f} ms  {key[:100]}")


def random_networks(
    device: torch.device, *, tiny: bool
) -> tuple[UNet2DConditionModel, AutoencoderKL]:
    """The U-Net and the VAE in their published size (or hardly any), untrained."""
    torch.manual_seed(0)
    with device:
        unet = UNet2DConditionModel.from_config({**UNET, **(TINY_UNET if tiny else {})})
        vae = AutoencoderKL.from_config({**VAE, **(TINY_VAE if tiny else {})})
    return unet, vae


def random_inputs(
    generator: FaceGenerator, batch: int, width: int
) -> tuple[np.ndarray, torch.Tensor, torch.Tensor]:
    """Faces, their latents, and sound windows."""
    crops = np.random.default_rng(0).integers(
        0, 256, (batch, FACE_SIDE, FACE_SIDE, 3), dtype=np.uint8
    )
    windows = torch.randn(batch, WINDOW_FEATURES, width)
    return crops, generator.encode(crops), windows.to(generator.device, generator.dtype)


def synchronise(device: torch.device) -> None:
    """Wait for everything queued."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def measure_pipeline(arguments: argparse.Namespace) -> None:
    """Frames/s of the engine over a clip at 720 lines, with encoding; or why not."""
    try:
        from bench.engines.musetalk.pipeline import run  # noqa: PLC0415  (optional packages)
    except ImportError as absent:
        print(f"pipeline skipped: {absent}")
        return
    with tempfile.TemporaryDirectory() as folder:
        write_published_layout(Path(folder) / "musetalk", tiny=arguments.tiny)
        run(
            arguments.clip,
            Path(folder),
            seconds=arguments.speech_seconds,
            batch_sizes=[batch for batch in arguments.batches if batch > 1] or [1],
            compiled=arguments.pipeline_compiled,
            threads=arguments.threads,
        )


def write_published_layout(folder: Path, *, tiny: bool) -> None:
    """Random checkpoints in the published file layout."""
    unet, vae = random_networks(torch.device("cpu"), tiny=tiny)
    for name in ("musetalkV15", "sd-vae", "whisper"):
        (folder / name).mkdir(parents=True)
    (folder / "musetalkV15/musetalk.json").write_text(json.dumps(dict(unet.config)))
    torch.save(unet.half().state_dict(), folder / "musetalkV15/unet.pth")
    (folder / "sd-vae/config.json").write_text(json.dumps(dict(vae.config)))
    torch.save(vae.half().state_dict(), folder / "sd-vae/diffusion_pytorch_model.bin")
    config = WhisperConfig(**WHISPER)
    weights = WhisperEncoder(config).state_dict()
    (folder / "whisper/config.json").write_text(config.to_json_string())
    WhisperFeatureExtractor().save_pretrained(folder / "whisper")
    prefixed = {f"model.encoder.{name}": value for name, value in weights.items()}
    torch.save(prefixed, folder / "whisper/pytorch_model.bin")


if __name__ == "__main__":
    sys.exit(main())
