"""Sound by format, rate, channels and content: silent, clipped, not a number, long, short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.hostile.case import Case, Make, Studio, encoded

Samples = NDArray[np.float64]

_FORMATS = (
    "u8", "s16le", "s24le", "s32le", "f32le", "f64le", "alaw", "mulaw",
)  # fmt: skip
_PACKED = ("adpcm_ms", "adpcm_ima_wav", "g726 -b:a 32k -ar 8000", "g722", "gsm")
_RATES = (1, 50, 100, 4000, 8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000,
          176_400, 192_000, 384_000, 768_000, 2_000_000_000)  # fmt: skip
_CHANNELS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 32, 48, 64)


def cases() -> Iterator[Case]:
    for form in _FORMATS:
        yield _sound(f"pcm-{form}", encoded("short", f"-c:a pcm_{form}", "wav"))
    for form in _PACKED[:4]:
        name = form.split()[0]
        yield _sound(
            name, encoded("short", f"-c:a {form}", "matroska" if name == "g722" else "wav")
        )
    for rate in _RATES:
        yield _sound(f"rate-{rate}", _wav(lambda r: _tone(min(r, 768_000)), rate))
    for channels in _CHANNELS:
        make = _wav(lambda rate, n=channels: np.tile(_tone(rate)[:, None], n), 16_000)
        yield _sound(f"channels-{channels}", make, "spoken", "speech")
    for channels in (6, 8, 9, 16, 64):
        yield Case(f"sound/film-channels-{channels}", "video", "me.mkv", _film(channels),
                   ("extract_audio", "own_voice"))  # fmt: skip
    for codec, channels in (("aac", 8), ("flac", 8), ("libopus", 8), ("libvorbis", 8), ("ac3", 6),
                            ("eac3", 6), ("dca -strict -2", 6), ("alac", 8)):  # fmt: skip
        options = (
            f"-an -af aformat=channel_layouts={'7.1' if channels == 8 else '5.1'},aresample=48000"
        )
        make = encoded("short", options.replace("-an ", "") + f" -c:a {codec}", "matroska")
        yield Case(
            f"sound/surround-{codec.split()[0]}", "audio", "me.mka", make, ("spoken", "music")
        )
    for name, content in _CONTENTS.items():
        uses = ("spoken", "reference") if name in _FOR_VOICES else ("spoken",)
        yield _sound(name, _wav(content, 16_000), *uses)
    for name, content in _FLOATS.items():
        make = _wav(content, 16_000, "FLOAT")
        yield _sound(
            f"float-{name}", make, "spoken", "speech", "music", "reference", "voice_profile"
        )
        yield Case(f"sound/film-float-{name}", "video", "me.mkv", _film_of(make),
                   ("extract_audio", "own_voice"))  # fmt: skip
    for seconds in (1801, 7300):
        make = encoded("short", f"-af apad=whole_dur={seconds} -ar 1000 -c:a pcm_u8", "wav")
        yield _sound(f"seconds-{seconds}", make, "spoken", "reference", "music")
    for codec, rate in (("libopus", "6k"), ("libmp3lame", "8k"), ("libmp3lame", "320k")):
        make = encoded("short", f"-c:a {codec} -b:a {rate}", "matroska")
        yield _sound(f"{codec}-{rate}", make, "spoken")


def _sound(name: str, make: Make, *uses: str) -> Case:
    return Case(f"sound/{name}", "audio", "me.wav", make, uses)


def _tone(rate: int, seconds: float = 1.0) -> Samples:
    return 0.3 * np.sin(2 * np.pi * 440 * np.arange(max(1, round(seconds * rate))) / rate)


def _wav(content: Callable[[int], Samples], rate: int, subtype: str = "PCM_16") -> Make:
    def make(studio: Studio, path: Path) -> None:
        soundfile.write(path, content(rate), rate, format="WAV", subtype=subtype)

    return make


def _noise(rate: int, seconds: float = 1.0) -> Samples:
    return np.random.default_rng(1).uniform(-0.3, 0.3, round(seconds * rate))


def _spiked(value: float) -> Callable[[int], Samples]:
    def content(rate: int) -> Samples:
        samples = _tone(rate, 4.0)
        samples[rate : rate + 100] = value
        return samples

    return content


_CONTENTS: dict[str, Callable[[int], Samples]] = {
    "empty": lambda rate: np.zeros(0),
    "one-sample": lambda rate: np.array([0.5]),
    "ten-samples": lambda rate: np.full(10, 0.5),
    "short": lambda rate: _tone(rate, 0.1),
    "silence": np.zeros,
    "nearly-silence": lambda rate: _tone(rate, 4.0) * 1e-3,
    "constant": lambda rate: 0.9 + _tone(rate, 4.0) * 0,
    "clipped": lambda rate: np.clip(_tone(rate, 4.0) * 20, -1, 1),
    "noise": lambda rate: _noise(rate, 4.0),
    "clicks": lambda rate: (np.arange(4 * rate) % rate == 0).astype(float),
    "inverted-stereo": lambda rate: np.stack([_tone(rate), -_tone(rate)], 1),
    "only-left": lambda rate: np.stack([_tone(rate), 0 * _tone(rate)], 1),
}
_FOR_VOICES = ("silence", "nearly-silence", "constant", "clipped", "noise", "clicks")

_FLOATS: dict[str, Callable[[int], Samples]] = {
    "nan": _spiked(np.nan),
    "infinite": _spiked(np.inf),
    "minus-infinite": _spiked(-np.inf),
    "huge": _spiked(1e30),
    "tiny": _spiked(1e-40),
    "all-nan": lambda rate: np.full(4 * rate, np.nan),
    "first-nan": lambda rate: np.concatenate([[np.nan], _tone(rate, 4.0)]),
    "last-nan": lambda rate: np.concatenate([_tone(rate, 4.0), [np.nan]]),
}


def _film(channels: int) -> Make:
    return _film_of(_wav(lambda rate: np.tile(_tone(rate)[:, None], channels), 16_000))


def _film_of(sound: Make) -> Make:
    """The clip of the face with this sound, unchanged, under it."""

    def make(studio: Studio, path: Path) -> None:
        wav = studio.folder / "sound.wav"
        sound(studio, wav)
        studio.ffmpeg(
            *("-i", studio.face, "-i", wav, "-map", "0:v", "-map", "1:a", "-c", "copy"),
            *("-f", "matroska", path),
        )

    return make
