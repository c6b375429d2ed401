"""The seed's third flow: two pictures become a template, and its person speaks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from dh_client import ApiError, Client, TaskStatus
from gpu_jobs.media.ffmpeg import read_audio, read_frames
from gpu_jobs.media.label.labelling import read_metadata
from gpu_jobs.media.probe import probe
from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import DemoSample, portrait_photo

ROOT = Path(__file__).resolve().parents[2]

SECONDS = 240.0
WIDTH, HEIGHT = 480, 854
TEXT = "爸爸妈妈，大家好！"


@pytest.fixture(scope="module")
def template_id(api: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A finished template, made of two uploaded pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    cv2.imwrite(str(folder / "person.png"), portrait_photo(WeightStore(ROOT / ".weights")))
    shades = np.linspace(40, 200, HEIGHT, dtype=np.uint8)[:, None, None]
    background = np.broadcast_to(shades, (HEIGHT, WIDTH, 3))
    cv2.imwrite(str(folder / "background.png"), background)
    body = {
        "person_image": api.upload(folder / "person.png", "image"),
        "background_image": api.upload(folder / "background.png", "image"),
        "title_text": "AI助手",
        "title_position": [40, 120],
        "video_length": 1.0,
        "aspect": "background",
        "voice_id": "zm_yunxi",
    }
    made = api.create("template", body)
    with pytest.raises(ApiError) as early:
        api.create("compose", {"template_id": made, "text_content": TEXT})
    assert (early.value.status, early.value.code) == (409, "template_not_ready")
    ended = api.wait(made, timeout=SECONDS)
    assert ended.status == "completed", ended
    return made


def composed(api: Client, body: dict[str, object], video: Path) -> TaskStatus:
    """A completed composition, its video saved."""
    ended = api.wait(api.create("compose", body), timeout=SECONDS)
    assert ended.status == "completed", ended
    assert ended.result is not None
    api.download(ended.result["video_url"], video)
    return ended


def movement(video: Path) -> np.ndarray:
    """By how much each block of 8x8 pixels differs at most from its first picture; (H/8, W/8)."""
    rows, columns = HEIGHT // 8, WIDTH // 8
    with read_frames(video, width=WIDTH, height=HEIGHT, fps=Fraction(25)) as frames:
        blocks = np.stack(
            [frame[: rows * 8].reshape(rows, 8, columns, 8, 3).mean((1, 3, 4)) for frame in frames]
        )
    return np.abs(blocks - blocks[0]).max(0)


def test_the_person_of_a_template_speaks_a_text_with_subtitles_over_music(
    api: Client, template_id: str, sample: DemoSample, tmp_path: Path
) -> None:
    video = tmp_path / "video.mp4"
    body = {
        "template_id": template_id,
        "text_content": TEXT,
        "subtitles": True,
        "background_music": api.upload(sample.voice, "audio"),
        "uuid": "film-1",
    }
    ended = composed(api, body, video)
    assert ended.result is not None
    assert ended.result["voice"] == "zm_yunxi"
    assert ended.result["warnings"] == []
    assert ended.result["video_url"] == "/download/generated/video/film-1"
    info = probe(video)
    assert info.video is not None
    assert info.audio is not None
    assert (info.video.width, info.video.height) == (WIDTH, HEIGHT)
    assert (info.video.codec, info.audio.codec, info.video.fps) == ("h264", "aac", 25)
    assert info.duration == pytest.approx(ended.result["duration"], abs=0.1)
    label = read_metadata(video)
    assert label is not None
    assert label.produce_id == ended.task_id
    srt, vtt = tmp_path / "a.srt", tmp_path / "a.vtt"
    api.download(ended.result["subtitle_url"], srt)
    api.download(ended.result["subtitle_vtt_url"], vtt)
    assert TEXT[:4] in srt.read_text()
    assert vtt.read_text().startswith("WEBVTT")

    moved = movement(video)
    assert moved[len(moved) // 3 : len(moved) * 2 // 3].max() > 15, "the face stands still"
    assert moved[: len(moved) // 5].max() < 6, "title and label move"


def test_a_voice_tasks_sound_is_spoken_by_its_uuid(
    api: Client, template_id: str, tmp_path: Path
) -> None:
    spoken = api.wait(api.create("voice", {"text": TEXT, "uuid": "voice-1"}), timeout=SECONDS)
    assert spoken.result is not None
    video = tmp_path / "video.mp4"
    body = {"template_id": template_id, "audio_file": "voice-1", "animate": False}
    ended = composed(api, body, video)
    assert ended.result is not None
    assert ended.result["subtitle_url"]
    # The label that standalone audio ends with is not heard: it is seen.
    assert ended.result["duration"] < spoken.result["duration"] - 1
    assert np.abs(read_audio(video, 16_000)).max() > 0.1
    assert movement(video).max() < 6, "without animation nothing moves"
