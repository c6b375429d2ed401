"""Speech that we synthesise: its phonemes are known, so closures can be counted."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.lipsync_judge import lips, measures, pictures
from eval.lipsync_judge.bases import BaseFrames
from eval.lipsync_judge.footage import Cut, Frame, Sighting, cut, mouth_areas, watch
from eval.lipsync_judge.performance import Performance, watch_performance
from gpu_jobs.audio import voice_activity
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.geometry import FloatArray, lip_gap
from gpu_jobs.engines.faces.mesh import Face
from gpu_jobs.engines.lipsync import LipSyncEngine
from gpu_jobs.engines.lipsync.footage.clip_reader import ClipReader
from gpu_jobs.engines.visemes.curves import viseme_curves
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.probe import probe
from gpu_jobs.weights.store import WeightStore

TEXTS = (
    "大家好，欢迎来到我们的平台。今天我想给大家介绍一个非常方便的小工具。"
    "只要上传一段自己的视频，再写几句话，它就能替你把话说出来。"
    "整个过程不到五分钟，也不用安装任何软件。如果有什么问题，请随时给我们留言。",
    "爸爸妈妈明天要去北京办事，朋友们都盼望他们平安回来。"
    "报名的朋友请把名片放在门边的盘子里，不明白的地方随时问我。"
    "妹妹抱着面包和玫瑰，慢慢爬上码头旁边的木楼梯。"
    "没办法，明早必须把票补办完，不然买不到便宜的门票。",
)
"""An ordinary one, and one dense with closures: half of its syllables begin with p, b or m."""
_STRIP_FRAMES = 48
_TOLERANCE = 1  # frame by which lips may lead or trail their sound
_LEAST_SPOKEN = 0.2  # of a clip, under which its sound does not tell who speaks when
_PAUSE = 1.0  # s of silence after every text, in which the mouth must be shut


@dataclass(frozen=True, slots=True)
class OwnSpeechScore:
    """One row. `bilabials` shut, `vowels` open, in shares; `false`: frames shut in other sounds.

    `open`, `own`: share of open frames in speech, rendered and in the person's own. `restless`,
    `tex`, `area`: ratios to the person's own. `ghosts`: frames. `opening`: correlation with the
    viseme timeline, at most a frame apart; the rest as in `reenact.Score`.
    """

    clip: str
    text: str
    system: str
    bilabials: float
    vowels: float
    false: float
    open: float
    own: float
    restless: float
    tex: float
    area: float
    ghosts: float
    opening: float
    silence: float
    sharpness: float
    jitter: float
    seam: float
    lag: float
    found: float


def with_pause(speech: Speech) -> Speech:
    """The speech and some silence after it."""
    pause = np.zeros(round(_PAUSE * speech.sample_rate), np.float32)
    return replace(speech, samples=np.concatenate([speech.samples, pause]))


def judge_person(
    clip: Path,
    engines: dict[str, LipSyncEngine[Any, Any]],
    speeches: list[Speech],
    weights: WeightStore,
    out: Path,
    films: bool,
) -> list[OwnSpeechScore]:
    """Every engine says every speech over the whole clip; strips into `out`, and `films`."""
    scores = []
    with tempfile.TemporaryDirectory() as folder:
        parts = cut(clip, Path(folder), share=1.0)
        with ClipReader(parts.whole, parts.fps) as frames:
            source = watch(frames, weights)
        for name, engine in engines.items():
            workdir = Path(folder) / name
            workdir.mkdir()
            with closing(engine.prepare(parts.training, workdir, lambda _: None)) as avatar:
                for number, speech in enumerate(speeches, 1):
                    label = f"{clip.stem}-{name}-text{number}"
                    rendered = engine.render(avatar, speech, lambda _: None)
                    played = _watch(rendered, parts, speech, source, weights, out / label, films)
                    scores.append(_score(clip, str(number), name, speech, parts, played))
    return scores


def _watch(
    frames: Iterator[Frame],
    parts: Cut,
    speech: Speech,
    source: Sighting,
    weights: WeightStore,
    label: Path,
    films: bool,
) -> Performance:
    """Track the frames; leave a strip at `label`.png, a film beside the source at `label`.mp4."""
    strip, fps = pictures.Strip(), float(parts.fps)
    first = int(speech.phonemes[0].start * fps) if speech.phonemes else 0
    with ExitStack() as stack:
        bases = BaseFrames(source, stack.enter_context(ClipReader(parts.whole, parts.fps)))
        film = pictures.SideBySide(label.with_name(label.name + ".mp4"), parts.fps, speech)
        if films:
            stack.enter_context(film)

        def show(step: int, frame: Frame, face: Face | None) -> None:
            if films:
                film.write(bases.under(frame), frame)
            if first <= step < first + _STRIP_FRAMES:
                caption = f"{step} {_symbol_at(speech, (step + 0.5) / fps)}"
                strip.add(frame, face.points if face else None, caption)

        played = watch_performance(frames, source, bases, weights, show)
    strip.save(label.with_name(label.name + ".png"))
    return played


def _score(
    clip: Path, text: str, system: str, speech: Speech, parts: Cut, played: Performance
) -> OwnSpeechScore:
    fps, count = float(parts.fps), len(played.made)
    times = np.asarray((np.arange(count) + 0.5) / fps, np.float64)
    wanted = viseme_curves(speech.phonemes, times).opening
    silent = measures.silent_frames(speech.samples, speech.sample_rate, count, fps)
    nearest = measures.best_lag(played.openings, wanted, _TOLERANCE)
    gap, own_gap = lip_gap(played.seen.meshes), lip_gap(played.source.meshes)
    said = (times >= speech.phonemes[0].start) & (times < speech.phonemes[-1].end)
    own_said = _spoken(clip, len(own_gap), fps) & played.source.found
    areas, own_areas = mouth_areas(played.seen.meshes), mouth_areas(played.source.meshes)
    open_own, open_made = own_said & (own_gap > lips.PARTED), said & (gap > lips.PARTED)
    return OwnSpeechScore(
        clip.stem,
        text,
        system,
        bilabials=lips.shut_bilabials(gap, speech.phonemes, fps),
        vowels=lips.open_vowels(gap, speech.phonemes, fps),
        false=lips.false_closures(gap, speech.phonemes, fps),
        open=lips.open_share(gap, said & ~silent),
        own=lips.open_share(own_gap, own_said),
        restless=lips.restlessness(gap, fps, said) / lips.restlessness(own_gap, fps, own_said),
        tex=_ratio(played.seen.texture[open_made], played.source.texture[open_own]),
        area=_ratio(areas[open_made], own_areas[open_own]),
        ghosts=float(measures.ghost_frames(played.seen.mouths, played.source.mouths)),
        opening=measures.lagged_correlation(played.openings, wanted, nearest),
        silence=measures.silence_opening(played.openings, silent),
        sharpness=played.sharpness(),
        jitter=played.jitter(),
        seam=played.seam(),
        lag=measures.best_lag(played.openings, wanted, round(0.2 * fps)),
        found=float(played.seen.found.mean()),
    )


def _spoken(clip: Path, count: int, fps: float) -> measures.Mask:
    """Frames (count,) in which a clip's own sound holds speech; all where it tells of none.

    By Silero's detector: the engines tell speech by loudness.
    """
    everywhere = np.ones(count, bool)
    if probe(clip).audio is None:
        return everywhere
    chunks = voice_activity.speech_chunks(ffmpeg.read_audio(clip, voice_activity.SAMPLE_RATE))
    if chunks.mean() < _LEAST_SPOKEN:
        return everywhere
    times = (np.arange(count) + 0.5) / fps
    at = (times * (voice_activity.SAMPLE_RATE / voice_activity.CHUNK)).astype(int)
    return np.asarray(chunks[np.minimum(at, len(chunks) - 1)])


def _ratio(made: FloatArray, own: FloatArray) -> float:
    """Of the means; NaN where there is nothing to compare."""
    made, own = made[np.isfinite(made)], own[np.isfinite(own)]
    return float(made.mean() / own.mean()) if len(made) and len(own) else float("nan")


def _symbol_at(speech: Speech, time: float) -> str:
    """The phoneme sounding at `time` for a caption that can show only ASCII."""
    for phoneme in speech.phonemes:
        if phoneme.start <= time < phoneme.end:
            return unicodedata.normalize("NFKD", phoneme.symbol).encode("ascii", "replace").decode()
    return "-"
