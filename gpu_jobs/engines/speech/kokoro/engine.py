"""Kokoro-82M: text to Mandarin and English speech with the time of every sound.

Model: https://huggingface.co/hexgrad/Kokoro-82M (Apache-2.0), int8 ONNX. A voice is a style of 256
numbers for each input length: the first half carries timbre, the second prosody.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from dh_core.errors import VoiceOutdated
from dh_text import reader
from dh_text.hints import Hints
from gpu_jobs.audio.speech import Phoneme, Said, Speech
from gpu_jobs.engines.speech import SpeechEngine
from gpu_jobs.engines.speech.kokoro import adapt as adaptation
from gpu_jobs.engines.speech.kokoro import voice_profile
from gpu_jobs.engines.speech.kokoro.adapt import Recipe
from gpu_jobs.engines.speech.kokoro.graph import DURATIONS, F0_SCALE
from gpu_jobs.engines.speech.narration import Narration
from gpu_jobs.engines.speech.phonemes import front_end
from gpu_jobs.engines.speech.phonemes.front_end import Group
from gpu_jobs.engines.speech.phonemes.pauses import cut_out, gaps_of, keep_rests, silence
from gpu_jobs.engines.speech.phonemes.spoken import Piece
from gpu_jobs.engines.speech.phonemes.timing import (
    audible_range,
    end_with_the_sound,
    phonemes_of,
    shift,
)
from gpu_jobs.engines.speech.prosody import NATURAL, Prosody
from gpu_jobs.engines.speech.speaker.ge2e import SpeakerEncoder
from gpu_jobs.engines.speech.stretches import changed, main_prosody, speeds, stretches
from gpu_jobs.weights.store import WeightStore

SAMPLE_RATE = 24_000
DEFAULT_VOICE = "zf_xiaobei"

SLOWEST, FASTEST = 0.8, 1.25
"""Speeds of the model itself; beyond, its sound is stretched. Of 85 syllables were misheard: by the
model's own speed 3 at 0.5, 11 at 1.5, 27 at 2.0; stretched 1 at 0.5, 1 at 1.5, 1 at 2.0."""

LOWEST, HIGHEST = -6.0, 5.0
"""Semitones that the model's own F0 can move by; beyond that the voice no longer follows (at +9 it
stays at +5). The rest is done in its sound, by `pitch_change`."""

_F0_RESPONSE = 0.85
"""Of a change of its F0 input the voice carries out 0.75 to 0.9."""

_PROCESSORS = Path("/proc/cpuinfo")
_EXACT_MEMORY = {"arena_extend_strategy": "kSameAsRequested"}


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A voice to speak with: `style` (510, 256) float32 by input length, and a pitch factor."""

    reference_text: ClassVar[None] = None

    name: str
    style: NDArray[np.float32]
    f0_scale: float = 1.0
    recipe: Recipe | None = None
    """How `style` was mixed; None for one of the model's own voices."""

    @property
    def mix(self) -> Recipe:
        """What gives this voice again."""
        return self.recipe or Recipe({self.name: 1.0}, {self.name: 1.0}, self.f0_scale)

    @property
    def document(self) -> dict[str, Any]:
        """What gives this voice again, as JSON values: see `KokoroEngine.voice_of`."""
        return voice_profile.document_of(self.mix)


class KokoroEngine(SpeechEngine[Voice]):
    """See `SpeechEngine`. About 0.5 GB of memory; one instance serves one thread at a time."""

    reference_text_seconds: ClassVar[float] = 0.0

    def __init__(self, weights: WeightStore, threads: int = 2) -> None:
        self._weights = weights
        self._threads = threads
        self._session: Any = None
        self._run_options: Any = None
        self._vocabulary: dict[str, int] = {}
        self._styles: Mapping[str, NDArray[np.float32]] = {}

    def setup(self) -> None:
        """Load model, vocabulary, dictionaries and voices (2-3 s); raises WeightsMissing."""
        if self._session is not None:
            return
        vocabulary = self._weights.path("kokoro-vocab.json").read_text(encoding="utf-8")
        self._vocabulary = json.loads(vocabulary)["vocab"]
        # Read from the file one by one: of 28 MB a speech needs a few.
        self._styles = np.load(self._weights.path("kokoro-voices.npz"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        # Planning memory ahead costs 200 MB here, where every group has a length of its own.
        options.enable_mem_pattern = False
        # Threads that spin while they wait for the next of a thousand small steps take a third more
        # processor time, which whoever draws or encodes meanwhile has use for.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Unsigned by signed bytes overflow in a multiplication of pairs; VNNI sums them at once.
        safe = "0" if _has_vnni() else "1"
        options.add_session_config_entry("session.x64quantprecision", safe)
        model = self._weights.path("kokoro-82m.onnx")
        # Give a group's memory back after it: mastering and writing need their own.
        self._run_options = onnxruntime.RunOptions()
        self._run_options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=[("CPUExecutionProvider", _EXACT_MEMORY)]
        )
        reader.prepare()

    @property
    def vocabulary(self) -> dict[str, int]:
        """The symbols that the model reads, and their tokens."""
        self.setup()
        return self._vocabulary

    @cached_property
    def encoder(self) -> SpeakerEncoder:
        """The speaker encoder that `adapt` listens with, loaded on first use."""
        return SpeakerEncoder(self._weights.path("ge2e.npz"))

    def voice_names(self) -> list[str]:
        """The model's own voices; the first letter is the language, `z` for Mandarin."""
        self.setup()
        return sorted(self._styles)

    def voice(self, name: str) -> Voice:
        """One of the model's own voices, as it is; raises KeyError for an unknown name."""
        self.setup()
        return Voice(name, self._styles[name])

    def default_voice(self) -> Voice:
        """The Mandarin voice used when there is no reference."""
        return self.voice(DEFAULT_VOICE)

    def adapt(self, reference: NDArray[np.float32], text: str | None = None) -> Voice:
        """A voice toward the speaker of `reference` (16 kHz mono, 3 s of voice or more).

        An adapted voice, not a clone: timbre is mixed from the model's voices and pitch is moved
        to the reference's; what is said in it is of no use here. Raises SilentAudio or
        ReferenceTooShort.
        """
        self.setup()
        target = adaptation.describe(reference, self.encoder)
        return self.mixed(adaptation.choose(target, adaptation.load_bank(), self._styles))

    def built_in_voice(self, voice_id: str) -> Voice:
        """A voice of `dh_core.specs.built_in_voices`; raises VoiceOutdated for another."""
        self.setup()
        if voice_id not in self._styles:
            raise VoiceOutdated
        return self.voice(voice_id)

    @property
    def voice_version(self) -> str:
        """See `SpeechEngine`."""
        return voice_profile.VERSION

    def save_voice(self, voice: Voice, profile: Path) -> None:
        """Keep how the voice is mixed: two kilobytes, from which nobody can be heard."""
        voice_profile.write(profile, voice.mix)

    def load_voice(self, profile: Path) -> Voice:
        """Mix the voice again; raises VoiceOutdated."""
        return self.mixed(voice_profile.read(profile, self.voice_names()))

    def voice_of(self, document: object) -> Voice:
        """The voice of a `Voice.document`; raises VoiceOutdated."""
        return self.mixed(voice_profile.recipe_of(document, self.voice_names()))

    def mixed(self, recipe: Recipe) -> Voice:
        """The voice of a recipe, whose parts are among `voice_names`."""
        self.setup()
        style = adaptation.mix(recipe, self._styles)
        name = f"adapted from {', '.join(recipe.prosody)}"
        return Voice(name, style, recipe.f0_scale, recipe)

    def check(self, text: str, prosody: Prosody = NATURAL) -> None:
        """Refuse what cannot be spoken before anything is computed.

        Raises UnspeakableText, UnsupportedLanguage.
        """
        self.setup()
        front_end.check(text, self._vocabulary, Hints(prosody.pronounce, prosody.marks))

    def narrate(
        self, text: str, voice: Voice, prosody: Prosody = NATURAL
    ) -> Generator[Said, None, None]:
        """Speak `text`, group by group, in memory that does not grow with it.

        Raises UnspeakableText, UnsupportedLanguage, MediaTooLong.
        """
        self.setup()
        hints = Hints(prosody.pronounce, prosody.marks)
        with Narration(text, prosody, SAMPLE_RATE) as narration:
            for group in front_end.read_groups(text, self._vocabulary, hints):
                spoken = self.speak(group, voice, prosody)
                narration.add(spoken, group.pieces, group.pause, group.text)
                yield narration.so_far(group.read)
            yield Said(narration.finish())

    def speak_groups(self, groups: Iterable[Group], voice: Voice) -> Speech:
        """Groups with their rests, at natural speed, as sound and phonemes alone; not mastered.

        Whatever prosody or pauses are asked for within them.
        """
        parts: list[NDArray[np.float32]] = []
        phonemes: list[Phoneme] = []
        length = 0
        for group in groups:
            spoken = self.speak(replace(group, pieces=()), voice)
            phonemes += shift(spoken.phonemes, length / SAMPLE_RATE)
            parts += [spoken.samples, silence(group.pause, SAMPLE_RATE)]
            length += len(parts[-2]) + len(parts[-1])
        return Speech(np.concatenate(parts[:-1]), SAMPLE_RATE, tuple(phonemes))

    def speak(self, group: Group, voice: Voice, prosody: Prosody = NATURAL) -> Speech:
        """Run the model on one group and put its rests in order; not mastered.

        Where the prosody is another within the group, or faster, slower, higher or lower than the
        model speaks well, its sound is changed.
        """
        pieces = group.pieces or (Piece(group.symbols),)
        parts = stretches(pieces, prosody)
        wanted = main_prosody(parts, prosody)
        pace = min(max(wanted.speed, SLOWEST), FASTEST)
        semitones = min(max(wanted.pitch, LOWEST), HIGHEST)
        f0_scale = voice.f0_scale * 2 ** (semitones / _F0_RESPONSE / 12)
        tokens = [0, *(self._vocabulary[symbol] for symbol in group.symbols), 0]
        inputs = {
            "tokens": np.array([tokens], dtype=np.int64),
            "style": voice.style[len(group.symbols) - 1][None],
            "speed": np.array([pace], dtype=np.float32),
            F0_SCALE: np.array([f0_scale], dtype=np.float32),
        }
        samples, frames = self._session.run(["audio", DURATIONS], inputs, self._run_options)
        samples = samples.reshape(-1)
        phonemes = phonemes_of(group.symbols, frames.reshape(-1).astype(np.int64))
        phonemes = end_with_the_sound(phonemes, samples, SAMPLE_RATE)
        as_spoken = Prosody(pace, semitones)
        samples, phonemes = changed(samples, SAMPLE_RATE, phonemes, parts, as_spoken)
        between = zip(gaps_of(pieces)[1:-1], pairwise(phonemes), speeds(parts), strict=False)
        rests = [gap.wanted(b.start - a.end, speed) for gap, (a, b), speed in between]
        return _trim(*keep_rests(samples, SAMPLE_RATE, phonemes, rests))


def _has_vnni() -> bool:
    """Whether this processor is known to have VNNI; elsewhere the same products take longer."""
    return _PROCESSORS.exists() and "vnni" in _PROCESSORS.read_text(encoding="ascii")


def _trim(samples: NDArray[np.float32], phonemes: list[Phoneme]) -> Speech:
    """Cut to what is heard plus a margin, move the phonemes along."""
    first, last = audible_range(samples, SAMPLE_RATE)
    first, last = min(first, phonemes[0].start), max(last, phonemes[-1].end)
    cut, start = cut_out(samples, first, last, SAMPLE_RATE)
    return Speech(cut, SAMPLE_RATE, tuple(shift(phonemes, -start)))
