"""The speech engine around VoxCPM2: passage by passage, with the time of every sound.

Another engine stands beside the model as its guide, on the CPU: its voices are the default and
built-in references, it says how long a passage should take, and its speech of the same text, whose
phoneme times are known, is what the generated sound is aligned with. The guide speaks while the
GPU generates.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import soxr
import torch
from numpy.typing import NDArray

from dh_core.errors import UnspeakableText
from dh_core.specs import pinyin
from dh_core.specs.ssml import Phoneme
from dh_text.hints import Hints
from dh_text.reader import Reader
from gpu_jobs.audio.pitch import SAMPLE_RATE as REFERENCE_RATE
from gpu_jobs.audio.speech import Said, Speech
from gpu_jobs.engines.speech import SpeechEngine
from gpu_jobs.engines.speech.narration import Narration
from gpu_jobs.engines.speech.phonemes.front_end import FrontEnd
from gpu_jobs.engines.speech.phonemes.pauses import cut_out, gaps_of, keep_rests
from gpu_jobs.engines.speech.phonemes.timing import audible_range
from gpu_jobs.engines.speech.prosody import NATURAL, Prosody
from gpu_jobs.engines.speech.stretches import changed, stretches
from gpu_jobs.engines.speech.voxcpm2 import cloned_voice
from gpu_jobs.engines.speech.voxcpm2.checkpoint import FOLDER, load_model
from gpu_jobs.engines.speech.voxcpm2.cloned_voice import ClonedVoice
from gpu_jobs.engines.speech.voxcpm2.forced_alignment import align
from gpu_jobs.engines.speech.voxcpm2.generator import PromptCache, SpeechGenerator
from gpu_jobs.engines.speech.voxcpm2.guide import Guide, GuideVoice
from gpu_jobs.engines.speech.voxcpm2.passages import Passage, syllables, to_passages
from gpu_jobs.weights.store import WeightStore

SAMPLE_RATE = 24_000
REFERENCE_SECONDS = 30.0
"""Of a reference without text; longer ones only fill the model's context."""

PROMPT_SECONDS = 50.0
SYLLABLES_PER_SECOND = (1.5, 9.0)
"""A text is taken for what a reference says only when the recording was not cut (jobs read the
first minute) and its pace is a person's: with another text the model does not find an end."""

UNCERTAIN_READING_WARNING = "reading_uncertain"

DEFAULT_TEXT = "大家好，很高兴在这里和大家见面，今天我们一起聊一聊生活里有意思的小事。"


class VoxCpmEngine(SpeechEngine[ClonedVoice]):
    """See `SpeechEngine`; on CUDA where there is one. One instance serves one thread at a time.

    `guide`: see `Guide`; its voices are its own. `compiled` runs the networks through
    `torch.compile`: pays on workers that are kept alive.
    """

    reference_text_seconds: ClassVar[float] = PROMPT_SECONDS

    def __init__(
        self,
        weights: WeightStore,
        threads: int = 2,
        *,
        guide: Guide[Any],
        device: str | None = None,
        compiled: bool = False,
    ) -> None:
        self._weights = weights
        self._threads = threads
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._compiled = compiled
        self._guide = guide
        self._generator: SpeechGenerator | None = None
        self._clones: dict[str, ClonedVoice] = {}

    def setup(self) -> None:
        """Load the model and its guide; raises WeightsMissing, WeightsBroken."""
        self._guide.setup()
        self._loaded()

    def default_voice(self) -> ClonedVoice:
        """The guide's Mandarin voice, cloned: the model alone speaks each time as somebody else."""
        return self._clone_of(self._guide.default_voice())

    def built_in_voice(self, voice_id: str) -> ClonedVoice:
        """The guide's voice of this name, cloned; raises VoiceOutdated."""
        return self._clone_of(self._guide.built_in_voice(voice_id))

    def adapt(self, reference: NDArray[np.float32], text: str | None = None) -> ClonedVoice:
        """The voice of `reference` (16 kHz mono, 3 s of voice or more), which says `text`.

        Raises SilentAudio or ReferenceTooShort.
        """
        guide = self._guide.adapt(reference)
        seconds = len(reference) / REFERENCE_RATE
        known = text.strip() if text else ""
        low, high = SYLLABLES_PER_SECOND
        if seconds <= PROMPT_SECONDS and low * seconds <= syllables(known) <= high * seconds:
            return ClonedVoice("cloned", reference, known, guide)
        first, _ = audible_range(reference, REFERENCE_RATE)
        start = round(first * REFERENCE_RATE)
        heard = reference[start : start + round(REFERENCE_SECONDS * REFERENCE_RATE)]
        return ClonedVoice("cloned", heard, None, guide)

    @property
    def voice_version(self) -> str:
        """See `SpeechEngine`."""
        return cloned_voice.VERSION

    def save_voice(self, voice: ClonedVoice, profile: Path) -> None:
        """Keep the voice, and with it the recording: the model clones from nothing less."""
        cloned_voice.write(profile, voice)

    def load_voice(self, profile: Path) -> ClonedVoice:
        """Read the recording back; raises VoiceOutdated."""
        return cloned_voice.read(profile, self._guide)

    def check(self, text: str, prosody: Prosody = NATURAL) -> None:
        """Refuse what cannot be spoken; raises UnspeakableText, UnsupportedLanguage."""
        self._passages(text, prosody)

    def narrate(
        self, text: str, voice: ClonedVoice, prosody: Prosody = NATURAL
    ) -> Generator[Said, None, None]:
        """Speak `text`, passage by passage, in memory that does not grow with it.

        An alias is read in place of its word. Pinyin reaches the guide alone, and so the length
        and the times; the model gets the word itself and may read it otherwise, which is
        UNCERTAIN_READING_WARNING. Speed and pitch
        are unknown to the model too, and changed in its sound. Raises UnspeakableText,
        UnsupportedLanguage, MediaTooLong, InternalJobError.
        """
        passages = self._passages(text, prosody)
        generator = self._loaded()
        reference = _resampled(voice.reference, REFERENCE_RATE, generator.reference_rate)
        prompt = generator.prompt(reference, voice.reference_text)
        with (
            Narration(text, prosody, SAMPLE_RATE) as narration,
            ThreadPoolExecutor(1, "guide") as guiding,
            generator.repeatable(),
        ):
            guides = self._guides(passages, voice.guide, guiding)
            for number, (passage, guide) in enumerate(zip(passages, guides, strict=True), 1):
                spoken = self._speak(passage, prompt, guide, prosody)
                narration.add(spoken, passage.pieces, passage.pause, passage.said)
                yield narration.so_far(number / len(passages))
            warnings = (UNCERTAIN_READING_WARNING,) if _gives_pinyin(text, prosody) else ()
            yield Said(replace(narration.finish(), warnings=warnings))

    def _passages(self, text: str, prosody: Prosody) -> list[Passage]:
        hints = Hints(prosody.pronounce, prosody.marks)
        passages = to_passages(text, FrontEnd(self._guide.vocabulary, Reader(hints)))
        if not passages:
            raise UnspeakableText
        return passages

    def _clone_of(self, guide: GuideVoice) -> ClonedVoice:
        """One of the guide's own voices, made once."""
        if guide.name not in self._clones:
            speech = self._guide.synthesise(DEFAULT_TEXT, guide, _unreported)
            reference = _resampled(speech.samples, speech.sample_rate, REFERENCE_RATE)
            self._clones[guide.name] = ClonedVoice(guide.name, reference, DEFAULT_TEXT, guide)
        return self._clones[guide.name]

    def _loaded(self) -> SpeechGenerator:
        if self._generator is None:
            if self._device.type == "cpu":
                torch.set_num_threads(self._threads)
            folder = self._weights.operator_folder(FOLDER)
            model = load_model(folder, self._device, precision(self._device))
            self._generator = SpeechGenerator(model, compiled=self._compiled)
        return self._generator

    def _guides(
        self, passages: list[Passage], voice: GuideVoice, guiding: ThreadPoolExecutor
    ) -> Iterator[Future[Speech]]:
        """The guide's speech of each passage; the next one is begun when one is taken."""

        def begin(passage: Passage) -> Future[Speech]:
            return guiding.submit(self._guide.speak_groups, passage.groups, voice)

        ahead = begin(passages[0])
        for following in passages[1:]:
            current, ahead = ahead, begin(following)
            yield current
        yield ahead

    def _speak(
        self, passage: Passage, prompt: PromptCache, guiding: Future[Speech], prosody: Prosody
    ) -> Speech:
        """Generate a passage, cut the silence around it, find its sounds; not mastered.

        The guide speaks at its natural speed, as the model does, and so they align best. Rests stay
        as the model made them, but where the text asks for one.
        """
        generator, guide = self._loaded(), guiding.result()
        samples = generator.generate(passage.text, prompt, guide.duration)
        samples = _trimmed(_resampled(samples, generator.sample_rate, SAMPLE_RATE))
        phonemes = align(guide, samples, SAMPLE_RATE)
        parts = stretches(passage.pieces, prosody)
        samples, moved = changed(samples, SAMPLE_RATE, phonemes, parts, NATURAL)
        rests = [after.start - before.end for before, after in pairwise(moved)]
        for number, gap in enumerate(gaps_of(passage.pieces)[1:-1]):
            if gap.breaks:
                rests[number] = gap.wanted(rests[number], prosody.speed)
        samples, moved = keep_rests(samples, SAMPLE_RATE, moved, rests)
        return Speech(samples, SAMPLE_RATE, tuple(moved))


def precision(device: torch.device) -> torch.dtype:
    """bfloat16, in which the model is published, where the device computes in it; else float16.

    float32 on a CPU.
    """
    if device.type != "cuda":
        return torch.float32
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if native else torch.float16


def _gives_pinyin(text: str, prosody: Prosody) -> bool:
    """Whether a reading is asked for that the model does not see."""
    pinyin_words = [word for word, said in prosody.pronounce.items() if pinyin.parse(said)]
    return any(isinstance(mark, Phoneme) for mark in prosody.marks) or any(
        word.lower() in text.lower() for word in pinyin_words
    )


def _trimmed(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut to what is heard plus a margin, with faded ends; silence stays as it is."""
    first, last = audible_range(samples, SAMPLE_RATE)
    if first == last:
        return samples
    return cut_out(samples, first, last, SAMPLE_RATE)[0]


def _resampled(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    if rate == wanted:
        return samples
    return np.asarray(soxr.resample(samples, rate, wanted), np.float32)


def _unreported(_fraction: float) -> None:
    """The guide's own progress is not the task's."""
