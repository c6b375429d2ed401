"""The stack in the embedded cloud: made from template.yaml, kept over a restart."""

import json
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import template as templates
from infra.local.cloud.process import Ministack
from infra.local.cloud.provision import provision
from infra.local.data_dir import DataDir
from infra.local.lambdas.poller import QueuePoller

ROOT = Path(__file__).resolve().parents[5]


class Cloud:
    """A running ministack with the project's stack."""

    def __init__(self, data):
        self.ministack = Ministack(data)
        self.ministack.start()
        template = templates.load(ROOT / "template.yaml")
        self.stack = provision(self.client("cloudformation"), template)
        self.bucket = self.stack.physical_ids["Bucket"]
        self.table = self.stack.physical_ids["Table"]

    def client(self, service, **options):
        credentials = self.ministack.credentials
        return boto3.client(
            service,
            endpoint_url=self.ministack.url,
            region_name="us-east-1",
            **{
                "aws_access_key_id": credentials["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": credentials["AWS_SECRET_ACCESS_KEY"],
            }
            | options,
        )


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with DataDir(tmp_path_factory.mktemp("cloud")) as data:
        running = Cloud(data)
        yield running
        running.ministack.stop()


def test_the_stack_becomes_complete(cloud):
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackStatus"] for stack in stacks] == ["CREATE_COMPLETE"]


def test_the_functions_get_the_names_of_the_real_resources(cloud):
    environment = cloud.stack.function_environment()
    assert environment["TABLE_NAME"] == cloud.table
    assert environment["BUCKET_NAME"] == cloud.bucket
    assert environment["TASK_QUEUE_URL"].startswith(cloud.ministack.url)
    assert environment["JOB_QUEUE_SPEAKING"] == "digital-human-cpu"  # SpeakingCompute's default


def test_a_presigned_upload_is_announced_in_the_objects_queue(cloud):
    post = cloud.client("s3").generate_presigned_post(
        cloud.bucket, "uploads/public/audio/a.wav", Conditions=[["content-length-range", 1, 9]]
    )
    answer = httpx.post(post["url"], data=post["fields"], files={"file": b"sound"})
    assert answer.status_code == 204
    queue = cloud.stack.physical_ids["ObjectsQueue"]
    sqs = cloud.client("sqs")
    keys = []
    while not keys:
        received = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=5
        ).get("Messages")
        assert received, "no notification arrived"
        for message in received:
            records = json.loads(message["Body"]).get("Records", [])
            keys += [record["s3"]["object"]["key"] for record in records]
    assert keys == ["uploads/public/audio/a.wav"]


def test_an_upload_beyond_the_signed_length_is_refused(cloud):
    post = cloud.client("s3").generate_presigned_post(
        cloud.bucket, "uploads/public/audio/b.wav", Conditions=[["content-length-range", 1, 9]]
    )
    answer = httpx.post(post["url"], data=post["fields"], files={"file": b"x" * 10})
    assert answer.status_code == 400


def test_requests_with_foreign_keys_are_refused(cloud):
    stranger = cloud.client("s3", aws_access_key_id="AKIASTRANGER", aws_secret_access_key="guess")
    with pytest.raises(ClientError):
        stranger.list_objects_v2(Bucket=cloud.bucket)


def test_only_the_messages_that_succeeded_are_deleted(cloud):
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="partial", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    for body in ("good", "bad"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    seen = []

    def handler(event, context):
        seen.extend(record["body"] for record in event["Records"])
        failed = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}

    poller = QueuePoller(
        sqs,
        queue_url=url,
        queue_arn="arn:aws:sqs:us-east-1:000000000000:partial",
        function="F",
        handler=handler,
        batch_size=10,
        partial_failures=True,
    )
    while seen.count("bad") < 2:
        poller.poll_once()
    assert seen.count("good") == 1


def test_a_message_that_never_succeeds_goes_to_the_dead_letters(cloud):
    sqs = cloud.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead",
        "maxReceiveCount": 2,
    }
    url = sqs.create_queue(
        QueueName="alive",
        Attributes={"VisibilityTimeout": "0", "RedrivePolicy": json.dumps(redrive)},
    )["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    calls = []

    def handler(event, context):
        calls.append(event)
        raise RuntimeError("always")

    poller = QueuePoller(
        sqs,
        queue_url=url,
        queue_arn="arn:aws:sqs:us-east-1:000000000000:alive",
        function="F",
        handler=handler,
        batch_size=1,
        partial_failures=False,
    )
    while poller.poll_once():
        assert len(calls) <= 2
    (message,) = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=2)["Messages"]
    assert message["Body"] == "poison"


def test_items_and_objects_survive_a_restart(tmp_path):
    with DataDir(tmp_path) as data:
        first = Cloud(data)
        item = {"PK": {"S": "TASK#1"}, "SK": {"S": "TASK"}, "note": {"S": "kept"}}
        first.client("dynamodb").put_item(TableName=first.table, Item=item)
        first.client("s3").put_object(Bucket=first.bucket, Key="generated/1/1/a", Body=b"kept")
        first.ministack.stop()

        second = Cloud(data)
        key = {name: item[name] for name in ("PK", "SK")}
        assert second.stack.physical_ids == first.stack.physical_ids
        found = second.client("dynamodb").get_item(TableName=second.table, Key=key)
        assert found["Item"] == item
        body = second.client("s3").get_object(Bucket=second.bucket, Key="generated/1/1/a")["Body"]
        assert body.read() == b"kept"
        second.ministack.stop()
