"""The AWS account behind a deployment: what it has, and the calls that change it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from dh_core.access.secrets import new_document
from dh_core.cloud.media_store import MediaStore
from gpu_jobs.weights.bucket import BucketWeights
from gpu_jobs.weights.store import read_lock
from tools.deploy.parameters import ROOT
from tools.deploy.steps import IMAGE_BUILD, REGISTRY_STACK, SERVICES, Found, Target

REGISTRY_TEMPLATE: Final = ROOT / "infra" / "registry.yaml"
_TEMPLATE_TAG: Final = "template"
_MISSING: Final = frozenset(
    {"ValidationError", "ResourceNotFoundException", "ImageNotFoundException", "NoSuchEntity"}
)
_POLL_SECONDS: Final = 5.0


class Refused(Exception):
    """AWS did not do what was asked; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """One account in one region, as the caller's credentials reach it."""

    region: str
    session: boto3.Session = field(default_factory=boto3.Session)
    poll_seconds: float = _POLL_SECONDS
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """Made once a service: that is what takes the time."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service, region_name=self.region)
        return self._clients[service]

    @cached_property
    def identity(self) -> tuple[str, str]:
        """The account's number and its partition. Raises botocore's errors without credentials."""
        caller = self.client("sts").get_caller_identity()
        return caller["Account"], caller["Arn"].split(":")[1]

    # ---- looking ---------------------------------------------------------------------------------
    def look(self, target: Target) -> Found:
        account, partition = self.identity
        registry = self.outputs(REGISTRY_STACK)
        return Found(
            account=account,
            region=self.region,
            partition=partition,
            linked_roles=frozenset(name for name in SERVICES if self._has_linked_role(name)),
            registry=registry,
            registry_current=self._tag(REGISTRY_STACK, _TEMPLATE_TAG) == registry_version(),
            digests=self._digests(target, registry) if registry else {},
            weights=bool(registry) and self._has_weights(registry["WeightsBucketName"]),
            secret=self._has_secret(target.secret),
        )

    def outputs(self, stack: str) -> dict[str, str]:
        """Of a stack; empty where there is none."""
        found = self.stack(stack)
        return {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", ())}

    def stack(self, name: str) -> dict[str, Any]:
        """A stack as CloudFormation describes it; empty where there is none."""
        described = or_none(lambda: self.client("cloudformation").describe_stacks(StackName=name))
        stacks: list[dict[str, Any]] = (described or {}).get("Stacks", [])
        return next((s for s in stacks if s["StackStatus"] != "DELETE_COMPLETE"), {})

    def _tag(self, stack: str, key: str) -> str | None:
        return {t["Key"]: t["Value"] for t in self.stack(stack).get("Tags", ())}.get(key)

    def _has_linked_role(self, service: str) -> bool:
        path = f"/aws-service-role/{service}.amazonaws.com/"
        return bool(self.client("iam").list_roles(PathPrefix=path)["Roles"])

    def _digests(self, target: Target, registry: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for lane in target.images:
            repository = registry[f"{lane.title()}RepositoryUri"].partition("/")[2]
            wanted = {"repositoryName": repository, "imageIds": [{"imageTag": target.tag(lane)}]}
            described = or_none(lambda: self.client("ecr").describe_images(**wanted))  # noqa: B023 - called at once
            if described:
                found[lane] = described["imageDetails"][0]["imageDigest"]
        return found

    def _has_weights(self, bucket: str) -> bool:
        weights = published_weights(MediaStore(bucket, of_owners=False, client=self.client("s3")))
        wanted = [file.facts for file in read_lock().values() if not file.optional]
        return all(weights.media.has(weights.object_key(file)) for file in wanted)

    def _has_secret(self, name: str) -> bool:
        client = self.client("secretsmanager")
        return bool(name) and or_none(lambda: client.describe_secret(SecretId=name)) is not None

    # ---- changing --------------------------------------------------------------------------------
    def make_linked_roles(self) -> None:
        for service in SERVICES:
            if not self._has_linked_role(service):
                self.client("iam").create_service_linked_role(
                    AWSServiceName=f"{service}.amazonaws.com"
                )

    def make_registry(self) -> None:
        """Create or update the stack that all environments share."""
        body = REGISTRY_TEMPLATE.read_text(encoding="utf-8")
        tags = [{"Key": _TEMPLATE_TAG, "Value": registry_version()}]
        given = {"StackName": REGISTRY_STACK, "TemplateBody": body, "Tags": tags}
        client = self.client("cloudformation")
        action = client.update_stack if self.stack(REGISTRY_STACK) else client.create_stack
        action(**given, Capabilities=["CAPABILITY_IAM"])
        self.wait_for_stack(REGISTRY_STACK)

    def make_secret(self, name: str, wechat_app_secret: str | None) -> None:
        """New signing keys under a name that has none."""
        document = new_document("k1", wechat_app_secret)
        self.client("secretsmanager").create_secret(Name=name, SecretString=document)

    def build_images(self, target: Target, registry: Mapping[str, str], sources: bytes) -> None:
        """Build the release's missing images from the zipped `sources`, all at once."""
        bucket, key = registry["WeightsBucketName"], f"sources/{target.release}.zip"
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=sources)
        client = self.client("codebuild")
        missing = target.images.keys() - self._digests(target, registry).keys()
        builds = []
        for lane in sorted(missing):
            wanted = {
                "RELEASE": target.release,
                "LANE": lane,
                "TAG": target.tag(lane),
                "TARGET": target.images[lane],
            }
            started = client.start_build(
                projectName=IMAGE_BUILD,
                sourceTypeOverride="S3",
                sourceLocationOverride=f"{bucket}/{key}",
                environmentVariablesOverride=[{"name": k, "value": v} for k, v in wanted.items()],
            )
            builds.append(started["build"]["id"])
        for build in builds:
            self._wait_for_build(build)

    def mark_deployed(self, target: Target, found: Found) -> None:
        """Tag the images, so that the repositories never expire them."""
        client = self.client("ecr")
        for lane, digest in found.digests.items():
            repository = found.registry[f"{lane.title()}RepositoryUri"].partition("/")[2]
            (image,) = client.batch_get_image(
                repositoryName=repository, imageIds=[{"imageDigest": digest}]
            )["images"]
            try:
                client.put_image(
                    repositoryName=repository,
                    imageManifest=image["imageManifest"],
                    imageManifestMediaType=image["imageManifestMediaType"],
                    imageTag=f"deployed-{target.environment}-{target.tag(lane)}",
                )
            except client.exceptions.ImageAlreadyExistsException:
                continue

    def wait_for_stack(self, name: str) -> None:
        """Until it stands still. Raises Refused with what failed."""
        while (status := self.stack(name).get("StackStatus", "")).endswith("_IN_PROGRESS"):
            time.sleep(self.poll_seconds)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise Refused(f"{name} is {status or 'gone'}: {'; '.join(self.failures(name))}")

    def failures(self, stack: str) -> list[str]:
        """What failed first in a stack, by its events."""
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        failed = [e for e in events if e["ResourceStatus"].endswith("FAILED")]
        return [
            f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason', '')}"
            for e in failed[::-1][:3]
        ]

    def _wait_for_build(self, build_id: str) -> None:
        client = self.client("codebuild")
        while True:
            (build,) = client.batch_get_builds(ids=[build_id])["builds"]
            if build["buildStatus"] != "IN_PROGRESS":
                break
            time.sleep(self.poll_seconds)
        if build["buildStatus"] != "SUCCEEDED":
            where = build.get("logs", {}).get("deepLink", f"CodeBuild, {build_id}")
            raise Refused(f"an image was not built ({build['buildStatus']}); its log: {where}")


def registry_version() -> str:
    """Tells whether a registry stack was made of today's template."""
    return hashlib.sha256(REGISTRY_TEMPLATE.read_bytes()).hexdigest()[:16]


def published_weights(media: MediaStore) -> BucketWeights:
    return BucketWeights(media, "weights/")


def or_none(call: Callable[[], Any]) -> Any:
    """What the call answers; None where AWS knows no such thing."""
    try:
        return call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _MISSING or code.endswith("NotFoundException") or "InvalidInstanceType" in code:
            return None
        raise
