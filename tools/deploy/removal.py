"""`make destroy`: takes an environment away, and asks before anything that cannot come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from tools.deploy.account import Account, Refused
from tools.deploy.steps import REGISTRY_STACK, Target

PHRASES: Final = {"prod": "destroy digital-human-prod"}
"""What must be typed before anything of an environment is touched."""
_SECRET_DAYS: Final = 7


@dataclass
class Removal:
    """One run. `ask` gives what somebody typed; `say` tells what happens."""

    account: Account
    target: Target
    say: Callable[[str], None]
    ask: Callable[[str], str]

    def run(self) -> None:
        """Raises Refused when somebody changed their mind."""
        stack, phrase = self.target.stack, PHRASES.get(self.target.environment)
        if phrase and self.ask(f'Type "{phrase}" to go on: ').strip() != phrase:
            raise Refused("that was not it; nothing was touched")
        kept = self._kept()
        if self.account.stack(self.target.studio):
            # First: its page leads to the API.
            self._delete_stack(self.target.studio)
        if self.account.stack(stack):
            self._delete_stack(stack)
        else:
            self.say(f"There is no stack {stack}.")
        for name, what, remove in kept:
            self._offer(name, what, remove)

    def run_registry(self) -> None:
        """What the environments share, after the last of them."""
        outputs = self.account.outputs(REGISTRY_STACK)
        if not outputs:
            self.say(f"There is no stack {REGISTRY_STACK}.")
            return
        self._delete_stack(REGISTRY_STACK)
        for key in ("CpuRepositoryUri", "GpuRepositoryUri"):
            name = outputs[key].partition("/")[2]
            self._offer(name, "all images in it", partial(self._delete_repository, name))
        bucket = outputs["WeightsBucketName"]
        self._offer(bucket, "the model files", lambda: self._delete_bucket(bucket))

    def _kept(self) -> list[tuple[str, str, Callable[[], Any]]]:
        """What outlives the stack, noted while its outputs can still be read."""
        outputs = self.account.outputs(self.target.stack)
        found: list[tuple[str, str, Callable[[], Any]]] = []
        if page := self.account.outputs(self.target.studio).get("BucketName"):
            found.append((page, "the Studio's page", lambda: self._delete_bucket(page)))
        if "BucketName" in outputs:
            bucket = outputs["BucketName"]
            what = "every file that users sent or got"
            found.append((bucket, what, lambda: self._delete_bucket(bucket)))
        if "TableName" in outputs:
            table = outputs["TableName"]
            what = "every record of users and tasks"
            found.append((table, what, lambda: self._delete_table(table)))
        if self.target.secret:
            secret = self.target.secret
            what = f"the signing keys ({_SECRET_DAYS} days of grace)"
            found.append((secret, what, lambda: self._delete_secret(secret)))
        return found

    def _offer(self, name: str, what: str, remove: Callable[[], Any]) -> None:
        typed = self.ask(f"Delete {name}, with {what}? Type its name, or nothing to keep it: ")
        if typed.strip() != name:
            self.say(f"{name} is kept.")
            return
        try:
            remove()
        except ClientError as error:
            raise Refused(f"{name} was not deleted: {error}") from error
        self.say(f"{name} is deleted.")

    def _delete_stack(self, stack: str) -> None:
        self.say(f"Deleting the stack {stack}; what holds data is kept.")
        client = self.account.client("cloudformation")
        if self.account.stack(stack).get("EnableTerminationProtection"):
            client.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
        client.delete_stack(StackName=stack)
        client.get_waiter("stack_delete_complete").wait(StackName=stack)

    def _delete_bucket(self, bucket: str) -> None:
        client = self.account.client("s3")
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            objects = [{"Key": e["Key"], "VersionId": e["VersionId"]} for e in entries]
            if objects:
                client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        client.delete_bucket(Bucket=bucket)

    def _delete_table(self, table: str) -> None:
        client = self.account.client("dynamodb")
        client.update_table(TableName=table, DeletionProtectionEnabled=False)
        client.get_waiter("table_exists").wait(TableName=table)
        client.delete_table(TableName=table)

    def _delete_secret(self, secret: str) -> None:
        client = self.account.client("secretsmanager")
        client.delete_secret(SecretId=secret, RecoveryWindowInDays=_SECRET_DAYS)

    def _delete_repository(self, name: str) -> None:
        self.account.client("ecr").delete_repository(repositoryName=name, force=True)
