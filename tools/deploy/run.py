"""Carries out a plan, saying before each step what it does and what it costs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from dh_core.cloud.media_store import MediaStore
from gpu_jobs.weights.store import WeightsMissing
from tools.deploy import release, smoke
from tools.deploy.account import Account, Refused, published_weights
from tools.deploy.changes import dangers, make_change_set
from tools.deploy.parameters import (
    ROOT,
    BadParameters,
    Values,
    problems,
    reserved_concurrency,
    root_template,
)
from tools.deploy.quotas import machine_problems, region_problems
from tools.deploy.steps import Found, Target, plan, shown
from tools.prices import prices
from tools.weights.publish import publish_set

IMAGES = ("registry", "images")
"""The steps of `images`: what a pipeline does before the environments."""


@dataclass
class Deployment:
    """One run. `confirm` asks a question; `say` tells what happens."""

    account: Account
    target: Target
    say: Callable[[str], None]
    confirm: Callable[[str], bool]

    def check(self) -> None:
        """Raises BadParameters before anything is made."""
        given = dict(self.target.values)
        # Those that a step fills in.
        given |= {f"{lane.title()}ImageUri": "to be built" for lane in self.target.images}
        found = problems(root_template(), given)
        values = self.target.values
        if not found:
            reserved = reserved_concurrency(root_template(), values)
            found = region_problems(self.account, values, reserved)
        if not found and values["SpeakingCompute"] == "gpu":
            job = {
                "vcpus": int(values["GpuJobVcpus"]),
                "memory": int(values["GpuJobMemoryMiB"]),
            }
            types = [one.strip() for one in values["GpuInstanceTypes"].split(",")]
            found = machine_problems(self.account, types, job)
        if found:
            raise BadParameters(found)

    def run(self, only: tuple[str, ...] = ()) -> None:
        """Do what is not done yet. Raises BadParameters and Refused."""
        self.check()
        table = prices.read().values()
        found = self.account.look(self.target)
        self.say(f"{self.target.stack} {self.target.release}: {found.account}, {found.region}")
        steps = plan(self.target, found, table)
        for number, step in enumerate(steps):
            if only and step.name not in only:
                continue
            # Each step may have changed what the next one finds.
            steps[number] = plan(self.target, found, table)[number]
            self.say(shown(number, steps))
            if not steps[number].done:
                self._do(step.name, found)
                found = self.account.look(self.target)

    def _do(self, name: str, found: Found) -> None:
        match name:
            case "roles":
                self.account.make_linked_roles()
            case "registry":
                self.account.make_registry()
            case "images":
                self.account.build_images(self.target, found.registry, release.sources())
            case "weights":
                self._publish_weights(found)
            case "secret":
                self.account.make_secret(self.target.secret, os.environ.get("WECHAT_APP_SECRET"))
            case "build":
                release.pack()
            case "stack":
                self._change_stack(found)
            case "smoke":
                outputs = self.account.outputs(self.target.stack)
                video = smoke.first_video(self.account, outputs, self.say)
                self.say(f"The first video: {video}. The API: {outputs['ApiUrl']}/api")

    def _publish_weights(self, found: Found) -> None:
        client = self.account.client("s3")
        media = MediaStore(found.registry["WeightsBucketName"], of_owners=False, client=client)
        try:
            publish_set(ROOT / ".weights", published_weights(media), self.say)
        except WeightsMissing as error:
            raise Refused(f"{error} Run `make setup` first.") from error

    def _change_stack(self, found: Found) -> None:
        self.account.mark_deployed(self.target, found)
        bucket = found.registry["WeightsBucketName"]
        url = release.publish(self.account, bucket, self.target.stack)
        self.change(url, self._stack_values(found, url))

    def _stack_values(self, found: Found, template_url: str) -> Values:
        images = {f"{lane.title()}ImageUri": found.image(lane) for lane in self.target.images}
        weights = {"WeightsBucket": found.registry["WeightsBucketName"]}
        values = weights | self.target.values | images
        return values | {"ReleaseFingerprint": release.fingerprint(template_url, values)}

    def change(self, template_url: str, values: Values) -> None:
        """Make the change set, show it, and execute it if nothing speaks against it."""
        made = make_change_set(
            self.account, self.target.stack, template_url, values, self.target.environment
        )
        if made is None:
            self.say("  no changes")
            return
        changes = made.changes()
        for change in changes:
            self.say(str(change))
        wrong = dangers(changes)
        if wrong or not self.confirm(f"Make these {len(changes)} changes?"):
            made.drop()
            raise Refused("; ".join(wrong) or "nothing was changed, as you wished")
        made.execute()
        if self.target.environment == "prod":
            self.account.client("cloudformation").update_termination_protection(
                StackName=self.target.stack, EnableTerminationProtection=True
            )
