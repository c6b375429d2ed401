"""A mini-program cannot send PATCH, so a POST may stand for one."""

from __future__ import annotations

import pytest

OVERRIDE = "X-HTTP-Method-Override"
TEMPLATE = "/api/templates/none"


@pytest.mark.parametrize("method", ["PATCH", "patch"])
def test_a_post_that_says_so_is_a_patch(client, method):
    body = {"title_text": "AI"}
    patched = client.patch(TEMPLATE, json=body)
    posted = client.post(TEMPLATE, json=body, headers={OVERRIDE: method})
    assert (posted.status_code, posted.json()["code"]) == (404, "template_not_found")
    assert posted.status_code == patched.status_code
    assert posted.json()["code"] == patched.json()["code"]


@pytest.mark.parametrize("method", ["DELETE", "GET", "PUT", "PATCH,DELETE", ""])
def test_no_other_method_can_be_had_so(client, method):
    assert client.post(TEMPLATE, json={}, headers={OVERRIDE: method}).status_code == 405


def test_a_get_stays_a_get(client):
    assert client.get("/api/health", headers={OVERRIDE: "PATCH"}).status_code == 200
