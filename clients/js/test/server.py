"""The embedded cloud that the client's tests talk to, with sign-in and a WeChat of its own.

It prints one line of JSON (addresses, credentials, sample files) and ends with its standard input,
so that it never outlives the tests.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg

from dh_core.access.identity import USER_SCOPES
from dh_core.access.secrets import AuthSecretsSource
from dh_core.settings import AuthSettings
from functions.api.auth.access_tokens import AccessTokens
from gpu_jobs.weights.store import WeightStore
from infra.local.cli import keys
from infra.local.server import ROOT, LocalCloud
from tests.support.shared_cloud import CORES_OF_A_JOB, JOBS_AT_ONCE, WARM
from tests.support.wechat_server import APP_ID, APP_SECRET, WechatServer


def main() -> None:
    """Serve until standard input ends."""
    with tempfile.TemporaryDirectory() as folder, WechatServer() as wechat:
        data, samples = Path(folder) / "data", Path(folder) / "samples"
        samples.mkdir()
        environment = {
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_APP_SECRET": APP_SECRET,
            "WECHAT_API_URL": wechat.url,
        }
        with LocalCloud(
            data,
            vcpus=JOBS_AT_ONCE * CORES_OF_A_JOB,
            sweep_seconds=2.0,
            auth="token",
            extra_environment=environment | WARM,
        ) as dh:
            about = {
                "url": dh.url,
                "key": _key(data),
                "expired_token": _expired_token(dh),
                "samples": _samples(samples),
            }
            print(json.dumps(about), flush=True)  # noqa: T201 - the tests read it
            sys.stdin.read()


def _key(data: Path) -> str:
    with (
        contextlib.redirect_stdout(io.StringIO()) as printed,
        contextlib.redirect_stderr(io.StringIO()),
    ):
        keys.main(["create", "--data", str(data), "--owner", "js-tests"])
    return printed.getvalue().strip()


def _expired_token(cloud: LocalCloud) -> str:
    """What the server gave out two hours ago."""
    settings = AuthSettings.from_env(cloud.environment)
    tokens = AccessTokens(settings, AuthSecretsSource(settings), lambda: time.time() - 7200)
    return tokens.issue("wx-0123456789abcdef", USER_SCOPES)


def _samples(folder: Path) -> dict[str, str]:
    """A film of 12 MB, which goes in three parts; a short clip; a portrait."""
    picture = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=27:duration=2"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"]
    raw = ["-c:v", "rawvideo", "-pix_fmt", "rgb24", "-c:a", "pcm_s16le"]
    _ffmpeg(*picture, *tone, *raw, folder / "film.mov")
    _ffmpeg(*picture, *tone, "-c:v", "mpeg4", folder / "clip.mp4")
    portrait = WeightStore(ROOT / ".weights").path("astronaut.png").read_bytes()
    (folder / "person.png").write_bytes(portrait)
    return {path.stem: str(path) for path in folder.iterdir()}


def _ffmpeg(*arguments: str | Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *arguments]
    subprocess.run(command, check=True, timeout=60)  # noqa: S603 - our own arguments


if __name__ == "__main__":
    main()
