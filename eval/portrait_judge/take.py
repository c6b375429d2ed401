"""A portrait's performance as the judge sees it: tracked, timed, and kept as pictures."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.lipsync_judge import lips, measures, pictures
from eval.lipsync_judge.footage import Sighting, Watcher
from eval.portrait_judge.measures import blink_count, edge_gradients
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.geometry import FloatArray, lid_gap, lip_gap
from gpu_jobs.engines.visemes.curves import viseme_curves
from gpu_jobs.weights.store import WeightStore

Frame = NDArray[np.uint8]

FPS = Fraction(25)
_TOLERANCE = 1  # frame by which lips may lead or trail their sound
_STRIP_FRAMES = 48
_SEAM_EVERY = 5  # frames; a seam stays for longer


@dataclass(frozen=True, slots=True)
class Take:
    """`openings` (T,): gaps of the lips tracked in the frames, in eye distances.

    `lids` (T,): their gap over the photo's; `seams`: gradients (n, rings) of frames and of the
    photo.
    """

    speech: Speech
    seen: Sighting
    openings: FloatArray
    lids: FloatArray
    seams: tuple[FloatArray, FloatArray]
    milliseconds: float

    def agreement(self) -> float:
        """Correlation of the openings with the viseme timeline, at most _TOLERANCE frames apart."""
        times = (np.arange(len(self.openings), dtype=np.float64) + 0.5) / float(FPS)
        wanted = viseme_curves(self.speech.phonemes, times).opening
        lag = measures.best_lag(self.openings, wanted, _TOLERANCE)
        return measures.lagged_correlation(self.openings, wanted, lag)

    def silence(self) -> float:
        """Mean opening in pauses, as a share of the speech maximum."""
        speech, count = self.speech, len(self.openings)
        silent = measures.silent_frames(speech.samples, speech.sample_rate, count, float(FPS))
        return measures.silence_opening(self.openings, silent, lips.SHUT)

    def closures(self) -> float:
        """Share of p, b, m in which the lips meet."""
        return lips.shut_bilabials(self.openings, self.speech.phonemes, float(FPS))

    def blinks(self) -> float:
        """A minute."""
        return blink_count(self.lids) * 60 / self.speech.duration

    def seam(self) -> float:
        """Gradient at the face's edge against the photo's."""
        return measures.seam_ratio(*self.seams)


def watch(
    photo: Frame, frames: Iterator[Frame], speech: Speech, weights: WeightStore, label: Path
) -> Take:
    """See the frames of a photo that says a speech; pictures to `label`.png, -sheet.png, .mp4.

    A photo in which the tracker finds no face raises ValueError.
    """
    own = Watcher(weights).see(photo)
    if own is None:
        raise ValueError(f"no face to judge in {label.name}")
    total = math.ceil(speech.duration * FPS)
    watcher, strip, sheet = Watcher(weights), pictures.Strip(), pictures.ContactSheet(total)
    edges, seconds = [], 0.0
    with pictures.SideBySide(label.with_name(f"{label.name}.mp4"), FPS, speech) as film:
        for step in range(total):
            start = time.process_time()
            frame = next(frames)
            seconds += time.process_time() - start
            face = watcher.see(frame)
            points = None if face is None else face.points
            if points is not None and step % _SEAM_EVERY == 0:
                edges.append((edge_gradients(frame, points), edge_gradients(photo, own.points)))
            sheet.add(step, [(frame, points)])
            if step < _STRIP_FRAMES:
                strip.add(frame, points, str(step))
            film.write(photo, frame)
    strip.save(label.with_name(f"{label.name}.png"))
    sheet.save(label.with_name(f"{label.name}-sheet.png"))
    seen = watcher.sighting()
    made, source = (np.array(part) for part in zip(*edges, strict=True))
    return Take(
        speech,
        seen,
        lip_gap(seen.meshes),
        lid_gap(seen.meshes) / lid_gap(own.points),
        (made, source),
        1000 * seconds / total,
    )
