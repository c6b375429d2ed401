"""Requests while the store is away."""

import asyncio

import httpx
import pytest

from infra.local.cloud.availability import answering


async def api(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def ask(path, *, available):
    async def run():
        transport = httpx.ASGITransport(answering(api, lambda: available))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get(path)

    return asyncio.run(run())


@pytest.mark.parametrize("path", ["/api/tasks", "/api/system/status", "/api/upload/video"])
def test_they_are_told_at_once_to_come_back(path):
    answer = ask(path, available=False)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["code"] == "service_unavailable"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert ask(path, available=True).status_code == 200


@pytest.mark.parametrize("path", ["/api/health", "/api/docs", "/api/openapi.json"])
def test_what_reads_nothing_is_answered_all_the_same(path):
    assert ask(path, available=False).status_code == 200
