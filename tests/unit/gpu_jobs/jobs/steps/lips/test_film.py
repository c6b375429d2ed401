"""A real person's film made in segments, a helper among those who make them (needs test media)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.store import Claim, SegmentState, SegmentStore
from gpu_jobs.audio.speech import Said, Speech
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync import LipSyncEngine, PlanBroken
from gpu_jobs.engines.registry import LIPSYNC
from gpu_jobs.fanout.helper import Assistant, Help
from gpu_jobs.fanout.segment_folder import SegmentFolder
from gpu_jobs.jobs.cancellation import Shutdown
from gpu_jobs.jobs.job import JobContext, JobInputs, StageReport
from gpu_jobs.jobs.steps.lips.avatar import AVATAR_FILE
from gpu_jobs.jobs.steps.lips.film import film_silently
from gpu_jobs.jobs.steps.lips.segment_film import LABEL_FILE, PARTS_FILE, LipSegments
from gpu_jobs.media.ffmpeg import read_audio, read_frames
from gpu_jobs.media.label.labelling import video_label_png
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.unit.gpu_jobs.shared_tasks import helpers_of, running_task, segments_of, token

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

ROOT = Path(__file__).resolve().parents[6]
CLIP = ROOT.parent / "shared" / "media" / "mi_German_20s.mp4"
WEIGHTS = WeightStore(ROOT / ".weights")
SIDE = 256
SECONDS = 12.6
"""Three segments of the shortest."""


class Unwatched:
    """A progress report that nobody reads."""

    def stage(self, name: str) -> Any:
        return lambda _: None


class Forgetful:
    """An avatar cache that keeps nothing."""

    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        """Nothing is kept."""


@pytest.fixture(scope="module")
def engine() -> LipSyncEngine[Any, Any]:
    try:
        FaceTracker(WEIGHTS)
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    return LIPSYNC.load("retrieval", WEIGHTS)


@pytest.fixture(scope="module")
def folder(engine: LipSyncEngine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the archive of an avatar, a speech and the unsplit film."""
    if not CLIP.exists():
        pytest.skip(f"test media absent: {CLIP.name}")
    folder = tmp_path_factory.mktemp("film")
    with (
        read_frames(CLIP, width=SIDE, height=SIDE) as pictures,
        VideoEncoder(folder / "person.mp4", width=SIDE, height=SIDE, fps=Fraction(25)) as encoder,
    ):
        for _, frame in zip(range(100), pictures, strict=False):
            encoder.write(frame)
    with engine.prepare(folder / "person.mp4", folder, lambda _: None) as avatar:
        engine.save(avatar, folder / AVATAR_FILE)
    samples = read_audio(CLIP, 16_000)[: round(SECONDS * 16_000)]
    write_wav(folder / "speech.wav", samples, 16_000)
    film(engine, folder, context_in(folder))
    (folder / "film.mp4").rename(folder / "unsplit.mp4")
    return folder


def context_in(folder: Path) -> JobContext:
    label = AigcLabel.for_content(producer="test", content_id="test")
    return JobContext(JobInputs(), folder, Unwatched(), label, Forgetful())


def film(engine: LipSyncEngine, folder: Path, context: JobContext) -> None:
    speech = Speech(read_audio(folder / "speech.wav", 16_000), 16_000)
    with engine.restore(folder / AVATAR_FILE, context.workdir) as avatar:
        film_silently(engine, avatar, iter([Said(speech)]), folder / "film.mp4", context)


def assistant_of(cloud: MotoCloud, work_dir: Path, engine: LipSyncEngine[Any, Any]) -> Assistant:
    return Assistant(
        settings=JobSettings(table_name=cloud.table.name, bucket_name=cloud.media.bucket),
        work_dir=work_dir,
        tasks=cloud.tasks,
        segments=segments_of(cloud),
        media=cloud.media,
        make_engine=lambda: engine,
        shutdown=Shutdown(on_stop=lambda: None, on_grace_over=lambda _: None),
    )


def helper(cloud: MotoCloud, work_dir: Path, engine: LipSyncEngine, claim: Claim) -> Help:
    return assistant_of(cloud, work_dir, engine).run(claim.task_id, claim.attempt)


def pictures(path: Path) -> list[NDArray[np.float32]]:
    with av.open(str(path)) as opened:
        return [
            frame.to_ndarray(format="gray").astype(np.float32) for frame in opened.decode(video=0)
        ]


def test_a_film_in_segments_is_the_unsplit_one(
    moto_cloud: MotoCloud, engine: LipSyncEngine, folder: Path, tmp_path: Path
) -> None:
    claim = running_task(moto_cloud)
    helpers = helpers_of(moto_cloud, claim, token())
    own: list[int] = []

    class WithAHelper:
        """The job's side; a helper comes as soon as the job is at its first segment."""

        from_seconds = helpers.from_seconds

        def share(self, material: Any, targets: Any, make: Any, report: Any) -> None:
            def beside_a_helper(number: int, target: Path, within: StageReport) -> None:
                own.append(number)
                if len(own) == 1:
                    assert helper(moto_cloud, tmp_path, engine, claim) is Help.NOT_NEEDED
                make(number, target, within)

            helpers.share(material, targets, beside_a_helper, report)

    film(engine, folder, replace(context_in(folder), helpers=WithAHelper()))
    assert own == [0]  # the helper took the others

    made, unsplit = pictures(folder / "film.mp4"), pictures(folder / "unsplit.mp4")
    assert len(made) == len(unsplit) == 315
    errors = np.array([np.mean((a - b) ** 2) for a, b in zip(made, unsplit, strict=True)])
    likeness = 10 * np.log10(255**2 / np.maximum(errors, 0.05))
    keyframes = likeness[50::50]  # the joins are among them
    assert keyframes.min() >= np.percentile(likeness, 5) - 1
    assert likeness.min() > 38
    usage = moto_cloud.tasks.get(claim.task_id)
    assert usage is not None
    assert usage.usage.cpu_ms > 0
    assert usage.usage.attempts == 0


def test_a_helper_that_comes_when_the_task_has_ended_does_nothing(
    moto_cloud: MotoCloud, engine: LipSyncEngine, tmp_path: Path
) -> None:
    claim = running_task(moto_cloud)
    moto_cloud.tasks.cancel(claim.task_id)
    assert helper(moto_cloud, tmp_path, engine, claim) is Help.NOT_NEEDED
    assert list(tmp_path.iterdir()) == []


def test_a_helper_gives_its_segment_back_when_its_machine_goes_away(
    moto_cloud: MotoCloud, engine: LipSyncEngine, folder: Path, tmp_path: Path
) -> None:
    claim = running_task(moto_cloud)
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=lambda _: None)
    taken: list[int | None] = []

    class Signalled(SegmentStore):
        """SIGTERM comes when the helper has just taken a segment."""

        def take(self, *arguments: Any, **options: Any) -> int | None:
            taken.append(super().take(*arguments, **options))
            shutdown.request()
            return taken[-1]

    segments = Signalled(moto_cloud.table, moto_cloud.clock)
    segments.open(claim, len(offered(moto_cloud, engine, folder, claim, tmp_path)))
    assistant = replace(
        assistant_of(moto_cloud, tmp_path, engine), segments=segments, shutdown=shutdown
    )
    assert assistant.run(claim.task_id, 1) is Help.INTERRUPTED
    assert taken == [1]
    assert {one.state for one in segments.all(claim)} == {SegmentState.WAITING}


def test_a_helper_of_another_release_leaves_the_work_to_others(
    moto_cloud: MotoCloud, engine: LipSyncEngine, folder: Path, tmp_path: Path
) -> None:
    claim = running_task(moto_cloud)
    offered(moto_cloud, engine, folder, claim, tmp_path)
    other = tmp_path / PARTS_FILE
    other.write_text(other.read_text().replace(engine.avatar_version, "retrieval-0"))
    SegmentFolder(moto_cloud.media, claim, lambda: None).offer(other)
    segments_of(moto_cloud).open(claim, 3)
    assert helper(moto_cloud, tmp_path, engine, claim) is Help.NOT_NEEDED
    states = {one.state for one in segments_of(moto_cloud).all(claim)}
    assert states == {SegmentState.WAITING}


def offered(
    cloud: MotoCloud, engine: LipSyncEngine, folder: Path, claim: Claim, work_dir: Path
) -> tuple[range, ...]:
    """The parts of the film, once all that a helper needs is in the bucket."""
    speech = Speech(read_audio(folder / "speech.wav", 16_000), 16_000)
    shutil.copy(folder / AVATAR_FILE, work_dir)
    (work_dir / LABEL_FILE).write_bytes(video_label_png(SIDE, SIDE))
    with engine.restore(work_dir / AVATAR_FILE, work_dir) as avatar:
        plan = engine.plan(avatar, speech)
        parts = (range(150), range(150, 250), range(250, 315))
        shared = SegmentFolder(cloud.media, claim, lambda: None)
        for file in LipSegments(engine, avatar, plan, work_dir / LABEL_FILE, parts).save(work_dir):
            shared.offer(file)
    return parts


def test_a_plan_read_back_draws_the_same_frames(
    engine: LipSyncEngine, folder: Path, tmp_path: Path
) -> None:
    speech = Speech(read_audio(folder / "speech.wav", 16_000), 16_000)
    with engine.restore(folder / AVATAR_FILE, tmp_path) as avatar:
        plan = engine.plan(avatar, speech)
        engine.save_plan(plan, tmp_path / "plan.npz")
        again = engine.load_plan(tmp_path / "plan.npz")
        assert len(again) == len(plan) == 315
        some = range(180, 184)
        both = (list(engine.draw(avatar, one, some, lambda _: None)) for one in (plan, again))
        for one, other in zip(*both, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_plan_that_is_none_is_told(engine: LipSyncEngine, tmp_path: Path) -> None:
    (tmp_path / "plan.npz").write_bytes(b"no plan")
    with pytest.raises(PlanBroken):
        engine.load_plan(tmp_path / "plan.npz")
