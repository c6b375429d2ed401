"""One task of each kind, and the errors a user can cause, from upload to download."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from urllib.parse import urljoin

import av
import httpx
import numpy as np
import pytest
import soundfile
from PIL import Image

from dh_client import ApiError, Client, TaskStatus
from gpu_jobs.audio.pitch import median_f0
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.label.labelling import read_metadata
from gpu_jobs.media.probe import probe
from infra.local.cli.demo_sample import DemoSample
from tests.e2e.clips import faceless_video

SECONDS = 240.0


def test_a_text_becomes_speech_with_its_timeline_and_subtitles(api: Client, tmp_path: Path) -> None:
    text = "今天是2026年5月1日，我们用iPhone拍了一段video。"
    api.set_pronunciation("拍了", "pai1 liao3")
    script = f'<speak>{text}<break time="1s"/><sub alias="再见">bye</sub></speak>'
    asked = {"text": script, "text_type": "ssml"}
    preview = api.post("/tasks/voice/preview-text", asked)
    task_id = api.create("voice", {**asked, "uuid": "v-1"})
    # What the task was created with holds for it.
    api.delete("/pronunciations/拍了")
    ended = api.wait(task_id, timeout=SECONDS)
    assert ended.status == "completed", ended
    assert ended.result is not None
    assert ended.result["audio_url"] == "/download/generated/audio/v-1"
    wav = tmp_path / "voice.wav"
    api.download(ended.result["audio_url"], wav)
    samples, rate = soundfile.read(wav)
    assert rate == 24_000
    assert 0.1 < np.abs(samples).max() < 10 ** (-1 / 20)
    assert read_metadata(wav) is not None
    timeline = tmp_path / "timeline.json"
    api.download(ended.result["timeline_url"], timeline)
    document = json.loads(timeline.read_text())
    assert len(document["phonemes"]) > 20
    assert document["spoken_text"].startswith("今天是二零二六年五月一日，")
    assert document["syllables"][0]["pinyin"] == "jin1"
    assert preview["spoken_text"] == document["spoken_text"]
    spoken = [one["pinyin"] for one in document["syllables"] if one["pinyin"]]
    assert spoken == [syllable for word in preview["words"] for syllable in word["pinyin"]]
    assert "liao3" in spoken
    assert preview["estimated_seconds"] == pytest.approx(ended.result["duration"], rel=0.4)
    assert "".join(word["text"] for word in document["words"]) == f"{text}bye"
    assert document["syllables"][-2]["start"] - document["syllables"][-3]["end"] > 0.9
    for times in (document["phonemes"], document["syllables"], document["words"]):
        assert all(one["start"] <= one["end"] <= ended.result["duration"] for one in times)
    assert ended.result["subtitle_url"] == "/download/generated/subtitle/v-1"
    srt, vtt = tmp_path / "voice.srt", tmp_path / "voice.vtt"
    api.download(ended.result["subtitle_url"], srt)
    api.download(ended.result["subtitle_vtt_url"], vtt)
    assert "2026年5月1日" in srt.read_text()
    assert vtt.read_text().startswith("WEBVTT")


@pytest.mark.parametrize("extension", ["mov", "avi"])
def test_the_sound_of_a_video_becomes_wav_and_m4a(
    api: Client, tmp_path: Path, extension: str
) -> None:
    video = faceless_video(tmp_path / f"clip.{extension}", seconds=2.0, sound=True)
    task_id = api.create("extract_audio", {"video_file": api.upload(video, "video")})
    ended = api.wait(task_id, timeout=SECONDS)
    assert ended.status == "completed", ended
    assert ended.result is not None
    for kind in ("audio", "m4a"):
        target = tmp_path / f"sound-{kind}"
        api.download(ended.result[f"{kind}_url"], target)
        assert probe(target).duration == pytest.approx(2.0, abs=0.1)


def test_a_recorded_speech_drives_the_lips_is_heard_unchanged_and_gets_subtitles(
    api: Client, sample: DemoSample, tmp_path: Path
) -> None:
    task_id = api.create(
        "digital_human",
        {
            "sample_video": api.upload(sample.video, "video"),
            "speech_audio": api.upload(sample.voice, "audio"),
            "subtitles": True,
        },
    )
    ended = api.wait(task_id, timeout=SECONDS)
    assert ended.status == "completed", ended
    assert ended.result is not None
    video = tmp_path / "video.mp4"
    api.download(ended.result["video_url"], video)
    heard = ffmpeg.read_audio(video, 16_000)
    spoken = ffmpeg.read_audio(sample.voice, 16_000)
    length = min(len(heard), len(spoken))
    assert np.corrcoef(heard[:length], spoken[:length])[0, 1] > 0.95
    assert ended.result["warnings"] == []
    srt = tmp_path / "video.srt"
    api.download(ended.result["subtitle_url"], srt)
    assert "天气" in srt.read_text()


def test_the_second_use_of_a_video_takes_the_avatar_that_the_first_prepared(
    api: Client, sample: DemoSample
) -> None:
    body = {"sample_video": api.upload(sample.video, "video")}
    first = api.wait(api.create("avatar", body), timeout=SECONDS)
    again = api.wait(api.create("avatar", body), timeout=SECONDS)
    assert (first.status, again.status) == ("completed", "completed")
    assert again.result is not None
    assert again.result["reused"] is True


def test_the_voice_of_a_film_is_saved_once_spoken_with_and_deleted(
    api: Client, sample: DemoSample, tmp_path: Path
) -> None:
    body = {"name": "王老师", "video_file": api.upload(sample.video, "video")}
    voice_id = api.create("voice_profile", body)
    with pytest.raises(ApiError) as early:
        api.create("voice", {"text": "你好。", "voice_id": voice_id})
    assert (early.value.status, early.value.code) == (409, "voice_not_ready")
    saved = api.wait(voice_id, timeout=SECONDS)
    assert saved.status == "completed", saved
    assert saved.result is not None
    assert saved.result["voice_id"] == voice_id

    preview = tmp_path / "preview.wav"
    api.download(api.get(f"/voices/{voice_id}")["voice"]["preview_url"], preview)
    assert soundfile.info(preview).duration > 3
    assert read_metadata(preview) is not None

    film = tmp_path / "film.mp4"
    spoken = _film_in_a_voice(api, sample, voice_id, film)
    assert _is_low(film) is False  # the sample's is a woman's
    assert spoken.result is not None
    assert spoken.result["voice"].startswith("adapted")
    api.delete(f"/voices/{voice_id}")
    with pytest.raises(ApiError) as gone:
        api.create("voice", {"text": "你好。", "voice_id": voice_id})
    assert (gone.value.status, gone.value.code) == (404, "voice_not_found")


def test_the_person_of_a_video_speaks_in_a_voice_of_the_library(
    api: Client, sample: DemoSample, tmp_path: Path
) -> None:
    """And as it is asked for: another shape, rate and ground, with a still that is labelled too."""
    film, poster = tmp_path / "film.mp4", tmp_path / "poster.jpg"
    wishes = {"aspect": "9:16", "resolution": "480p", "fps": 24, "background_color": "#00B140"}
    more = {"burn_subtitles": True, "poster": True, "length_fit": "loop", "end_time": 1.5}
    ended = _film_in_a_voice(api, sample, "zm_yunyang", film, **wishes, **more)
    assert ended.result is not None
    assert ended.result["voice"].startswith("zm_yunyang")
    assert _is_low(film)
    assert [ended.result[name] for name in ("width", "height", "fps")] == [480, 854, 24]
    api.download(ended.result["poster_url"], poster)
    label = read_metadata(film)
    assert label is not None
    assert read_metadata(poster) == label
    corner = np.asarray(Image.open(poster))[100:140, 8:24].astype(int)
    assert np.abs(corner - (0x00, 0xB1, 0x40)).mean() < 12


def test_a_film_is_watched_while_it_is_made_and_cancelling_leaves_nothing_of_it(
    api: Client, sample: DemoSample, tmp_path: Path
) -> None:
    fields = {
        "speech_text": "你好，很高兴认识你。今天我们一起来看一看这个系统。" * 8,
        "sample_video": api.upload(sample.video, "video"),
        "voice_id": "zm_yunyang",
        # With a look of its own.
        "fps": 24,
    }
    task_id = api.create("digital_human", fields)
    deadline = time.monotonic() + SECONDS
    while (state := api.status(task_id)).preview_url is None:
        assert not state.has_ended and time.monotonic() < deadline, state
        time.sleep(0.2)
    address = state.preview_url
    # As a player does, without credentials.
    playlist = httpx.get(address).text
    beginning = re.search(r'URI="([^"]+)"', playlist)
    assert beginning is not None
    parts = [beginning[1], *(one for one in playlist.splitlines() if one and one[0] != "#")]
    seen = b"".join(httpx.get(urljoin(address, part)).content for part in parts)
    (tmp_path / "seen.mp4").write_bytes(seen)
    with av.open(str(tmp_path / "seen.mp4")) as opened:
        assert sum(1 for _ in opened.decode(video=0)) >= 20
    assert ffmpeg.read_audio(tmp_path / "seen.mp4", 16_000).size >= 0.8 * 16_000

    api.cancel(task_id)
    assert api.status(task_id).preview_url is None
    while httpx.get(address).status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert {httpx.get(urljoin(address, part)).status_code for part in parts} == {404}


def _film_in_a_voice(
    api: Client, sample: DemoSample, voice_id: str, film: Path, **wishes: object
) -> TaskStatus:
    ended = api.wait(
        api.create(
            "digital_human",
            {
                "speech_text": "你好，很高兴认识你。",
                "sample_video": api.upload(sample.video, "video"),
                "voice_id": voice_id,
                **wishes,
            },
        ),
        timeout=SECONDS,
    )
    assert ended.status == "completed", ended
    assert ended.result is not None
    api.download(ended.result["video_url"], film)
    return ended


def _is_low(film: Path) -> bool:
    """Whether the voice is a man's."""
    pitch = median_f0(ffmpeg.read_audio(film, 16_000))
    assert pitch is not None
    return pitch < 170


def test_a_recording_without_a_voice_cannot_be_saved_as_one(api: Client, tmp_path: Path) -> None:
    video = faceless_video(tmp_path / "tone.mp4", seconds=4.0, sound=True)
    ended = api.wait(
        api.create("voice_profile", {"video_file": api.upload(video, "video")}), timeout=SECONDS
    )
    assert (ended.status, ended.error_code) == ("failed", "silent_audio")
    with pytest.raises(ApiError) as missing:
        api.get(f"/voices/{ended.task_id}")
    assert missing.value.code == "voice_not_found"


def test_a_task_created_before_its_upload_runs_when_the_upload_arrives(
    api: Client, tmp_path: Path
) -> None:
    video = faceless_video(tmp_path / "late.mp4", seconds=1.0, sound=True)
    announced = api.register_upload(video, "video")
    task_id = api.create("extract_audio", {"video_file": announced["file_info"]["filename"]})
    assert api.status(task_id).status == "pending"
    api.send_file(video, announced)
    assert api.wait(task_id, timeout=SECONDS).status == "completed"


def test_a_video_without_sound_has_no_audio_to_extract(api: Client, tmp_path: Path) -> None:
    video = faceless_video(tmp_path / "mute.mp4", seconds=1.0, sound=False)
    task_id = api.create("extract_audio", {"video_file": api.upload(video, "video")})
    ended = api.wait(task_id, timeout=SECONDS)
    assert (ended.status, ended.error_code) == ("failed", "no_audio_stream")


def test_a_video_without_a_face_says_so(api: Client, sample: DemoSample, tmp_path: Path) -> None:
    video = faceless_video(tmp_path / "bars.mp4", seconds=2.0, sound=True)
    task_id = api.create(
        "digital_human",
        {
            "speech_audio": api.upload(sample.voice, "audio"),
            "sample_video": api.upload(video, "video"),
        },
    )
    ended = api.wait(task_id, timeout=SECONDS)
    assert (ended.status, ended.error_code) == ("failed", "no_face_found")
    assert ended.error_message


def test_a_text_file_named_mp4_fails_its_task_with_advice(api: Client, tmp_path: Path) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_text("this is a text, whatever its name says\n" * 50)
    announced = api.register_upload(fake, "video")
    filename = announced["file_info"]["filename"]
    task_id = api.create("extract_audio", {"video_file": filename})
    api.send_file(fake, announced)
    ended = api.wait(task_id, timeout=SECONDS)
    assert (ended.status, ended.error_code) == ("failed", "unsupported_type")
    with pytest.raises(ApiError) as refused:
        api.create("extract_audio", {"video_file": filename})
    assert (refused.value.status, refused.value.code) == (400, "unsupported_type")


def test_the_bucket_refuses_more_bytes_than_the_limit_and_another_type(
    api: Client, tmp_path: Path
) -> None:
    image = tmp_path / "big.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    announced = api.register_upload(image, "image")
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * (10 * 1024 * 1024))
    with pytest.raises(ApiError):
        api.send_file(image, announced)
    announced["upload"]["fields"]["Content-Type"] = "text/html"
    image.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ApiError):
        api.send_file(image, announced)
