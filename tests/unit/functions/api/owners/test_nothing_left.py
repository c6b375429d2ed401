"""What is deleted is gone: after it, table and bucket are walked for whatever is left."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi.testclient import TestClient

from dh_core.access.identity import Scope
from dh_core.files.ownership import FOLDERS, ITEMS, Belongs, Undeclared
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from dh_core.store import (
    ApiKeyStore,
    FileRecord,
    OpenIdStore,
    SegmentStore,
    SessionStore,
    TaskRecord,
)
from functions.dispatch import account_deletion
from functions.dispatch.account_deletion import SETTLE_SECONDS, continue_deletion
from functions.dispatch.batch.events import JobEnd, handle_job_end
from functions.dispatch.batch.submit import handle_task_changed
from gpu_jobs.jobs.job import JobContext, JobOutput, LearntVoice, MadeTemplate, OutputFile, Stage
from tests.unit.gpu_jobs.runners import runner_of

OWNER = "anna-the-owner"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)
DELETION = f"ACCOUNT#{OWNER}"


class Job:
    """Makes a little of everything that a task of the spec's type makes."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("write", 1),)

    def setup(self) -> None:
        """Nothing to load."""

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        path = context.workdir / "made"
        path.write_bytes(b"made")
        file = OutputFile(path, "text/plain", ".txt", None)
        context.avatars.store("v1-avatar.zip", path)
        made = JobOutput({"video": file, "audio": file}, {"duration": 1.0})
        if spec.type == "voice_profile":
            return replace(made, voice=LearntVoice("v", "kokoro-1", path, file))
        if spec.type in ("template", "template_edit"):
            edited = spec.template_id if isinstance(spec, TemplateEditSpec) else None
            template_id = edited or context.label.produce_id
            template = MadeTemplate(template_id, "p.png", "p.png", {}, file, file, path, path)
            return replace(made, template=template)
        return made


OF_THE_LAW = {kind for kind, belongs in {**ITEMS, **FOLDERS}.items() if belongs is Belongs.LAW}


def kind(text: str) -> str:
    """The first word of an item's partition, or an object's folder."""
    partition = text.partition("'PK': '")[2].partition("#")[0]
    return partition or text.partition("/")[0]


class House:
    """One owner's things, made through the routes and the runner."""

    def __init__(self, client: Any, dispatcher: Any, cloud: Any, folder: Path) -> None:
        self.client = client
        self.deps = dispatcher.deps
        self.cloud = cloud
        self.folder = folder
        self.ids: list[str] = [OWNER]

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = self.client.request(method, f"/api{path}", json=body or None)
        assert answer.is_success, answer.text
        return answer.json()

    def upload(self, kind: str, name: str, data: bytes) -> str:
        sent = self.client.post(f"/api/upload/{kind}", files={"file": (name, data)})
        assert sent.is_success, sent.text
        filename: str = sent.json()["file_info"]["filename"]
        return filename

    def task(self, method: str, path: str, **body: Any) -> TaskRecord:
        """A task in the hands of its first attempt."""
        task_id = self.ask(method, path, **body)["task_id"]
        self.ids.append(task_id)
        return self.deps.tasks.dispatch(task_id, 60)

    def carry(self, task: TaskRecord) -> str:
        outcome = runner_of(self.cloud, self.folder, Job()).run(task.task_id, task.attempt)
        assert outcome == "completed"
        return task.task_id

    def killed(self, task: TaskRecord) -> TaskRecord:
        """An attempt that had uploaded everything when it was killed."""
        claim = self.deps.tasks.start(task.task_id, task.attempt, 1, 60)
        run = runner_of(self.cloud, self.folder, Job())
        output = Job().run(self.deps.tasks.spec(task.task_id), self.context(task))
        run.results.upload(task, claim, output, lambda _: None)
        run.results.keep(task, claim, self.deps.tasks.spec(task.task_id), output)
        SegmentStore(self.cloud.table, self.cloud.clock).open(claim, 2)
        found = self.deps.tasks.get(task.task_id)
        assert found is not None
        return found

    def context(self, task: TaskRecord) -> Any:
        class Context:
            workdir = self.folder
            label = type("Label", (), {"produce_id": task.task_id})
            avatars = type("Avatars", (), {"store": lambda *_: None})

        self.folder.mkdir(exist_ok=True)
        return Context

    def walk(self, *ids: str) -> list[str]:
        """Every item, object and unfinished upload that bears one of the ids.

        Without the record that the law asks for, which is `on_record`.
        """
        found = [one for one in self.everything() if any(name in one for name in ids)]
        return [one for one in found if kind(one) not in OF_THE_LAW]

    def on_record(self) -> list[str]:
        return [one for one in self.everything() if kind(one) in OF_THE_LAW]

    def everything(self) -> Iterator[str]:
        for item in self.cloud.table.client.scan(TableName=self.cloud.table.name)["Items"]:
            if item["PK"] != DELETION:
                yield str(item)
        bucket = {"Bucket": self.cloud.media.bucket}
        for entry in self.cloud.media.client.list_objects_v2(**bucket).get("Contents", ()):
            yield entry["Key"]
        for upload in self.cloud.media.client.list_multipart_uploads(**bucket).get("Uploads", ()):
            yield f"unfinished {upload['Key']}"

    def uploaded(self) -> tuple[FileRecord, ...]:
        """Announced ones too."""
        return self.cloud.files.newest(OWNER, 100)  # type: ignore[no-any-return] # of a fixture

    def kinds(self) -> set[str]:
        return {kind(text) for text in [*self.walk(*self.ids), *self.on_record()]}


@pytest.fixture
def house(
    client: TestClient,
    dispatcher: Any,
    sign_in: Any,
    moto_cloud: Any,
    tmp_path: Path,
) -> House:
    sign_in(OWNER)
    dispatcher.deps.__dict__["clock"] = moto_cloud.clock
    return House(client, dispatcher, moto_cloud, tmp_path / "work")


def furnish(house: House, configure: Any) -> None:
    """Make at least one of every kind of thing that an owner can have."""
    configure(requests_per_minute=1000, concurrent_tasks=100)
    video = house.upload("video", "v.mp4", MP4)
    audio = house.upload("audio", "a.wav", WAV)
    image = house.upload("image", "p.png", PNG)
    announced = house.ask("POST", "/upload/audio", filename="later.wav", file_size=10)
    later = announced["file_info"]["filename"]
    house.ask("POST", "/upload/video/multipart", filename="big.mp4", file_size=12_000_000)
    house.ask("PUT", "/webhook", url="https://example.com/hook")
    house.ask("POST", "/webhook/secret")
    house.ask("PUT", "/pronunciations/单于", reading="chan2 yu2")
    scopes = frozenset[Scope]({"read"})
    SessionStore(house.cloud.table, house.cloud.clock).open(OWNER, scopes, valid_seconds=60)
    OpenIdStore(house.cloud.table).put(OWNER, "oANNA")
    ApiKeyStore(house.cloud.table, house.cloud.clock).create(OWNER, scopes, valid_seconds=None)
    pictures = {"person_image": image, "background_image": image}
    template = house.carry(house.task("POST", "/tasks/template/create", **pictures))
    house.carry(house.task("PATCH", f"/templates/{template}", title_text="新"))
    page = house.upload("document", "agreed.pdf", b"%PDF-1.7 agreed")
    evidence = {"file_type": "document", "filename": page}
    consent = {"subject": "王", "statement": "同意。", "given_at": "2026-03-01T09:30:00Z"}
    agreed = {"consent": {**consent, "evidence": evidence}}
    voice = house.carry(house.task("POST", "/voices", audio_file=audio, **agreed))
    house.carry(house.task("POST", "/tasks/voice/generate", text="你好", voice_id=voice))
    film = {"sample_video": video, "speech_text": "你好"}
    house.carry(house.task("POST", "/tasks/digital-human/create", **film))
    house.carry(house.task("POST", "/tasks/video/compose", template_id=template, audio_file=audio))
    house.carry(house.task("POST", "/tasks/audio/extract", video_file=video))
    house.carry(house.task("POST", "/avatars", sample_video=video, uuid="my-own-name"))
    waiting = house.ask("POST", "/tasks/voice/generate", text="你好", reference_audio=later)
    house.ids.append(waiting["task_id"])
    for path, body in (("/voices", {"audio_file": audio}), ("/tasks/template/create", pictures)):
        house.killed(house.task("POST", path, **body))
    cancelled = house.killed(house.task("PATCH", f"/templates/{template}", title_text="旧"))
    house.ask("POST", f"/tasks/{cancelled.task_id}/cancel")


def test_nothing_of_an_owner_is_left_when_the_account_is_deleted(
    house: House,
    configure: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A busy machine is slow, and one message must do all of it here.
    monkeypatch.setattr(account_deletion, "_WORK_SECONDS", 3600.0)
    furnish(house, configure)
    house.ask("POST", "/tasks/batch", tasks=[{"task_type": "voice", "text": "你好"}])
    whose = {**ITEMS, **FOLDERS}
    of_somebody = {kind for kind, belongs in whose.items() if belongs is not Belongs.NOBODY}
    assert of_somebody <= house.kinds(), "the test must make one of every kind"
    assert [text for text in house.walk(OWNER) if text.startswith("unfinished")]
    house.ask("POST", "/account/delete")
    continue_deletion(house.deps, OWNER)
    house.cloud.clock.advance(SETTLE_SECONDS + 1)
    continue_deletion(house.deps, OWNER)
    # Not asked by a request, which would be counted.
    assert house.deps.accounts.deletion(OWNER).state == "deleted"
    assert house.walk(*house.ids) == []
    # The record of the consent and of what was made by it stays for a time of its own.
    assert {kind(one) for one in house.on_record()} == OF_THE_LAW


def test_nothing_of_a_single_thing_is_left_when_it_is_deleted(
    house: House,
    configure: Any,
) -> None:
    furnish(house, configure)
    for task in house.ask("GET", "/tasks?limit=100")["tasks"]:
        if task["status"] in ("pending", "processing"):
            house.ask("POST", f"/tasks/{task['task_id']}/cancel")
    templates = house.ask("GET", "/templates/list")["templates"]
    voices = [v for v in house.ask("GET", "/voices")["voices"] if v["category"] == "own"]
    assert (len(templates), len(voices)) == (1, 1)
    kept = {templates[0]["template_id"], voices[0]["voice_id"]}
    for task in house.ask("GET", "/tasks?limit=100")["tasks"]:
        house.ask("DELETE", f"/tasks/{task['task_id']}")
        left = house.walk(task["task_id"])
        # A voice and a template bear the id of their task, and outlive it.
        assert task["task_id"] in kept or [x for x in left if "templates/" not in x] == [], left
        assert house.walk(f"generated/{task['task_id']}", f"TASK#{task['task_id']}") == []
    house.ask("DELETE", f"/templates/{templates[0]['template_id']}")
    house.ask("DELETE", f"/voices/{voices[0]['voice_id']}")
    assert house.walk(*house.ids[1:], "voices/", "templates/") == []
    for file in house.uploaded():
        house.ask("DELETE", f"/files/{file.file_type}/{file.filename}")
    assert house.walk("uploads/", "avatars/", "FILE#", "UPLOAD#", "unfinished") == []


@pytest.mark.parametrize("path", ["/voices", "/tasks/template/create", "/tasks/voice/generate"])
def test_what_a_killed_attempt_uploaded_goes_when_the_next_one_completes(
    house: House, path: str
) -> None:
    audio, image = house.upload("audio", "a.wav", WAV), house.upload("image", "p.png", PNG)
    bodies: dict[str, dict[str, Any]] = {
        "/voices": {"audio_file": audio},
        "/tasks/template/create": {"person_image": image, "background_image": image},
        "/tasks/voice/generate": {"text": "你好"},
    }
    task = house.killed(house.task("POST", path, **bodies[path]))
    house.deps.tasks.requeue(task.task_id, 1, 60)
    made = house.carry(house.deps.tasks.dispatch(task.task_id, 60))
    objects = [key for key in house.walk(made) if "PK" not in key]
    assert objects
    assert all("/2/" in key or f"/{made}-2/" in key for key in objects)


@pytest.mark.parametrize("path", ["/voices", "/tasks/template/create"])
def test_what_killed_attempts_uploaded_goes_when_the_task_is_given_up(
    house: House, path: str
) -> None:
    audio, image = house.upload("audio", "a.wav", WAV), house.upload("image", "p.png", PNG)
    pictures = {"person_image": image, "background_image": image}
    body = {"audio_file": audio} if path == "/voices" else pictures
    task = house.task("POST", path, **body)
    for attempt in (1, 2, 3):
        house.killed(task)
        handle_job_end(house.deps, JobEnd(task.task_id, attempt, "Host EC2 terminated"))
        if attempt < 3:
            task = house.deps.tasks.dispatch(task.task_id, 60)
    assert house.deps.tasks.get(task.task_id).error_code == "attempts_exhausted"
    assert [key for key in house.walk(task.task_id) if "PK" not in key]
    for body_of_message in house.cloud.announced():
        if task.task_id in body_of_message:
            handle_task_changed(house.deps, task.task_id)
    assert [key for key in house.walk(task.task_id) if "PK" not in key] == []


def test_what_the_list_of_ownership_lacks_cannot_be_kept(moto_cloud: Any, tmp_path: Path) -> None:
    item = {"PK": "DIARY#anna", "SK": "DIARY"}
    with pytest.raises(Undeclared, match="DIARY"):
        moto_cloud.table.put(item)
    with pytest.raises(Undeclared, match="DIARY"):
        moto_cloud.table.transact(lambda: [{"Put": {"Item": item}}])
    path = tmp_path / "page"
    path.write_bytes(b"x")
    with pytest.raises(Undeclared, match="diaries"):
        moto_cloud.media.upload(path, "diaries/anna/page", content_type="text/plain")
    with pytest.raises(Undeclared, match="diaries"):
        moto_cloud.media.put_stream("diaries/anna/x", io.BytesIO(b"x"), content_type="a/b")
