"""Every option of a talking video and of a template's film, asked for through HTTP.

    python -m bench.workers.options --clip ME.mp4 --photo ME.png [--out out/options]

Each is tried by itself on a few seconds of speech, on the embedded cloud with a warm worker, beside
the same job without it: seconds from the request to the result, processor seconds as the status
tells them, and the most memory that server and worker held meanwhile. A picture of each result
lies in `--out`, all of them on one sheet.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import cv2
import numpy as np

from bench.measuring.peak_memory import PeakMemory
from dh_client import Client
from dh_client.errors import DhError
from gpu_jobs.media.ffmpeg import executable
from infra.local.server import LocalCloud

TEXT: Final = "大家好，欢迎来到这里。"
_CELL: Final = (240, 300)
"""Width and height of a picture on the sheet."""
_ENVIRONMENT: Final = {"ALLOW_UNLABELLED": "true", "WEBHOOK_ALLOW_LOOPBACK": "true"}


@dataclass(frozen=True, slots=True)
class Made:
    """One task, and its result's picture; or why there is none."""

    option: str
    wall: float
    processor: float
    memory: int
    """kB."""
    said: str
    video: Path | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True, help="a person, front view")
    parser.add_argument("--photo", type=Path, required=True, help="a person")
    parser.add_argument("--out", type=Path, default=Path("out/options"))
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--runs", type=int, default=3, help="of the plain jobs")
    arguments = parser.parse_args()
    logging.disable()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCloud(
            Path(folder),
            vcpus=2,
            keep_alive_seconds=600,
            weights_dir=arguments.weights,
            extra_environment=_ENVIRONMENT,
        ) as cloud,
        Client(cloud.url, longest_pause=0.25) as client,
        _served(arguments.clip.parent) as address,
    ):
        given = _uploaded(client, arguments, Path(folder))
        given["address"] = f"{address}/{arguments.clip.name}"
        made: list[Made] = []
        for title, task_type, plain, options in (
            ("digital_human", "digital_human", *_talking(given)),
            ("compose", "compose", *_composed(client, given)),
        ):
            make = partial(_make, client, task_type, arguments.out)
            base = [make(f"{title} plain", plain) for _ in range(arguments.runs + 1)][1:]
            made.append(base[-1])
            print(_head(title, base))
            for name, fields in options.items():
                one = make(f"{title} {name}", {**plain, **fields})
                made.append(one)
                print(_row(name, one, base), flush=True)
    _sheet(made, arguments.out / "sheet.png")


def _talking(given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The plain job's fields, and what each option adds (None: takes away)."""
    plain = {"sample_video": given["clip"], "speech_text": TEXT, "voice_id": "zf_xiaobei"}
    recorded = {"speech_text": None, "voice_id": None}
    return plain, {
        "burn_subtitles": {"burn_subtitles": True},
        "subtitle_style": {
            "burn_subtitles": True,
            "subtitle_style": {"size": 1.4, "position": "top", "color": "#FFE000"},
        },
        "background_color": {"background_color": "#2E8B57"},
        "background_image": {"background_image": given["background"]},
        "background_blur": {"background_blur": 0.8},
        "transparent": {"transparent": True},
        "transparent mov": {"transparent": True, "output_format": "mov"},
        "resolution": {"resolution": "480p"},
        "fps": {"fps": 15},
        "aspect cover": {"aspect": "1:1", "frame_fit": "cover"},
        "aspect contain": {"aspect": "1:1", "frame_fit": "contain"},
        "logo": {"logo": given["logo"], "logo_position": "bottom-left"},
        "poster": {"poster": True},
        "animated_preview": {"animated_preview": True},
        "start_time, end_time": {"start_time": 0.5, "end_time": 2.5},
        **{
            f"length_fit {fit}": {"end_time": 1.5, "length_fit": fit}
            for fit in ("bounce", "loop", "freeze", "trim")
        },
        "background_music": {"background_music": given["music"]},
        "speech_audio": {**recorded, "speech_audio": given["speech"]},
        "enhance_speech": {**recorded, "speech_audio": given["speech"], "enhance_speech": True},
        "audio_task": {**recorded, "audio_task": given["voice_task"]},
        "by address": {"sample_video": given["address"]},
        "unlabelled": {"unlabelled": {"agreement": "bench"}},
    }


def _composed(
    client: Client, given: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    template = client.create_template(
        person_image=given["photo"], background_image=given["background"], video_length=1
    )
    client.wait(template).checked()
    plain: dict[str, Any] = {"template_id": template, "text_content": TEXT, "animate": False}
    plain["voice_id"] = "zf_xiaobei"
    return plain, {
        "animate": {"animate": True},
        "subtitles": {"subtitles": True},
        "subtitle_style": {"subtitles": True, "subtitle_style": {"size": 1.4, "color": "#FFE000"}},
        "resolution": {"resolution": "480p"},
        "fps": {"fps": 15},
        "logo": {"logo": given["logo"]},
        "poster, animated_preview": {"poster": True, "animated_preview": True},
        "background_music": {"background_music": given["music"]},
        "audio_task": {"text_content": None, "voice_id": None, "audio_task": given["voice_task"]},
        "unlabelled": {"unlabelled": {"agreement": "bench"}},
    }


def _uploaded(client: Client, arguments: argparse.Namespace, folder: Path) -> dict[str, str]:
    """What the options name: files of our own making, and a voice task."""
    background, logo = folder / "background.png", folder / "logo.png"
    steps = np.linspace(60, 230, 720, dtype=np.uint8)
    cv2.imwrite(str(background), np.dstack([np.tile(steps, (1280, 1))] * 3))
    mark = np.zeros((120, 240, 4), np.uint8)
    cv2.putText(mark, "LOGO", (10, 85), cv2.FONT_HERSHEY_DUPLEX, 2.4, (0, 90, 255, 255), 6)
    cv2.imwrite(str(logo), mark)
    music = folder / "music.wav"
    tone = "sine=frequency=220:duration=4"
    subprocess.run([executable(), "-v", "error", "-f", "lavfi", "-i", tone, str(music)], check=True)
    voice = client.create_voice(text=TEXT)
    done = client.wait(voice).checked()
    speech = client.download(done.files["audio"], folder / "speech.wav")
    return {
        "clip": client.upload(arguments.clip, "video"),
        "photo": client.upload(arguments.photo, "image"),
        "background": client.upload(background, "image"),
        "logo": client.upload(logo, "image"),
        "music": client.upload(music, "audio"),
        "speech": client.upload(speech, "audio"),
        "voice_task": voice,
    }


def _make(
    client: Client, task_type: str, out: Path, option: str, fields: Mapping[str, Any]
) -> Made:
    began, video, said, processor = time.monotonic(), None, "", 0.0
    with PeakMemory() as memory:
        try:
            task = client.create(task_type, fields)
            done = client.wait(task).checked()
            wall = time.monotonic() - began
            processor = float(done.document["usage"]["cpu_seconds"])
            route = done.files["video"]
            name = str(client.get(route, redirect="false")["filename"])
            target = out / f"{option.replace(' ', '-').replace(',', '')}{Path(name).suffix}"
            target.unlink(missing_ok=True)
            video = client.download(route, target)
            said = ", ".join((done.result or {}).get("warnings", []))
        except DhError as error:
            wall, said = time.monotonic() - began, f"FAILED: {error}"
    return Made(option, wall, processor, memory.peak, said, video)


def _head(title: str, base: list[Made]) -> str:
    wall = statistics.median(one.wall for one in base)
    processor = statistics.median(one.processor for one in base)
    memory = statistics.median(one.memory for one in base) / 1024
    return (
        f"\n{title}: plain {wall:.1f} s, {processor:.1f} processor s, {memory:.0f} MB "
        f"(medians of {len(base)})\n\n"
        "| Option | Wall, s | over plain | Processor, s | over plain | Memory over plain | Said |\n"
        "|---|---|---|---|---|---|---|"
    )


def _row(name: str, one: Made, base: list[Made]) -> str:
    wall = statistics.median(plain.wall for plain in base)
    processor = statistics.median(plain.processor for plain in base)
    memory = statistics.median(plain.memory for plain in base)
    return (
        f"| {name} | {one.wall:.1f} | {one.wall / wall:.2f} | {one.processor:.1f} | "
        f"{one.processor / processor:.2f} | {one.memory / memory:.2f} | {one.said} |"
    )


def _sheet(made: list[Made], target: Path) -> None:
    """The middle picture of each result, before squares where it is transparent."""
    cells = [_cell(one) for one in made if one.video is not None]
    columns = 6
    cells += [np.full((*_CELL[::-1], 3), 40, np.uint8)] * (-len(cells) % columns)
    rows = [np.hstack(cells[at : at + columns]) for at in range(0, len(cells), columns)]
    cv2.imwrite(str(target), np.vstack(rows))
    print(f"\n{target}")


def _cell(one: Made) -> np.ndarray[Any, Any]:
    assert one.video is not None
    picture = one.video.with_suffix(".png")
    # libvpx alone knows of VP9's alpha.
    decoder = ["-c:v", "libvpx-vp9"] if one.video.suffix == ".webm" else []
    source = [*decoder, "-ss", "1", "-i", str(one.video), "-frames:v", "1", "-pix_fmt", "rgba"]
    subprocess.run([executable(), "-v", "error", "-y", *source, str(picture)], check=True)
    read = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED)
    assert read is not None
    frame = read.astype(np.float32)
    squares = np.indices(frame.shape[:2]).sum(0) // 24 % 2 * 60.0 + 150
    alpha = frame[..., 3:] / 255
    shown = (frame[..., :3] * alpha + squares[..., None] * (1 - alpha)).astype(np.uint8)
    scale = min(_CELL[0] / shown.shape[1], (_CELL[1] - 24) / shown.shape[0])
    small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cell = np.full((*_CELL[::-1], 3), 40, np.uint8)
    cell[24 : 24 + small.shape[0], : small.shape[1]] = small
    white = (255, 255, 255)
    cv2.putText(cell, one.option, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.42, white, 1, cv2.LINE_AA)
    return cell


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """A web server on loopback with a folder's files."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

    handler = partial(Quiet, directory=str(folder.resolve()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


if __name__ == "__main__":
    main()
