"""What the import of the API function leaves for later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from tests.conftest import ROOT

IMPORT = """
import json, sys
from functions.api.app import app, handler
from pydantic import BaseModel

def models(base=BaseModel):
    return [m for s in base.__subclasses__() for m in (s, *models(s))]

def state():
    return {
        "modules": sorted(sys.modules),
        "built": [m.__name__ for m in models()
                  if m.__module__.startswith(("functions", "dh_core")) and m.__pydantic_complete__],
        "routes": [r.path for r in app.routes if "dependant" in vars(r)],
    }

cold = state()
event = {"version": "2.0", "rawPath": "/api/health", "rawQueryString": "", "headers": {},
         "requestContext": {"http": {"method": "GET", "path": "/api/health",
                                     "sourceIp": "203.0.113.7"}}}
class Context:
    function_name = function_version = invoked_function_arn = aws_request_id = "test"
    memory_limit_in_mb = 1024
answer = handler(event, Context())
print(json.dumps([cold, state(), answer["statusCode"]]))
"""


SETTINGS = {"TABLE_NAME": "t", "BUCKET_NAME": "b", "TASK_QUEUE_URL": "https://queue.example"}


@pytest.fixture(scope="module")
def states() -> Any:
    """Before and after one request, in an interpreter that has done nothing else."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "core" / "python")])
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", IMPORT],
        env={**os.environ, **SETTINGS, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "package",
    ["boto3", "botocore.client", "jwt", "cryptography", "httpx", "dh_text", "jieba", "numpy"],
)
def test_a_package_that_few_requests_need_is_not_imported(states: Any, package: str) -> None:
    cold, _, _ = states
    assert package not in cold["modules"]


def test_no_validator_is_built_before_the_first_request(states: Any) -> None:
    cold, warm, _ = states
    assert cold["built"] == []
    # Even health reads the settings: without them no request can be served.
    assert sorted(warm["built"]) == ["ApiSettings", "AuthSettings", "HealthResponse"]


def test_a_request_builds_the_route_that_it_matches_and_no_other(states: Any) -> None:
    cold, warm, status = states
    assert status == 200
    assert cold["routes"] == []
    assert warm["routes"] == ["/api/health"]


def test_a_server_has_all_its_validators_before_its_first_request(client: TestClient) -> None:
    def models(base: type[BaseModel]) -> list[type[BaseModel]]:
        return [found for model in base.__subclasses__() for found in (model, *models(model))]

    ours = [m for m in models(BaseModel) if m.__module__.startswith(("functions.", "dh_core."))]
    assert len(ours) > 50
    assert [model.__name__ for model in ours if not model.__pydantic_complete__] == []
