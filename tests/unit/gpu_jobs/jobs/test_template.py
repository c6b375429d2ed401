"""A template from photo to preview: what a user sees, and what they are told when it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from dh_core.errors import DigitalHumanError
from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from gpu_jobs.engines.matting.engine import WEIGHTS
from gpu_jobs.jobs.job import JobContext, JobOutput, SavedTemplate, StageReport
from gpu_jobs.jobs.steps.template_scene import scene_of
from gpu_jobs.jobs.template import TemplateJob
from gpu_jobs.media.ffmpeg import read_frames
from gpu_jobs.media.probe import probe
from gpu_jobs.weights.store import WeightStore
from tests.support import sample_pictures
from tests.unit.gpu_jobs.given import given

ROOT = Path(__file__).resolve().parents[4]
LABEL = AigcLabel.for_content(producer="test", content_id="a-template")


class Progress:
    def stage(self, name: str) -> StageReport:
        return lambda _: None


class NoAvatars:
    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        """Kept nowhere."""


@pytest.fixture(scope="module")
def job() -> TemplateJob:
    try:
        WeightStore(ROOT / ".weights").path(WEIGHTS)
    except DigitalHumanError as error:
        pytest.skip(str(error))
    settings = JobSettings(table_name="t", bucket_name="b", weights_dir=ROOT / ".weights")
    made = TemplateJob(settings)
    made.setup()
    return made


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return sample_pictures.astronaut()


def background() -> np.ndarray:
    return np.full((480, 480, 3), (180, 60, 30), np.uint8)


def run(job, folder, photo, saved=None, **parameters) -> JobOutput:
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {}
    for name, picture in (("person_image", photo), ("background_image", background())):
        if picture is not None and saved is None:
            inputs[name] = folder / name
            inputs[name].write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    defaults = {"aspect": "background", "video_length": 1.0, "title_text": "AI助手"}
    names = {"person_image": "person.png", "background_image": "b.png"}
    spec = (
        TemplateSpec(**{**names, **defaults, **parameters})
        if saved is None
        else TemplateEditSpec(template_id=saved.template_id, **parameters)
    )
    given_inputs = given(spec, template=saved, **inputs)
    return job.run(spec, JobContext(given_inputs, folder, Progress(), LABEL, NoAvatars()))


@pytest.fixture(scope="module")
def made(job, astronaut, tmp_path_factory) -> Iterator[JobOutput]:
    return run(job, tmp_path_factory.mktemp("template"), astronaut)


def poster_of(output: JobOutput) -> np.ndarray:
    return np.asarray(cv2.imread(str(output.files["poster"].path)), np.uint8)


def test_the_preview_plays_as_long_as_asked(made):
    info = probe(made.files["video"].path)
    assert (info.video.width, info.video.height, info.video.fps) == (480, 480, 25)
    assert info.duration == pytest.approx(1.0, abs=0.05)


def test_the_preview_lives_gently(made):
    with read_frames(made.files["video"].path, width=480, height=480) as frames:
        first, *_, last = [frame.astype(int) for frame in frames]
    change = np.abs(last - first).mean()
    assert 0.2 < change < 20


def test_the_poster_shows_the_person_before_the_new_background(made):
    poster = poster_of(made)
    assert poster.shape == (480, 480, 3)
    assert np.abs(poster[60:200, 440:].astype(int) - (180, 60, 30)).max() < 40
    assert made.data["title_lines"] == ["AI助手"]
    assert made.data["warnings"] == []


def test_a_person_who_stands_on_their_head_is_turned_and_the_user_told(job, made, tmp_path):
    turned = np.ascontiguousarray(sample_pictures.astronaut()[::-1, ::-1])
    output = run(job, tmp_path, turned)
    assert output.data["warnings"] == ["photo_rotated"]
    assert output.template.warnings == ("photo_rotated",)
    assert np.abs(poster_of(output).astype(int) - poster_of(made)).mean() < 2


def test_video_and_poster_are_declared_as_ai_made(made):
    assert {role: file.label for role, file in made.files.items()} == {
        "video": LABEL,
        "poster": LABEL,
    }


def saved_from(output: JobOutput) -> SavedTemplate:
    made = output.template
    return SavedTemplate(
        template_id=made.template_id,
        person_image=made.person_image,
        background_image=made.background_image,
        parameters=made.parameters,
        person=made.person,
        background=made.background,
    )


def test_what_is_kept_gives_the_same_picture_again(made):
    again = scene_of(saved_from(made)).still()
    assert np.abs(again.astype(int) - poster_of(made)).mean() < 1


def test_an_edit_changes_what_was_named_and_keeps_the_rest(job, made, tmp_path):
    saved = saved_from(made)
    edited = run(job, tmp_path, None, saved, title_text="", aspect="1:1")
    parameters = edited.template.parameters
    assert (parameters["title_text"], parameters["aspect"]) == (None, "1:1")
    assert (parameters["width"], parameters["height"]) == (1080, 1080)
    assert parameters["video_length"] == made.template.parameters["video_length"]
    assert edited.template.template_id == saved.template_id
    assert edited.data["title_lines"] == []


def test_a_photo_with_its_own_alpha_keeps_it(job, astronaut, tmp_path):
    alpha = np.zeros((512, 512), np.uint8)
    cv2.circle(alpha, (225, 115), 110, 255, -1)
    output = run(job, tmp_path, np.dstack([astronaut, alpha]))
    cut_out = cv2.imread(str(output.template.person), cv2.IMREAD_UNCHANGED)
    assert (cut_out[:, :, 3] > 128).sum() == (alpha > 128).sum()


def refusal(job, folder, photo, **parameters) -> str:
    with pytest.raises(DigitalHumanError) as refused:
        run(job, folder, photo, **parameters)
    return refused.value.error_code


def test_a_photo_without_a_face_is_refused(job, tmp_path):
    assert refusal(job, tmp_path, background()) == "no_face_found"


def test_a_face_too_small_to_speak_is_refused(job, astronaut, tmp_path):
    far = np.full((512, 512, 3), 128, np.uint8)
    far[200:350, 150:300] = cv2.resize(astronaut, (150, 150), interpolation=cv2.INTER_AREA)
    assert refusal(job, tmp_path, far) == "face_too_small"


def test_a_person_who_is_not_there_is_refused(job, astronaut, tmp_path):
    assert refusal(job, tmp_path, astronaut, face_index=3) == "face_index_out_of_range"


def test_face_index_chooses_between_two_people(job, astronaut, tmp_path):
    red = astronaut.copy()
    red[:, :, :2] //= 3
    pair = np.hstack([astronaut, red])
    for index, is_red in ((0, False), (1, True)):
        output = run(job, tmp_path / str(index), pair, face_index=index)
        cut_out = cv2.imread(str(output.template.person), cv2.IMREAD_UNCHANGED)
        x, y, width, height = (round(side) for side in output.template.parameters["face"])
        blue, _, red_level = cut_out[y : y + height, x : x + width, :3].mean((0, 1))
        assert bool(red_level > 3 * blue) is is_red
