"""The built API function under AWS's Lambda Runtime Interface Emulator, on the embedded cloud.

This runs what `sam local invoke` runs inside its container: the artefact of `sam build`, its
layer, the Lambda runtime client, and the sample events of `events/`.
"""

import json
import os
import platform
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from infra.local.server import LocalCloud

ROOT = Path(__file__).resolve().parents[2]
LAMBDA_PYTHON = ROOT / ".venv-lambda" / "bin" / "python"
EMULATOR = "aws-lambda-rie-x86_64"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def invoke(built, cloud, tmp_path_factory):
    """Invokes the API function with one of the sample events; one call at a time."""
    port, runtime_port = free_port(), free_port()
    log_path = tmp_path_factory.mktemp("emulator") / "log"
    environment = {
        **cloud.environment,
        "PYTHONPATH": f"{built / 'ApiFunction'}:{built / 'CoreLayer' / 'python'}",
        "AWS_LAMBDA_FUNCTION_NAME": "ApiFunction",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    }
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [
                emulator(),
                "--runtime-interface-emulator-address",
                f"127.0.0.1:{port}",
                "--runtime-api-address",
                f"127.0.0.1:{runtime_port}",
                LAMBDA_PYTHON,
                "-m",
                "awslambdaric",
                "functions.api.app.handler",
            ],
            cwd=built / "ApiFunction",
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"

    def call(event_name):
        event = (ROOT / "events" / event_name).read_text()
        answer = httpx.post(url, content=event, timeout=40)
        assert answer.status_code == 200, log_path.read_text()
        result = answer.json()
        assert "statusCode" in result, log_path.read_text()
        return result["statusCode"], json.loads(result["body"])

    try:
        wait_for_port(port, process, log_path)
        yield call
    finally:
        # The emulator leaves the runtime behind, so the whole group goes.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_get_is_answered_from_the_table(invoke):
    status, body = invoke("api_system_status.json")
    assert status == 200
    assert body["success"] is True


def test_a_post_records_a_file_that_can_then_be_uploaded(invoke, cloud):
    status, body = invoke("api_upload_audio.json")
    assert status == 200
    assert body["file_info"]["file_type"] == "audio"
    target = body["upload"]
    content = b"RIFF" + (480036).to_bytes(4, "little") + b"WAVE" + bytes(480032)
    sent = httpx.post(target["url"], data=target["fields"], files={"file": content})
    assert sent.is_success, sent.text


def emulator():
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the functions are built for Linux on x86_64")
    if not LAMBDA_PYTHON.exists():
        pytest.fail(".venv-lambda is missing: run make setup-dev")
    version = subprocess.run(
        [LAMBDA_PYTHON, "--version"], check=True, capture_output=True, text=True
    ).stdout
    if not version.startswith("Python 3.11"):
        pytest.skip(f"the functions are built for Python 3.11, .venv-lambda has {version.strip()}")
    found = list((ROOT / ".venv-sam").glob(f"lib/*/site-packages/samcli/**/{EMULATOR}"))
    if not found:
        pytest.fail("aws-sam-cli carries no emulator: run make setup-dev")
    return found[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, log_path):
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"the emulator did not start: {log_path.read_text()}")
