"""Whose voice is recognised behind noise: `python -m eval.noisy_references [--music FILE]`.

Every reference is spoilt by white noise, the babble of the other references, a street and music, at
several levels below its voice. Printed are cosines of its GE2E embedding to that of the clean
recording, and the error of its median F0, as it is and after `without_noise`; means over the
references. Default: ../shared/media; `--references FOLDER` for others. Without `--music` a guitar
made of sines plays, which is easier to take out than a recording.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from dh_core.errors import DigitalHumanError
from eval.voice_similarity import ROOT, recordings
from gpu_jobs.audio.denoise import without_noise
from gpu_jobs.audio.pitch import median_f0
from gpu_jobs.audio.voice_activity import SAMPLE_RATE, only, speech_chunks
from gpu_jobs.engines.speech.speaker.ge2e import SpeakerEncoder
from gpu_jobs.engines.speech.speaker.reference_checks import signal_to_noise, usable_speech
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.weights.store import WeightStore

KINDS = ("none", "white", "babble", "street", "music")
LEVELS = (0.0, 5.0, 10.0, 20.0)
_SECONDS = 6.0
_LEAST_SNR = 25.0
"""dB: a recording with noise of its own has no clean voice to compare with."""

Samples = NDArray[np.float32]
Noise = Callable[[int, np.random.Generator], Samples]


def white(length: int, random: np.random.Generator) -> Samples:
    """A fan, a bad microphone."""
    return random.standard_normal(length).astype(np.float32)


def street(length: int, random: np.random.Generator) -> Samples:
    """Rumble, tyres, engines that come and go, a horn."""
    time = np.arange(length) / SAMPLE_RATE
    moments = random.uniform(0, time[-1], (2, max(2, length // (4 * SAMPLE_RATE))))
    near = [np.exp(-(((time[:, None] - row) / 1.3) ** 2)) for row in moments]
    rumble = lfilter([1], [1, -0.995], random.standard_normal(length))
    band = butter(2, [300, 3000], "band", fs=SAMPLE_RATE, output="sos")
    tyres = sosfilt(band, random.standard_normal(length))
    turns = 2 * np.pi * np.cumsum(85 * (1 + 0.1 * np.tanh(moments[1, 0] - time))) / SAMPLE_RATE
    engine = sum(np.sin(k * turns) / k for k in range(1, 12)) * near[1].sum(axis=1)
    horn = sum(np.sign(np.sin(2 * np.pi * hertz * time)) for hertz in (420, 530))
    passing = (0.3 + near[0].sum(axis=1)) * (0.7 * _even(rumble) + 0.5 * _even(tyres))
    sound: Samples = (passing + 0.8 * engine + 0.6 * horn * (time % 6 > 5.6)).astype(np.float32)
    return sound


def guitar(length: int, random: np.random.Generator) -> Samples:
    """A plucked note every 0.2 s."""
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    music = np.zeros(length + SAMPLE_RATE)
    for start in range(0, length, SAMPLE_RATE // 5):
        hertz = 110 * 2 ** (random.integers(0, 36) / 12)
        note = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))
        music[start : start + SAMPLE_RATE] += np.exp(-3 * time) * note
    return music[:length].astype(np.float32)


def from_recordings(sounds: Sequence[Samples]) -> Noise:
    """All of them at once, each from a random moment on."""

    def noise(length: int, random: np.random.Generator) -> Samples:
        parts = (np.roll(_even(sound), random.integers(len(sound))) for sound in sounds)
        whole = sum((np.resize(part, length) for part in parts), np.zeros(length))
        return whole.astype(np.float32)

    return noise


def spoilt(voice: Samples, noise: Samples, decibels: float) -> Samples:
    """The voice with a noise that is so much weaker than its speech."""
    speech = only(voice, speech_chunks(voice))
    share = np.mean(speech**2) / np.mean(noise**2) / 10 ** (decibels / 10)
    together: Samples = (voice + np.sqrt(share) * noise).astype(np.float32)
    return together


def clean_references(folder: Path) -> Iterator[Samples]:
    """The first seconds of each person's recording that has little noise."""
    for _name, files in recordings(folder):
        try:
            sound = read_audio(files[0], SAMPLE_RATE, max_seconds=_SECONDS)
            usable_speech(sound)
        except DigitalHumanError:
            continue
        if signal_to_noise(sound, speech_chunks(sound)) > _LEAST_SNR:
            yield sound


def heard(sound: Samples, voice: Samples, encoder: SpeakerEncoder) -> tuple[float, float]:
    """Cosine to the clean voice, and semitones from its F0, where the clean one has speech."""
    chunks = speech_chunks(voice)
    clean, given = only(voice, chunks), only(sound, chunks)
    cosine = float(encoder.embed(given) @ encoder.embed(clean))
    f0, found = median_f0(clean), median_f0(given)
    return cosine, np.nan if f0 is None or found is None else abs(12 * float(np.log2(found / f0)))


def row(
    kind: str, decibels: float, voices: list[Samples], music: Noise, encoder: SpeakerEncoder
) -> str:
    """Means over the voices, as a line of the table."""
    found = []
    for number, voice in enumerate(voices):
        babble = from_recordings([one for one in voices if one is not voice])
        maker = {"babble": babble, "music": music, "street": street}.get(kind, white)
        sound = spoilt(voice, maker(len(voice), np.random.default_rng(number)), decibels)
        found.append(heard(sound, voice, encoder) + heard(without_noise(sound), voice, encoder))
    cosine, off, cleaned, cleaned_off = np.nanmean(found, axis=0)
    figures = f"{cosine:.3f} | {cleaned:.3f} | {off:.2f} | {cleaned_off:.2f}"
    return f"| {kind} | {decibels:.0f} | {figures} |"


def _even(sound: NDArray[np.floating]) -> NDArray[np.floating]:
    level: NDArray[np.floating] = sound / np.sqrt(np.mean(sound**2))
    return level


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=Path, default=ROOT.parent / "shared/media")
    parser.add_argument("--music", type=Path)
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    arguments = parser.parse_args()
    encoder = SpeakerEncoder(WeightStore(arguments.weights).path("ge2e.npz"))
    voices = list(clean_references(arguments.references))
    music: Noise = guitar
    if arguments.music:
        music = from_recordings([read_audio(arguments.music, SAMPLE_RATE, max_seconds=120)])
    print(f"{len(voices)} references\n")
    print("| noise | dB below | cosine | cleaned | F0, semitones off | cleaned |")
    print("|---|---|---|---|---|---|")
    for kind in KINDS:
        for decibels in LEVELS if kind != "none" else (np.inf,):
            print(row(kind, decibels, voices, music, encoder), flush=True)


if __name__ == "__main__":
    main()
