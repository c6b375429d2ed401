"""The seed API's document, line by line (tests/seed), through the Lambda handler.

The integration tests try the same table on the embedded cloud.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from functions.api.service import system
from tests.seed.line import Answer, check
from tests.seed.table import LINES
from tests.seed.world import prepare

DOCUMENT = (
    Path(__file__).resolve().parents[6] / "shared" / "reference" / "seed_api_documentation_zh.txt"
)


@pytest.fixture
def send(invoke):
    """Events as API Gateway (payload 2.0) shapes them, through Mangum."""

    def through_lambda(request):
        answer = invoke(
            request.method,
            request.url.path,
            query=request.url.query.decode(),
            body=request.read(),
            content_type=request.headers.get("content-type", ""),
        )
        return Answer(answer.status, answer.headers, answer.body)

    return through_lambda


def test_every_line_of_the_document_holds(send, stores, monkeypatch, subtests):
    names = prepare(send, stores)
    for line in LINES:
        with subtests.test(str(line)), monkeypatch.context() as patch:
            if line.broken:
                patch.setattr(system, "status", lambda stores: 1 / 0)
            check(line, send, names)


@pytest.mark.skipif(not DOCUMENT.exists(), reason="the seed document is not at hand")
def test_the_table_quotes_every_route_parameter_field_and_status_code():
    text = DOCUMENT.read_text(encoding="utf-8").partition("📱 小程序集成建议")[0]
    telling = re.compile(r'\b(?:GET|POST) /|•|^\s*"\w+":')
    quoted = _bare("\n".join(line.quote for line in LINES))
    unquoted = [
        line for line in text.splitlines() if telling.search(line) and _bare(line) not in quoted
    ]
    assert unquoted == []


def _bare(text):
    return re.sub(r"[\s•]", "", text)
