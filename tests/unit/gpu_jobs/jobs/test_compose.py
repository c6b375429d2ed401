"""What the compose job makes of a template and a speech, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dh_core.errors import JobError, TaskCancelled, TemplateMissing
from dh_core.files.aigc import AigcLabel
from dh_core.limits import MAX_SPEECH_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs.task_types.compose import ComposeSpec
from gpu_jobs.audio.speech import Phoneme, Speech, TimedText
from gpu_jobs.jobs.compose import ComposeJob
from gpu_jobs.jobs.job import EarlierSound, JobContext, JobOutput, SavedTemplate
from gpu_jobs.jobs.steps.speech_files import timeline_json
from gpu_jobs.media.ffmpeg import read_audio, read_frames
from gpu_jobs.media.probe import probe
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder
from tests.unit.gpu_jobs.given import given

ROOT = Path(__file__).resolve().parents[4]
WIDTH, HEIGHT = 480, 854
RATE = 16_000
TEXT = "大家好，我们今天去公园散步。"


class Watched:
    """A progress report that remembers its stages and stops a task in one of them."""

    def __init__(self, cancel_in: str | None = None) -> None:
        self.stages: list[str] = []
        self._cancel_in = cancel_in

    def stage(self, name: str) -> Callable[[float], None]:
        self.stages.append(name)
        return lambda _: self._check(name)

    def _check(self, name: str) -> None:
        if name == self._cancel_in:
            raise TaskCancelled


class EmptyCache:
    """An avatar cache that keeps nothing."""

    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        """Nothing is kept."""


@dataclass
class Workplace:
    """One job with a small template, and a folder for what it reads and writes."""

    job: ComposeJob
    folder: Path
    template: SavedTemplate | None

    def compose(
        self,
        uploads: dict[str, Path],
        watched: Watched | None = None,
        *,
        earlier: EarlierSound | None = None,
        label_is_shown: bool = True,
        **body: Any,
    ) -> JobOutput:
        """Compose without animation, which is tested end to end."""
        spec = ComposeSpec(template_id="t", animate=False, **body)
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        label = AigcLabel.for_content(producer="test", content_id="test")
        inputs = given(spec, template=self.template, earlier_sound=earlier, **uploads)
        context = JobContext(
            inputs,
            work,
            watched or Watched(),
            label,
            EmptyCache(),
            label_is_shown=label_is_shown,
        )
        return self.job.run(spec, context)

    def speech(self, *, seconds: float = 2.0, level: float = 0.3, rate: int = RATE) -> Path:
        path = self.folder / "speech.wav"
        return sound(path, hertz=600.0, seconds=seconds, level=level, rate=rate)


def sound(path: Path, *, hertz: float, seconds: float, level: float, rate: int = RATE) -> Path:
    wave = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    write_wav(path, wave.astype(np.float32), rate)
    return path


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """A red figure before a blue background, 480x854."""
    person = np.zeros((200, 120, 4), np.uint8)
    cv2.ellipse(person, (60, 110), (45, 85), 0, 0, 360, (40, 40, 200, 255), -1)
    background = np.full((HEIGHT, WIDTH, 3), (150, 60, 30), np.uint8)
    cv2.imwrite(str(tmp_path / "person.png"), person)
    cv2.imwrite(str(tmp_path / "background.png"), background)
    template = SavedTemplate(
        template_id="t",
        person_image="p.png",
        background_image="b.png",
        parameters={"aspect": "background", "title_text": "标题", "face": [35.0, 30.0, 50.0, 50.0]},
        person=tmp_path / "person.png",
        background=tmp_path / "background.png",
    )
    settings = JobSettings(table_name="-", bucket_name="-", weights_dir=ROOT / ".weights")
    job = ComposeJob(settings)
    job.setup()
    return Workplace(job, tmp_path, template)


def frame_at(video: Path, seconds: float) -> np.ndarray:
    with read_frames(video, width=WIDTH, height=HEIGHT, fps=Fraction(25)) as frames:
        for number, frame in enumerate(frames):
            if number / 25 >= seconds:
                return frame.astype(int)
    raise AssertionError("the video ends before")


def loudness(video: Path, hertz: float, start: float, end: float) -> float:
    samples = read_audio(video, RATE)[round(start * RATE) : round(end * RATE)]
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / RATE)
    return 2 * abs(complex(np.mean(samples * turns)))


def test_a_template_and_an_audio_become_a_video_of_its_length(workplace: Workplace) -> None:
    watched = Watched()
    output = workplace.compose({"audio_file": workplace.speech()}, watched, audio_file="a")
    info = probe(output.files["video"].path)
    assert info.video is not None
    assert info.audio is not None
    assert (info.video.width, info.video.height) == (WIDTH, HEIGHT)
    assert info.duration == pytest.approx(2.0, abs=0.1)
    assert output.data["duration"] == 2.0
    assert output.data["warnings"] == []
    assert set(output.files) == {"video"}
    assert watched.stages == ["subtitles", "video"]
    red = frame_at(output.files["video"].path, 1.0)[600, 240]
    assert red[2] > red[0] + 60


def test_by_an_agreement_no_label_is_seen_and_the_files_declare_it_all_the_same(
    workplace: Workplace,
) -> None:
    speech = {"audio_file": workplace.speech(seconds=1.0)}
    labelled = workplace.compose(speech, audio_file="a")
    plain = frame_at(labelled.files["video"].path, 0.5)
    unlabelled = workplace.compose(speech, audio_file="a", label_is_shown=False)
    changed = np.abs(frame_at(unlabelled.files["video"].path, 0.5) - plain).max(2) > 60
    rows, columns = changed.any(1).nonzero()[0], changed.any(0).nonzero()[0]
    # GB 45438: letters of 5 % of the shorter side. Nothing else is another.
    assert 0.05 * WIDTH <= rows.max() - rows.min() <= 0.12 * HEIGHT
    assert len(columns) > 0.1 * WIDTH
    assert unlabelled.files["video"].label == labelled.files["video"].label is not None


def test_a_text_that_is_not_heard_is_shown_in_order_in_the_picture_and_in_files(
    workplace: Workplace,
) -> None:
    speech = {"audio_file": workplace.speech(seconds=3.0)}
    without = workplace.compose(speech, audio_file="a")
    plain = frame_at(without.files["video"].path, 1.5)
    output = workplace.compose(speech, audio_file="a", text_content=TEXT, subtitles=True)
    shown = frame_at(output.files["video"].path, 1.5)
    changed = np.flatnonzero((np.abs(shown - plain).max(2) > 60).any(1))
    assert changed.min() > HEIGHT / 2
    assert changed.max() < HEIGHT * 0.92
    assert "公园" in output.files["subtitle"].path.read_text()
    assert output.files["subtitle_vtt"].path.read_text().startswith("WEBVTT")
    assert "subtitles_in_order" in output.data["warnings"]


def test_the_sound_of_a_voice_task_brings_its_words_and_leaves_its_audible_label(
    workplace: Workplace,
) -> None:
    wave = sound(workplace.folder / "voice.wav", hertz=600.0, seconds=5.0, level=0.3)
    timeline = workplace.folder / "timeline.json"
    said = Speech(
        np.zeros(RATE, np.float32),
        RATE,
        phonemes=(Phoneme("a", 1.0, 1.5), Phoneme("b", 1.5, 2.5)),
        words=(TimedText("大家", 1.0, 1.5), TimedText("好。", 1.5, 2.5)),
    )
    timeline.write_text(timeline_json(said), encoding="utf-8")
    task = "00000000-0000-0000-0000-000000000000"
    earlier = EarlierSound(wave, timeline)
    output = workplace.compose({}, earlier=earlier, audio_task=task, subtitles=True)
    # What comes later than 0.3 s after the last sound is the label of standalone audio.
    assert output.data["duration"] == pytest.approx(2.1, abs=0.05)
    srt = output.files["subtitle"].path.read_text()
    assert srt.startswith("1\n00:00:00,300 --> ")
    assert "大家好" in srt


def test_music_is_heard_softly_and_ends_with_the_video(workplace: Workplace) -> None:
    music = sound(workplace.folder / "music.wav", hertz=250.0, seconds=1.0, level=0.3)
    inputs = {"audio_file": workplace.speech(seconds=6.0), "background_music": music}
    output = workplace.compose(inputs, audio_file="a", background_music="m")
    video = output.files["video"].path
    assert probe(video).duration == pytest.approx(6.0, abs=0.1)
    spoken, behind = loudness(video, 600.0, 2, 3), loudness(video, 250.0, 2, 3)
    assert 0.05 * spoken < behind < 0.5 * spoken
    assert loudness(video, 250.0, 5.7, 6.0) < behind / 3


def test_a_cleaned_recording_is_heard_without_what_is_no_speech(workplace: Workplace) -> None:
    inputs = {"audio_file": sound(workplace.folder / "hum.wav", hertz=180, seconds=3.0, level=0.1)}
    plain = workplace.compose(inputs, audio_file="a").files["video"].path
    before = loudness(plain, 180.0, 1, 2)
    cleaned = workplace.compose(inputs, audio_file="a", enhance_speech=True).files["video"].path
    assert loudness(cleaned, 180.0, 1, 2) < before / 10


def test_a_composed_video_has_the_size_rate_logo_and_stills_that_are_asked_for(
    workplace: Workplace,
) -> None:
    cv2.imwrite(str(workplace.folder / "logo.png"), np.full((40, 40, 3), (0, 255, 0), np.uint8))
    inputs = {"audio_file": workplace.speech(), "logo": workplace.folder / "logo.png"}
    wishes = {"logo": "l.png", "logo_position": "bottom-left", "poster": True}
    output = workplace.compose(
        inputs, audio_file="a", resolution="720p", fps=20, animated_preview=True, **wishes
    )
    assert (output.data["width"], output.data["height"], output.data["fps"]) == (720, 1280, 20)
    assert {"poster", "animation"} <= output.files.keys()
    with read_frames(output.files["video"].path, width=360, height=640) as frames:
        frame = next(frames).astype(int)
    green = (frame[..., 1] - frame[..., 0] > 60) & (frame[..., 1] - frame[..., 2] > 60)
    assert green[560:, :100].sum() == green.sum() > 1000


def test_silent_music_is_left_out_with_a_warning(workplace: Workplace) -> None:
    music = sound(workplace.folder / "music.wav", hertz=250.0, seconds=1.0, level=0.0)
    inputs = {"audio_file": workplace.speech(), "background_music": music}
    output = workplace.compose(inputs, audio_file="a", background_music="m")
    assert output.data["warnings"] == ["background_music_silent"]


def refused(workplace: Workplace, inputs: dict[str, Path], **body: Any) -> str:
    with pytest.raises(JobError) as raised:
        workplace.compose(inputs, audio_file="a", **body)
    return raised.value.error_code


def test_an_audio_without_sound_is_refused(workplace: Workplace) -> None:
    assert refused(workplace, {"audio_file": workplace.speech(level=0.0)}) == "silent_audio"


def test_an_audio_beyond_the_limit_is_refused(workplace: Workplace) -> None:
    speech = workplace.speech(seconds=MAX_SPEECH_SECONDS + 2, rate=1_000)
    assert refused(workplace, {"audio_file": speech}) == "media_too_long"


def test_a_damaged_audio_is_refused(workplace: Workplace) -> None:
    path = workplace.folder / "a.wav"
    path.write_bytes(b"RIFF....WAVEfmt broken")
    assert refused(workplace, {"audio_file": path}) == "unreadable_media"


@pytest.mark.parametrize("field", ["audio_file", "background_music"])
def test_a_film_without_sound_is_no_audio(workplace: Workplace, field: str) -> None:
    mute = workplace.folder / "mute.mp4"
    with VideoEncoder(mute, width=16, height=16, fps=Fraction(25)) as encoder:
        for _ in range(25):
            encoder.write(np.zeros((16, 16, 3), np.uint8))
    inputs = {"audio_file": workplace.speech(), field: mute}
    body = {} if field == "audio_file" else {"background_music": "m"}
    assert refused(workplace, inputs, **body) == "no_audio_stream"


def test_a_cancelled_task_leaves_no_video(workplace: Workplace) -> None:
    with pytest.raises(TaskCancelled):
        workplace.compose(
            {"audio_file": workplace.speech()}, Watched(cancel_in="video"), audio_file="a"
        )
    assert not (workplace.folder / "work" / "video.mp4").exists()


def test_a_template_that_is_gone_says_so(workplace: Workplace) -> None:
    workplace.template = None
    with pytest.raises(TemplateMissing):
        workplace.compose({"audio_file": workplace.speech()}, audio_file="a")
