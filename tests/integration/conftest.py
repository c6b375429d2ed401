"""AWS SAM's command line, and what it builds (once per test run)."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.shared_folder import one_at_a_time, shared_folder

ROOT = Path(__file__).resolve().parents[2]
SAM_BIN = ROOT / ".venv-sam" / "bin"


def _run(tool, *arguments):
    path = SAM_BIN / tool
    if not path.exists():
        pytest.fail(f"{path.relative_to(ROOT)} is missing: run make setup-dev")
    environment = os.environ | {
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    result = subprocess.run(
        [path, *map(str, arguments)],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@pytest.fixture(scope="session")
def sam():
    return lambda *arguments: _run("sam", *arguments)


@pytest.fixture(scope="session")
def cfn_lint():
    return lambda *arguments: _run("cfn-lint", *arguments)


@pytest.fixture(scope="session")
def built(sam, tmp_path_factory):
    """Folder with one sub-folder per function and layer; whichever worker needs it first builds."""
    folder = shared_folder(tmp_path_factory, "sam-build")
    with one_at_a_time(folder):
        if not (folder / "template.yaml").exists():
            sam("build", "--build-dir", folder)
    return folder
