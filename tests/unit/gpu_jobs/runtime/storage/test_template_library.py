"""A template appears, changes and stays as a whole, whatever happens to the task that makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import cv2
import numpy as np
import pytest

from dh_core.cloud.media_store import template_folder
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from dh_core.store import NewFile, NewTask, TaskRecord, TemplateRecord
from dh_core.tasks.states import Phase
from gpu_jobs.jobs.job import JobContext, JobOutput, MadeTemplate, OutputFile, SavedTemplate, Stage
from gpu_jobs.media.label.labelling import read_metadata
from tests.unit.gpu_jobs.runners import runner_of

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

Work = Callable[[JobContext], None]

NEW = TemplateSpec(person_image="p.png", background_image="b.png", title_text="一")


class ArrangingJob:
    """Does `work`, then answers with a template of small pictures; keeps what it was given."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("scene", 1),)

    def __init__(self, work: Work) -> None:
        self._work = work
        self.given: SavedTemplate | None = None

    def setup(self) -> None:
        """Nothing to load."""

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        self.given = context.inputs.template
        self._work(context)
        if isinstance(spec, ComposeSpec):
            return JobOutput(files={})
        assert isinstance(spec, TemplateSpec | TemplateEditSpec)
        paths = {}
        for name in ("poster.png", "person.png", "background.jpg"):
            paths[name] = context.workdir / name
            cv2.imwrite(str(paths[name]), np.full((8, 8, 3), 90, np.uint8))
        poster = OutputFile(paths["poster.png"], "image/png", ".png", context.label)
        saved = context.inputs.template
        made = MadeTemplate(
            template_id=saved.template_id if saved else context.label.produce_id,
            person_image="p.png",
            background_image="b.png",
            parameters={"title_text": spec.title_text, "video_length": 2.0},
            preview=poster,
            poster=poster,
            person=paths["person.png"],
            background=paths["background.jpg"],
            warnings=("title_moved",),
        )
        return JobOutput(files={"poster": poster}, template=made)


class Bench:
    """An owner with two uploaded pictures, and a runner for their tasks."""

    def __init__(self, cloud: MotoCloud, work_dir: Path) -> None:
        self.cloud = cloud
        self._work_dir = work_dir
        self.job = ArrangingJob(lambda _: None)
        for kind, name in (("image", "p.png"), ("image", "b.png"), ("audio", "a.wav")):
            upload = work_dir / name
            upload.write_bytes(b"pixels")
            key = f"uploads/anna/{kind}/{name}"
            new = NewFile("anna", kind, name, 6, "image/png", key, 2_000_000_000)
            assert cloud.files.register(new) is not None
            cloud.media.upload(upload, key, content_type="image/png")

    def run(self, spec: TaskSpec, work: Work = lambda _: None) -> TaskRecord:
        """Create a task, run it, and look at it."""
        self.job = ArrangingJob(work)
        new = NewTask("anna", spec, "digest", (), 60, 3600)
        task = self.cloud.tasks.dispatch(self.cloud.tasks.create(new).task.task_id, 60)
        runner_of(self.cloud, self._work_dir / "work", self.job).run(task.task_id, task.attempt)
        ended = self.cloud.tasks.get(task.task_id)
        assert ended is not None
        return ended

    def templates(self) -> list[TemplateRecord]:
        return list(self.cloud.templates.list("anna", limit=10, cursor=None).records)

    def kept_objects(self) -> set[str]:
        listed = self.cloud.media.client.list_objects_v2(
            Bucket=self.cloud.media.bucket, Prefix="templates/"
        )
        return {entry["Key"] for entry in listed.get("Contents", ())}


@pytest.fixture
def bench(moto_cloud: MotoCloud, tmp_path: Path) -> Bench:
    return Bench(moto_cloud, tmp_path)


def test_a_completed_task_leaves_a_template_with_labelled_pictures(
    bench: Bench, tmp_path: Path
) -> None:
    task = bench.run(NEW)
    assert task.phase is Phase.COMPLETED
    (template,) = bench.templates()
    assert template.template_id == task.task_id
    assert (template.title_text, template.warnings) == ("一", ("title_moved",))
    assert {template.poster_key, template.person_key, template.background_key} == (
        bench.kept_objects()
    )
    poster = tmp_path / "poster.png"
    bench.cloud.media.download(template.poster_key, poster)
    label = read_metadata(poster)
    assert label is not None
    assert label.produce_id == task.task_id


def test_an_edit_replaces_the_template_under_its_id_and_outlives_the_uploads(bench: Bench) -> None:
    made = bench.run(NEW)
    before = bench.kept_objects()
    for name in ("p.png", "b.png"):
        bench.cloud.media.delete(f"uploads/anna/image/{name}")
    edit = bench.run(TemplateEditSpec(template_id=made.task_id, title_text="二"))
    assert edit.phase is Phase.COMPLETED
    (template,) = bench.templates()
    assert (template.template_id, template.title_text) == (made.task_id, "二")
    assert template.created_at < template.updated_at
    assert bench.job.given is not None
    assert bench.job.given.parameters["title_text"] == "一"
    assert not before & bench.kept_objects(), "what the edit replaced is gone"
    assert len(bench.kept_objects()) == 3


def test_a_failed_edit_leaves_the_template_as_it_was(bench: Bench) -> None:
    made = bench.run(NEW)
    before = bench.kept_objects()

    def break_down(_: JobContext) -> None:
        raise ValueError("a bug")

    edit = bench.run(TemplateEditSpec(template_id=made.task_id, title_text="二"), break_down)
    assert edit.phase is Phase.FAILED
    assert [template.title_text for template in bench.templates()] == ["一"]
    assert bench.kept_objects() == before


def test_a_template_deleted_while_it_is_edited_stays_deleted(bench: Bench) -> None:
    made = bench.run(NEW)

    def delete(_: JobContext) -> None:
        bench.cloud.media.delete_folder(template_folder("anna", made.task_id))
        bench.cloud.templates.delete("anna", made.task_id)

    edit = bench.run(TemplateEditSpec(template_id=made.task_id, title_text="二"), delete)
    assert (edit.phase, edit.error_code) == (Phase.FAILED, "template_not_found")
    assert (bench.templates(), bench.kept_objects()) == ([], set())


def test_a_cancelled_task_leaves_no_template(bench: Bench) -> None:
    def cancel(context: JobContext) -> None:
        bench.cloud.tasks.cancel(context.label.produce_id)

    task = bench.run(NEW, cancel)
    assert task.phase is Phase.CANCELLED
    assert (bench.templates(), bench.kept_objects()) == ([], set())


def test_composing_gets_the_templates_own_pictures(bench: Bench) -> None:
    made = bench.run(NEW)
    found = []

    def look(context: JobContext) -> None:
        assert context.inputs.template is not None
        found.append(
            (context.inputs.template.person.stat().st_size, context.inputs.template.parameters)
        )

    task = bench.run(ComposeSpec(template_id=made.task_id, audio_file="a.wav"), look)
    assert task.phase is Phase.COMPLETED
    assert found[0][0] > 0
    assert found[0][1]["video_length"] == 2.0


def test_composing_from_a_deleted_template_says_so(bench: Bench) -> None:
    task = bench.run(ComposeSpec(template_id="gone", audio_file="a.wav"))
    assert (task.phase, task.error_code) == (Phase.FAILED, "template_not_found")
