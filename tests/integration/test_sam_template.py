"""template.yaml as AWS SAM sees it: valid, and built without Docker."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = {
    "ApiFunction": "functions/api/app.py",
    "ObjectsFunction": "functions/dispatch/app.py",
    "TasksFunction": "functions/dispatch/app.py",
    "BatchEventsFunction": "functions/dispatch/app.py",
    "SweepFunction": "functions/dispatch/app.py",
    "DeliveriesFunction": "functions/dispatch/app.py",
}
HEAVY = {"torch", "cv2", "onnxruntime", "numpy", "boto3"}
LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024


def test_the_template_is_valid_and_passes_the_linter(sam):
    result = sam("validate", "--lint")
    assert "is a valid SAM Template" in result.stdout


def test_the_nested_templates_pass_the_linter(cfn_lint):
    cfn_lint(*sorted((ROOT / "infra").glob("*.yaml")))


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


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_and_layer_together_fit_into_lambda(built, name):
    folders = (built / name, built / "CoreLayer")
    size = sum(f.stat().st_size for folder in folders for f in folder.rglob("*") if f.is_file())
    assert size < LAMBDA_LIMIT_BYTES
