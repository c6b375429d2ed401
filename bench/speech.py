"""How well the speech engine reads: `python -m bench.speech` (from the repository's root).

Reads the bench's sentences aloud, lets whisper-base write down what it hears, and prints Markdown:
error rates by kind of sentence beside the limits, every failure, the tones of minimal pairs, and
the same sentences spoken by other engines. `--every N` takes each Nth sentence only.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.speech_judge import peers, tones
from bench.speech_judge.listener import Listener, characters, mistakes, syllables
from bench.speech_judge.sentences import MINIMAL_SETS, SENTENCES
from dh_core.limits import MAX_TEXT_CHARACTERS
from gpu_jobs.engines.speech import load
from gpu_jobs.engines.speech.delivery import NATURAL, Delivery
from gpu_jobs.engines.speech.loudness import integrated_loudness
from gpu_jobs.timeline import Speech
from gpu_jobs.weights import WeightStore

MOST_CHARACTER_ERRORS, MOST_PINYIN_ERRORS = 0.03, 0.02

Speak = Callable[[str], Speech]


@dataclass
class Score:
    """Errors over the words said, and time; adds up over sentences."""

    characters: int = 0
    character_mistakes: int = 0
    syllables: int = 0
    syllable_mistakes: int = 0
    seconds: float = 0.0
    spent: float = 0.0

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
    def real_time_factor(self) -> float:
        return self.spent / max(self.seconds, 1e-9)


def judge(text: str, speak: Speak, listener: Listener) -> tuple[Score, str]:
    """One sentence: its score and what was heard."""
    started = time.perf_counter()
    speech = speak(text)
    spent = time.perf_counter() - started
    heard = listener.hear(speech)
    said_characters, said_syllables = characters(text), syllables(text)
    score = Score(
        len(said_characters),
        mistakes(said_characters, characters(heard)),
        len(said_syllables),
        mistakes(said_syllables, syllables(heard)),
        speech.duration,
        spent,
    )
    return score, heard


def read_aloud(speak: Speak, listener: Listener, every: int) -> tuple[Score, list[str], list[str]]:
    """All sentences: the total, table rows by kind, and rows of what was misheard."""
    total, rows, failures = Score(), [], []
    for kind, sentences in SENTENCES.items():
        part = Score()
        for text in sentences[::every]:
            score, heard = judge(text, speak, listener)
            part.add(score)
            if score.character_mistakes:
                failures.append(
                    f"| {kind} | {text} | {heard.strip()} "
                    f"| {score.character_mistakes} | {score.syllable_mistakes} |"
                )
        total.add(part)
        rows.append(
            f"| {kind} | {len(sentences[::every])} | {part.character_rate:.1%} "
            f"| {part.pinyin_rate:.1%} |"
        )
    return total, rows, failures


def print_errors(speak: Speak, listener: Listener, every: int) -> Score:
    """The first two tables."""
    total, rows, failures = read_aloud(speak, listener, every)
    print("| kind | sentences | CER | pinyin error |\n|---|---|---|---|")
    print("\n".join(rows))
    print(f"| **all** | | **{total.character_rate:.1%}** | **{total.pinyin_rate:.1%}** |")
    print(f"| limit | | {MOST_CHARACTER_ERRORS:.0%} | {MOST_PINYIN_ERRORS:.0%} |")
    print("\n| kind | said | heard | wrong characters | wrong syllables |\n|---|---|---|---|---|")
    print("\n".join(failures), flush=True)
    return total


def print_tones(speak: Callable[[str, Delivery], Speech], every: int) -> None:
    """Minimal sets: which tone the F0 curve of each syllable is most like."""
    seen = [[0] * 5 for _ in range(5)]
    for syllable, members in list(MINIMAL_SETS.items())[::every]:
        curves = []
        for tone, character in enumerate(members, 1):
            told = Delivery(pronounce={character: f"{syllable}{tone}"})
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


def print_peers(ours: Score, listener: Listener, speakers: dict[str, Speak], every: int) -> None:
    """The same sentences by other engines, in this run."""
    print("\n| engine | CER | pinyin error | RTF |\n|---|---|---|---|")
    scores = {"this project": ours}
    for name, speak in speakers.items():
        scores[name] = read_aloud(speak, listener, every)[0]
    for name, score in scores.items():
        print(
            f"| {name} | {score.character_rate:.1%} | {score.pinyin_rate:.1%} "
            f"| {score.real_time_factor:.2f} |"
        )


def main() -> None:
    """Print everything; takes minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--voice", help="one of the engine's own voices; the default otherwise")
    parser.add_argument("--only", choices=["long", "tones", "errors", "peers"])
    arguments = parser.parse_args()
    weights = WeightStore(arguments.weights)
    engine = load("kokoro", weights, arguments.threads)
    voice = engine.default_voice() if arguments.voice is None else engine.voice(arguments.voice)

    def ignore(_fraction: float) -> None:
        """Nobody watches the progress here."""

    def speak(text: str, told: Delivery = NATURAL) -> Speech:
        return engine.synthesise(text, voice, ignore, told)

    parts = [arguments.only] if arguments.only else ["long", "tones", "errors", "peers"]
    if "long" in parts:
        print_long(lambda text, report: engine.synthesise(text, voice, report))
    if "tones" in parts:
        print_tones(speak, arguments.every)
    if "errors" in parts or "peers" in parts:
        listener = Listener(weights, arguments.threads)
        ours = print_errors(speak, listener, arguments.every)
        if "peers" in parts:
            speakers = {
                "Kokoro with misaki's own reading": peers.plain_kokoro(weights, arguments.threads),
                "espeak-ng": peers.espeak_mandarin(),
            }
            print_peers(ours, listener, speakers, arguments.every)


if __name__ == "__main__":
    main()
