"""What `make deploy` has to do, what each step costs, and what of it is done already. Pure.

What is done is not written down anywhere: AWS is asked for it. So a run that was cut off goes on
where it stopped, and a run after a change does what the change needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.deploy.parameters import Values

MONTH_HOURS: Final = 730
IMAGE_GB: Final = {"cpu": 0.5, "gpu": 3.5}
"""About, compressed; the first is a third of its files, as pip's wheels are."""
BUILD_MINUTES: Final = {"cpu": 10, "gpu": 30}
"""Guesses: no image has been built by CodeBuild yet."""
WEIGHTS_GB: Final = 0.133
_INTERFACE_ENDPOINTS: Final = 7
REGISTRY_STACK: Final = "digital-human-registry"
IMAGE_BUILD: Final = "digital-human-images"
"""The CodeBuild project in it."""
SERVICES: Final = ("batch", "spot", "ecs")
"""Whose linked roles Batch's machines need."""


@dataclass(frozen=True)
class Target:
    """What is to be deployed: an environment at a release."""

    environment: str
    release: str
    values: Values

    @property
    def stack(self) -> str:
        return f"digital-human-{self.environment}"

    @property
    def studio(self) -> str:
        """The stack of infra/studio.yaml, where docs/deploy.md makes one."""
        return f"{self.stack}-studio"

    @property
    def secret(self) -> str:
        return self.values["AuthSecretsId"]

    @property
    def images(self) -> dict[str, str]:
        """The Dockerfile's stages that are needed, by the lane that runs them."""
        if self.values["SpeakingCompute"] == "cpu":
            return {"cpu": "cpu"}
        gpu = "gpu-voxcpm" if self.values["SpeechEngine"] == "voxcpm" else "gpu"
        return {"cpu": "cpu", "gpu": gpu}

    def tag(self, lane: str) -> str:
        """An image's tag: what it was made of."""
        suffix = self.images[lane].removeprefix(lane)
        return f"{self.release}{suffix}"


@dataclass(frozen=True)
class Found:
    """What AWS has of it."""

    account: str
    region: str
    partition: str
    linked_roles: frozenset[str]
    registry: Mapping[str, str]
    """The registry stack's outputs; empty before it is there."""
    registry_current: bool
    """Whether it was made of today's template."""
    digests: Mapping[str, str]
    """Of the release's images, by lane."""
    weights: bool
    secret: bool

    def image(self, lane: str) -> str:
        uri = self.registry[f"{lane.title()}RepositoryUri"]
        return f"{uri}@{self.digests[lane]}"


@dataclass(frozen=True)
class Step:
    """One thing to do. `costs` is said before it is done."""

    name: str
    does: str
    costs: str
    done: bool = False


def plan(target: Target, found: Found, prices: Mapping[str, float]) -> list[Step]:
    """Every step in order, those that are done included."""
    missing = [lane for lane in target.images if lane not in found.digests]
    steps = [
        Step(
            "roles",
            f"makes the roles through which {', '.join(SERVICES)} start machines",
            "nothing",
            set(SERVICES) <= found.linked_roles,
        ),
        Step(
            "registry",
            f"makes the stack {REGISTRY_STACK}: image repositories, their build, a bucket",
            "what lies in it, see below",
            bool(found.registry) and found.registry_current,
        ),
        Step(
            "images",
            f"builds {', '.join(target.images.values())} of {target.release} by CodeBuild",
            _image_costs(target, missing, prices),
            not missing,
        ),
        Step(
            "weights", "copies the model files to the bucket", _storage(WEIGHTS_GB), found.weights
        ),
    ]
    if target.values["AuthMode"] == "token":
        monthly = f"{prices['secrets_manager.secret']:.2f} USD a month"
        does = f"makes the signing keys, in the secret {target.secret}"
        steps.append(Step("secret", does, monthly, found.secret))
    return [
        *steps,
        Step("build", "packs the functions (sam build)", "nothing"),
        Step(
            "stack",
            f"shows the changes of the stack {target.stack} and makes them",
            _standing(target.values, prices),
        ),
        Step(
            "smoke",
            "makes a key for a day, uploads a person, and makes one video of them: first.mp4",
            "less than 0.01 USD",
        ),
    ]


def _image_costs(target: Target, missing: list[str], prices: Mapping[str, float]) -> str:
    minutes = sum(BUILD_MINUTES[lane] for lane in missing)
    size = sum(IMAGE_GB[lane] for lane in target.images)
    once = minutes * prices["codebuild.medium_minute"]
    kept = size * prices["ecr.storage_gb"]
    return f"about {once:.2f} USD ({minutes} minutes), and {kept:.2f} USD a month for {size} GB"


def _storage(size: float) -> str:
    return f"less than 0.01 USD a month ({size:.2f} GB)"


def _standing(values: Values, prices: Mapping[str, float]) -> str:
    """What is paid while nothing is asked for."""
    parts = {}
    if values["EnableAlarms"] == "true":
        watching = 54 * prices["cloudwatch.alarm"] + prices["cloudwatch.dashboard"]
        parts["alarms and dashboard"] = watching + prices["kms.key"]
    is_private = values["EnableBatch"] == "true" and values["PublicSubnets"] == "false"
    if is_private and not values["VpcId"]:
        hourly = int(values["AvailabilityZones"]) * prices["vpc.interface_endpoint"]
        parts["private endpoints"] = _INTERFACE_ENDPOINTS * hourly * MONTH_HOURS
    if not parts:
        return "nothing while nothing is asked for"
    listed = ", ".join(f"{name} {cost:.2f}" for name, cost in parts.items())
    return f"{sum(parts.values()):.2f} USD a month while nothing is asked for ({listed})"


def shown(number: int, steps: list[Step]) -> str:
    """The line that is said before a step."""
    step = steps[number]
    if step.done:
        return f"{number + 1}/{len(steps)} {step.name}: done already"
    return f"{number + 1}/{len(steps)} {step.name}: {step.does}. Costs {step.costs}."
