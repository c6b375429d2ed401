"""Wav2Lip, the lip-sync that everyone compares with, from a checkout of its published repository.

Nothing of it is part of this project: name a checkout of github.com/Rudrabha/Wav2Lip. Its two
networks are built by its own constructors with random weights (speed does not depend on their
values) and run as its `inference.py` runs them on a CPU, at `resize_factor` 1.

Measured: the lip network alone on ready 96 x 96 faces and mel windows, at batch 16; and the
pipeline's stages, each divided by the frames that it handled, so that the sum is the time of one
frame of a clip of any length:

- `decode`: cv2.VideoCapture, the whole clip;
- `detect`: S3FD with its non-maximum suppression, on every frame (so does inference.py), the
  first DETECTED frames, one at a time: its batch of 16 needs gigabytes and gains nothing on a
  CPU (3.2 s of processor time a frame in fours, 3.0 s alone, at 720 x 720);
- `network`: crop, resize, mask and the lip network in batches of 128, as is its default;
- `paste`: resize back, paste, cv2.VideoWriter (DIVX);
- `encode`: its last ffmpeg command, with the sound.

All doubts go to its advantage: the random detector is made to find nothing (else it would decode
a box at every place), a fixed square in the middle stands for the face, and neither the mel
spectrogram nor loading the models is counted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from gpu_jobs.media import ffmpeg

SIDE, MEL_BANDS, MEL_STEPS = 96, 80, 16
ALONE_BATCH, PIPELINE_BATCH = 16, 128
DETECTED = 6
PIPELINE_SECONDS = 4.0
_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Peer:
    """`network`: frames/s of the lip network alone; `stages`: seconds a frame of its pipeline."""

    network: float
    stages: dict[str, float]

    @property
    def pipeline(self) -> float:
        """Frames/s of the whole."""
        return 1 / sum(self.stages.values())


def measure(checkout: Path, clip: Path, threads: int) -> Peer:
    """Time both networks on a clip; ImportError where `checkout` does not hold them."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    sys.path.insert(0, str(checkout))
    try:
        from face_detection.detection.sfd import net_s3fd, sfd_detector  # noqa: PLC0415
        from models import Wav2Lip  # noqa: PLC0415
    finally:
        sys.path.remove(str(checkout))
    network = Wav2Lip().eval()
    detector = _detector(net_s3fd.s3fd(), sfd_detector.SFDDetector)
    with torch.no_grad():
        return Peer(_alone(network), _pipeline(network, detector, clip))


def _detector(net: Any, build: Callable[..., Any]) -> Any:
    """The published detector with random weights, none of whose places is a face."""
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if "mbox_conf" in name:
                parameter.zero_()
                if name.endswith("bias"):
                    parameter[-1] = -20
    with tempfile.NamedTemporaryFile(suffix=".pth") as file:
        torch.save(net.state_dict(), file.name)
        return build("cpu", path_to_detector=file.name)


def _alone(network: Any) -> float:
    """Frames/s on ready input; the best of several runs, as the machine's others disturb."""
    mel = torch.rand(ALONE_BATCH, 1, MEL_BANDS, MEL_STEPS)
    faces = torch.rand(ALONE_BATCH, 6, SIDE, SIDE)
    network(mel, faces)
    return ALONE_BATCH / min(_timed(lambda: network(mel, faces))[0] for _ in range(_REPEATS))


def _pipeline(network: Any, detector: Any, clip: Path) -> dict[str, float]:
    """Seconds a frame of every stage."""
    video = cv2.VideoCapture(str(clip))
    fps = video.get(cv2.CAP_PROP_FPS)
    wanted = int(PIPELINE_SECONDS * fps)
    decode, frames = _timed(lambda: [video.read()[1] for _ in range(wanted)])
    frames = [frame for frame in frames if frame is not None]
    batches = [np.array([frame])[..., ::-1].copy() for frame in frames[:DETECTED]]
    detect, _ = _timed(lambda: [detector.detect_from_batch(batch) for batch in batches])
    box = _middle(frames[0].shape)
    lips, mouths = _timed(lambda: _lips(network, frames, box))
    with tempfile.TemporaryDirectory() as folder:
        silent, result = Path(folder) / "result.avi", Path(folder) / "result.mp4"
        paste, _ = _timed(lambda: _paste(frames, mouths, box, silent, fps))
        sound = _tone(Path(folder) / "sound.wav", len(frames) / fps)
        command: list[str | Path] = [ffmpeg.executable(), "-y", "-loglevel", "error"]
        command += ["-i", sound, "-i", silent, "-strict", "-2", "-q:v", "1", result]
        encode, _ = _timed(lambda: subprocess.run(command, check=True, stdin=subprocess.DEVNULL))
    return {
        "decode": decode / len(frames),
        "detect": detect / len(batches),
        "network": lips / len(frames),
        "paste": paste / len(frames),
        "encode": encode / len(frames),
    }


def _middle(shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a square of half the shorter side, where a face would be."""
    height, width = shape[:2]
    side = min(height, width) // 2
    top, left = (height - side) // 2, (width - side) // 2
    return slice(top, top + side), slice(left, left + side)


def _lips(network: Any, frames: list[Any], box: tuple[slice, slice]) -> list[Any]:
    """The network's mouths (96, 96, 3) uint8 of all frames; inference.py, `datagen` and `main`."""
    mouths: list[Any] = []
    for start in range(0, len(frames), PIPELINE_BATCH):
        batch = frames[start : start + PIPELINE_BATCH]
        faces = np.array([cv2.resize(frame[box], (SIDE, SIDE)) for frame in batch])
        masked = faces.copy()
        masked[:, SIDE // 2 :] = 0
        pictures = np.concatenate((masked, faces), axis=3).transpose(0, 3, 1, 2) / 255.0
        mel = torch.rand(len(batch), 1, MEL_BANDS, MEL_STEPS)
        drawn = network(mel, torch.FloatTensor(pictures))
        mouths.extend((drawn.numpy().transpose(0, 2, 3, 1) * 255.0).astype(np.uint8))
    return mouths


def _paste(
    frames: list[Any], mouths: list[Any], box: tuple[slice, slice], path: Path, fps: float
) -> None:
    height, width = frames[0].shape[:2]
    side = box[0].stop - box[0].start
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"DIVX"), fps, (width, height))
    for frame, mouth in zip(frames, mouths, strict=True):
        pasted = frame.copy()
        pasted[box] = cv2.resize(mouth, (side, side))
        writer.write(pasted)
    writer.release()


def _tone(path: Path, seconds: float) -> Path:
    samples = 8000 * np.sin(np.arange(int(16_000 * seconds)) * 0.07)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result
