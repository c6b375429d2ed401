"""Requests that many tests make."""

from __future__ import annotations

from typing import Any

VOICE = "/api/tasks/voice/generate"


def create(client: Any, path: str = VOICE, headers: Any = None, **body: Any) -> Any:
    """Ask for a task; by default one that speaks a word."""
    return client.post(path, json=body or {"text": "你好"}, headers=headers)


def status_of(client: Any, created: Any) -> Any:
    """The status, at the address that the creation answered."""
    return client.get(created["status_url"]).json()
