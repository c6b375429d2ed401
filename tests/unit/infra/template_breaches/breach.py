"""A change that breaks a rule: what to change where, and which resource must be named."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from tests.unit.infra.template_rules.model import Templates

GONE = object()
ROOT = "template.yaml"
ALARMS = "infra/observability.yaml"
BATCH = "infra/batch.yaml"
NETWORK = "infra/network.yaml"
PIPELINE = "infra/pipeline.yaml"
REGISTRY = "infra/registry.yaml"


@dataclass(frozen=True)
class Breach:
    """Puts `value` (GONE: nothing) at `path`, dots between keys and indexes, of a resource."""

    rule: str
    file: str
    path: str
    value: Any
    blames: str = ""
    """The resource that the rule names; by default the one that was changed."""
    section: str = "Resources"

    @property
    def culprit(self) -> str:
        return self.blames or self.path.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.rule}:{self.path}"

    def made_in(self, templates: Templates) -> Templates:
        """A copy of the templates with the breach in it."""
        broken = {**templates, self.file: copy.deepcopy(templates[self.file])}
        *way, last = self.path.split(".")
        place: Any = broken[self.file][self.section] if self.section else broken[self.file]
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        key = int(last) if isinstance(place, list) else last
        if self.value is not GONE:
            place[key] = self.value
        else:
            del place[key]
        return broken
