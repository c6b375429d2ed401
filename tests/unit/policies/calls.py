"""Calls of AWS as IAM sees them: an action, a resource, and the keys that conditions look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TABLE: Final = "arn:aws:dynamodb:us-east-1:000000000000:table/app-table"
BUCKET: Final = "arn:aws:s3:::app-media"
WEIGHTS_BUCKET: Final = "arn:aws:s3:::app-weights"
_BATCH: Final = "arn:aws:batch:us-east-1:000000000000"
_LAMBDA: Final = "arn:aws:lambda:us-east-1:000000000000"
_ECR: Final = "arn:aws:ecr:us-east-1:000000000000"

_S3_ACTIONS: Final = {
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PostObject": "PutObject",
    "UploadPart": "PutObject",
}
"""Operations whose action has another name (Amazon S3 User Guide, "Required permissions")."""

_WRITES: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@dataclass(frozen=True)
class Call:
    """One permission that a call needs."""

    action: str
    resource: str
    conditions: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...]]:
        """The same for calls that no statement of a policy tells apart: names are left out."""
        bucket, slash, key = self.resource.partition("/")
        is_object = slash and self.resource.startswith("arn:aws:s3:::")
        resource = f"{bucket}/{key.partition('/')[0]}/*" if is_object else self.resource
        resource = re.sub(r"(:job/|:batch:.*:job/).*", r"\1*", resource)
        keys = self.conditions.get("dynamodb:leadingkeys", ())
        return self.action, resource, tuple(re.sub(r"#[^#]*", "#*", key, count=1) for key in keys)


def queue_arn(logical_name: str) -> str:
    return f"arn:aws:sqs:us-east-1:000000000000:{logical_name}"


def log_group(logical_name: str) -> str:
    return f"arn:aws:logs:us-east-1:000000000000:log-group:{logical_name}:*"


def calls(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[Call]:
    """Every permission that an operation of boto3 needs. Raises KeyError for one not known here."""
    yield from _SERVICES[service](operation, parameters)


def _dynamodb(operation: str, parameters: Mapping[str, Any]) -> Iterator[Call]:
    if operation == "TransactWriteItems":
        for write in parameters["TransactItems"]:
            ((kind, body),) = write.items()
            yield _item(_WRITES[kind], body.get("Key") or body["Item"])
    elif operation == "BatchGetItem":
        for request in parameters["RequestItems"].values():
            for key in request["Keys"]:
                yield _item(operation, key)
    elif operation == "Query":
        index = parameters.get("IndexName")
        resource = f"{TABLE}/index/{index}" if index else TABLE
        yield Call("dynamodb:Query", resource, _leading(_partition(parameters)))
    else:
        yield _item(operation, parameters.get("Key") or parameters["Item"])


def _item(action: str, key: Mapping[str, Any]) -> Call:
    return Call(f"dynamodb:{action}", TABLE, _leading(key["PK"]))


def _partition(query: Mapping[str, Any]) -> Any:
    """The partition that a query reads: what its condition sets the partition key equal to."""
    found = re.match(r"(?:PK|GSI1PK|GSI2PK) = (:\w+)", query["KeyConditionExpression"])
    assert found, query["KeyConditionExpression"]
    return query["ExpressionAttributeValues"][found[1]]


def _leading(value: Any) -> dict[str, Any]:
    # The low-level client says {"S": …}, the resource's client the plain value.
    return {"dynamodb:leadingkeys": [value["S"] if isinstance(value, dict) else value]}


def missing_object(bucket: str) -> Call:
    """What S3 wants to see before it tells that there is no such object (Amazon S3 API Reference,
    HeadObject and GetObject, "Permissions"). It is no listing, and so has no prefix.
    """
    return Call("s3:ListBucket", _bucket(bucket))


def _bucket(name: str) -> str:
    return WEIGHTS_BUCKET if name == WEIGHTS_BUCKET.rpartition(":")[2] else BUCKET


def _s3(operation: str, parameters: Mapping[str, Any]) -> Iterator[Call]:
    action = f"s3:{_S3_ACTIONS.get(operation, operation)}"
    bucket = _bucket(parameters["Bucket"])
    if operation == "CreateBucket":
        # What botocore calls the request of a presigned POST; `PostObject` is its permission.
        return
    if operation == "ListObjectsV2":
        yield Call(action, bucket, {"s3:prefix": parameters.get("Prefix", "")})
    elif operation == "ListMultipartUploads":
        yield Call("s3:ListBucketMultipartUploads", bucket)
    elif operation == "ListObjectVersions":
        yield Call("s3:ListBucketVersions", bucket, {"s3:prefix": parameters.get("Prefix", "")})
    elif operation == "DeleteObjects":
        for entry in parameters["Delete"]["Objects"]:
            yield Call("s3:DeleteObject", f"{bucket}/{entry['Key']}")
            if "VersionId" in entry:
                yield Call("s3:DeleteObjectVersion", f"{bucket}/{entry['Key']}")
    else:
        yield Call(action, f"{bucket}/{parameters['Key']}")
        if operation == "CreateMultipartUpload":
            # Whoever begins one must be able to end it, when a part fails.
            yield Call("s3:AbortMultipartUpload", f"{bucket}/{parameters['Key']}")


def _sqs(operation: str, parameters: Mapping[str, Any]) -> Iterator[Call]:
    name = parameters["QueueUrl"].rpartition("/")[2]
    yield Call(f"sqs:{operation}", queue_arn(_logical_queue(name)))


def _logical_queue(name: str) -> str:
    """Tests of single modules give their queues names of their own."""
    if name.endswith("Queue"):
        return name
    for prefix, logical in (
        ("waiting", "WaitingSpeakingQueue"),
        ("deliveries", "DeliveriesQueue"),
        ("deletions", "DeletionsQueue"),
    ):
        if name.startswith(prefix):
            return logical
    return "TasksQueue"


def _batch(operation: str, parameters: Mapping[str, Any]) -> Iterator[Call]:
    if operation == "SubmitJob":
        yield Call("batch:SubmitJob", f"{_BATCH}:job-queue/{parameters['jobQueue']}")
        yield Call("batch:SubmitJob", f"{_BATCH}:job-definition/{parameters['jobDefinition']}")
    elif operation in ("TerminateJob", "CancelJob"):
        yield Call(f"batch:{operation}", f"{_BATCH}:job/{parameters['jobId']}")
    else:
        yield Call(f"batch:{operation}", "*")


def _secretsmanager(operation: str, parameters: Mapping[str, Any]) -> Iterator[Call]:
    secret = f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{parameters['SecretId']}-AbCdEf"
    yield Call(f"secretsmanager:{operation}", secret)


BY_AWS: Final = {
    # Amazon ECS Developer Guide, "Amazon ECS task execution IAM role".
    "ExecutionRole": (
        Call("ecr:GetAuthorizationToken", "*"),
        *(
            Call(f"ecr:{action}", f"{_ECR}:repository/digital-human-{lane}")
            for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
            for lane in ("cpu", "gpu")
        ),
        *(
            Call(f"logs:{action}", log_group("LogGroup"))
            for action in ("CreateLogStream", "PutLogEvents")
        ),
    ),
    # What AWS's AWSCodeDeployRoleForLambdaLimited has, hooks and revisions in S3 left out.
    "ReleaseRole": (
        *(
            Call(f"lambda:{action}", f"{_LAMBDA}:function:app-ApiFunction-1A2B")
            for action in ("GetAlias", "UpdateAlias", "GetProvisionedConcurrencyConfig")
        ),
        Call("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:us-east-1:000000000000:alarm:*"),
    ),
    # Amazon VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs".
    "FlowLogRole": tuple(
        Call(f"logs:{action}", log_group("FlowLogGroup"))
        for action in (
            "CreateLogStream",
            "PutLogEvents",
            "DescribeLogGroups",
            "DescribeLogStreams",
        )
    ),
}
"""What AWS itself calls under roles of ours."""


_SERVICES: Final = {
    "batch": _batch,
    "dynamodb": _dynamodb,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "sqs": _sqs,
}
