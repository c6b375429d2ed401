"""One day of the system: everything that clients ask for and that goes wrong, under the roles."""

from __future__ import annotations

import hashlib
import io
import json
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, ClassVar, Final
from unittest.mock import patch
from urllib.parse import urlencode

import boto3.s3.inject
from fastapi.testclient import TestClient
from moto import mock_aws

from dh_core.access.address_client import Body, FetchFailed
from dh_core.access.identity import Scope
from dh_core.access.secrets import new_document
from dh_core.cloud import clients as aws
from dh_core.cloud.media_store import MediaStore, generated_key
from dh_core.cloud.messages import FileFetchDue
from dh_core.cloud.task_queue import TaskQueue
from dh_core.errors import NoFaceFound, TransientError
from dh_core.settings import JobSettings
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from dh_core.store import ApiKeyStore, NewFile, SegmentStore, Table, TaskRecord
from dh_core.tasks.quota_windows import DAY
from functions.api.service.owners import wechat as wechat_service
from functions.dispatch import account_deletion
from gpu_jobs.jobs.cancellation import Shutdown
from gpu_jobs.jobs.job import JobContext, JobOutput, LearntVoice, MadeTemplate, OutputFile, Stage
from gpu_jobs.runtime.storage.results import Results
from gpu_jobs.weights.bucket import BucketWeights
from gpu_jobs.weights.store import FileFacts, WeightsMissing
from tests.conftest import ManualClock, MotoCloud, table_properties
from tests.model.workers.work import Helper
from tests.support.wechat_push import KEY, TOKEN, judgement, push
from tests.support.wechat_server import APP_ID, APP_SECRET, WechatServer
from tests.unit.policies.calls import BUCKET, TABLE, WEIGHTS_BUCKET
from tests.unit.policies.roles import JOB_ROLE
from tests.unit.policies.system import SMALL_PARTS, TEMPLATE, Account, System, watched

WAV: Final = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(32)
_FACELESS: Final = {"sample_video": "v.mp4", "speech_text": "看不见"}
MP4: Final = b"\x00\x00\x00\x18ftypisom" + bytes(64)


class Making:
    """A job that makes a little of all that a task of the spec's type makes."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("write", 1),)

    def __init__(self, system: System) -> None:
        self._system = system

    def setup(self) -> None:
        """Nothing to load."""

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        self._system.types.add(spec.type)
        path = context.workdir / "made"
        path.write_bytes(b"made")
        file = OutputFile(path, "text/plain", ".txt", None)
        if spec.avatar_source is not None:
            name = f"{spec.avatar_source.filename}.zip"
            if not context.avatars.fetch(name, context.workdir / "avatar"):
                context.avatars.store(name, path)
        if isinstance(spec, DigitalHumanSpec):
            if spec.speech_text == _FACELESS["speech_text"]:
                raise NoFaceFound
            self._share(context, path)
        made = JobOutput({"video": file, "audio": file, "timeline": file}, {"duration": 1.0})
        if spec.type == "voice_profile":
            return replace(made, voice=LearntVoice("v", "kokoro-1", path, file))
        if spec.type in ("template", "template_edit"):
            edited = spec.template_id if isinstance(spec, TemplateEditSpec) else None
            template_id = edited or context.label.produce_id
            template = MadeTemplate(template_id, "p.png", "p.png", {}, file, file, path, path)
            return replace(made, template=template)
        return made

    def _share(self, context: JobContext, material: Path) -> None:
        """In three parts, of which another job makes one."""
        assert context.helpers is not None
        targets = [context.workdir / f"{number}.mp4" for number in range(3)]

        def make(number: int, target: Path, report: Any) -> None:
            if number == 0:
                self._help(context)
            target.write_bytes(b"made")

        context.helpers.share([material], targets, make, lambda _: None)

    def _help(self, context: JobContext) -> None:
        self._system.settle()
        cloud = self._system.cloud
        helper = Helper(
            settings=JobSettings(table_name=cloud.table.name, bucket_name=cloud.media.bucket),
            work_dir=context.workdir / "helper",
            tasks=cloud.tasks,
            segments=SegmentStore(cloud.table, cloud.clock),
            media=cloud.media,
            make_engine=lambda: None,  # type: ignore[arg-type, return-value]  # nothing is drawn
            shutdown=Shutdown(on_stop=lambda: None, on_grace_over=lambda _: None),
        )
        helper.run(context.label.produce_id, 1)


class Speaking(Making):
    """Makes a sound that can be heard."""

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        path = context.workdir / "speech.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 16_000, 0, "NONE", ""))
            sound.writeframes(bytes(2 * 1_600))
        made = super().run(spec, context)
        return replace(made, files={"audio": OutputFile(path, "audio/wav", ".wav", None)})


_THAT_READ_TEXTS = ("/tasks/voice/preview-text", "/tasks/estimate")


class Client:
    """Somebody who uses the API; `headers` say who."""

    def __init__(self, system: System, http: TestClient, headers: dict[str, str]) -> None:
        self.system = system
        self._http = http
        self._headers = headers

    def ask(self, method: str, path: str, *, expect: int = 200, **body: Any) -> Any:
        role = "TextFunction" if path in _THAT_READ_TEXTS else "ApiFunction"
        with self.system.account.acting(role):
            answer = self._http.request(
                method, f"/api{path}", json=body or None, headers=self._headers
            )
        good = answer.status_code == expect or (expect == 200 and answer.status_code < 400)
        assert good, (answer.text, self.system.account.refused)
        return answer.json() if answer.content else None

    def tell(self, path: str, body: dict[str, str]) -> None:
        """As a server that is no client: the answer is no JSON."""
        with self.system.account.acting("ApiFunction"):
            answer = self._http.post(f"/api{path}", json=body)
        assert answer.text == "success", (answer.text, self.system.account.refused)

    def announce(self, kind: str, name: str, size: int) -> None:
        stem = name.partition(".")[0]
        self.ask("POST", f"/upload/{kind}", filename=name, file_size=size, custom_name=stem)

    def send(self, kind: str, name: str, data: bytes) -> None:
        """Through the API, as the seed's clients do."""
        with self.system.account.acting("ApiFunction"):
            answer = self._http.post(
                f"/api/upload/{kind}",
                files={"file": (name, data)},
                data={"custom_name": name.partition(".")[0]},
                headers=self._headers,
            )
        assert answer.is_success, (answer.text, self.system.account.refused)
        self.system.arrived(f"uploads/anna/{kind}/{name}")


@dataclass(frozen=True)
class Walk:
    """What was seen on the way."""

    account: Account
    jobs: list[dict[str, Any]]
    """What Batch was asked to start."""
    types: set[str]
    """Of the tasks that were carried."""


def walk(folder: Path) -> Walk:
    """Everything once. Nothing was refused if `refused` of the account is empty."""
    account = Account()
    with mock_aws(), watched(account), WechatServer() as wechat:
        more = {
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_API_URL": wechat.url,
            "MEDIA_MODERATOR": "wechat",
            "MODERATION_WAIT_SECONDS": "60",
        }
        system = _system(account, more)
        with system.api(system.cloud.clock, **more) as http:
            _, key = ApiKeyStore(system.cloud.table, system.cloud.clock).create(
                "anna", frozenset(Scope), valid_seconds=None
            )
            client = Client(system, http, {"X-Api-Key": key})
            _sign_in(client, folder)
            _judged(client, http, wechat, folder)
            for part in (_settings, _uploads, _tasks, _fetches, _trouble, _deletions):
                part(client, folder)
    return Walk(account, list(system.machines.jobs.values()), system.types)


def _system(account: Account, more: dict[str, str]) -> System:
    names = [n for n, r in TEMPLATE["Resources"].items() if r["Type"] == "AWS::SQS::Queue"]
    table, bucket = TABLE.rpartition("/")[2], BUCKET.rpartition(":")[2]
    cloud_table, media, queue = Table(table), MediaStore(bucket), TaskQueue("any")
    cloud_table.client.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", **table_properties()
    )
    for name in (bucket, WEIGHTS_BUCKET.rpartition(":")[2]):
        media.client.create_bucket(Bucket=name)
    queues = {name: queue.client.create_queue(QueueName=name)["QueueUrl"] for name in names}
    secrets = aws.client("secretsmanager")
    document = json.loads(new_document("k1", APP_SECRET))
    document |= {"wechat_message_token": TOKEN, "wechat_message_key": KEY}
    secrets.create_secret(Name="secrets", SecretString=json.dumps(document))
    clock = ManualClock(time.time())
    url = queues["TasksQueue"]
    cloud = MotoCloud(cloud_table, media, TaskQueue(url, queue.client), url, clock)
    return System(cloud, account, queues, more)


def _sign_in(client: Client, _: Path) -> None:
    tokens = client.ask("POST", "/auth/wechat", code="code-of-ann")
    tokens = client.ask("POST", "/auth/refresh", refresh_token=tokens["refresh_token"])
    # Another process, which knows no secret yet.
    with client.system.api(client.system.cloud.clock) as http:
        signed_in = Client(
            client.system, http, {"Authorization": f"Bearer {tokens['access_token']}"}
        )
        signed_in.ask("POST", "/tasks/voice/preview-text", text="你好")
    client.ask("POST", "/auth/logout", refresh_token=tokens["refresh_token"])


def _judged(client: Client, http: TestClient, wechat: WechatServer, folder: Path) -> None:
    """WeChat judges a result and one of the pictures of somebody who signed in there.

    It does not judge the other.
    """
    system = client.system
    tokens = client.ask("POST", "/auth/wechat", code="code-of-ann")
    ann = Client(system, http, {"Authorization": f"Bearer {tokens['access_token']}"})
    for name in ("judged.png", "forgotten.png"):
        asked = {"filename": name, "file_size": len(PNG)}
        answer = ann.ask("POST", "/upload/image", **asked)
        system.upload(answer["upload"]["fields"]["key"], PNG)
    message = push(judgement(next(iter(wechat.media)), "pass"), system.cloud.clock())
    path = f"/wechat/messages?{urlencode(message.query)}"
    with patch.object(wechat_service, "_DELAY_SECONDS", 0):
        client.tell(path, message.body)
    system.settle()
    ready = ann.ask("GET", "/files/list")["files"]
    assert [file["file_type"] for file in ready] == ["image"]
    with system.account.nobody():
        system.cloud.media.erase_folder(answer["upload"]["fields"]["key"])
    system.cloud.clock.advance(120)
    system.sweep()
    system.settle()
    with system.account.nobody():
        assert list(system.dispatcher.moderations.overdue()) == []
    spoken = ann.ask("POST", "/tasks/voice/generate", text="你好")
    system.settle()
    system.run(spoken["task_id"], Speaking(system), folder)
    # Another process, which has not signed in to WeChat.
    del vars(system.dispatcher)["moderator"]
    system.settle()
    message = push(judgement(list(wechat.media)[-1], "pass"), system.cloud.clock())
    with patch.object(wechat_service, "_DELAY_SECONDS", 0):
        client.tell(f"/wechat/messages?{urlencode(message.query)}", message.body)
    system.settle()
    assert ann.ask("GET", f"/tasks/{spoken['task_id']}/status")["status"] == "completed"


def _settings(client: Client, _: Path) -> None:
    client.ask("PUT", "/webhook", url="https://127.0.0.1.example.com/hook")
    client.ask("POST", "/webhook/secret")
    client.ask("PUT", "/pronunciations/单于", reading="chan2 yu2")
    client.ask("POST", "/tasks/voice/preview-text", text="单于")
    client.ask("POST", "/tasks/estimate", task_type="voice", text="单于")
    for path in ("/webhook", "/pronunciations", "/usage", "/system/status", "/voices"):
        client.ask("GET", path)


def _uploads(client: Client, _: Path) -> None:
    client.send("video", "v.mp4", MP4)
    client.send("video", "w.mp4", MP4)
    client.send("audio", "a.wav", WAV)
    client.send("image", "p.png", PNG)
    client.announce("audio", "later.wav", len(WAV))
    later = {"text": "你好", "reference_audio": "later.wav"}
    waiting = client.ask("POST", "/tasks/voice/generate", **later)
    client.system.upload("uploads/anna/audio/later.wav", WAV)
    client.announce("image", "no.png", 10)
    pictures = {"person_image": "no.png", "background_image": "no.png"}
    client.ask("POST", "/tasks/template/create", **pictures)
    client.system.upload("uploads/anna/image/no.png", b"no picture")
    # Deleted before its message came.
    client.announce("image", "gone.png", 10)
    client.system.arrived("uploads/anna/image/gone.png")
    for name in ("finished.mp4", "dropped.mp4"):
        path, upload = "/upload/video/multipart", {"filename": name, "file_size": 6_000_000}
        begun = client.ask("POST", path, **upload)
        upload_id, part = begun["upload_id"], begun["part_size"]
        client.ask("POST", f"{path}/{upload_id}/parts", part_numbers=[1, 2])
        client.ask("GET", f"{path}/{upload_id}")
        if name == "dropped.mp4":
            client.ask("DELETE", f"{path}/{upload_id}")
        else:
            _send_parts(client, f"{path}/{upload_id}", (part, 6_000_000 - part))
    client.ask("GET", "/files/list")
    client.ask("GET", "/download/upload/video/v.mp4?redirect=false")
    client.ask("GET", "/download/upload/video/none.mp4?redirect=false", expect=404)
    client.ask("POST", f"/tasks/{waiting['task_id']}/cancel")


def _send_parts(client: Client, path: str, sizes: tuple[int, ...]) -> None:
    media = client.system.cloud.media
    upload = media.client.list_multipart_uploads(Bucket=media.bucket)["Uploads"][-1]
    for number, size in enumerate(sizes, start=1):
        media.client.upload_part(
            Bucket=media.bucket,
            Key=upload["Key"],
            UploadId=upload["UploadId"],
            PartNumber=number,
            Body=MP4[:32] + bytes(size - 32),
        )
    client.ask("POST", f"{path}/complete")
    client.system.arrived(upload["Key"])


def _tasks(client: Client, folder: Path) -> None:
    """Every type of task, from the request to the files."""
    pictures = {"person_image": "p.png", "background_image": "p.png"}
    template = _carried(client, folder, "POST", "/tasks/template/create", **pictures)
    _carried(client, folder, "PATCH", f"/templates/{template}", title_text="新")
    client.send("document", "agreed.pdf", b"%PDF-1.7 agreed")
    evidence = {"file_type": "document", "filename": "agreed.pdf"}
    consent = {"subject": "Anna", "statement": "Yes.", "given_at": "2026-03-01T09:30:00Z"}
    agreed = {"consent": {**consent, "evidence": evidence}}
    voice = _carried(client, folder, "POST", "/voices", audio_file="a.wav", **agreed)
    spoken = _carried(client, folder, "POST", "/tasks/voice/generate", text="你好", voice_id=voice)
    film = {"sample_video": "v.mp4"}
    _carried(client, folder, "POST", "/avatars", **film)
    human = "/tasks/digital-human/create"
    _carried(client, folder, "POST", human, **film, speech_text="你好", uuid="film")
    _carried(client, folder, "POST", human, **film, speech_text="再见", sample_voice="a.wav")
    for sound in ({"audio_file": "a.wav"}, {"audio_task": spoken}):
        _carried(client, folder, "POST", "/tasks/video/compose", template_id=template, **sound)
    _carried(client, folder, "POST", "/tasks/audio/extract", video_file="v.mp4")
    for path in ("/tasks", f"/tasks/{spoken}/deliveries", "/templates/list", f"/voices/{voice}"):
        client.ask("GET", path)
    for path in (
        "generated/video/film",
        f"template/{template}",
        f"voice/{voice}",
        "voice/zf_xiaoxiao",
    ):
        client.ask("GET", f"/download/{path}?redirect=false")


class Website:
    """In the place of the client that fetches: every address but one is a small film."""

    @contextmanager
    def opened(self, address: str) -> Iterator[Any]:
        if address.endswith("/none.mp4"):
            raise FetchFailed("address_not_found", "There is no file.")
        response = HTTPResponse(Sending(MP4))  # type: ignore[arg-type]  # all that it asks for
        response.begin()
        yield Body(response, time.monotonic() + 60)


class Sending:
    """A socket on which an answer lies."""

    def __init__(self, body: bytes) -> None:
        self._answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._answer)


def _fetches(client: Client, folder: Path) -> None:
    """Inputs by address, and results as inputs: one of each that is there, one that is not."""
    client.system.dispatcher.__dict__["address_client"] = Website()
    extract = "/tasks/audio/extract"
    made = client.ask("POST", extract, video_file="https://example.com/a.mp4")["task_id"]
    with patch.object(boto3.s3.inject, "TransferConfig", lambda: SMALL_PARTS):
        client.system.settle()
    client.ask("POST", f"/tasks/{made}/cancel")
    client.ask("POST", extract, video_file="https://example.com/none.mp4")
    client.ask("POST", "/upload/video/from-url", url="https://example.com/b.mp4")
    client.ask("GET", "/files/list")
    # What it made is text, as far as its type says: no sound that another could take.
    client.ask("POST", "/voices", audio_file=made, expect=409)
    with client.system.account.nobody():
        key = generated_key("none", "1", "gone.mp4")
        client.system.cloud.files.register(
            NewFile(
                "anna",
                "video",
                "gone.mp4",
                0,
                "video/mp4",
                "uploads/anna/video/gone.mp4",
                2_000_000_000,
                source=key,
            )
        )
        due = FileFetchDue(owner="anna", file_type="video", filename="gone.mp4")
        TaskQueue(client.system.queues["DeliveriesQueue"]).send(due)
    client.system.settle()


def _carried(client: Client, folder: Path, method: str, path: str, **body: Any) -> str:
    task_id: str = client.ask(method, path, **body)["task_id"]
    client.system.settle()
    outcome = client.system.run(task_id, Making(client.system), folder)
    assert outcome == "completed", (path, outcome, client.system.account.refused)
    client.system.ended(task_id, 1)
    client.system.settle()
    client.ask("GET", f"/tasks/{task_id}/status")
    return task_id


def _trouble(client: Client, folder: Path) -> None:
    """What machines, people and time do to tasks."""
    system = client.system
    speak: dict[str, Any] = {"text": "你好"}
    # Two of a lane, and a worker that is kept for the second; in both lanes.
    for path, body in (
        ("/tasks/voice/generate", speak),
        ("/tasks/audio/extract", {"video_file": "v.mp4"}),
    ):
        first, second = (client.ask("POST", path, **body)["task_id"] for _ in range(2))
        system.settle()
        system.run(first, Making(system), folder, keep_alive=1)
        with system.account.nobody():
            assert system.cloud.tasks.get(second).result  # type: ignore[union-attr]
        system.settle()
    # Taken by a worker that is kept, and given back when its machine goes.
    first, second = (client.ask("POST", "/tasks/voice/generate", text=t)["task_id"] for t in "一二")
    system.settle()
    with _gone_after_uploading(but=first):
        system.run(first, Making(system), folder, keep_alive=1)
    system.settle()
    system.run(second, Making(system), folder)
    # Made of somebody who cannot be seen.
    faceless = client.ask("POST", "/tasks/digital-human/create", **_FACELESS)["task_id"]
    system.settle()
    assert system.run(faceless, Making(system), folder) == "failed"
    # Cancelled while it waits for a machine, and deleted.
    cancelled = client.ask("POST", "/tasks/voice/generate", **speak)["task_id"]
    system.settle()
    client.ask("POST", f"/tasks/{cancelled}/cancel")
    system.settle()
    client.ask("DELETE", f"/tasks/{cancelled}")
    # Interrupted, tried again, and given up after the third machine was lost.
    for path, body in (
        ("/voices", {"audio_file": "a.wav"}),
        ("/tasks/template/create", {"person_image": "p.png", "background_image": "p.png"}),
        ("/avatars", {"sample_video": "w.mp4"}),
        ("/tasks/audio/extract", {"video_file": "w.mp4"}),
    ):
        lost = client.ask("POST", path, **body)["task_id"]
        system.settle()
        with _gone_after_uploading():
            system.run(lost, Making(system), folder)
        system.ended(lost, 1, "Host EC2 terminated")
        system.settle()
        if path != "/tasks/audio/extract":
            again = system.run(lost, Making(system), folder)
            assert again == "completed", (path, again, system.account.refused)
            continue
        for attempt in (2, 3):
            system.ended(lost, attempt, "Host EC2 terminated")
            system.settle()
    # No machine comes, then the job vanishes; an input never arrives; a callback is overdue.
    client.ask("POST", "/tasks/voice/generate", text="慢")
    system.settle()
    client.announce("audio", "never.wav", 10)
    client.ask("POST", "/tasks/voice/generate", text="等", reference_audio="never.wav")
    unseen = client.ask("POST", "/tasks/voice/generate", text="丢")["task_id"]
    system._take("TasksQueue")
    client.ask("POST", f"/tasks/{unseen}/cancel")
    client.ask("POST", "/tasks/voice/generate", text="忘")
    system._take("TasksQueue")
    for seconds in (60, 1900, 4000):
        system.cloud.clock.advance(seconds)
        system.sweep()
        system.settle()
    _weights(system, folder)


@contextmanager
def _gone_after_uploading(*, but: str = "") -> Iterator[None]:
    """The machine ends when everything is in the bucket and nothing is in the table."""
    keep = Results.keep

    def gone(self: Results, task: TaskRecord, *arguments: Any) -> Any:
        kept = keep(self, task, *arguments)
        if task.task_id == but:
            return kept
        raise TransientError("The machine goes away.")

    with patch.object(Results, "keep", gone):
        yield


def _weights(system: System, folder: Path) -> None:
    """A worker fetches a model file, and asks for one that was never published."""
    body = b"weights"
    facts = FileFacts("ears/model.bin", hashlib.sha256(body).hexdigest(), len(body))
    source = BucketWeights.at(f"s3://{WEIGHTS_BUCKET.rpartition(':')[2]}/weights")
    with system.account.nobody():
        source.media.client.put_object(
            Bucket=source.media.bucket, Key=source.object_key(facts), Body=body
        )
    with system.account.acting(JOB_ROLE):
        source.bring(facts, folder / "weights", lambda: False)
        try:
            source.files_of("musetalk")
        except WeightsMissing:
            return
    raise AssertionError("a model was found that nobody published")


def _deletions(client: Client, folder: Path) -> None:
    """One thing at a time, then the account with what is left of everything."""
    system = client.system
    for kind in ("template", "voice"):
        things = client.ask("GET", "/templates/list" if kind == "template" else "/voices")
        listed = things["templates"] if kind == "template" else things["voices"]
        mine = [one for one in listed if one.get("category", "own") == "own"]
        client.ask("DELETE", f"/{kind}s/{mine[0][f'{kind}_id']}")
    client.ask("DELETE", "/files/image/p.png")
    client.ask("DELETE", "/files/video/v.mp4")
    # By an address that was signed before.
    system.upload("uploads/anna/video/v.mp4", b"late")
    client.ask("DELETE", "/pronunciations/单于")
    done = client.ask("GET", "/tasks?status=completed")["tasks"]
    client.ask("DELETE", f"/tasks/{done[0]['task_id']}")
    unfinished = {"filename": "u.mp4", "file_size": 6_000_000}
    client.ask("POST", "/upload/video/multipart", **unfinished)
    running = client.ask("POST", "/tasks/voice/generate", text="还在")["task_id"]
    system.settle()
    client.ask("POST", "/account/delete")
    # More than one message has the time for.
    with patch.object(account_deletion, "_WORK_SECONDS", 0.0):
        system.deliver_once("DeletionsQueue")
    for _ in range(3):
        system.settle()
        system.cloud.clock.advance(200)
        system.sweep()
    system.settle()
    # Its job had not heard yet.
    system.run(running, Making(system), folder) if system.cloud.tasks.get(running) else None
    with system.account.nobody():
        deletion = system.cloud.accounts.deletion("anna")
        assert deletion is not None
        assert deletion.state == "deleted", deletion
    # The record of the consent outlives the account, and goes in its own time.
    for days in (10, 200):
        system.cloud.clock.advance(days * DAY)
        system.sweep()
    with system.account.nobody():
        kept = system.cloud.media.client.list_objects_v2(
            Bucket=system.cloud.media.bucket, Prefix="evidence/"
        )
        assert not kept.get("Contents")
