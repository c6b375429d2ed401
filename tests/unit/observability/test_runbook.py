"""docs/operations.md held against the templates, the code and AWS's own command list."""

from __future__ import annotations

import re
import shlex
from functools import cache

import botocore.session
import pytest
from botocore import xform_name

from dh_core.cloud import metrics
from tests.unit.observability.templates import ROOT, alarm_series, alarms, template, widgets

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_ALARMS = TEXT.partition("\n## Alarms\n")[2].partition("\n## Drills\n")[0]
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", _ALARMS, re.M | re.S))
COMMANDS = re.findall(r"\baws ([a-z]+) ([a-z-]+)((?:\\\n|[^\n|`])*)", TEXT)
GLOBAL_OPTIONS = {"query", "output", "region", "max-items"}
# Of the command line alone, not of the API behind it.
CUSTOM_OPTIONS = {("logs", "tail"): {"since", "filter-pattern", "format"}}


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    assert set(SECTIONS) == {*alarms(), "Budget"}


def test_what_the_alarms_cost_is_counted() -> None:
    watched = sum(len(alarm_series(alarm)) for alarm in alarms().values())
    assert f"{len(alarms())} alarms over {watched} metrics cost {watched / 10:.2f} USD" in TEXT


@pytest.mark.parametrize("name", alarms())
def test_an_alarm_says_where_its_runbook_is_and_who_is_told(name: str) -> None:
    alarm = alarms()[name]
    assert alarm["AlarmDescription"].endswith(f"Runbook: docs/operations.md#{name.lower()}")
    assert alarm["AlarmName"] == {"Fn::Sub": f"${{StackName}}-{name}"}
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Topic"}]


@pytest.mark.parametrize("name", SECTIONS)
def test_a_runbook_says_what_it_means_what_users_see_how_to_look_and_what_to_do(name: str) -> None:
    parts = ("**Means**", "**Users see**", "```sh", "**Do**", "**Verify**")
    places = [SECTIONS[name].find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_every_dead_letter_queue_has_an_alarm() -> None:
    queues = {name for name in template("template.yaml")["Resources"] if "DeadLetterQueue" in name}
    watched = {
        value for alarm in alarms().values() for s in alarm_series(alarm) for _, value in s[2]
    }
    assert {q for q in queues if not q.endswith("Policy")} <= watched


def test_the_errors_of_every_function_are_watched() -> None:
    resources = template("template.yaml")["Resources"].items()
    functions = {name for name, r in resources if r["Type"] == "AWS::Serverless::Function"}
    for name in ("FunctionErrors", "FunctionThrottles"):
        assert {
            value for s in alarm_series(alarms()[name]) for _, value in s.dimensions
        } == functions


@pytest.mark.parametrize("name", ["Observability", "Dashboard"])
def test_a_nested_stack_gets_exactly_the_parameters_it_declares(name: str) -> None:
    properties = template("template.yaml")["Resources"][name]["Properties"]
    declared = template(properties["TemplateURL"])["Parameters"]
    assert properties["Parameters"].keys() == declared.keys()


def test_the_widgets_of_the_dashboard_fill_rows_of_24_columns() -> None:
    rows: dict[int, int] = {}
    for widget in widgets():
        assert widget["x"] == rows.get(widget["y"], 0)
        rows[widget["y"]] = widget["x"] + widget["width"]
    assert set(rows.values()) == {24}


def test_the_table_of_metrics_is_the_list_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \|", TEXT, re.M)
    documented = {name: (unit, set(re.findall(r"`(\w+)`|(total)", by))) for name, unit, by in rows}
    written = {
        m.name: (
            m.unit.value,
            {
                ("", "total") if not names else (name, "")
                for names in m.dimensions
                for name in names or [""]
            },
        )
        for m in metrics.ALL
    }
    assert documented == written


def test_names_of_resources_and_outputs_are_the_stacks() -> None:
    stack = template("template.yaml")
    resources = stack["Resources"]
    # SAM makes a mapping of each event, and names it after function and event.
    of_events = {
        f"{name}{event}"
        for name, resource in resources.items()
        for event in resource["Properties"].get("Events", ())
    }
    assert set(re.findall(r"\bid (\w+)\)", TEXT)) <= resources.keys() | of_events
    assert set(re.findall(r"[^-]\boutput (\w+)\)", TEXT)) <= stack["Outputs"].keys()


def test_the_messages_that_queries_look_for_are_the_codes_own() -> None:
    packages = ("functions", "gpu_jobs")
    code = "".join(f.read_text() for name in packages for f in (ROOT / name).rglob("*.py"))
    wanted = set(re.findall(r'message = "([a-z][^"]+)"', TEXT))
    assert {message for message in wanted if f'"{message}"' not in code} == set()


@cache
def _options(service: str, command: str) -> set[str]:
    """The options of a command, from the service's own description."""
    model = botocore.session.get_session().get_service_model(service)
    name = next((n for n in model.operation_names if xform_name(n, "-") == command), None)
    assert name, f"aws {service} {command} does not exist"
    shape = model.operation_model(name).input_shape
    return {xform_name(member, "-") for member in shape.members} if shape else set()


@pytest.mark.parametrize(("service", "command", "rest"), COMMANDS)
def test_a_command_is_one_that_aws_has(service: str, command: str, rest: str) -> None:
    if command == "wait":
        waiter = shlex.split(rest)[0]
        session = botocore.session.get_session()
        names = session.get_waiter_model(service).waiter_names
        assert waiter in {xform_name(name, "-") for name in names}
        return
    allowed = CUSTOM_OPTIONS.get((service, command)) or _options(service, command)
    used = {option.removeprefix("no-") for option in re.findall(r"\s--([a-z-]+)", rest)}
    assert used <= allowed | GLOBAL_OPTIONS
