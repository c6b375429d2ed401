"""Self-reenactment without leaks: the held-out sound drives frames of the other part of the clip.

An engine sees only the first 70 % of a clip. The sound of the rest drives it, so that its base
frames come from another moment than the sound, and cheeks or jaw cannot give the mouth away. The
mouth in the rendered video is tracked again and compared with the true one, poses removed.
"""

from __future__ import annotations

import math
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.lipsync_judge import measures, pictures
from eval.lipsync_judge.bases import BaseFrames
from eval.lipsync_judge.footage import (
    Cut,
    Frame,
    Sighting,
    along_the_ridge,
    cut,
    mouth_areas,
    watch,
)
from eval.lipsync_judge.performance import Performance, watch_performance
from gpu_jobs.engines.faces.geometry import FloatArray, canonicalise, smooth_in_time
from gpu_jobs.engines.faces.mesh import Face
from gpu_jobs.engines.lipsync import LipSyncEngine
from gpu_jobs.engines.lipsync.footage.clip_reader import ClipReader
from gpu_jobs.engines.mouth.shapes import opening, width
from gpu_jobs.weights.store import WeightStore

_RANDOM_OFFSETS = 20
_OWN_LAG = 2  # frames


@dataclass(frozen=True, slots=True)
class Score:
    """One row of the table; NaN where a measure does not apply.

    `lmd` in IOD; `opening`, `width`: correlations; `own_opening`, `own_width`: the same at the
    clip's own lag, the best within _OWN_LAG: files have their sound early or late. `silence` in
    shares of the speech maximum; `tex`, `area`: high-frequency energy and area between the lips
    over the true ones, best at 1; `sharpness`, `jitter`, `seam`: ratios to the source; `lag` in
    frames, late is positive; `found`: share of rendered frames in which the tracker sees a frontal
    face.
    """

    clip: str
    system: str
    lmd: float
    opening: float
    width: float
    own_opening: float
    own_width: float
    silence: float
    tex: float = math.nan
    area: float = math.nan
    sharpness: float = math.nan
    jitter: float = math.nan
    seam: float = math.nan
    lag: float = math.nan
    found: float = math.nan


class NothingToJudge(Exception):
    """The clip has no sound, no face or no speech in one of its parts; the message says which."""


def judge_clip(
    clip: Path, engines: dict[str, LipSyncEngine[Any, Any]], weights: WeightStore, out: Path
) -> list[Score]:
    """Rows for a frozen mouth, a random offset and each engine; pictures into `out`.

    Raises NothingToJudge, and what media functions raise.
    """
    with tempfile.TemporaryDirectory() as folder:
        parts = cut(clip, Path(folder))
        if parts.speech is None:
            raise NothingToJudge("no sound")
        with ClipReader(parts.whole, parts.fps) as frames:
            seen = watch(frames, weights)
        if not seen.found[: parts.split].any() or not seen.found[parts.split :].any():
            raise NothingToJudge("no frontal face")
        own = opening(canonicalise(seen.meshes).points)
        if np.ptp(np.percentile(own[seen.found], [5, 95])) < measures.LEAST_MOVEMENT:
            raise NothingToJudge("nobody speaks")
        scores = _baselines(clip.stem, parts, seen)
        for name, engine in engines.items():
            workdir = Path(folder) / name
            workdir.mkdir()
            scores.append(
                _judge_engine(clip.stem, name, engine, parts, seen, weights, workdir, out)
            )
        return scores


def _baselines(clip: str, parts: Cut, seen: Sighting) -> list[Score]:
    """The mean mouth held still, and the person's real mouth from random other moments."""
    points = canonicalise(seen.meshes).points
    training, true = points[: parts.split], points[parts.split :]
    valid, silent = seen.found[parts.split :], _silences(parts)
    mean = training[seen.found[: parts.split]].mean(0)
    frozen = np.repeat(mean[None], len(true), 0)
    scores = [_compare(clip, "frozen mouth", frozen, true, valid, silent)]
    starts = np.random.default_rng(0).integers(0, parts.split, _RANDOM_OFFSETS)
    steps = np.arange(len(true))
    rows = [
        _compare(clip, "", training[(start + steps) % parts.split], true, valid, silent)
        for start in starts
    ]
    fields = ("lmd", "opening", "width", "own_opening", "own_width", "silence")
    means = {name: float(np.mean([getattr(row, name) for row in rows])) for name in fields}
    return [*scores, Score(clip, "random offset", **means)]


def _judge_engine(
    clip: str,
    name: str,
    engine: LipSyncEngine[Any, Any],
    parts: Cut,
    seen: Sighting,
    weights: WeightStore,
    workdir: Path,
    out: Path,
) -> Score:
    assert parts.speech is not None
    sheet = pictures.ContactSheet(parts.count - parts.split)
    with (
        closing(engine.prepare(parts.training, workdir, lambda _: None)) as avatar,
        ClipReader(parts.whole, parts.fps) as truth,
        ClipReader(parts.whole, parts.fps) as bases,
        pictures.SideBySide(out / f"{clip}-{name}.mp4", parts.fps, parts.speech) as film,
    ):

        def show(step: int, frame: Frame, face: Face | None) -> None:
            index = min(parts.split + step, parts.count - 1)
            true = truth[index]
            film.write(true, frame)
            sheet.add(step, [(true, seen.meshes[index]), (frame, face.points if face else None)])

        rendered = engine.render(avatar, parts.speech, lambda _: None)
        training = seen.part(0, parts.split)
        played = watch_performance(rendered, training, BaseFrames(training, bases), weights, show)
    sheet.save(out / f"{clip}-{name}.png")
    return _score(clip, name, parts, seen, played)


def _score(clip: str, name: str, parts: Cut, seen: Sighting, played: Performance) -> Score:
    count = min(parts.count - parts.split, len(played.made))
    rendered = played.seen.part(0, count)
    points = canonicalise(np.concatenate([seen.meshes, rendered.meshes])).points
    true = points[parts.split : parts.split + count]
    made = points[parts.count :]
    valid = seen.found[parts.split : parts.split + count] & rendered.found
    truth = seen.part(parts.split, parts.split + count)
    basic = _compare(clip, name, made, true, valid, _silences(parts)[:count])
    return replace(
        basic,
        tex=_ratio(rendered.texture[valid], truth.texture[valid]),
        area=_ratio(mouth_areas(rendered.meshes[valid]), mouth_areas(truth.meshes[valid])),
        sharpness=played.sharpness(),
        jitter=measures.jitter(made) / measures.jitter(true),
        seam=played.seam(),
        lag=measures.best_lag(opening(made), opening(true), round(0.3 * float(parts.fps))),
        found=float(played.seen.found.mean()),
    )


def _compare(
    clip: str,
    system: str,
    made: FloatArray,
    true: FloatArray,
    valid: measures.Mask,
    silent: measures.Mask,
) -> Score:
    """The measures that need only mouths."""
    made, true, silent = made[valid], true[valid], silent[valid]
    ruled = along_the_ridge(np.concatenate([made, true]))
    smooth_made, smooth_true = smooth_in_time(made), smooth_in_time(true)
    openings = opening(smooth_made), opening(smooth_true)
    widths = width(smooth_made), width(smooth_true)
    lag = measures.best_lag(*openings, _OWN_LAG)
    return Score(
        clip,
        system,
        lmd=measures.lip_distance(ruled[: len(made)], ruled[len(made) :]),
        opening=measures.correlation(*openings),
        width=measures.correlation(*widths),
        own_opening=measures.lagged_correlation(*openings, lag),
        own_width=measures.lagged_correlation(*widths, lag),
        silence=measures.silence_opening(opening(made), silent),
    )


def _ratio(made: FloatArray, true: FloatArray) -> float:
    return float(np.nanmean(made) / np.nanmean(true)) if np.isfinite(true).any() else math.nan


def _silences(parts: Cut) -> measures.Mask:
    assert parts.speech is not None
    return measures.silent_frames(
        parts.speech.samples, parts.speech.sample_rate, parts.count - parts.split, float(parts.fps)
    )
