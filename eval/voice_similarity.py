"""How near an adapted voice comes to its reference: `python -m eval.voice_similarity`.

Every reference is cut in two. The engine adapts to the first half, speaks TEXTS, and its voice is
compared with the second half, which it never heard: cosine of GE2E speaker embeddings. Beside it
stand the default voice, the same person's two halves (ceiling) and the other persons (floor), and
the share of characters that the engine's own recogniser mishears.

A reference is a file (sound, or the sound of a clip), or a folder of one person's recordings.
Default: ../shared/media. `--references FOLDER` (more than once, each a folder of references) for
others; a recording without 3 s of speech in each half is named and left out. The encoder that
judges also chooses the voice, so the gain over the default is optimistic by an unknown part.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from dh_core.errors import DigitalHumanError
from eval.speech_judge.listener import Listener, characters, mistakes
from eval.speech_judge.sentences import SENTENCES
from gpu_jobs.audio.pitch import speech_only
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.engines.speech import KnownVoice, SpeechEngine
from gpu_jobs.engines.speech.speaker.ge2e import SAMPLE_RATE, SpeakerEncoder
from gpu_jobs.engines.speech.speaker.reference_checks import usable_speech
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.weights.store import WeightStore

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = {".wav", ".flac", ".mp3", ".m4a", ".mp4", ".mov"}
TEXTS = (SENTENCES["news"][3], *SENTENCES["dialogue"][6:9], SENTENCES["news"][7])
MOST_SECONDS = 60.0
LEAST_COSINE, MOST_ERRORS = 0.70, 0.04

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A recorded person: what is adapted to, and the embedding (256,) of the other half."""

    name: str
    learnt: Samples
    learnt_embedding: Samples
    held_out: Samples


@dataclass(frozen=True, slots=True)
class Row:
    """One reference's cosines to its held-out half, and shares of misheard characters."""

    name: str
    default: float
    adapted: float
    ceiling: float
    floor: float
    default_errors: float
    adapted_errors: float

    def line(self) -> str:
        cosines = (self.default, self.adapted, self.ceiling, self.floor)
        errors = (self.default_errors, self.adapted_errors)
        cells = [*(f"{value:.3f}" for value in cosines), *(f"{value:.1%}" for value in errors)]
        return f"| {self.name} | {' | '.join(cells)} |"


def recordings(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Name and files of each person in a folder."""
    for entry in sorted(folder.iterdir()):
        inside = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        files = [path for path in inside if path.suffix.lower() in SUFFIXES]
        if files:
            yield entry.stem, files


def listen(name: str, recording: Samples, encoder: SpeakerEncoder) -> Reference:
    """Cut a recording of 16 kHz in two. Raises SilentAudio, ReferenceTooShort for either half."""
    learnt, kept = np.array_split(recording, 2)
    first, second = (encoder.embed(usable_speech(half)) for half in (learnt, kept))
    return Reference(name, learnt, first, second)


def references(folders: Iterable[Path], encoder: SpeakerEncoder) -> Iterator[Reference]:
    """Every usable person; the others are named on stderr."""
    for folder in folders:
        for name, files in recordings(folder):
            try:
                parts = [read_audio(file, SAMPLE_RATE, max_seconds=MOST_SECONDS) for file in files]
                whole = np.concatenate(parts)[: round(MOST_SECONDS * SAMPLE_RATE)]
                yield listen(name, whole, encoder)
            except DigitalHumanError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)


def embedding_of(said: Iterable[Speech], encoder: SpeakerEncoder) -> Samples:
    """Whose voice several speeches have, heard together."""
    parts = (soxr.resample(one.samples, one.sample_rate, SAMPLE_RATE) for one in said)
    return encoder.embed(speech_only(np.concatenate(list(parts)).astype(np.float32)))


def errors_in(said: Sequence[Speech], listener: Listener) -> float:
    """Share of the characters of TEXTS that are misheard."""
    wrong = sum(
        mistakes(characters(text), characters(listener.predict(speech)))
        for text, speech in zip(TEXTS, said, strict=True)
    )
    return wrong / sum(len(characters(text)) for text in TEXTS)


def judge(
    people: Sequence[Reference],
    engine: SpeechEngine[Any],
    encoder: SpeakerEncoder,
    listener: Listener,
) -> Iterator[Row]:
    """A row per person, as they are done."""

    def speak(voice: KnownVoice) -> list[Speech]:
        return [engine.synthesise(text, voice, lambda _fraction: None) for text in TEXTS]

    plain = speak(engine.default_voice())
    plain_embedding, plain_errors = embedding_of(plain, encoder), errors_in(plain, listener)
    for person in people:
        said = speak(engine.adapt(person.learnt))
        others = [float(person.held_out @ one.held_out) for one in people if one is not person]
        yield Row(
            person.name,
            default=float(plain_embedding @ person.held_out),
            adapted=float(embedding_of(said, encoder) @ person.held_out),
            ceiling=float(person.learnt_embedding @ person.held_out),
            floor=float(np.mean(others)) if others else float("nan"),
            default_errors=plain_errors,
            adapted_errors=errors_in(said, listener),
        )


def mean(rows: Sequence[Row], name: str) -> Row:
    """The mean of every column."""
    columns = ("default", "adapted", "ceiling", "floor", "default_errors", "adapted_errors")
    return Row(name, *(float(np.mean([getattr(row, c) for row in rows])) for c in columns))


def main() -> int:
    """Print the table; exit status 1 where there is no reference or a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=Path, action="append", help="default ../shared/media")
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--engine", default="kokoro")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    weights = WeightStore(arguments.weights)
    encoder = SpeakerEncoder(weights.path("ge2e.npz"))
    folders = arguments.references or [ROOT.parent / "shared/media"]
    people = list(references(folders, encoder))
    if not people:
        print("no usable reference; name a folder with --references", file=sys.stderr)
        return 1
    engine = SPEECH.load(arguments.engine, weights, arguments.threads)
    listener = Listener(weights, arguments.threads)
    print("| reference | default voice | adapted | same person | others | CER default | adapted |")
    print("|---|---|---|---|---|---|---|", flush=True)
    rows = []
    for row in judge(people, engine, encoder, listener):
        rows.append(row)
        print(row.line(), flush=True)
    whole = mean(rows, f"**mean of {len(rows)}**")
    print(whole.line())
    print(f"| wanted | | ≥ {LEAST_COSINE:.2f} | | | | ≤ {MOST_ERRORS:.0%} |")
    return int(whole.adapted < LEAST_COSINE or whole.adapted_errors > MOST_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
