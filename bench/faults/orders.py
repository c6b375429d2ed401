"""What the campaign asks for: mostly cheap tasks of every kind, chosen by a seeded generator."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from dh_client import Client
from gpu_jobs.media.ffmpeg import command, source
from gpu_jobs.media.processes.child_process import ProcessLimits, run
from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import make_sample, portrait_photo

TEXTS: Final = ("你好。", "早上好！", "今天天气很好。", "谢谢大家。", "再见，明天见。")
SHARES: Final = {
    "voice": 35,
    "extract": 38,
    "template": 12,
    "voice_profile": 4,
    "compose": 4,
    "avatar": 3,
    "digital_human": 4,
}
_PERSON_SECONDS: Final = 4
_PERSON_SIDE: Final = 320


@dataclass(frozen=True, slots=True)
class Order:
    """One creation. `key` makes it idempotent; as `uuid` in the body if `by_uuid`, else a header.

    `copies`: how many times it is sent at once. `cancel_after`: seconds, None for never.
    """

    kind: str
    route: str
    body: dict[str, Any]
    key: str
    by_uuid: bool
    copies: int
    cancel_after: float | None


@dataclass(frozen=True, slots=True)
class Uploads:
    """Names of the files in the system that tasks may use, and a finished template."""

    person: str
    voice: str
    clip: str
    photo: str
    background: str
    template: str


def make_media(folder: Path, weights: WeightStore) -> dict[str, Path]:
    """Small files to upload, made here and kept in `folder`."""
    sample = make_sample(folder / "sample", weights)
    files = {
        "person": folder / "person.mp4",
        "clip": folder / "clip.mp4",
        "voice": sample.voice,
        "photo": folder / "photo.png",
        "background": folder / "background.png",
    }
    if not files["person"].exists():
        _cut(sample.video, files["person"], _PERSON_SECONDS, _PERSON_SIDE)
    if not files["clip"].exists():
        _cut(sample.video, files["clip"], 2, 160)
    cv2.imwrite(str(files["photo"]), portrait_photo(weights)[::2, ::2])
    shades = np.linspace(40, 200, 426, dtype=np.uint8)[:, None, None]
    cv2.imwrite(str(files["background"]), np.broadcast_to(shades, (426, 240, 3)))
    return files


def upload_all(api: Client, media: dict[str, Path]) -> Uploads:
    """Send the files and make the template that compositions speak with."""
    photo = api.upload(media["photo"], "image")
    background = api.upload(media["background"], "image")
    template = api.create("template", _template(photo, background))
    ended = api.wait(template, timeout=300)
    if ended.status != "completed":
        raise RuntimeError(f"the template failed: {ended.error_code}")
    return Uploads(
        person=api.upload(media["person"], "video"),
        voice=api.upload(media["voice"], "audio"),
        clip=api.upload(media["clip"], "video"),
        photo=photo,
        background=background,
        template=template,
    )


def orders(count: int, uploads: Uploads, chance: random.Random) -> list[Order]:
    """`count` orders; a fifth is sent twice or more at once, an eighth is cancelled."""
    kinds = chance.choices(list(SHARES), list(SHARES.values()), k=count)
    return [_order(number, kind, uploads, chance) for number, kind in enumerate(kinds)]


def _order(number: int, kind: str, uploads: Uploads, chance: random.Random) -> Order:
    route, body = _request(kind, number, uploads, chance)
    return Order(
        kind=kind,
        route=route,
        body=body,
        key=f"order-{number}",
        by_uuid=kind != "voice_profile" and chance.random() < 0.5,
        copies=chance.choice((2, 3)) if chance.random() < 0.2 else 1,
        cancel_after=chance.uniform(0, 15) if chance.random() < 0.125 else None,
    )


def _request(
    kind: str, number: int, uploads: Uploads, chance: random.Random
) -> tuple[str, dict[str, Any]]:
    text = chance.choice(TEXTS)
    reference = {"reference_audio": uploads.voice} if chance.random() < 0.1 else {}
    person = {"sample_video": uploads.person}
    return {
        "voice": ("/tasks/voice/generate", {"text": text, **reference}),
        "extract": ("/tasks/audio/extract", {"video_file": uploads.clip}),
        "voice_profile": ("/voices", {"name": f"voice {number}", "audio_file": uploads.voice}),
        "template": ("/tasks/template/create", _template(uploads.photo, uploads.background)),
        "compose": (
            "/tasks/video/compose",
            {"template_id": uploads.template, "text_content": text},
        ),
        "avatar": ("/avatars", person),
        "digital_human": ("/tasks/digital-human/create", {**person, "speech_text": text}),
    }[kind]


def _template(photo: str, background: str) -> dict[str, Any]:
    return {
        "person_image": photo,
        "background_image": background,
        "video_length": 1.0,
        "aspect": "background",
    }


def _cut(film: Path, target: Path, seconds: int, side: int) -> None:
    output = source(film, t=seconds).output(
        f"file:{target}",
        vf=f"scale={side}:{side}",
        vcodec="libx264",
        acodec="aac",
        pix_fmt="yuv420p",
    )
    run(command(output), ProcessLimits())
