"""`make deploy` and `make destroy` on moto's account, as far as that goes: no image is built there,
no function packed, no video made.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from tools.deploy import release, smoke
from tools.deploy.account import Account, Refused
from tools.deploy.changes import Change, dangers
from tools.deploy.parameters import BadParameters, environment_values, root_template, with_defaults
from tools.deploy.removal import Removal
from tools.deploy.run import Deployment
from tools.deploy.steps import IMAGE_BUILD, REGISTRY_STACK, Target

TEMPLATE = """
Parameters: {CpuImageUri: {Type: String}, WeightsBucket: {Type: String}}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties: {BucketName: digital-human-dev-media}
Outputs:
  BucketName: {Value: !Ref Bucket}
  ApiUrl: {Value: "https://api.example.com"}
"""
API = "https://api.example.com"
MEDIA = "digital-human-dev-media"
MANIFEST = """{
  "schemaVersion": 2,
  "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
  "config": {"mediaType": "application/json", "size": 2, "digest": "sha256:00"},
  "layers": []
}"""
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")


class Stand:
    """An account, and what a run said."""

    def __init__(self, account: Account, environment: str = "dev", **values: str) -> None:
        self.account = account
        given = {**environment_values(environment), **values}
        self.target = Target(environment, "abc123", with_defaults(root_template(), given))
        self.said: list[str] = []
        self.answers: list[str] = []

    def deploy(self, confirm: bool = True) -> list[str]:
        """What was said; steps are cut to their names."""
        self.said = []
        Deployment(self.account, self.target, self.said.append, lambda _: confirm).run()
        return [line.partition(" ")[2] for line in self.said if line[1:2] == "/"]

    def buckets(self) -> list[str]:
        return [one["Name"] for one in self.account.client("s3").list_buckets()["Buckets"]]

    def destroy(self, *answers: str) -> str:
        self.said, left = [], list(answers)
        Removal(self.account, self.target, self.said.append, lambda _: left.pop(0)).run()
        return "\n".join(self.said)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made = Account("us-east-1", poll_seconds=0)
        iam = made.client("iam")
        document = '{"Version": "2012-10-17", "Statement": []}'
        role = iam.create_role(RoleName="build", AssumeRolePolicyDocument=document)["Role"]
        # moto's CloudFormation leaves it out of the registry's stack.
        made.client("codebuild").create_project(
            name=IMAGE_BUILD,
            serviceRole=role["Arn"],
            source={"type": "S3", "location": "any/none.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "any",
                "computeType": "BUILD_GENERAL1_MEDIUM",
            },
        )
        yield made


@pytest.fixture
def stand(account: Account, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """What leaves this process is replaced: git, SAM, a build of an image, and the API."""
    stand = Stand(account)
    monkeypatch.setattr(release, "sources", lambda: b"zipped")
    monkeypatch.setattr(release, "pack", lambda: None)
    monkeypatch.setattr(release, "publish", _published)
    monkeypatch.setattr(smoke, "first_video", lambda *_: Path("first.mp4"))
    monkeypatch.setattr("tools.deploy.run.publish_set", _publish_weights)
    wait, outputs = Account._wait_for_build, Account.outputs

    def with_outputs(self: Account, name: str) -> dict[str, str]:
        """moto works none out for a stack that a change set made."""
        of_stack = {"ApiUrl": API, "BucketName": MEDIA} if name == stand.target.stack else {}
        return {**outputs(self, name), **of_stack}

    monkeypatch.setattr(Account, "outputs", with_outputs)

    def push(self: Account, build: str) -> None:
        wait(self, build)
        self.client("ecr").put_image(
            repositoryName="digital-human-cpu", imageManifest=MANIFEST, imageTag="abc123"
        )

    monkeypatch.setattr(Account, "_wait_for_build", push)
    return stand


def _published(account: Account, bucket: str, stack: str) -> str:
    account.client("s3").put_object(Bucket=bucket, Key="packaged.yaml", Body=TEMPLATE.encode())
    return f"https://s3.amazonaws.com/{bucket}/packaged.yaml"


def _publish_weights(folder: Path, to: Any, say: Any) -> None:
    from gpu_jobs.weights.store import read_lock

    for file in read_lock().values():
        if not file.optional:
            to.media.put_stream(to.object_key(file.facts), io.BytesIO(b"x"), content_type="a/b")


@pytest.fixture(autouse=True)
def only_known_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small template above takes two of them."""
    values = Deployment._stack_values

    def few(self: Deployment, found: Any, url: str) -> dict[str, str]:
        return {k: values(self, found, url)[k] for k in ("CpuImageUri", "WeightsBucket")}

    monkeypatch.setattr(Deployment, "_stack_values", few)


def test_a_parameter_that_cannot_work_stops_before_anything_is_made(account: Account) -> None:
    stand = Stand(account, VpcCidr="10.0.0.0/24")
    with pytest.raises(BadParameters) as raised:
        stand.deploy()
    assert "10.0.0.0/24" in str(raised.value)
    assert account.stack(REGISTRY_STACK) == {}


def test_changes_that_nobody_confirms_are_dropped(stand: Stand) -> None:
    with pytest.raises(Refused, match="as you wished"):
        stand.deploy(confirm=False)
    assert MEDIA not in stand.buckets()


def test_a_change_that_would_lose_users_data_is_refused() -> None:
    def change(action: str, kind: str, replaced: bool) -> Change:
        return Change("digital-human-prod", action, "Any", kind, replaced)

    harmless = [
        change("Modify", "AWS::S3::Bucket", False),
        change("Add", "AWS::DynamoDB::Table", False),
        change("Remove", "AWS::SQS::Queue", False),
    ]
    assert dangers(harmless) == []
    replaced = change("Modify", "AWS::DynamoDB::Table", True)
    removed = change("Remove", "AWS::S3::Bucket", False)
    first, second = dangers([*harmless, replaced, removed])
    assert "replaced by an empty one" in first
    assert "removed from the stack" in second


def test_production_is_not_touched_without_the_phrase(account: Account) -> None:
    stand = Stand(account, "prod")
    with pytest.raises(Refused, match="nothing was touched"):
        stand.destroy("yes")
    assert stand.said == []


def test_an_empty_account_gets_everything_and_a_second_run_only_what_always_runs(
    stand: Stand,
) -> None:
    first = stand.deploy()
    assert [line.partition(":")[0] for line in first] == [
        *("roles", "registry", "images", "weights", "secret", "build", "stack", "smoke")
    ]
    assert all("Costs" in line for line in first)
    assert stand.said[-1] == f"The first video: first.mp4. The API: {API}/api"
    again = [line for line in stand.deploy() if not line.endswith(": done already")]
    assert [line.partition(":")[0] for line in again] == ["build", "stack", "smoke"]
    assert "  no changes" in stand.said


def test_what_is_deployed_by_digest_is_tagged_so_that_it_never_expires(stand: Stand) -> None:
    stand.deploy()
    images = stand.account.client("ecr").describe_images(repositoryName="digital-human-cpu")
    (image,) = images["imageDetails"]
    assert "deployed-dev-abc123" in image["imageTags"]
    stack = stand.account.stack(stand.target.stack)
    given = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    assert given["CpuImageUri"].endswith(f"/digital-human-cpu@{image['imageDigest']}")


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise Refused("sam build failed")

    with monkeypatch.context() as cut:
        cut.setattr(release, "pack", broken)
        with pytest.raises(Refused, match="sam build failed"):
            stand.deploy()
    done = [line for line in stand.deploy() if line.endswith("done already")]
    assert [line.partition(":")[0] for line in done] == [
        *("roles", "registry", "images", "weights", "secret")
    ]


def test_an_environment_is_taken_away_and_its_data_only_when_named(stand: Stand) -> None:
    stand.deploy()
    said = stand.destroy("", "")
    assert f"{MEDIA} is kept." in said
    assert stand.account.stack(stand.target.stack) == {}
    assert MEDIA in stand.buckets()


def test_the_studios_stack_goes_with_the_environment(stand: Stand) -> None:
    stand.account.client("cloudformation").create_stack(
        StackName="digital-human-dev-studio",
        TemplateBody="Resources: {Page: {Type: AWS::SNS::Topic, Properties: {TopicName: page}}}",
    )
    stand.destroy("", "")
    assert stand.account.stack(stand.target.studio) == {}


def test_production_is_protected_from_being_deleted(stand: Stand) -> None:
    asked: list[Any] = []

    def answer(params: Any, **_: Any) -> Any:
        """moto knows no such protection."""
        asked.append(params["body"])
        return type("Answer", (), {"status_code": 200})(), {}

    events = stand.account.client("cloudformation").meta.events
    events.register("before-call.cloudformation.UpdateTerminationProtection", answer)
    stand.target = replace(stand.target, environment="prod")
    stand.deploy()
    (body,) = asked
    assert body["StackName"] == "digital-human-prod"
    assert body["EnableTerminationProtection"] == "true"


def test_a_parameters_new_value_publishes_new_functions() -> None:
    """SAM's own hash sees the reference, not the value."""
    first = release.fingerprint("https://a", {"RetentionDays": "7"})
    assert first == release.fingerprint("https://a", {"RetentionDays": "7"})
    others = (("https://a", {"RetentionDays": "8"}), ("https://b", {"RetentionDays": "7"}))
    assert len({first[:10], *(release.fingerprint(*one)[:10] for one in others)}) == 3


def test_a_bucket_that_is_named_goes_with_every_version_of_every_object(stand: Stand) -> None:
    stand.deploy()
    s3, versions = stand.account.client("s3"), {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket=MEDIA, VersioningConfiguration=versions)
    for body in (b"1", b"2"):
        s3.put_object(Bucket=MEDIA, Key="a", Body=body)
    s3.delete_object(Bucket=MEDIA, Key="a")
    said = stand.destroy(MEDIA, "digital-human-dev-auth")
    assert f"{MEDIA} is deleted." in said
    assert MEDIA not in stand.buckets()
