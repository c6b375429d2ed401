"""template.yaml as AWS SAM sees it: valid, and built without Docker."""

from pathlib import Path

import pytest

from infra.local.cloud import template as templates
from infra.local.lambdas.emulator import package_bytes

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = {
    "ApiFunction": "functions/api/app.py",
    "TextFunction": "functions/api/app.py",
    "ObjectsFunction": "functions/dispatch/app.py",
    "TasksFunction": "functions/dispatch/app.py",
    "BatchEventsFunction": "functions/dispatch/app.py",
    "SweepFunction": "functions/dispatch/app.py",
    "DeliveriesFunction": "functions/dispatch/app.py",
}
HEAVY = {"torch", "cv2", "onnxruntime", "numpy", "boto3"}
MEGABYTE = 1_000_000
LIMITS = {**dict.fromkeys(FUNCTIONS, 20), "ApiFunction": 45, "TextFunction": 220}
"""Megabytes of a function and its layers, unzipped; a cold start reads them. Lambda takes 250."""
SPECS = {spec.name: spec for spec in templates.functions(templates.load(ROOT / "template.yaml"))}


def test_the_template_is_valid_and_passes_the_linter(sam):
    result = sam("validate", "--lint")
    assert "is a valid SAM Template" in result.stdout


def test_every_other_template_passes_the_linter(cfn_lint):
    cfn_lint(*sorted((ROOT / "infra").glob("*.yaml")))


def test_the_build_takes_the_nested_templates_along(built):
    resources = templates.load(built / "template.yaml")["Resources"].values()
    nested = [r for r in resources if r["Type"] == "AWS::CloudFormation::Stack"]
    assert len(nested) >= 3
    for stack in nested:
        assert templates.load(built / stack["Properties"]["TemplateURL"])["Resources"]


@pytest.mark.parametrize(("name", "module"), FUNCTIONS.items())
def test_each_built_function_holds_its_handler_and_byte_code(built, name, module):
    path = built / name / module
    assert path.exists()
    assert list((path.parent / "__pycache__").glob("app.cpython-311*.pyc"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_carries_a_heavy_library(built, name):
    assert not HEAVY & {path.name for path in (built / name).iterdir()}


def test_the_dispatcher_does_without_the_web_framework(built):
    assert not (built / "TasksFunction" / "fastapi").exists()
    assert not (built / "TasksFunction" / "functions" / "api").exists()


def test_the_layer_holds_the_core_and_leaves_out_what_lambda_brings(built):
    packages = {path.name for path in (built / "CoreLayer" / "python").iterdir()}
    assert {"dh_core", "pydantic"} <= packages
    assert not HEAVY & packages


def test_only_the_function_that_reads_texts_has_the_layer_for_it(built):
    packages = {path.name for path in (built / "TextLayer" / "python").iterdir()}
    assert {"dh_text", "jieba", "wetext", "numpy"} <= packages
    assert [name for name, spec in SPECS.items() if "TextLayer" in spec.layers] == ["TextFunction"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_carries_what_its_layer_carries(built, name):
    layer = {path.name for path in (built / "CoreLayer" / "python").iterdir()}
    shared = layer & {path.name for path in (built / name).iterdir()}
    assert shared <= {"__pycache__"}


@pytest.mark.parametrize(("name", "megabytes"), LIMITS.items())
def test_a_function_and_its_layer_are_small(built, name, megabytes):
    parts = (name, *SPECS[name].layers)
    assert sum(package_bytes(built, part) for part in parts) < megabytes * MEGABYTE


def test_byte_code_is_used_whatever_its_files_time_stamps_say(built):
    """Flags 1 and not 3: hash-based and unchecked (PEP 552)."""
    for path in (built / "ApiFunction").rglob("*.pyc"):
        assert path.read_bytes()[4] == 1, path
