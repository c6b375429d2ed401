"""The embedded cloud: storage, queues, functions, Batch and the HTTP API in one place.

    uvicorn (functions.api.app:app) ──► ministack (S3, DynamoDB, SQS) ──► pollers ──► dispatcher
                                                                                        │
       SQS ◄── state-change events ── local Batch (a child process per job) ◄───────────┘

Everything listens on loopback; with `host`, the API does on that address too, and hands signed
requests on to the store. `LocalCloud` is a context manager; leaving it stops all of it.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
import uvicorn
from botocore.config import Config

from dh_core.specs.task_types import SPECS, TaskType
from infra.local.batch import jobs as batch_jobs
from infra.local.batch.api import BatchApi
from infra.local.batch.emulator import LocalBatch
from infra.local.batch.jobs import Job
from infra.local.cloud import template as templates
from infra.local.cloud.availability import answering
from infra.local.cloud.process import Ministack
from infra.local.cloud.provision import STACK_NAME, Stack, provision
from infra.local.data_dir import LOOPBACK, DataDir
from infra.local.environment.process import process_environment, without_aws
from infra.local.environment.settings import LocalSettings, checked
from infra.local.lambdas.event_bus import EventBus
from infra.local.lambdas.event_sources import start_pollers, start_schedule
from infra.local.lambdas.functions import AsyncInvoker
from infra.local.lambdas.hosts import Host, ThisProcess
from infra.local.lambdas.http_protocol import JsonProtocol
from infra.local.lambdas.logs import logged_to
from infra.local.web.addresses import listen, url_of
from infra.local.web.media import with_media
from infra.local.web.studio import with_studio

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
STUDIO = ROOT / "studio" / "dist"
_API_STOP_SECONDS = 2
# The job that does not end by itself must not keep the server from ending.
_JOB_STOP_SECONDS = 8
# Longer than any client keeps an idle connection: who closes first loses no request.
_KEEP_ALIVE_SECONDS = 3600
# A client waits for the answer: three attempts take about two seconds.
_FUNCTION_RETRIES = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "3"}
_MAX_DIRECT_UPLOAD_BYTES = 500 * 1024 * 1024


class ApiFailed(Exception):
    """The web server ended while it started."""


class LocalCloud:
    """One running embedded cloud on one data folder."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        address: str | None = None,
        vcpus: float | None = None,
        sweep_seconds: float = 5.0,
        auth: str | None = None,
        keep_alive_seconds: int = 0,
        weights_dir: Path | None = None,
        extra_environment: dict[str, str] | None = None,
        host: Host | None = None,
        on_failure: Callable[[str], None] = log.error,
    ) -> None:
        """`port` 0 takes a free one, on loopback and on `address` where one is given; `vcpus`
        (default: this machine's) bounds the jobs at once.

        `auth` overrules AUTH_MODE, and `weights_dir` WEIGHTS_DIR (default: .weights); the secrets
        of `token` are the data folder's own. `keep_alive_seconds` holds where KEEP_ALIVE_SECONDS
        says nothing. `host` says where the functions run (default: in this process). `on_failure`
        is told, from another thread, when the store cannot be kept running.
        """
        self.data_dir = data_dir
        self._port = port
        self._address = address
        self._vcpus = vcpus or float(os.cpu_count() or 1)
        self._sweep_seconds = sweep_seconds
        self._keep_alive = {"KEEP_ALIVE_SECONDS": str(keep_alive_seconds)}
        self._host = host or ThisProcess()
        self._on_failure = on_failure
        weights = weights_dir or Path(os.environ.get("WEIGHTS_DIR") or ROOT / ".weights")
        self._extra = {
            "WEIGHTS_DIR": str(weights.resolve()),
            **({"AUTH_MODE": auth} if auth else {}),
            **(extra_environment or {}),
        }
        self._stack = ExitStack()
        self._request_stop: Callable[[], None] = lambda: None
        self.url = ""
        """On loopback."""
        self.url_for_others: str | None = None
        """For whoever reaches this machine, where it listens for them."""
        self.settings = LocalSettings()
        self.environment: dict[str, str] = {}
        """What functions see; jobs see it without the secrets of signing in."""
        self._job_environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Returns when requests are accepted.

        Raises SettingsError, DataDirInUse, PortInUse, MinistackFailed, ProvisioningFailed,
        ApiFailed.
        """
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._request_stop()
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        """Each part registers its own end, so that the parts stop in reverse order."""
        self.settings = checked(self._keep_alive | without_aws() | self._extra)
        data = stack.enter_context(DataDir(self.data_dir))
        stack.enter_context(logged_to(data.logs / "server.log"))
        listeners = [stack.enter_context(s) for s in listen(self._port, self._address)]
        port = listeners[0].getsockname()[1]
        self.url = f"http://{LOOPBACK}:{port}"
        self.url_for_others = url_of(self._address, port) if self._address else None

        ministack = Ministack(data, self._on_failure)
        stack.callback(ministack.stop)
        ministack.start()
        self._request_stop = ministack.request_stop
        base = without_aws() | ministack.credentials | {"AWS_ENDPOINT_URL": ministack.url}
        created = provision(_client("cloudformation", base), templates.load(ROOT / "template.yaml"))

        specs = templates.functions(created.template)
        bus = EventBus(_client("sqs", base), created)
        batch = self._batch(data, bus)
        batch_api = BatchApi(batch)
        self.environment.update(base, **self._function_environment(created, batch_api.url, data))
        if not self.environment["MEDIA_PUBLIC_URL"]:
            self.environment["MEDIA_AT_API"] = "true"
        self._job_environment.update(
            {
                name: value
                for name, value in self.environment.items()
                if not name.startswith(("AUTH_", "WECHAT_")) and name not in _FUNCTION_RETRIES
            }
        )
        stack.enter_context(process_environment(self.environment))

        hosted = self._host.start(stack, specs, self.environment, data.logs / "functions")
        scheduled = [
            AsyncInvoker(spec.name, hosted.handlers[spec.name]) for spec in specs if spec.scheduled
        ]
        for invoker in scheduled:
            stack.callback(invoker.stop)
            invoker.start()
        stack.callback(bus.stop)
        bus.start()
        stack.callback(batch_api.stop)
        batch_api.start()
        stack.callback(batch.stop)
        batch.start()
        start_pollers(stack, created, hosted.handlers, lambda: _client("sqs", base))
        start_schedule(stack, scheduled, self._sweep_seconds)
        api = answering(hosted.api, lambda: ministack.is_available)
        api = with_media(api, ministack.url, self.environment["BUCKET_NAME"])
        media_origin = self.environment["MEDIA_PUBLIC_URL"]
        _serve(stack, with_studio(api, STUDIO, media_origin=media_origin), listeners)

    def _function_environment(
        self, created: Stack, batch_url: str, data: DataDir
    ) -> dict[str, str]:
        local = self.settings
        secrets = {"AUTH_SECRETS": data.auth_secrets()} if local.auth_mode == "token" else {}
        return {
            **created.function_environment(os.environ),
            "AWS_ENDPOINT_URL_BATCH": batch_url,
            **_FUNCTION_RETRIES,
            # There is no gateway here that limits a request's size.
            "DIRECT_UPLOAD_MAX_BYTES": str(_MAX_DIRECT_UPLOAD_BYTES),
            # Metrics are lines for CloudWatch, which is not here.
            "METRICS_NAMESPACE": "",
            # Jobs write one log each here, for people.
            "LOG_FORMAT": "text",
            **secrets,
            **local.variables(),
            **self._extra,
        }

    def _batch(self, data: DataDir, bus: EventBus) -> LocalBatch:
        template = templates.load(ROOT / "infra" / "batch.yaml")
        resolver = batch_jobs.parameters(template, prefix=STACK_NAME)
        return LocalBatch(
            definitions=batch_jobs.job_definitions(template, resolver),
            queues=batch_jobs.job_queues(template, resolver),
            environment=self._job_environment,
            cwd=ROOT,
            logs=data.logs / "jobs",
            state=data.jobs_state,
            on_event=bus.send,
            vcpus=self._vcpus,
            grace_seconds=_JOB_STOP_SECONDS,
            lane_of=_lane_of,
        )


def _lane_of(job: Job) -> str:
    """Of a task's job, whose name begins with the task's type; both lanes may share a queue."""
    kind = job.name.partition("-")[0]
    return SPECS[TaskType(kind)].lane if kind in SPECS else job.queue


def _client(service: str, environment: dict[str, str]) -> Any:
    """A boto3 client that depends on nothing but `environment`."""
    return boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    ).client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        config=Config(retries={"mode": "standard", "max_attempts": 2}),
    )


def _serve(stack: ExitStack, api: Any, listeners: list[socket.socket]) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            api,
            http=JsonProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_API_STOP_SECONDS,
        )
    )
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": listeners}, name="api", daemon=True
    )

    def stop() -> None:
        server.should_exit = True
        thread.join()

    stack.callback(stop)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise ApiFailed("The API did not start; logs/server.log in the data folder says why.")
        time.sleep(0.02)
