"""How well forced alignment finds sounds, on speech whose times are known. From the root:

    .venv/bin/python -m eval.alignment

The guide is the default voice. It is aligned with five other Kokoro voices at other speeds and
pitches, clean and with noise 20 dB below, and, as a synthesiser that shares nothing with the guide,
with espeak-ng, which tells when each of its phonemes begins: there p, b and m are compared, whose
number agrees. "Stretched" is the guide's times scaled to the other's length, the naive answer.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import espeakng_loader
import numpy as np

from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.audio.speech_features import FloatArray
from gpu_jobs.engines.speech.kokoro.engine import DEFAULT_VOICE
from gpu_jobs.engines.speech.phonemes.front_end import to_groups
from gpu_jobs.engines.speech.phonemes.timing import audible_range
from gpu_jobs.engines.speech.voxcpm2.forced_alignment import align
from gpu_jobs.weights.store import WeightStore
from training.visemes.synthesise import PacedKokoro

SENTENCES = (
    "北京的冬天比上海冷得多，出门记得戴帽子和手套。",
    "我们公司成立于二零一零年，目前有三百五十名员工。",
    "爸爸妈妈明天要坐飞机去澳门，不必送我们。",
    "请把这份报表放在门边的白色盒子里。",
    "如果你不明白，可以慢慢地再问我一遍。",
    "八百标兵奔北坡，炮兵并排北边跑。",
    "今天的天气预报说，下午可能会有暴风雨。",
    "这部电影的票房突破了五亿元，观众评价很高。",
    "苹果发布了新款手机，价格比去年便宜了不少。",
    "谢谢大家的支持，我们明年再见！",
    "Please bring both boxes up to the main building before lunch.",
    "The weather report promises heavy rain and maybe a bit of snow.",
)
SPEAKERS = (
    ("zm_yunxi", 0.85, 1.0),
    ("zf_xiaoyi", 1.2, 1.0),
    ("zm_yunjian", 1.1, 0.9),
    ("am_michael", 1.0, 1.0),
    ("af_bella", 1.1, 1.05),
)
"""Voice, speed, pitch factor."""
BILABIALS = "pbm"
NOISE = 0.1

Align = Callable[[Speech, FloatArray, int], tuple[Phoneme, ...]]


@dataclass(slots=True)
class Errors:
    """Seconds by which sounds were found too late."""

    starts: list[float]
    closures: list[float]

    def line(self, name: str) -> str:
        parts = []
        for errors in filter(None, (self.starts, self.closures)):
            off = 1000 * np.abs(errors)
            middle, high = np.percentile(off, [50, 90])
            parts.append(f"{middle:.0f} | {high:.0f} | {100 * np.mean(off < 50):.0f} %")
        return f"| {name} | {' | '.join(parts)} |"


def stretched(guide: Speech, samples: FloatArray, sample_rate: int) -> tuple[Phoneme, ...]:
    """The guide's times, scaled from what is heard of it to what is heard of the other."""
    begin, end = audible_range(guide.samples, guide.sample_rate)
    to_begin, to_end = audible_range(samples, sample_rate)

    def moved(time: float) -> float:
        return to_begin + (time - begin) * (to_end - to_begin) / (end - begin)

    return tuple(Phoneme(p.symbol, moved(p.start), moved(p.end)) for p in guide.phonemes)


def compare(pairs: list[tuple[Speech, Speech]], method: Align, noise: float = 0.0) -> Errors:
    """Align every pair of guide and other, and hold it to the other's own times."""
    errors = Errors([], [])
    rng = np.random.default_rng(1)
    for guide, other in pairs:
        hiss = rng.normal(scale=noise * other.samples.std(), size=len(other.samples))
        heard = (other.samples + hiss).astype(np.float32)
        found = method(guide, heard, other.sample_rate)
        for here, there in zip(found, other.phonemes, strict=True):
            errors.starts.append(here.start - there.start)
            if there.symbol in BILABIALS:
                errors.closures.append((here.start + here.end - there.start - there.end) / 2)
    return errors


def compare_bilabials(pairs: list[tuple[Speech, Speech]], method: Align) -> Errors:
    """Where only the ends of p, b, m can be compared."""
    errors = Errors([], [])
    for guide, other in pairs:
        found = method(guide, other.samples, other.sample_rate)
        lips = [p for p in found if p.symbol in BILABIALS]
        known = [p for p in other.phonemes if p.symbol in BILABIALS]
        errors.closures += [a.end - b.end for a, b in zip(lips, known, strict=True)]
    return errors


class Espeak:
    """espeak-ng as a speaker with known times (speak_lib.h)."""

    _PHONEME_EVENT, _RETRIEVAL, _PHONEME_EVENTS, _UTF8 = 7, 1, 0x8001, 1

    class _Event(ctypes.Structure):
        _fields_ = (
            *((name, ctypes.c_int) for name in ("type", "id", "position", "length", "ms", "at")),
            ("user", ctypes.c_void_p),
            ("name", ctypes.c_char * 8),
        )

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self._rate = self._library.espeak_Initialize(self._RETRIEVAL, 0, data, self._PHONEME_EVENTS)
        self._sound: list[FloatArray] = []
        self._events: list[tuple[str, float]] = []
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(self._Event)
        )
        self._callback = kind(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str) -> Speech:
        """Each phoneme lasts until the next one begins; names are cut to their first letter."""
        self._sound.clear()
        self._events.clear()
        self._library.espeak_SetVoiceByName(b"en-us" if text.isascii() else b"cmn")
        spoken = text.encode()
        self._library.espeak_Synth(spoken, len(spoken) + 1, 0, 1, 0, self._UTF8, None, None)
        self._library.espeak_Synchronize()
        samples = np.concatenate(self._sound)
        ends = [start for _, start in self._events[1:]] + [len(samples) / self._rate]
        phonemes = (
            Phoneme(name[:1], start, end)
            for (name, start), end in zip(self._events, ends, strict=True)
        )
        return Speech(samples, self._rate, tuple(phonemes))

    def _receive(self, wave: ctypes.Array[ctypes.c_short], count: int, events: object) -> int:
        if wave and count > 0:
            samples = np.ctypeslib.as_array(wave, (count,)).astype(np.float32) / np.float32(32768)
            self._sound.append(samples)
        index = 0
        while events[index].type:  # type: ignore[index]  # a C array, ended by type 0
            event = events[index]  # type: ignore[index]
            if event.type == self._PHONEME_EVENT:
                self._events.append((event.name.decode("utf-8", "replace"), event.ms / 1000))
            index += 1
        return 0


def main() -> None:
    # First: the front end starts the same library again, as one that only tells phonemes.
    espeak = Espeak()
    others = [espeak.speak(text) for text in SENTENCES]
    engine = PacedKokoro(WeightStore(Path(".weights")), 2)
    engine.setup()
    guides, by_kokoro = [], []
    for text in SENTENCES:
        (group,) = to_groups(text, engine._vocabulary)
        guide = engine.speak(group, engine.voice(DEFAULT_VOICE))
        guides.append(guide)
        for name, pace, pitch in SPEAKERS:
            voice = replace(engine.voice(name), f0_scale=pitch)
            by_kokoro.append((guide, engine.speak_at(group, voice, pace)))
    print("| Speaker | start, median ms | 90 % | under 50 ms | p b m, median | 90 % | under 50 |")
    print("|---|---|---|---|---|---|---|")
    print(compare(by_kokoro, stretched).line("Kokoro, stretched"))
    print(compare(by_kokoro, align).line("Kokoro, aligned"))
    print(compare(by_kokoro, align, NOISE).line("Kokoro with noise, aligned"))
    print("| Other speaker | end of p b m, median ms | 90 % | under 50 ms |")
    print("|---|---|---|---|")
    by_espeak = list(zip(guides, others, strict=True))
    print(compare_bilabials(by_espeak, stretched).line("espeak-ng, stretched"))
    print(compare_bilabials(by_espeak, align).line("espeak-ng, aligned"))


if __name__ == "__main__":
    main()
