"""What the embedded cloud's store takes: small puts a second, and memory under one large upload.

python -m bench.server.local_store [--megabytes 400] [--seconds 5]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import httpx

from infra.local.cloud import template as templates
from infra.local.cloud.process import Ministack
from infra.local.cloud.provision import provision
from infra.local.data_dir import DataDir

ROOT = Path(__file__).resolve().parents[2]
_CLIENTS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, DataDir(Path(folder)) as data:
        store = Ministack(data)
        began = time.monotonic()
        store.start()
        try:
            stack = provision(_client(store, "cloudformation"), _template())
            print(f"start: {time.monotonic() - began:.2f} s")
            bucket, table = stack.physical_ids["Bucket"], stack.physical_ids["Table"]
            s3, dynamodb = _client(store, "s3"), _client(store, "dynamodb")

            def put_object(number: int) -> None:
                s3.put_object(Bucket=bucket, Key=f"generated/{number}", Body=bytes(1000))

            def put_item(number: int) -> None:
                item = {"PK": {"S": f"TASK#{number}"}, "SK": {"S": "TASK"}, "x": {"S": "y" * 900}}
                dynamodb.put_item(TableName=table, Item=item)

            for name, put in (("objects", put_object), ("items", put_item)):
                before = _cpu_seconds(store.pid)
                puts = _puts(put, arguments.seconds)
                each = 1000 * (_cpu_seconds(store.pid) - before) / puts
                print(
                    f"{name} of 1 kB: {puts / arguments.seconds:.0f} puts/s, "
                    f"{each:.1f} ms of the store's CPU each"
                )
            print(f"memory: {_memory(store.pid, 'VmRSS'):.0f} MB")
            took = _upload(s3, bucket, arguments.megabytes, Path(folder) / "large")
            print(
                f"one upload of {arguments.megabytes} MB: {took:.1f} s, "
                f"peak memory {_memory(store.pid, 'VmHWM'):.0f} MB"
            )
            took = _download(s3, bucket)
            print(f"its download: {took:.1f} s, peak {_memory(store.pid, 'VmHWM'):.0f} MB")
        finally:
            store.stop()


def _template() -> templates.Template:
    return templates.load(ROOT / "template.yaml")


def _client(store: Ministack, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=store.url,
        region_name="us-east-1",
        aws_access_key_id=store.credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=store.credentials["AWS_SECRET_ACCESS_KEY"],
    )


def _puts(put: Any, seconds: float) -> int:
    """Calls in that time, from a few clients at once."""

    def work(client: int) -> int:
        done = 0
        while time.monotonic() < deadline:
            put(client * 1_000_000 + done)
            done += 1
        return done

    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(_CLIENTS) as pool:
        return sum(pool.map(work, range(_CLIENTS)))


def _upload(s3: Any, bucket: str, megabytes: int, path: Path) -> float:
    with path.open("wb") as file:
        file.truncate(megabytes * 1_000_000)
    post = s3.generate_presigned_post(bucket, "generated/large", Conditions=[])
    began = time.monotonic()
    with path.open("rb") as file:
        answer = httpx.post(post["url"], data=post["fields"], files={"file": file}, timeout=600)
    assert answer.status_code == 204, answer.text
    return time.monotonic() - began


def _download(s3: Any, bucket: str) -> float:
    began = time.monotonic()
    for _ in s3.get_object(Bucket=bucket, Key="generated/large")["Body"].iter_chunks(1 << 20):
        continue
    return time.monotonic() - began


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1000


if __name__ == "__main__":
    main()
