"""From speech to the film's pictures: by sentences, or in segments where helpers may come."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gpu_jobs.audio.speech import Said, Speech
from gpu_jobs.engines.lipsync import Avatar, AvatarT, LipSyncEngine, PlanT, frames_of
from gpu_jobs.jobs.job import Helpers, JobContext, StageReport
from gpu_jobs.jobs.steps.lips.film_preview import FilmPreview
from gpu_jobs.jobs.steps.lips.finish import Finish, Frame, Look
from gpu_jobs.jobs.steps.lips.segment_film import LABEL_FILE, LipSegments
from gpu_jobs.jobs.steps.lips.segments import cut, segment_seconds
from gpu_jobs.media.label.labelling import video_label_png
from gpu_jobs.media.pictures.colour import to_bgr
from gpu_jobs.media.video.encoder import VideoEncoder, keyframe_interval
from gpu_jobs.media.video.joining import join


def film_silently(
    engine: LipSyncEngine[AvatarT, PlanT],
    avatar: AvatarT,
    sentences: Iterator[Said],
    target: Path,
    context: JobContext,
    most_frames: int | None = None,
    preview: FilmPreview | None = None,
    look: Look | None = None,
) -> Speech:
    """The avatar saying what is said, under the AI label: an MP4 without sound.

    A sentence is drawn while the next ones are spoken. Answers the whole speech.
    `most_frames`: where the film ends, whatever is still to be said. `preview` is of `target`, and
    sees nothing of a film in segments. `look`: what is done to the drawn frames; such a film is
    drawn here, and after the last word is spoken if its look depends on that.
    """
    report = context.report.stage("lips")
    first = next(sentences)
    helpers = context.helpers if most_frames is None and look is None else None
    shared = helpers is not None and first.speech.duration > helpers.from_seconds * first.read
    # Who helps draws from a plan of the whole.
    while (shared or (look is not None and look.is_of_the_whole)) and not first.whole:
        report(0.0)
        first = next(sentences)
    label = context.workdir / LABEL_FILE
    size = (avatar.width, avatar.height)
    label.write_bytes(video_label_png(*size, seen=context.label_is_shown))
    if helpers is not None and shared:
        made = _in_segments(engine, avatar, first.speech, label, helpers, target, report)
        if made:
            return first.speech
    finish = _finish(look, avatar, first.speech, most_frames) if look is not None else None
    plain = {"width": size[0], "height": size[1], "fps": avatar.fps, "overlay_png": label}
    encoding = plain if finish is None else finish.encoding()
    with VideoEncoder(target, fragmented=preview is not None, **encoding) as encoder:
        plan: PlanT | None = None
        for said in itertools.chain([first], sentences):
            if preview is not None:
                preview.say(said)
            done = 0 if plan is None else len(plan)
            plan = engine.plan(avatar, said.speech, plan, whole=said.whole)
            new = range(done, len(plan) if most_frames is None else min(len(plan), most_frames))
            if not new:
                continue
            drawn = engine.draw(avatar, plan, new, _within(report, new, said.read))
            with closing(drawn):
                frames: Iterator[Frame] = drawn
                if finish is not None:
                    frames = finish.frames(map(to_bgr, drawn), new, plan.base)
                for frame in frames:
                    encoder.write(frame)
                    if preview is not None:
                        preview.drawn()
    return said.speech


def _finish(look: Look, avatar: Avatar, speech: Speech, most_frames: int | None) -> Finish:
    """For the film of a speech, or for one whose beginning alone is known."""
    count = frames_of(speech, avatar.fps)
    seconds = float(min(count, most_frames or count) / avatar.fps)
    words = [word for word in speech.words if word.start < seconds]
    return look.finish(avatar, words, seconds)


def _within(report: StageReport, frames: range, read: float) -> StageReport:
    """Reports a part of the film's `frames` that ends where `read` of the text is spoken."""

    def within(fraction: float) -> None:
        report(read * (frames.start + fraction * len(frames)) / frames.stop)

    return within


def _in_segments(
    engine: LipSyncEngine[AvatarT, PlanT],
    avatar: AvatarT,
    speech: Speech,
    label: Path,
    helpers: Helpers,
    target: Path,
    report: StageReport,
) -> bool:
    """Whether there were segments to be shared out, and the film is made."""
    length, grid = segment_seconds(helpers.from_seconds), keyframe_interval(avatar.fps)
    plan = engine.plan(avatar, speech)
    parts = tuple(cut(speech, len(plan), avatar.fps, length, grid))
    if speech.duration <= helpers.from_seconds or len(parts) < 2:
        return False
    segments = LipSegments(engine, avatar, plan, label, parts)
    folder = target.parent
    made = [folder / f"segment-{number:04d}.mp4" for number in range(len(parts))]
    helpers.share(segments.save(folder), made, segments.make, report)
    join(made, [len(part) for part in parts], avatar.fps, target)
    return True
