"""`dh mcp` as an assistant starts it, over standard input and output, by the SDK's own client."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed: make setup-dev")

from mcp.client import Client  # noqa: E402 - after the check above
from mcp.client.stdio import StdioServerParameters, stdio_client  # noqa: E402 - as above

DH = Path(sys.executable).with_name("dh")
TOOLS = {
    *("make_video", "make_voice", "list_voices", "list_templates"),
    *("task_status", "wait_for_task", "download_result", "usage"),
}


def with_assistant(cloud, key, work):
    """Runs `work(session)`; returns what it returns."""
    parameters = StdioServerParameters(
        command=str(DH),
        args=["mcp"],
        env={**os.environ, "DH_SERVER": cloud.url, "DH_KEY": key},
    )

    async def run():
        async with Client(stdio_client(parameters)) as session:
            return await work(session)

    return asyncio.run(asyncio.wait_for(run(), 300))


def text(answer):
    return answer.content[0].text


async def end_of(session, answer):
    """The last answer about the task that `answer` tells of; a refusal as it is.

    A file of another kind is refused at creation or fails the task, whichever comes first: the
    store's event and the creation race.
    """
    while not answer.is_error and answer.structured_content["status"] in {"pending", "processing"}:
        known = {"task_id": answer.structured_content["task_id"], "seconds": 20}
        answer = await session.call_tool("wait_for_task", known)
    return answer


def test_an_assistant_makes_a_voice_and_is_told_what_goes_wrong(cloud, key, tmp_path):
    sound = tmp_path / "said.wav"
    words = tmp_path / "me.mp4"
    words.write_text("only words")

    async def work(session):
        told = {tool.name for tool in (await session.list_tools()).tools}
        voices = await session.call_tool("list_voices", {})
        refused = [
            await session.call_tool(name, arguments)
            for name, arguments in (
                ("task_status", {"task_id": "none"}),
                ("make_video", {"sample_video": "/no/me.mp4", "text": "你好"}),
                ("make_video", {"text": "你好"}),
            )
        ]
        unfit = await end_of(
            session,
            await session.call_tool("make_video", {"sample_video": str(words), "text": "你好"}),
        )
        made = await session.call_tool("make_voice", {"text": "你好。", "voice_id": "zm_yunxi"})
        task = (await end_of(session, made)).structured_content
        saved = await session.call_tool(
            "download_result", {"task_id": task["task_id"], "path": str(sound)}
        )
        usage = await session.call_tool("usage", {})
        return told, voices, refused, unfit, task, saved, usage

    told, voices, refused, unfit, task, saved, usage = with_assistant(cloud, key, work)
    assert told == TOOLS
    assert "zm_yunxi" in str(voices.structured_content)
    assert all(answer.is_error for answer in refused)
    said = [text(answer) for answer in refused]
    assert "There is no task by this id; use the task_id" in said[0]
    assert "There is no file /no/me.mp4." in said[1]
    assert "Give sample_video, a video of the person, or a template_id." in said[2]
    assert "not a supported file of type video" in text(unfit)
    assert task["status"] == "completed", task
    assert str(sound) in text(saved)
    assert sound.read_bytes()[:4] == b"RIFF"
    assert usage.structured_content["total"]["attempts"] > 0
