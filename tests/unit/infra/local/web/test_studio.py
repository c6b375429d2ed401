"""The page at `/`, and the API behind it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from infra.local.server import ROOT, STUDIO
from infra.local.web.studio import NOT_BUILT, is_built, with_studio

ORIGIN = "http://127.0.0.1:4566"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Studio</title>")
    (folder / "assets" / "index-1a2b.js").write_text("1")
    (tmp_path / "secret").write_text("secret")
    return folder


def client(folder: Path, media_origin: str = ORIGIN) -> TestClient:
    api = Starlette(routes=[Route("/{rest:path}", lambda request: PlainTextResponse("the API"))])
    return TestClient(with_studio(api, folder, media_origin=media_origin))


def test_the_door_opens_the_page_which_may_talk_to_this_server_and_its_bucket(folder: Path) -> None:
    answer = client(folder).get("/")
    assert "Studio" in answer.text
    policy = answer.headers["content-security-policy"]
    assert f"connect-src 'self' {ORIGIN};" in policy
    assert "script-src 'self';" in policy
    assert answer.headers["cache-control"] == "no-cache"


def test_without_a_bucket_of_another_origin_the_page_talks_to_its_own_alone(folder: Path) -> None:
    policy = client(folder, media_origin="").get("/").headers["content-security-policy"]
    assert "http" not in policy
    assert "connect-src 'self';" in policy


def test_assets_whose_name_changes_with_them_are_kept_forever(folder: Path) -> None:
    answer = client(folder).head("/assets/index-1a2b.js")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/api/health", "/assets/none.js", "/assets/..%2Findex.html", "/..%2Fsecret"]
)
def test_whatever_is_no_file_of_the_page_is_the_apis(folder: Path, path: str) -> None:
    assert client(folder).get(path).text == "the API"


def test_only_reading_opens_the_page(folder: Path) -> None:
    api = Starlette(routes=[Route("/", lambda request: PlainTextResponse("API"), methods=["POST"])])
    answer = TestClient(with_studio(api, folder, media_origin=ORIGIN)).post("/")
    assert answer.text == "API"


def test_a_page_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    answer = client(tmp_path / "nothing").get("/")
    assert answer.status_code == 503
    assert NOT_BUILT in answer.text


def test_the_pages_script_is_at_most_150_kb_compressed():
    if not is_built(STUDIO):
        pytest.skip(NOT_BUILT)
    scripts = list((STUDIO / "assets").glob("*.js"))
    assert scripts
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= 150_000


def test_the_lock_names_no_registry():
    lock = (ROOT / "studio" / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
