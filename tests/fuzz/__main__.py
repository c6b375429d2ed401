"""Throw thousands of requests, made from the OpenAPI document, at the whole embedded cloud.

    make fuzz [CASES=5000]
    .venv/bin/python -m tests.fuzz --auth token    (with an API key; also without it)

schemathesis runs all its checks: no 5xx, no undocumented status or content, no answer that breaks
its schema, nothing accepted that the schema forbids, no use after deletion. It plays single
requests and chains of them, where one answer's id is the next request's. Exit status 1 for any
finding, or if fewer than CASES were played.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from infra.local.server import LocalCloud

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
_PER_OPERATION = 100
"""Most cases of one operation in one phase; the coverage phase counts beside it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--schemathesis", type=Path, default=ROOT / ".venv-fuzz/bin/schemathesis")
    parser.add_argument("--cases", type=int, default=5000, help="at least so many")
    parser.add_argument("--per-operation", type=int, default=_PER_OPERATION)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--auth", choices=["none", "token"], default="none")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCloud(Path(folder), vcpus=1, auth=arguments.auth) as cloud,
    ):
        command = _command(arguments, cloud.url)
        credential = {}
        if arguments.auth == "token":
            credential = {"Authorization": f"Bearer {_api_key(folder)}"}
            command += ["--header", *(f"{name}: {value}" for name, value in credential.items())]
        _read_a_text(cloud.url, credential)
        played = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    report = played.stdout.decode(errors="replace")
    sys.stdout.write(report)
    made = re.search(r"(\d+) generated", report)
    count = int(made[1]) if made else 0
    if count < arguments.cases:
        sys.exit(f"only {count} cases were played, not {arguments.cases}")
    return played.returncode


def _read_a_text(url: str, credential: dict[str, str]) -> None:
    """The first text loads the dictionaries, 2.4 s of processor time: on a busy machine longer than
    an answer may take by schemathesis's limit of ten seconds."""
    read = f"{url}/api/tasks/voice/preview-text"
    httpx.post(read, json={"text": "大家好"}, headers=credential, timeout=120).raise_for_status()


def _api_key(folder: str) -> str:
    create = [
        "keys",
        "create",
        "--data",
        folder,
        "--owner",
        "fuzz",
        "--scopes",
        "read,upload,write",
    ]
    made = subprocess.run(
        [sys.executable, "-m", "infra.local.cli.main", *create],
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.split()[-1]


def _command(arguments: argparse.Namespace, url: str) -> list[str]:
    options = {
        "--url": url,
        "--checks": "all",
        "--phases": "examples,coverage,fuzzing,stateful",
        "--max-examples": str(arguments.per_operation),
        "--seed": str(arguments.seed),
        "--request-timeout": "30",
        # Of two, one may meet a SystemError of Python's ast.parse, whose depth threads share.
        "--workers": "1",
    }
    return [
        str(arguments.schemathesis),
        "--config-file",
        str(CONFIGURATION),
        "run",
        f"{url}/api/openapi.json",
        *(word for option in options.items() for word in option),
    ]


if __name__ == "__main__":
    sys.exit(main())
