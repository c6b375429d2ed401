"""The release in the working tree: its name, its sources for CodeBuild, its packed functions."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Final

from tools.deploy.account import Account, Refused
from tools.deploy.parameters import ROOT, Values

_SAM: Final = ROOT / ".venv-sam" / "bin" / "sam"
_PACKAGED: Final = ROOT / ".aws-sam" / "packaged.yaml"
_ENCODER: Final = "layers/text/python/dh_text/mandarin/encoder.npz"


def name() -> str:
    """The commit's short hash. Raises Refused where files differ from it."""
    changed = _output("git", "status", "--porcelain").decode()
    if changed:
        some = ", ".join(line[3:] for line in changed.splitlines()[:3])
        raise Refused(
            f"Files differ from the commit ({some}): an image is named by its commit, so commit "
            "or stash them first."
        )
    return _output("git", "rev-parse", "--short=12", "HEAD").decode().strip()


def sources() -> bytes:
    """What CodeBuild builds the images from: the commit's files and the encoder, zipped.

    Raises Refused where set-up has not made that.
    """
    if not (ROOT / _ENCODER).exists():
        raise Refused(f"{_ENCODER} is missing; run `make setup`.")
    added = [f"--prefix={Path(_ENCODER).parent}/", f"--add-file={_ENCODER}", "--prefix="]
    return _output("git", "archive", "--format=zip", *added, "HEAD")


def pack() -> None:
    """Build the functions and layers. Raises Refused."""
    _run(str(_SAM), "build", "--parallel")


def publish(account: Account, bucket: str, stack: str) -> str:
    """Upload what was packed; answers the address of the template that names it."""
    prefix = f"artifacts/{stack}"
    _run(
        str(_SAM),
        *("package", "--s3-bucket", bucket, "--s3-prefix", prefix, "--region", account.region),
        *("--output-template-file", str(_PACKAGED)),
    )
    body = _PACKAGED.read_bytes()
    key = f"{prefix}/{hashlib.sha256(body).hexdigest()}.yaml"
    account.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    suffix = "amazonaws.com.cn" if account.region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{account.region}.{suffix}/{key}"


def fingerprint(template_url: str, values: Values) -> str:
    """Changes with the packed code, which names the template's address, and with each parameter.

    SAM publishes a function's new version when it changes (AutoPublishCodeSha256), of which it
    reads the first ten characters.
    """
    said = json.dumps([template_url, *sorted(values.items())])
    return hashlib.sha256(said.encode()).hexdigest()


def _output(*command: str) -> bytes:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603 - our own words


def _run(*command: str) -> None:
    """What it says is shown as it comes."""
    path = os.pathsep.join((str(ROOT / ".venv" / "bin"), str(_SAM.parent), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, check=False)  # noqa: S603 - as above
    if ended.returncode != 0:
        raise Refused(f"`{Path(command[0]).name} {command[1]}` failed; what it says stands above.")
