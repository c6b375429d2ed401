"""The store below the embedded cloud: what was answered is kept, whatever ends or fills up."""

import io
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dh_core.cloud.media_store import MediaStore
from infra.local.cloud import template as templates
from infra.local.cloud.process import Ministack
from infra.local.cloud.provision import ProvisioningFailed, provision
from infra.local.data_dir import DataDir, port_is_taken

ROOT = Path(__file__).resolve().parents[4]
MB = 1 << 20
SEED = 12


class Store:
    """A running store with the project's stack, and clients of it."""

    def __init__(self, data):
        self.process = Ministack(data)
        self.process.start()
        stack = provision(self.client("cloudformation"), templates.load(ROOT / "template.yaml"))
        self.bucket, self.table = stack.physical_ids["Bucket"], stack.physical_ids["Table"]
        self.queue = stack.physical_ids["ObjectsQueue"]
        self.s3, self.dynamodb, self.sqs = map(self.client, ("s3", "dynamodb", "sqs"))

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.process.url,
            region_name="us-east-1",
            aws_access_key_id=self.process.credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.process.credentials["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"mode": "standard", "max_attempts": 1}),
        )

    def put(self, key, body):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def get(self, key, **options):
        return self.s3.get_object(Bucket=self.bucket, Key=key, **options)["Body"].read()

    def listed(self):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return {entry["Key"] for page in pages for entry in page.get("Contents", ())}

    def put_item(self, name, value="x"):
        item = {"PK": {"S": name}, "SK": {"S": "TASK"}, "value": {"S": value}}
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def items(self):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        return {item["PK"]["S"]: item["value"]["S"] for page in pages for item in page["Items"]}

    def announced(self):
        """Keys of the uploads in the objects' queue; they stay in it."""
        found = set()
        while received := self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, VisibilityTimeout=30
        ).get("Messages"):
            for message in received:
                if '"key": "' in message["Body"]:
                    found.add(message["Body"].split('"key": "')[1].split('"')[0])
        return found

    def post(self, key, content):
        post = self.s3.generate_presigned_post(self.bucket, key)
        return httpx.post(post["url"], data=post["fields"], files={"file": content}, timeout=60)

    def cut(self):
        """End the process as a power cut does, and wait until another one answers."""
        before = self.process.pid
        os.kill(before, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while self.process.pid == before or not self.process.is_available:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def limit_files(self, size):
        """No file of the process may grow beyond this: what a full disk looks like to it."""
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.fixture
def data(tmp_path):
    with DataDir(tmp_path) as data:
        yield data


@pytest.fixture
def store(data):
    running = Store(data)
    yield running
    running.process.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with DataDir(tmp_path_factory.mktemp("store")) as data:
        running = Store(data)
        yield running
        running.process.stop()


def test_ministack_is_the_release_whose_internals_the_store_reaches_into():
    """Another one: run this file, the integration tests and bench.server before it is used."""
    assert version("ministack") == "1.5.33"


def test_a_cut_before_the_first_clean_stop_loses_nothing(store):
    store.put_item("TASK#1", "kept")
    store.put_item("TASK#2", "gone")
    store.put("generated/1", b"kept")
    store.put("generated/2", b"gone")
    store.put("uploads/public/audio/a.wav", b"announced")
    delete = {"PK": {"S": "TASK#2"}, "SK": {"S": "TASK"}}
    store.dynamodb.delete_item(TableName=store.table, Key=delete)
    store.s3.delete_object(Bucket=store.bucket, Key="generated/2")
    store.cut()
    assert store.items() == {"TASK#1": "kept"}
    assert store.listed() == {"generated/1", "uploads/public/audio/a.wav"}
    assert store.get("generated/1") == b"kept"
    assert store.announced() == {"uploads/public/audio/a.wav"}


def test_an_upload_in_parts_goes_on_after_a_cut(store):
    place = {"Bucket": store.bucket, "Key": "uploads/public/video/v.mp4"}
    upload = store.s3.create_multipart_upload(**place)["UploadId"]
    first = store.s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=bytes(5 * MB))
    store.cut()
    second = store.s3.upload_part(**place, UploadId=upload, PartNumber=2, Body=b"end")
    parts = store.s3.list_parts(**place, UploadId=upload)["Parts"]
    assert [part["Size"] for part in parts] == [5 * MB, 3]
    named = [{"PartNumber": n, "ETag": p["ETag"]} for n, p in ((1, first), (2, second))]
    store.s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": named})
    store.cut()
    assert store.get(place["Key"]) == bytes(5 * MB) + b"end"
    assert store.announced() == {place["Key"]}


def test_cuts_at_any_moment_of_a_stream_of_writes_lose_nothing_that_was_answered(store, request):
    """Five; `pytest tests/integration/infra/local --cuts 100` for more."""
    chance = random.Random(SEED)
    items, objects, removed = {}, {}, set()
    stop = threading.Event()

    def write(worker):
        number = 0
        while not stop.is_set():
            name = f"{worker}-{number}"
            number += 1
            try:
                store.put_item(name, name)
                items[name] = name
                store.put(f"generated/{name}", name.encode())
                objects[f"generated/{name}"] = name.encode()
                if number % 3 == 0:
                    store.s3.delete_object(Bucket=store.bucket, Key=f"generated/{name}")
                    removed.add(f"generated/{name}")
            except (BotoCoreError, ClientError):
                time.sleep(0.05)  # it was never answered

    workers = [threading.Thread(target=write, args=(worker,)) for worker in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(request.config.getoption("--cuts", 5)):
        time.sleep(chance.uniform(0.1, 0.6))
        store.cut()
    stop.set()
    for worker in workers:
        worker.join()
    store.cut()
    assert items.items() <= store.items().items()
    kept = store.listed()
    assert objects.keys() - removed <= kept
    assert not removed & kept
    for key in objects.keys() - removed:
        assert store.get(key) == objects[key]


def test_a_folder_cut_while_its_stack_is_made_starts_again(data):
    for moment in (0.0, 0.15, 0.4):
        process = Ministack(data)
        process.start()
        maker = threading.Thread(target=_try_to_provision, args=(process,))
        maker.start()
        time.sleep(moment)
        os.kill(process.pid, signal.SIGKILL)
        process.stop()
        maker.join()
    running = Store(data)
    running.put_item("TASK#1")
    running.process.stop()


def _try_to_provision(process):
    client = boto3.client(
        "cloudformation",
        endpoint_url=process.url,
        region_name="us-east-1",
        aws_access_key_id=process.credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=process.credentials["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"mode": "standard", "max_attempts": 1}),
    )
    with suppress(ProvisioningFailed):
        provision(client, templates.load(ROOT / "template.yaml"))


def test_what_lies_on_the_disk_and_has_no_record_is_removed_at_the_start(store):
    store.put("generated/1", b"kept")
    folder = store.process._data.cloud / "objects"
    (folder / "half-written").write_bytes(b"from an upload that was cut off")
    store.cut()
    assert len(list(folder.iterdir())) == 1
    assert store.get("generated/1") == b"kept"


def test_bytes_that_are_gone_from_the_disk_are_told_and_their_record_with_them(store, caplog):
    store.put("generated/1", b"kept")
    folder = store.process._data.cloud / "objects"
    (kept,) = folder.iterdir()
    store.put("generated/2", b"lost")
    (lost,) = set(folder.iterdir()) - {kept}
    lost.write_bytes(b"lo")
    store.cut()
    assert store.listed() == {"generated/1"}
    assert "the bytes of generated/2 are not on the disk" in caplog.text


def test_a_damaged_file_of_records_is_put_aside_and_told(data, caplog):
    running = Store(data)
    running.put_item("TASK#1")
    running.process.stop()
    (data.cloud / "rows.db").write_bytes(b"no database at all" * 1000)
    again = Store(data)
    assert again.items() == {}
    again.process.stop()
    assert "all records: their file was damaged" in caplog.text
    assert list(data.cloud.glob("rows.db.unreadable-*"))


def older_store(data):
    """ministack as it ran before the journal: saved at a clean stop."""
    identity, folder = data.identity(), data.cloud
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": identity["access_key"],
        "AWS_SECRET_ACCESS_KEY": identity["secret_key"],
        "GATEWAY_PORT": str(identity["port"]),
        "BIND_HOST": "127.0.0.1",
        "AUTH": "true",
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }
    process = subprocess.Popen([sys.executable, "-m", "ministack"], env=environment, cwd=folder)
    deadline = time.monotonic() + 60
    while not port_is_taken(identity["port"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return process


@pytest.mark.parametrize("whole", [True, False])
def test_a_folder_of_an_older_release_is_taken_over_or_said_to_be_lost(
    data, monkeypatch, caplog, whole
):
    process = older_store(data)
    with monkeypatch.context() as patched:
        patched.setattr(Ministack, "start", lambda self: None)
        older = Store(data)
    older.put_item("TASK#1", "kept")
    older.put("generated/1", b"kept")
    process.terminate()
    process.wait(30)
    if not whole:
        (data.cloud / "state" / "cloudformation.json").write_text('{"half')
    for _ in range(2):
        running = Store(data)
        assert running.items() == ({"TASK#1": "kept"} if whole else {})
        assert running.listed() == ({"generated/1"} if whole else set())
        if whole:
            assert running.get("generated/1") == b"kept"
        running.process.stop()
    assert ("what an older version left" in caplog.text) is not whole


def test_what_finds_no_room_is_refused_and_not_there(store):
    store.put("generated/before", b"kept")
    store.limit_files(MB)
    assert store.post("generated/form", bytes(2 * MB)).status_code == 507
    with pytest.raises(ClientError) as refused:
        store.put("generated/put", bytes(2 * MB))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
    answered = 0
    with pytest.raises(ClientError) as refused:
        while True:
            store.put_item(f"TASK#{answered}", "x" * 20_000)
            answered += 1
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
    assert len(store.items()) == answered
    store.limit_files(resource.RLIM_INFINITY)
    store.put_item("TASK#after", "x")
    store.put("generated/after", b"kept")
    store.cut()
    assert len(store.items()) == answered + 1
    assert store.listed() == {"generated/before", "generated/after"}


def test_a_full_disk_keeps_what_was_answered_and_starts_again(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(tmp_path)],
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        with DataDir(tmp_path) as data:
            running = Store(data)
            answered = 0
            with pytest.raises(ClientError):
                while True:
                    running.put_item(f"TASK#{answered}", "x" * 50_000)
                    answered += 1
            assert running.post("generated/form", bytes(MB)).status_code == 507
            running.cut()
            running.process.stop()
            again = Store(data)
            assert len(again.items()) == answered > 10
            again.process.stop()
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_large_upload_and_its_download_take_no_memory_of_its_size(store):
    size = 120 * MB
    before = store.memory()
    assert store.post("generated/large", bytes(size)).status_code == 204
    body = store.s3.get_object(Bucket=store.bucket, Key="generated/large")["Body"]
    assert sum(map(len, body.iter_chunks(MB))) == size
    assert store.memory() - before < 30 * MB


def test_the_store_comes_back_when_it_hangs(store):
    store.put_item("TASK#1")
    before = store.process.pid
    os.kill(before, signal.SIGSTOP)
    deadline = time.monotonic() + 40
    while store.process.pid == before or not store.process.is_available:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert store.items() == {"TASK#1": "x"}


@pytest.mark.parametrize("state", [signal.SIGSTOP, signal.SIGKILL])
def test_it_stops_within_seconds_when_the_store_is_dead_or_hangs(data, state):
    running = Store(data)
    os.kill(running.process.pid, state)
    began = time.monotonic()
    running.process.request_stop()
    running.process.stop()
    assert time.monotonic() - began < 15


# ---- the bytes -------------------------------------------------------------------------------
def noise(size):
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", [0, 1, 300_000, 9 * MB, 20 * MB])
def test_what_is_sent_comes_back_whole_and_in_ranges(shared, size):
    content = noise(size)
    shared.s3.upload_fileobj(io.BytesIO(content), shared.bucket, f"generated/{size}")
    assert shared.get(f"generated/{size}") == content
    if size > 10:
        # Across the border of two parts, if there are any.
        first, last = min(size, 8 * MB) - 5, min(size, 8 * MB) + 5
        assert (
            shared.get(f"generated/{size}", Range=f"bytes={first}-{last}")
            == (content[first : last + 1])
        )
        assert shared.get(f"generated/{size}", Range="bytes=-3") == content[-3:]
    out = io.BytesIO()
    shared.s3.download_fileobj(shared.bucket, f"generated/{size}", out)
    assert out.getvalue() == content
    # An earlier result as the input of another task.
    media = MediaStore(shared.bucket, client=shared.s3)
    media.copy(f"generated/{size}", f"uploads/copy-{size}", content_type="video/mp4")
    assert shared.get(f"uploads/copy-{size}") == content


def test_a_form_keeps_its_file_as_it_is(shared):
    content = noise(700_000) + b"\r\n--not the boundary\r\n\r\n--"
    assert shared.post("generated/form", content).status_code == 204
    assert shared.get("generated/form") == content


def test_a_form_that_breaks_off_or_is_none_leaves_nothing(shared):
    post = shared.s3.generate_presigned_post(shared.bucket, "generated/broken")
    request = httpx.Request("POST", post["url"], data=post["fields"], files={"file": b"abc"})
    whole, kind = request.read(), {"content-type": request.headers["content-type"]}
    for body in (whole[:-8], b"", b"x" * 1000, whole.replace(b'"file"', b'"other"')):
        assert httpx.post(post["url"], content=body, headers=kind).status_code in (400, 403)
    assert httpx.post(post["url"], files={"file": b"unsigned"}).status_code == 403
    assert "generated/broken" not in shared.listed()


@pytest.mark.parametrize(
    "wrong", [{"ContentMD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, {"ChecksumCRC32": "AAAAAA=="}]
)
def test_a_body_that_is_not_what_its_checksum_says_is_refused(shared, wrong):
    with pytest.raises(ClientError) as refused:
        shared.s3.put_object(Bucket=shared.bucket, Key="generated/bad", Body=b"abc", **wrong)
    assert refused.value.response["Error"]["Code"] == "BadDigest"
    assert "generated/bad" not in shared.listed()


def test_a_replaced_or_deleted_object_leaves_no_bytes(shared):
    folder = shared.process._data.cloud / "objects"
    before = len(list(folder.iterdir()))
    shared.put("generated/twice", b"one")
    shared.put("generated/twice", b"two")
    assert shared.get("generated/twice") == b"two"
    assert len(list(folder.iterdir())) == before + 1
    keys = {"Objects": [{"Key": "generated/twice"}]}
    shared.s3.delete_objects(Bucket=shared.bucket, Delete=keys)
    assert len(list(folder.iterdir())) == before


def test_an_object_that_is_only_made_once_is_not_made_twice(shared):
    place = {"Bucket": shared.bucket, "Key": "generated/once", "IfNoneMatch": "*"}
    shared.s3.put_object(**place, Body=b"one")
    with pytest.raises(ClientError) as refused:
        shared.s3.put_object(**place, Body=b"two")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert shared.get("generated/once") == b"one"


def test_pages_of_an_index_are_whole_and_in_order_however_it_was_filled(store):
    chance = random.Random(5)
    times = [f"{chance.randrange(40):03d}" for _ in range(200)]  # many are equal
    kept = {}
    for number in chance.sample(range(200), 200):
        name = f"TASK#{number}"
        item = {"PK": name, "SK": "TASK", "GSI1PK": "OWNER#a#TASK", "GSI1SK": times[number]}
        typed = {key: {"S": value} for key, value in item.items()}
        store.dynamodb.put_item(TableName=store.table, Item=typed)
        kept[name] = times[number]
    for name in chance.sample(sorted(kept), 60):
        key = {"PK": {"S": name}, "SK": {"S": "TASK"}}
        if chance.random() < 0.5:
            store.dynamodb.delete_item(TableName=store.table, Key=key)
            del kept[name]
        else:
            values = {":new": {"S": "020"}}
            update = {"UpdateExpression": "SET GSI1SK = :new", "ExpressionAttributeValues": values}
            store.dynamodb.update_item(TableName=store.table, Key=key, **update)
            kept[name] = "020"
    in_order = sorted(kept, key=lambda name: (kept[name], name))
    between = [name for name in in_order if "010" <= kept[name] <= "020"]
    before = [name for name in in_order if kept[name] < "020"]
    for _ in range(2):
        for forward in (True, False):
            step = 1 if forward else -1
            for limit in (7, 1000):
                pages = partial(pages_of_index, store, limit, forward)
                assert pages("") == in_order[::step]
                assert pages(" AND GSI1SK BETWEEN :a AND :b", a="010", b="020") == between[::step]
                assert pages(" AND GSI1SK < :b", b="020") == before[::step]
        store.cut()  # and again, as they come back from the disk


def pages_of_index(store, limit, forward, condition, **values):
    pages = store.dynamodb.get_paginator("query").paginate(
        TableName=store.table,
        IndexName="GSI1",
        KeyConditionExpression="GSI1PK = :owner" + condition,
        ExpressionAttributeValues={
            ":owner": {"S": "OWNER#a#TASK"},
            **{f":{name}": {"S": value} for name, value in values.items()},
        },
        ScanIndexForward=forward,
        PaginationConfig={"PageSize": limit},
    )
    return [item["PK"]["S"] for page in pages for item in page["Items"]]
