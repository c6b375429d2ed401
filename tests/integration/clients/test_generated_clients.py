"""Generators of others make clients of the document, which upload, make a voice, download it."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = ROOT / "clients" / "js" / "node_modules"
SCRIPTS = Path(__file__).with_name("generated")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")


@pytest.fixture(scope="module")
def document(cloud: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(httpx.get(f"{cloud.url}/api/openapi.json", timeout=120).content)
    return path


@pytest.fixture(scope="module")
def sound() -> bytes:
    """A tenth of a second of silence, as WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(3200))
    return file.getvalue()


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, command)),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_openapi_python_client(
    cloud: Any, key: str, document: Path, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = Path(sys.executable).with_name("openapi-python-client")
    folder = document.parent / "made_of_the_document"
    path = f"{generator.parent}{os.pathsep}{os.environ['PATH']}"
    said = run(
        generator,
        *("generate", "--path", document, "--output-path", folder, "--meta", "none"),
        PATH=path,
    )
    assert "some pieces may be missing" not in said, said
    monkeypatch.syspath_prepend(document.parent)
    made_of_it = partial(import_module, package="made_of_the_document")
    client_type = import_module("made_of_the_document").AuthenticatedClient
    downloads = made_of_it(".api.downloads.download_result")
    creations = made_of_it(".api.tasks.create_voice")
    states = made_of_it(".api.tasks.get_task_status")
    uploads = made_of_it(".api.uploads.upload_directly")
    models, types = made_of_it(".models"), made_of_it(".types")

    client = client_type(base_url=cloud.url, token=key, raise_on_unexpected_status=True)
    file = types.File(payload=io.BytesIO(sound), file_name="me.wav", mime_type="audio/wav")
    body = models.UploadDirectlyBody(file=file)
    uploaded = uploads.sync("audio", client=client, body=body)
    assert uploaded.file_info.filename.endswith(".wav")
    task = creations.sync(client=client, body=models.VoiceRequest(text="好。"))
    status = states.sync(task.task_id, client=client, wait=20)
    while status.status in ("pending", "processing"):
        status = states.sync(task.task_id, client=client, wait=20)
    assert isinstance(status.result, models.VoiceResult), status
    assert status.result.duration > 0
    made = downloads.sync("audio", status.result.uuid, client=client, redirect=False)
    assert httpx.get(made.url).content[:4] == b"RIFF"


@pytest.fixture
def workshop() -> Iterator[Path]:
    """Where Node finds the modules of the client."""
    folder = MODULES / f".generated-clients-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def play(script: str, workshop: Path, cloud: Any, key: str, sound: bytes) -> None:
    """Checks the types of the script and of the client that it uses, then runs it."""
    shutil.copy(SCRIPTS / script, workshop / "main.ts")
    binaries = MODULES / ".bin"
    strict = ("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022")
    modules = ("--module", "esnext", "--moduleResolution", "bundler")
    (workshop / "node.d.ts").write_text(
        "declare const process: { env: Record<string, string | undefined> };\n"
        "declare const Buffer: { from(value: string | ArrayBuffer, encoding?: string): "
        "Uint8Array<ArrayBuffer> & { toString(encoding: string, start: number, end: number): "
        "string } };\n"
    )
    run(binaries / "tsc", *strict, *modules, workshop / "main.ts", workshop / "node.d.ts")
    bundle = workshop / "main.mjs"
    options = ("--bundle", "--platform=node", "--format=esm", "--log-level=warning")
    run(binaries / "esbuild", workshop / "main.ts", *options, f"--outfile={bundle}")
    encoded = base64.b64encode(sound).decode()
    told = json.loads(run("node", bundle, API_URL=cloud.url, API_KEY=key, SOUND=encoded))
    assert told["name"].endswith(".wav")
    assert told["duration"] > 0
    assert told["head"] == "RIFF"


@needs_node
def test_hey_api(cloud: Any, key: str, document: Path, sound: bytes, workshop: Path) -> None:
    generator = MODULES / ".bin" / "openapi-ts"
    run(generator, "--input", document, "--output", workshop / "client", "--silent")
    play("hey_api.ts", workshop, cloud, key, sound)


@needs_node
def test_openapi_typescript(
    cloud: Any, key: str, document: Path, sound: bytes, workshop: Path
) -> None:
    run(MODULES / ".bin" / "openapi-typescript", document, "--output", workshop / "schema.ts")
    play("openapi_typescript.ts", workshop, cloud, key, sound)
