"""What clients do: through the services of the API, and at the bucket."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.errors import RequestError
from dh_core.limits import FILE_TYPES
from dh_core.specs.task_types import SPECS
from dh_core.tasks.states import TERMINAL
from functions.api.auth.caller import Caller
from functions.api.schemas.requests import TemplateEditRequest, request_of
from functions.api.schemas.tasks.webhooks import WebhookRequest
from functions.api.service.files import stored, uploads
from functions.api.service.library import templates, voices
from functions.api.service.owners import account
from functions.api.service.shared import task_states
from functions.api.service.shared.context import Stores
from functions.api.service.tasks import creation, lifecycle, webhooks
from tests.model.judging.watch import Broken
from tests.model.rules.message_rules import MessageRules
from tests.model.rules.rule import pace, rule, which
from tests.model.workers.processes import Process

OWNERS = ("ann", "bob")
NAMES = {"video": "me.mp4", "audio": "me.wav", "image": "me.png", "document": "me.pdf"}
GOOD = {
    "video": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
    "audio": b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00",
    "document": b"%PDF-1.7",
    "image": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
}
BAD = b"<!DOCTYPE html><html></html>"
API_SECONDS = 30
CALLBACK = "https://receiver.example/hook"
TOLD = ("started", "progress", "completed", "failed", "cancelled")

_OF_A_TEMPLATE = ("template_edit", "compose")

owners = st.sampled_from(OWNERS)


def _are_there(kind: str, least: int = 1) -> Callable[[ClientRules], bool]:
    return lambda self: len(self.world.items(kind)) >= least


def _fewer_than(most: int, kind: str) -> Callable[[ClientRules], bool]:
    return lambda self: len(self.world.items(kind)) < most


class ClientRules(MessageRules):
    def request(
        self,
        name: str,
        act: Callable[[], Any],
        calls: int | None,
        then: Callable[[Process], None] = lambda _: None,
    ) -> None:
        """A request to the API; `then` is called when it is over."""

        def ended(process: Process) -> None:
            error = process.error
            refused = isinstance(error, RequestError)
            met = process.met_a_fault and isinstance(error, CLOUD_ERRORS)
            if not (error is None or process.killed or refused or met):
                raise Broken(f"{name} died of {error!r}") from error
            then(process)

        self.world.scheduler.start(
            name, act, dies_at=self.world.clock.now + API_SECONDS, calls=calls, ended=ended
        )

    @initialize(
        uploads=st.lists(st.tuples(owners, st.sampled_from(FILE_TYPES)), max_size=3),
        announcements=st.lists(st.tuples(owners, st.sampled_from(FILE_TYPES)), max_size=3),
        tasks=st.lists(st.tuples(owners, st.sampled_from(sorted(SPECS))), min_size=1, max_size=3),
        calls_back=st.booleans(),
    )
    def it_does_not_begin_with_nothing(
        self, uploads: Any, announcements: Any, tasks: Any, calls_back: bool
    ) -> None:
        if calls_back:
            for owner in OWNERS:
                self.a_client_sets_a_webhook(owner=owner, calls=None)
        for owner, file_type in uploads:
            self.a_client_uploads_through_the_api(owner=owner, file_type=file_type, calls=None)
        for owner, file_type in announcements:
            self.a_client_announces_an_upload(owner=owner, file_type=file_type, calls=None)
        for owner, task_type in tasks:
            self.a_client_creates_a_task(
                owner=owner,
                task_type=task_type,
                one=0,
                other=1,
                key=None,
                calls_back=calls_back,
                at_once=False,
                calls=None,
            )

    def with_open_account(self, owner: str) -> tuple[Stores, Caller]:
        """What the routers ask first (`functions.api.http.dependencies`)."""
        account.refuse_while_deleting(self.world.stores, Caller(owner))
        return self.world.stores, Caller(owner)

    @rule(
        when=_fewer_than(8, "FILE"),
        owner=owners,
        file_type=st.sampled_from(FILE_TYPES),
        calls=pace,
    )
    def a_client_announces_an_upload(self, owner: str, file_type: Any, calls: int | None) -> None:
        def then(process: Process) -> None:
            if process.result is not None:
                key = process.result.upload.fields["key"]
                self.world.forms.append((file_type, key))

        self.request(
            "enqueue",
            lambda: uploads.presign(
                *self.with_open_account(owner),
                file_type,
                filename=NAMES[file_type],
                file_size=100,
                mime_type=None,
                custom_name="me",
                user_id=None,
            ),
            calls,
            then,
        )

    @rule(
        when=_fewer_than(8, "FILE"),
        owner=owners,
        file_type=st.sampled_from(FILE_TYPES),
        calls=pace,
    )
    def a_client_uploads_through_the_api(
        self, owner: str, file_type: Any, calls: int | None
    ) -> None:
        self.request(
            "direct upload",
            lambda: uploads.receive(
                *self.with_open_account(owner),
                file_type,
                io.BytesIO(GOOD[file_type]),
                filename=NAMES[file_type],
                file_size=len(GOOD[file_type]),
                custom_name=None,
                user_id=None,
            ),
            calls,
        )

    @rule(
        when=lambda self: self.world.forms,
        number=which,
        is_good=st.sampled_from((True, True, True, False)),
    )
    def an_upload_arrives(self, number: int, is_good: bool) -> None:
        """Also a second time, and after its file was deleted: the form is good for an hour."""
        file_type, key = self.world.forms[number % len(self.world.forms)]
        self.world.bucket.put_object(Key=key, Body=GOOD[file_type] if is_good else BAD)

    @rule(
        when=_fewer_than(10, "TASK"),
        owner=owners,
        task_type=st.sampled_from(sorted(SPECS)),
        one=which,
        other=which,
        key=st.sampled_from((None, "key", "other")),
        calls_back=st.booleans(),
        at_once=st.booleans(),
        calls=pace,
    )
    def a_client_creates_a_task(
        self,
        owner: str,
        task_type: str,
        one: int,
        other: int,
        key: str | None,
        calls_back: bool,
        at_once: bool,
        calls: int | None,
    ) -> None:
        """`at_once`: the message about it arrives before anything else happens."""
        if task_type in _OF_A_TEMPLATE and self._template(owner, one) == "none":
            task_type = "template"
        edits = task_type == "template_edit"
        make = TemplateEditRequest if edits else request_of(SPECS[task_type])
        fields = self._fields(owner, task_type, one, other)
        if calls_back and (f"WEBHOOK#{owner}", "WEBHOOK") in self.world.dynamo.items:
            fields["callback_url"] = CALLBACK
            if other % 2:
                fields["callback_events"] = list(TOLD)
        request = make(**fields)
        if edits:
            request = request.model_copy(update={"template_id": self._template(owner, one)})

        def then(process: Process) -> None:
            if process.result is not None and key is not None:
                self.world.answered[owner, key].add(process.result.task.task_id)

        self.request(
            f"create {task_type}",
            lambda: creation.create(self.world.stores, Caller(owner), request, idempotency_key=key),
            calls,
            then,
        )
        if at_once:
            self.every_message_is_delivered()

    def _fields(self, owner: str, task_type: str, one: int, other: int) -> dict[str, Any]:
        def file(file_type: str, number: int) -> str:
            return self._file(owner, file_type, number)

        match task_type:
            case "voice":
                return {"text": "你好"} | (
                    {"reference_audio": file("audio", one)} if one % 2 else {}
                )
            case "digital_human":
                return {"sample_video": file("video", one), "speech_audio": file("audio", other)}
            case "template":
                return {
                    "person_image": file("image", one),
                    "background_image": file("image", other),
                }
            case "template_edit":
                return {"title_text": f"title {other}"}
            case "compose":
                return {
                    "template_id": self._template(owner, one),
                    "audio_file": file("audio", other),
                }
            case "extract_audio":
                return {"video_file": file("video", one)}
            case "avatar":
                return {"sample_video": file("video", one)}
            case "voice_profile":
                return {"name": "me", "audio_file": file("audio", one)}

    def _file(self, owner: str, file_type: Any, number: int) -> str:
        """The name of a file that is there or announced."""
        for _ in range(2):
            names = [
                item["filename"]
                for item in self.world.items("FILE")
                if (item["owner"], item["file_type"]) == (owner, file_type)
            ]
            if names:
                return names[number % len(names)]
            if number % 3 < 2:
                self.a_client_uploads_through_the_api(owner=owner, file_type=file_type, calls=None)
            else:
                self.a_client_announces_an_upload(owner=owner, file_type=file_type, calls=None)
        return NAMES[file_type]

    def _template(self, owner: str, number: int) -> str:
        ids = [t["template_id"] for t in self.world.items("TEMPLATE") if t["owner"] == owner]
        return ids[number % len(ids)] if ids else "none"

    @rule(when=_fewer_than(2, "WEBHOOK"), owner=owners, calls=pace)
    def a_client_sets_a_webhook(self, owner: str, calls: int | None) -> None:
        self.request(
            "webhook",
            lambda: webhooks.set_default(
                self.world.stores, Caller(owner), WebhookRequest(url=CALLBACK)
            ),
            calls,
        )

    @rule(when=_are_there("TASK"), number=which, calls=pace)
    def a_client_cancels_a_task(self, number: int, calls: int | None) -> None:
        self._with_task(number, "cancel", lifecycle.cancel, calls)

    @rule(when=_are_there("TASK"), number=which, calls=pace)
    def a_client_nudges_a_task(self, number: int, calls: int | None) -> None:
        self._with_task(number, "process", lifecycle.process, calls)

    @rule(when=_are_there("TASK"), number=which)
    def a_client_polls(self, number: int) -> None:
        record = self.world.stores.tasks.get(self._item("TASK", number)["task_id"])
        assert record is not None
        task_states.state_of(self.world.stores, record)

    @rule(when=_are_there("TASK"), number=which, calls=pace)
    def a_client_deletes_a_task(self, number: int, calls: int | None) -> None:
        self._with_task(number, "delete task", lifecycle.delete_task, calls)

    @rule(when=_are_there("FILE"), number=which, calls=pace)
    def a_client_deletes_a_file(self, number: int, calls: int | None) -> None:
        file = self._item("FILE", number)
        self.world.being_deleted.add(file["PK"])
        self.request(
            "delete file",
            lambda: stored.delete_file(
                self.world.stores, Caller(file["owner"]), file["file_type"], file["filename"]
            ),
            calls,
        )

    @rule(when=_are_there("VOICE"), number=which, calls=pace)
    def a_client_deletes_a_voice(self, number: int, calls: int | None) -> None:
        self._from_library("VOICE", "voice_id", voices.delete_voice, number, calls)

    @rule(when=_are_there("TEMPLATE"), number=which, calls=pace)
    def a_client_deletes_a_template(self, number: int, calls: int | None) -> None:
        self._from_library("TEMPLATE", "template_id", templates.delete_template, number, calls)

    @rule(when=_are_there("TASK", 3), owner=owners, calls=pace)
    def a_client_deletes_the_account(self, owner: str, calls: int | None) -> None:
        self.request(
            "delete account", lambda: account.delete(self.world.stores, Caller(owner)), calls
        )

    def _with_task(
        self, number: int, name: str, act: Callable[..., Any], calls: int | None
    ) -> None:
        task = self._item("TASK", number)
        if name == "delete task" and task["phase"] in TERMINAL:
            self.world.being_deleted.add(task["task_id"])
        caller = Caller(task["owner"])
        self.request(name, lambda: act(self.world.stores, caller, task["task_id"]), calls)

    def _from_library(
        self, kind: str, id_name: str, act: Callable[..., Any], number: int, calls: int | None
    ) -> None:
        item = self._item(kind, number)
        self.world.being_deleted.add(item[id_name])
        caller = Caller(item["owner"])
        self.request(f"delete {kind}", lambda: act(self.world.stores, caller, item[id_name]), calls)

    def _item(self, kind: str, number: int) -> dict[str, Any]:
        items = self.world.items(kind)
        return items[number % len(items)]
