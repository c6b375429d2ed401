"""The REST JSON of AWS Batch on loopback, so that boto3's own client talks to the local Batch."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.local.batch.emulator import LocalBatch, UnknownResource
from infra.local.batch.jobs import Job
from infra.local.data_dir import LOOPBACK

log = logging.getLogger(__name__)

_MAX_BODY_BYTES = 1 << 20


class BatchApi:
    """Serves a LocalBatch on a free loopback port."""

    def __init__(self, batch: LocalBatch) -> None:
        routes = _routes(batch)

        class Handler(_BatchRequest):
            operations = routes

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="batch-api", daemon=True
        )
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _routes(batch: LocalBatch) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
    def submit(body: dict[str, Any]) -> dict[str, Any]:
        job = batch.submit(job_from_request(body))
        return {"jobArn": job.arn, "jobName": job.name, "jobId": job.id}

    def terminate(body: dict[str, Any]) -> dict[str, Any]:
        batch.terminate(body["jobId"], body["reason"])
        return {}

    def cancel(body: dict[str, Any]) -> dict[str, Any]:
        batch.cancel(body["jobId"], body["reason"])
        return {}

    def describe(body: dict[str, Any]) -> dict[str, Any]:
        return {"jobs": batch.describe(body["jobs"])}

    return {
        "/v1/submitjob": submit,
        "/v1/terminatejob": terminate,
        "/v1/canceljob": cancel,
        "/v1/describejobs": describe,
    }


def job_from_request(body: dict[str, Any]) -> Job:
    """The job that a SubmitJob body asks for. Raises KeyError for a missing required field."""
    overrides = body.get("containerOverrides") or {}
    return Job(
        name=body["jobName"],
        queue=_name(body["jobQueue"]),
        definition=_name(body["jobDefinition"]).split(":")[0],
        parameters=body.get("parameters") or {},
        command=overrides.get("command"),
        environment={item["name"]: item["value"] for item in overrides.get("environment") or []},
        timeout_seconds=(body.get("timeout") or {}).get("attemptDurationSeconds"),
        array_size=(body.get("arrayProperties") or {}).get("size"),
    )


def _name(name_or_arn: str) -> str:
    """Both are accepted: `arn:...:job-queue/name` and `name`."""
    return name_or_arn.rsplit("/", 1)[-1]


class _BatchRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are written apart: the body would wait 40 ms for the head's acknowledgement.
    disable_nagle_algorithm = True
    operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MAX_BODY_BYTES:
            self.close_connection = True
            self._client_error("The request body is too large.")
            return
        body = self.rfile.read(length)
        operation = self.operations.get(self.path)
        if operation is None:
            self._client_error(f"The local Batch does not offer {self.path}.")
            return
        try:
            answer = operation(json.loads(body))
        except UnknownResource as error:
            self._client_error(str(error))
        except (KeyError, ValueError) as error:
            self._client_error(f"The request is not complete: {error}.")
        else:
            self._answer(200, answer)

    def _client_error(self, message: str) -> None:
        self._answer(400, {"message": message}, error_type="ClientException")

    def _answer(self, status: int, body: dict[str, Any], error_type: str | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if error_type:
            self.send_header("x-amzn-ErrorType", error_type)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
