"""A sample person and a sample voice, made once by our own engines, so that a demo needs no files.

The picture is the portrait of Eileen Collins by NASA (public domain) that set-up takes out of the
scikit-image package; the portrait engine lets it speak. The voice is one of Kokoro's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.registry import PORTRAIT
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightStore

Report = Callable[[str, float], None]
"""Called with the name of what is being made and a fraction 0…1."""

VERSION: Final = 2
"""Part of the file names: raise it when the sample changes, so that an old one is made anew."""

PICTURE: Final = "astronaut.png"
FPS: Final = Fraction(25)
SIDE: Final = 720
CROP: Final = (0, 288, 84, 372)  # top, bottom, left, right: head and shoulders
PERSON_VOICE: Final = "zf_xiaoxiao"
SAMPLE_VOICE: Final = "zf_xiaoyi"

# Every vowel wide and narrow, and the lips meeting often: what a lip-sync engine learns from.
PERSON_TEXT: Final = (
    "大家好，我很高兴在这里和你们见面。爸爸和妈妈今天带我去公园，看花、跑步、放风筝。"
    "我们喝了一杯热茶，吃了可口的面包，然后慢慢走回家。"
)
VOICE_TEXT: Final = "早上好，今天的天气非常好，我们一起去海边散步，听听海浪的声音，好不好？"


@dataclass(frozen=True, slots=True)
class DemoSample:
    """Paths of a clip of a speaking person (MP4) and of another voice (WAV)."""

    video: Path
    voice: Path


def make_sample(
    folder: Path,
    weights: WeightStore,
    report: Report = lambda *_: None,
    *,
    with_video: bool = True,
    with_voice: bool = True,
    threads: int = 2,
) -> DemoSample:
    """Make what is asked for and not yet in `folder`.

    Raises WeightsMissing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sample = DemoSample(folder / f"person-v{VERSION}.mp4", folder / f"voice-v{VERSION}.wav")
    needs_video = with_video and not sample.video.exists()
    needs_voice = with_voice and not sample.voice.exists()
    if not (needs_video or needs_voice):
        return sample
    engine = KokoroEngine(weights, threads)
    engine.setup()
    if needs_voice:
        speech = _speak(engine, VOICE_TEXT, SAMPLE_VOICE, lambda f: report("sample voice", f))
        _write_sound(sample.voice, speech)
    if needs_video:
        photo = portrait_photo(weights)
        speech = _speak(engine, PERSON_TEXT, PERSON_VOICE, lambda f: report("sample speech", f))
        _film(sample.video, photo, speech, weights, lambda f: report("sample person", f))
    return sample


def portrait_photo(weights: WeightStore) -> NDArray[np.uint8]:
    """Head and shoulders, BGR (SIDE, SIDE, 3); raises WeightsMissing."""
    picture = np.asarray(cv2.imread(str(weights.path(PICTURE))), np.uint8)
    top, bottom, left, right = CROP
    crop = picture[top:bottom, left:right]
    return np.asarray(cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_LANCZOS4), np.uint8)


def _speak(engine: KokoroEngine, text: str, voice: str, report: Callable[[float], None]) -> Speech:
    return engine.synthesise(text, engine.voice(voice), report)


def _write_sound(path: Path, speech: Speech) -> None:
    """Write beside the path, then rename, so that an interrupted run leaves no half a file."""
    draft = path.with_suffix(".part")
    write_wav(draft, speech.samples, speech.sample_rate)
    draft.replace(path)


def _film(
    path: Path,
    photo: NDArray[np.uint8],
    speech: Speech,
    weights: WeightStore,
    report: Callable[[float], None],
) -> None:
    engine = PORTRAIT.load(PORTRAIT.default, weights)
    sound = path.with_suffix(".wav")
    draft = path.with_name(f"draft-{path.name}")
    write_wav(sound, speech.samples, speech.sample_rate)
    try:
        encoder = VideoEncoder(draft, width=SIDE, height=SIDE, fps=FPS, audio=sound)
        with encoder:
            for frame in engine.animate(photo, None, speech, FPS, report):
                encoder.write(frame)
        draft.replace(path)
    finally:
        sound.unlink(missing_ok=True)
