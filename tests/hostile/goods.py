"""The good files that hostile ones are made of, and the bait beside them."""

from __future__ import annotations

from pathlib import Path

import cv2

from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import portrait_photo
from tests.hostile.case import ffmpeg

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / ".weights"
_VOICE = ROOT / "functions/api/voice_samples/zf_xiaobei.mp3"

BAIT = ("bait.mp4", "bait.wav", "bait.png", "bait.txt")


def make_goods(folder: Path) -> None:
    """See `Studio.goods`."""
    folder.mkdir(parents=True)
    photo = cv2.resize(portrait_photo(WeightStore(WEIGHTS)), (320, 320))
    cv2.imwrite(str(folder / "photo.png"), photo)
    ffmpeg("-i", _VOICE, "-t", "4", "-ar", "16000", "-ac", "1", folder / "speech.wav")
    ffmpeg("-ss", 0.4, "-i", folder / "speech.wav", "-t", 1, folder / "short.wav")
    nod = "zoompan=z='1+0.05*sin(on/6)':d=1:s=320x320:fps=25,format=yuv420p"
    ffmpeg(
        *("-loop", 1, "-i", folder / "photo.png", "-i", folder / "speech.wav", "-t", 1.6),
        *("-vf", nod, "-c:v", "libx264", "-g", 10, "-c:a", "aac", folder / "face.mp4"),
    )
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=192x144:r=25:d=1.4"),
        *("-f", "lavfi", "-i", "sine=440:r=44100:d=1.4"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", 10, "-c:a", "aac", folder / "plain.mp4"),
    )
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=240x320", "-frames:v", 1, folder / "background.jpg")


def lay_bait(folder: Path, goods: Path) -> None:
    """See `Studio.bait`: whole media files, so that whoever follows a reference gets something."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, good in zip(BAIT, ("face.mp4", "speech.wav", "photo.png"), strict=False):
        (folder / name).write_bytes((goods / good).read_bytes())
    (folder / "bait.txt").write_text("root:x:0:0:a file of the machine\n")
