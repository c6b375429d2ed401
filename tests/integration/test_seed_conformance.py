"""The seed API's document, line by line (tests/seed), over HTTP on the embedded cloud."""

from __future__ import annotations

import importlib

import httpx
import pytest

from infra.local.server import LocalCloud
from tests.seed.line import Answer, check
from tests.seed.table import LINES
from tests.seed.world import prepare


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture
def send(cloud):
    with httpx.Client(timeout=60, follow_redirects=False) as client:

        def over_http(request):
            url = request.url.copy_with(host="127.0.0.1", port=httpx.URL(cloud.url).port)
            headers = {"Content-Type": request.headers.get("content-type", "")}
            answer = client.request(request.method, url, content=request.read(), headers=headers)
            return Answer(answer.status_code, answer.headers, answer.text)

        yield over_http


def test_every_line_of_the_document_holds(send, monkeypatch, subtests):
    # The functions are imported afresh for every cloud, so not at the top.
    stores = importlib.import_module("functions.api.deps").process_stores()
    system = importlib.import_module("functions.api.service.system")
    names = prepare(send, stores)
    for line in LINES:
        with subtests.test(str(line)), monkeypatch.context() as patch:
            if line.broken:
                patch.setattr(system, "status", lambda stores: 1 / 0)
            check(line, send, names)
