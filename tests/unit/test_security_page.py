"""docs/security.md names only what exists: files, commands, routes, settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dh_core.limits import ATTEMPTS_MAX
from functions.api.app import app
from gpu_jobs.media.pictures.decoder import MAX_PIXELS
from gpu_jobs.media.probe import MediaLimits
from infra.local.cli import keys

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"`([^`\n]+)`", PAGE)
ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/api/[^ `]*)|-X (POST|DELETE) \$API(/[^ ]+)")
VARIABLES = {
    "$TASK": "{task_id}",
    "$VOICE": "{voice_id}",
    "$TEMPLATE": "{template_id}",
    "video/$NAME": "{file_type}/{filename}",
}


def paths() -> list[str]:
    return [text for text in QUOTED if re.fullmatch(r"[\w./-]+/[\w.-]+\.\w+|template\.yaml", text)]


def test_every_file_that_the_page_names_exists() -> None:
    named = [text for text in paths() if not text.startswith("/")]
    assert len(named) > 30
    assert [text for text in named if not (ROOT / text).is_file()] == []


def test_every_key_command_of_the_page_is_one_that_dh_keys_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    commands = [text for text in QUOTED if text.startswith("dh keys ")]
    assert {command.split()[2] for command in commands} == {"create", "list", "revoke", "secrets"}
    for command in commands:
        words = command.split()[2:]
        if words == ["create"]:
            words += ["--owner", "shop"]
        keys._parser().parse_args(words)
    assert capsys.readouterr().err == ""


def test_every_request_of_the_page_is_a_route_of_the_api() -> None:
    document = app.openapi()["paths"]
    found = 0
    for method, path, verb, tail in ROUTE.findall(PAGE):
        wanted = path or "/api" + tail
        for name, parameter in VARIABLES.items():
            wanted = wanted.replace(name, parameter)
        assert (method or verb).lower() in document[wanted], wanted
        found += 1
    assert found >= 9


def test_every_stack_parameter_and_statement_of_the_page_is_in_the_templates() -> None:
    templates = (ROOT / "template.yaml").read_text("utf-8")
    templates += (ROOT / "infra" / "batch.yaml").read_text("utf-8")
    for name in ("OnlyOverTls", "SSEEnabled: true", "SqsManagedSseEnabled: true", "AuthSecretsId"):
        assert name in PAGE
        assert name in templates
    assert "LeaveCredentialsAlone" in templates
    for prefix in ("uploads/", "generated/", "avatars/"):
        assert f"Prefix: {prefix}" in templates


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    limits = MediaLimits()
    assert f"{limits.max_seconds:.0f} s, 4096×2304 pixels, {limits.max_fps:.0f} frames/s" in PAGE
    assert limits.max_pixels == 4096 * 2304
    assert f"{MAX_PIXELS // 1_000_000} megapixels" in PAGE
    assert ATTEMPTS_MAX == 3
