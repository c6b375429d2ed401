"""What infra/observability.yaml and infra/dashboard.yaml say, as plain data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from infra.local.cloud.template import load

ROOT = Path(__file__).resolve().parents[3]
OWN = "MetricsNamespace"
"""Stands for the parameter of that name."""
_SEARCH = re.compile(
    r"""SEARCH\('\{"(?P<space>\w+)",(?P<names>[\w,]+)\} MetricName="(?P<name>\w+)"'"""
)


class Series(NamedTuple):
    """A metric with its dimensions; a value of None is any."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str | None], ...]


@cache
def template(name: str) -> dict[str, Any]:
    return load(ROOT / name)


def alarms() -> dict[str, dict[str, Any]]:
    """Properties of the alarms, by their names without the stack's."""
    resources = template("infra/observability.yaml")["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def alarm_series(alarm: dict[str, Any]) -> list[Series]:
    if "MetricName" in alarm:
        return [_series(alarm)]
    return [_series(m["MetricStat"]["Metric"]) for m in alarm["Metrics"] if "MetricStat" in m]


def _series(metric: dict[str, Any]) -> Series:
    dimensions = tuple((d["Name"], _plain(d["Value"])) for d in metric.get("Dimensions", ()))
    return Series(_plain(metric["Namespace"]), metric["MetricName"], dimensions)


def _plain(value: Any) -> str:
    return value["Ref"] if isinstance(value, dict) else value


def widgets() -> list[dict[str, Any]]:
    body = template("infra/dashboard.yaml")["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
    widgets: list[dict[str, Any]] = json.loads(
        re.sub(r"\$\{(?:AWS::)?(\w+)\}", r"\1", body["Fn::Sub"])
    )["widgets"]
    return widgets


def dashboard_series() -> Iterator[Series]:
    for widget in widgets():
        for entry in widget["properties"]["metrics"]:
            if isinstance(entry[0], dict):
                found = _SEARCH.match(entry[0]["expression"])
                assert found, entry
                names = found["names"].split(",")
                yield Series(found["space"], found["name"], tuple((n, None) for n in names))
            else:
                words = [word for word in entry if isinstance(word, str)]
                pairs = tuple(zip(words[2::2], words[3::2], strict=True))
                yield Series(words[0], words[1], pairs)
