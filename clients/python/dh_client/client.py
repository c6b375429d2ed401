"""The client that blocks. What it does stands in `core`; `async_client` is its twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack, cast

import httpx

from dh_client.core import access, batches, downloads, following, library, tasks, uploads, webhooks
from dh_client.core.session import Language, Retries, Session
from dh_client.core.tasks import OnStatus, TaskStatus
from dh_client.core.uploads import OnTransfer, Unfinished
from dh_client.core.wire import Flow
from dh_client.drivers import TIMEOUT, Driver, trusts_environment
from dh_client.generated.types import (
    AvatarRequest,
    BatchResponse,
    ComposeRequest,
    DeliveriesResponse,
    DigitalHumanRequest,
    EstimateResponse,
    ExtractAudioRequest,
    FileResponse,
    FilesResponse,
    FileType,
    KeyRevokedResponse,
    KeysResponse,
    NewKeyResponse,
    PronunciationResponse,
    PronunciationsResponse,
    Status,
    TasksResponse,
    TaskType,
    TemplateEditRequest,
    TemplateRequest,
    TemplatesResponse,
    TextPreviewRequest,
    TextPreviewResponse,
    TokenResponse,
    TokensResponse,
    UploadedResponse,
    UsageResponse,
    VoiceProfileRequest,
    VoiceRequest,
    VoicesResponse,
    WebhookTestResponse,
)

T = TypeVar("T")


def ignore(_: object) -> None:
    """Nobody wants to know."""


class Client:
    """A server, spoken to as one user. A context manager.

    Every method raises DhError (`dh_client.errors`), whose text is a sentence to show.
    """

    def __init__(
        self,
        server: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        refresh_token: str | None = None,
        on_tokens: Callable[[TokensResponse], None] = ignore,
        retries: Retries | None = None,
        unfinished_uploads: Path | None = None,
        longest_pause: float | None = None,
        language: Language = "en",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`key`: an API key, or an access token, renewed by `refresh_token`; see `Session`.

        `unfinished_uploads`: a folder in which big uploads are noted, so that another process can
        go on with them. `longest_pause`: seconds between two looks at a task at most (default: as
        long as the server wishes). `language`: in which the server tells its errors.
        """
        self.session = Session(
            server, key, refresh_token, on_tokens, retries or Retries(), language
        )
        self.unfinished = Unfinished(unfinished_uploads)
        self.longest_pause = longest_pause
        self._driver = Driver(
            httpx.Client(timeout=TIMEOUT, transport=transport, trust_env=trusts_environment(server))
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._driver.http.close()

    def _run(self, flow: Flow[T]) -> T:
        return self._driver.run(flow)

    def sign_in_wechat(self, code: str) -> TokensResponse:
        """Exchange the code of `wx.login` for tokens, and use them from now on."""
        return self._run(access.sign_in_wechat(self.session, code))

    def sign_out(self) -> None:
        """End the session of the refresh token."""
        self._run(access.sign_out(self.session))

    def get(self, route: str, **params: str | None) -> Any:
        """The JSON document at any route."""
        return self._run(self.session.get(route, params))

    def post(self, route: str, body: Any = None, *, key: str | None = None) -> Any:
        """The answer of any route to a JSON document. `key`: of idempotency, for a creation."""
        return self._run(self.session.post(route, body, key=key))

    def delete(self, route: str) -> Any:
        """Delete what a route names: a task, a file, a voice, a template."""
        return self._run(library.delete(self.session, route))

    def upload(
        self, path: Path, kind: FileType | None = None, on_transfer: OnTransfer = ignore
    ) -> str:
        """Send a file; returns the name under which tasks refer to it.

        A big one goes in parts: after an interruption the same call sends what is missing. The
        file's ending tells its `kind` unless it is given.
        """
        return self._run(
            uploads.upload(
                self.session, self.unfinished, path, kind or uploads.kind_of(path), on_transfer
            )
        )

    def register_upload(self, path: Path, kind: FileType) -> UploadedResponse:
        """Name a file before it is sent: a task may be created that waits for it."""
        return self._run(uploads.register(self.session, path, kind))

    def upload_from_url(self, url: str, kind: FileType, custom_name: str | None = None) -> str:
        """Have the server fetch a file; tasks may name it at once by the name that this answers.

        A task takes an address itself, too: `sample_video="https://…"`.
        """
        announced = self._run(uploads.from_url(self.session, url, kind, custom_name))
        return announced["file_info"]["filename"]

    def send_file(
        self, path: Path, announced: UploadedResponse, on_transfer: OnTransfer = ignore
    ) -> None:
        """Send the file that was named by `register_upload`."""
        self._run(uploads.send(self.session, path, announced, on_transfer))

    def create(
        self,
        task_type: str,
        fields: Mapping[str, Any],
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **parameters: str,
    ) -> str:
        """Start a task of any type; returns its id. A Path among the fields is uploaded first.

        `key` is of idempotency: the same key and fields answer the same task. `parameters` belong
        into the route (`template_id` of `template_edit`).
        """
        return self._run(
            tasks.create(
                self.session,
                self.unfinished,
                task_type,
                fields,
                key=key,
                on_transfer=on_transfer,
                **parameters,
            )
        )

    def create_digital_human(
        self,
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **fields: Unpack[DigitalHumanRequest],
    ) -> str:
        """Start making a video of a person who speaks. Returns the task's id."""
        return self.create(
            "digital_human", cast("Mapping[str, Any]", fields), key=key, on_transfer=on_transfer
        )

    def create_voice(
        self,
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **fields: Unpack[VoiceRequest],
    ) -> str:
        """Start making speech from a text. Returns the task's id."""
        return self.create(
            "voice", cast("Mapping[str, Any]", fields), key=key, on_transfer=on_transfer
        )

    def create_template(
        self,
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **fields: Unpack[TemplateRequest],
    ) -> str:
        """Start making a template from a photo. Returns the task's id."""
        return self.create(
            "template", cast("Mapping[str, Any]", fields), key=key, on_transfer=on_transfer
        )

    def create_compose(
        self,
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **fields: Unpack[ComposeRequest],
    ) -> str:
        """Start making a video of a template's person. Returns the task's id."""
        return self.create(
            "compose", cast("Mapping[str, Any]", fields), key=key, on_transfer=on_transfer
        )

    def create_extract_audio(
        self,
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **fields: Unpack[ExtractAudioRequest],
    ) -> str:
        """Start making the sound of a video. Returns the task's id."""
        return self.create(
            "extract_audio", cast("Mapping[str, Any]", fields), key=key, on_transfer=on_transfer
        )

    def create_avatar(
        self,
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **fields: Unpack[AvatarRequest],
    ) -> str:
        """Start making a sample video, prepared for later tasks. Returns the task's id."""
        return self.create(
            "avatar", cast("Mapping[str, Any]", fields), key=key, on_transfer=on_transfer
        )

    def create_voice_profile(
        self,
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **fields: Unpack[VoiceProfileRequest],
    ) -> str:
        """Start making a saved voice; the id is the `voice_id`. Returns the task's id."""
        return self.create(
            "voice_profile", cast("Mapping[str, Any]", fields), key=key, on_transfer=on_transfer
        )

    def edit_template(
        self,
        template_id: str,
        *,
        key: str | None = None,
        on_transfer: OnTransfer = ignore,
        **fields: Unpack[TemplateEditRequest],
    ) -> str:
        """Start changing a template, which stays as it is until then. Returns the task's id."""
        return self.create(
            "template_edit",
            cast("Mapping[str, Any]", fields),
            key=key,
            on_transfer=on_transfer,
            template_id=template_id,
        )

    def create_batch(
        self, tasks: Sequence[Mapping[str, Any]], *, key: str | None = None
    ) -> BatchResponse:
        """Start up to 100 tasks: of each `task_type` and its fields, files by name.

        Each is accepted or refused by itself. `key` is of idempotency.
        """
        return self._run(batches.create(self.session, {"tasks": list(tasks)}, key))

    def create_batch_of(
        self,
        template: Mapping[str, Any],
        rows: Sequence[Mapping[str, str | float]],
        *,
        key: str | None = None,
    ) -> BatchResponse:
        """Start a task of the template for each row, which fills in its `{variables}`."""
        return self._run(batches.create(self.session, batches.filled(template, rows), key))

    def batch(self, batch_id: str) -> BatchResponse:
        """Where the tasks of a batch are."""
        return self._run(batches.status(self.session, batch_id))

    def estimate(self, task_type: str, **fields: Any) -> EstimateResponse:
        """Seconds of speech and of work, and the cost, of a task that is not made."""
        return self._run(batches.estimate(self.session, task_type, fields))

    def status(self, task_id: str, wait: int | None = None) -> TaskStatus:
        """How far a task is; with `wait` at its next change, or after so many seconds (25 most)."""
        return self._run(tasks.status(self.session, task_id, wait))

    def wait(
        self,
        task_id: str,
        on_status: OnStatus = ignore,
        timeout: float | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> TaskStatus:
        """Follow a task until it has ended, however it did; `.checked()` raises if it failed.

        `on_status` is told every state. Raises WaitTimeout after `timeout` seconds, and WaitStopped
        soon after `stop` says so.
        """
        return self._run(
            following.wait(
                self.session,
                task_id,
                on_status=on_status,
                timeout=timeout,
                stop=stop,
                longest_pause=self.longest_pause,
            )
        )

    def cancel(self, task_id: str) -> None:
        """End a task in any phase."""
        self._run(self.session.post(f"/tasks/{task_id}/cancel"))

    def download(self, route: str, target: Path, on_transfer: OnTransfer = ignore) -> Path:
        """Save what a `/download/…` route leads to. The same call continues what broke off."""
        return self._run(downloads.download(self.session, route, target, on_transfer))

    def list_tasks(
        self,
        *,
        task_type: TaskType | None = None,
        status: Status | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> TasksResponse:
        """One page of the tasks, newest first."""
        return self._run(library.tasks(self.session, task_type, status, limit, cursor))

    def tasks(
        self, *, task_type: TaskType | None = None, status: Status | None = None
    ) -> Iterator[TaskStatus]:
        """Every task, newest first; pages are asked for as they are needed."""
        cursor: str | None = None
        while True:
            page = self.list_tasks(task_type=task_type, status=status, cursor=cursor)
            for state in page["tasks"]:
                yield TaskStatus.of(state)
            if (cursor := page["next_cursor"]) is None:
                return

    def list_voices(self, limit: int | None = None, cursor: str | None = None) -> VoicesResponse:
        """One page of your own voices, and the built-in ones."""
        return self._run(library.voices(self.session, limit, cursor))

    def list_templates(
        self, limit: int | None = None, cursor: str | None = None
    ) -> TemplatesResponse:
        """One page of your templates."""
        return self._run(library.templates(self.session, limit, cursor))

    def list_files(
        self, kind: FileType | None = None, limit: int | None = None, cursor: str | None = None
    ) -> FilesResponse:
        """One page of your uploads."""
        return self._run(library.files(self.session, kind, limit, cursor))

    def get_file(self, kind: FileType, filename: str) -> FileResponse:
        """Whether an upload may be used (`status`), or why not (`error_code`)."""
        return self._run(library.file(self.session, kind, filename))

    def usage(self, first: date | None = None, last: date | None = None) -> UsageResponse:
        """What was used, by day (by default the server's choice of days)."""
        return self._run(library.usage(self.session, first, last))

    def preview_text(self, **fields: Unpack[TextPreviewRequest]) -> TextPreviewResponse:
        """How a text will be read, word by word, and how long that takes; nothing is made."""
        return self._run(library.preview_text(self.session, cast("Mapping[str, Any]", fields)))

    def pronunciations(self) -> PronunciationsResponse:
        """Your own readings, which every task that speaks follows."""
        return self._run(library.pronunciations(self.session))

    def set_pronunciation(self, word: str, reading: str) -> PronunciationResponse:
        """Keep a reading of your own, as `chan2 yu2` for 单于; `delete` takes it back."""
        return self._run(library.set_pronunciation(self.session, word, reading))

    def mint_token(
        self, scopes: Sequence[str] | None = None, ttl_seconds: int = 900
    ) -> TokenResponse:
        """A token for a client that must not hold the key: some of its rights, for a while."""
        return self._run(access.mint_token(self.session, scopes, ttl_seconds))

    def keys(self) -> KeysResponse:
        """The account's newest API keys, without their secrets."""
        return self._run(access.keys(self.session))

    def rotate_key(self, grace_seconds: int = 86_400) -> NewKeyResponse:
        """A new key, which this client uses from now on; the old one is good for a while."""
        return self._run(access.rotate_key(self.session, grace_seconds))

    def revoke_key(self, key_id: str) -> KeyRevokedResponse:
        """End a key at once."""
        return self._run(access.revoke_key(self.session, key_id))

    def test_webhook(self, url: str | None = None) -> WebhookTestResponse:
        """Call your server now, by default at the default callback, and say what it answered."""
        return self._run(webhooks.test(self.session, url))

    def redeliver(self, task_id: str) -> DeliveriesResponse:
        """Make the webhook of an ended task once more."""
        return self._run(webhooks.redeliver(self.session, task_id))
