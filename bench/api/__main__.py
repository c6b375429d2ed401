"""The API function, warm and cold: `python -m bench.api` (from the repository's root).

Warm: requests through each function's own handler as API Gateway (payload 2.0) sends them, over
moto in this process. What the calls to the store take is measured apart and taken off, because
moto's speed is not DynamoDB's. Cold: what importing the function takes in a fresh interpreter whose
byte code is written, the functions in turn: wall time, and processor time, which a busy machine
distorts less; then import and first request together, so that nothing is won by putting work off.
That request is refused for its body, before any of them calls a store. Medians; smaller is faster.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
from botocore.client import BaseClient
from moto import mock_aws

from bench.measuring.figures import Figures
from infra.local.cloud import template as templates

ROOT = Path(__file__).resolve().parents[2]
MODULES = {
    "this API": "functions.api.app",
    "bare FastAPI + Mangum + boto3": "bench.api.peers.bare_fastapi",
    "Powertools resolver + boto3": "bench.api.peers.powertools",
}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "TABLE_NAME": "bench",
    "BUCKET_NAME": "bench",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "LOG_LEVEL": "ERROR",
}


@dataclass
class StoreTime:
    """Seconds spent inside boto3's calls, and how many there were, since the last `reset`."""

    seconds: float = 0.0
    calls: int = 0

    def reset(self) -> None:
        self.seconds, self.calls = 0.0, 0


@dataclass
class Timings:
    """Milliseconds of each request, its store calls taken off, and the calls of one request."""

    above_store: list[float] = field(default_factory=list)
    calls: int = 0

    def row(self) -> str:
        return f"{statistics.median(self.above_store):.2f} | {self.calls}"


@dataclass(frozen=True)
class Context:
    """What Lambda hands a handler beside the event."""

    function_name: str = "api"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:api"
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--imports", type=int, default=15)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    medians: dict[str, list[float]] = {}
    print(f"Python {sys.version.split()[0]}, {arguments.requests} requests after 30 to warm up\n")
    print(
        "| function | status, ms | store calls | create, ms | store calls |\n|---|---|---|---|---|"
    )
    with mock_aws(), _store_time() as store:
        _provision()
        for name, module in MODULES.items():
            handler = importlib.import_module(module).handler
            # The metrics of a function are lines on its standard output.
            with redirect_stdout(StringIO()):
                status, create = _warm(handler, store, arguments.requests)
            print(f"| {name} | {status.row()} | {create.row()} |")
            medians[name] = [statistics.median(one.above_store) for one in (status, create)]
    print(f"\nMedians of {arguments.imports} imports, ms\n")
    print("| function | import, wall | import, CPU | import and first request, CPU |")
    print("|---|---|---|---|")
    for name, times in _cold(arguments.imports).items():
        wall, cpu, served = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"| {name} | {wall:.0f} | {cpu:.0f} | {served:.0f} |")
        medians[name] += [cpu, served]
    if arguments.json is not None:
        _over_peers(medians).write(arguments.json)


def _over_peers(medians: dict[str, list[float]]) -> Figures:
    """This API's medians over each peer's."""
    (_, ours), *peers = medians.items()
    names = ("status", "create", "import", "import and first request")
    return Figures(
        {
            f"{what} over {peer}": own / other
            for peer, theirs in peers
            for what, own, other in zip(names, ours, theirs, strict=True)
        }
    )


def _provision() -> None:
    table = templates.load(ROOT / "template.yaml")["Resources"]["Table"]["Properties"]
    shape = {key: table[key] for key in ("AttributeDefinitions", "KeySchema")}
    boto3.client("dynamodb").create_table(
        TableName="bench",
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=table["GlobalSecondaryIndexes"],
        **shape,
    )
    boto3.client("s3").create_bucket(Bucket="bench")
    os.environ["TASK_QUEUE_URL"] = boto3.client("sqs").create_queue(QueueName="bench")["QueueUrl"]


@contextmanager
def _store_time() -> Iterator[StoreTime]:
    """Measure every call that a boto3 client makes in the block."""
    spent, call = StoreTime(), BaseClient._make_api_call

    def timed(*arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return call(*arguments)
        finally:
            spent.seconds += time.perf_counter() - started
            spent.calls += 1

    BaseClient._make_api_call = timed
    try:
        yield spent
    finally:
        BaseClient._make_api_call = call


def _warm(
    handler: Callable[[dict[str, Any], Any], dict[str, Any]], store: StoreTime, requests: int
) -> tuple[Timings, Timings]:
    """Timings of reading one task's status and of creating tasks."""
    status, create = Timings(), Timings()
    for number in range(-30, requests):
        body, spent, calls = _request(
            handler, store, "POST", "/api/tasks/voice/generate", {"text": f"你好 {number}"}
        )
        if number >= 0:
            create.above_store.append(spent)
            create.calls = calls
        path = f"/api/tasks/{body['task_id']}/status"
        _, spent, calls = _request(handler, store, "GET", path)
        if number >= 0:
            status.above_store.append(spent)
            status.calls = min(status.calls or calls, calls)
    return status, create


def _request(
    handler: Callable[[dict[str, Any], Any], dict[str, Any]],
    store: StoreTime,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
) -> tuple[dict[str, Any], float, int]:
    """The answer, the milliseconds above the store's, and the store calls."""
    event = _event(method, path, body)
    store.reset()
    started = time.perf_counter()
    answer = handler(event, Context())
    spent = time.perf_counter() - started - store.seconds
    if answer["statusCode"] != 200:
        raise SystemExit(f"{method} {path}: {answer['statusCode']} {answer['body']}")
    return json.loads(answer["body"]), spent * 1000, store.calls


def _event(method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "ANY /{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "api.example.com", "content-type": "application/json"},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.1",
                "userAgent": "bench",
            },
            "requestId": "gateway-1",
            "stage": "$default",
        },
        "body": json.dumps(body) if body else "",
        "isBase64Encoded": False,
    }


def _cold(runs: int) -> dict[str, list[tuple[float, float, float]]]:
    """Milliseconds of each cold start, in turn, so that a busy machine is busy for all alike."""
    times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in MODULES}
    for run in range(runs + 1):
        for name, module in MODULES.items():
            spent = _cold_milliseconds(module)
            # The first writes the byte code.
            if run:
                times[name].append(spent)
    return times


_COLD_START = """
import json, sys, time
started, used = time.perf_counter(), time.process_time()
from {module} import handler
imported, used_imported = time.perf_counter(), time.process_time()
from bench.api.__main__ import Context, _event
ready = time.process_time()
answer = handler(_event("POST", "/api/tasks/voice/generate", {{"speech": "none"}}), Context())
served = used_imported - used + time.process_time() - ready
assert answer["statusCode"] in (400, 422), answer
print(json.dumps([imported - started, used_imported - used, served]))
"""


def _cold_milliseconds(module: str) -> tuple[float, float, float]:
    """Import by the clock, import by processor time, import and first request by processor time."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "core" / "python")])
    done = subprocess.run(
        [sys.executable, "-c", _COLD_START.format(module=module)],
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": path, "TASK_QUEUE_URL": "https://queue"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu, served = (seconds * 1000 for seconds in json.loads(done.stdout))
    return wall, cpu, served


if __name__ == "__main__":
    main()
