"""A Model Context Protocol server over standard input and output: `dh mcp`.

An assistant makes videos with it: paths of this machine go in, paths come out, and what goes wrong
is a sentence. Needs the extra `mcp`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, ParamSpec, TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

from dh_client.async_client import AsyncClient
from dh_client.core.tasks import TaskStatus
from dh_client.errors import DhError, InvalidInput, WaitTimeout

P = ParamSpec("P")
T = TypeVar("T")
# Pydantic cannot read our TypedDicts before Python 3.12.
Document = dict[str, Any]

_INSTRUCTIONS: Final = (
    "Makes videos of people who speak. Start with make_video or make_voice, which answer a "
    "task_id at once; then wait_for_task until it is completed, and save it by download_result. "
    "Only use a person's face or voice with their consent."
)
_LONGEST_WAIT: Final = 300.0

TaskId = Annotated[str, Field(description="As make_video or make_voice answered it")]
LocalFile = Annotated[str | None, Field(description="Path of a file on this machine")]
VoiceId = Annotated[str | None, Field(description="A voice of list_voices")]


class Task(BaseModel):
    """How far a task is."""

    task_id: str
    status: str
    progress: int
    stage: str | None = None
    eta_seconds: int | None = None
    error: str | None = None
    files: list[str] = Field(description="What can be downloaded, once it is completed")

    @classmethod
    def of(cls, state: TaskStatus) -> Task:
        return cls(
            task_id=state.task_id,
            status=state.status,
            progress=state.progress,
            stage=state.stage,
            eta_seconds=state.eta_seconds,
            error=state.error_message,
            files=list(state.files),
        )


def serve(client: AsyncClient) -> MCPServer[Any]:
    """The server, whose tools use `client`."""
    tools = _Tools(client)
    server: MCPServer[Any] = MCPServer(
        "digital-human", instructions=_INSTRUCTIONS, log_level="WARNING"
    )
    offered: tuple[Callable[..., Awaitable[Any]], ...] = (
        *(tools.make_video, tools.make_voice, tools.list_voices, tools.list_templates),
        *(tools.task_status, tools.wait_for_task, tools.download_result, tools.usage),
    )
    for tool in offered:
        server.add_tool(_told(tool))
    return server


async def run(client: AsyncClient) -> None:
    """Serve until standard input ends."""
    async with client:
        await serve(client).run_stdio_async()


@dataclass(frozen=True, slots=True)
class _Tools:
    """Their docstrings are what an assistant reads."""

    client: AsyncClient

    async def make_video(
        self,
        sample_video: LocalFile = None,
        template_id: Annotated[
            str | None, Field(description="A template of list_templates, instead of sample_video")
        ] = None,
        text: Annotated[str | None, Field(description="What is said: Chinese or English")] = None,
        speech_audio: Annotated[
            str | None, Field(description="Path of a recording that is spoken instead of a text")
        ] = None,
        sample_voice: Annotated[
            str | None, Field(description="Path of a recording of the voice to come close to")
        ] = None,
        voice_id: VoiceId = None,
        subtitles: bool = False,
    ) -> Task:
        """Start a video of a person who speaks a text or a recording; answers its task_id.

        The person comes from sample_video (15 s or more, calm, from the front), or from a template.
        """
        speech = {"voice_id": voice_id, "subtitles": subtitles or None}
        if template_id is not None:
            given = {"template_id": template_id, "text_content": text}
            files = {"audio_file": speech_audio}
            kind = "compose"
        else:
            given = {"speech_text": text}
            files = {"sample_video": sample_video, "sample_voice": sample_voice}
            files["speech_audio"] = speech_audio
            kind = "digital_human"
            if sample_video is None:
                raise InvalidInput("Give sample_video, a video of the person, or a template_id.")
        return await self._create(kind, {**given, **speech}, files)

    async def make_voice(
        self,
        text: Annotated[str, Field(description="What is said: Chinese or English")],
        voice_id: VoiceId = None,
        reference_audio: LocalFile = None,
    ) -> Task:
        """Start speech from a text, in a voice of list_voices or close to a recording."""
        given = {"text": text, "voice_id": voice_id}
        return await self._create("voice", given, {"reference_audio": reference_audio})

    async def list_voices(self) -> list[Document]:
        """The user's own voices and the built-in ones."""
        return await self._every(self.client.list_voices, "voices")

    async def list_templates(self) -> list[Document]:
        """The user's templates: people before backgrounds, ready to speak."""
        return await self._every(self.client.list_templates, "templates")

    async def task_status(self, task_id: TaskId) -> Task:
        """How far a task is."""
        return Task.of(await self.client.status(task_id))

    async def wait_for_task(
        self,
        task_id: TaskId,
        context: Context[Any, Any],
        seconds: Annotated[float, Field(gt=0, le=_LONGEST_WAIT)] = 45.0,
    ) -> Task:
        """Wait until a task has ended, or for some seconds; ask again while it is processing."""
        last: list[TaskStatus] = []
        notes: list[asyncio.Task[None]] = []

        def note(state: TaskStatus) -> None:
            last[:] = [state]
            told = context.report_progress(state.progress, 100, state.stage or state.status)
            notes.append(asyncio.create_task(told))

        try:
            await self.client.wait(task_id, note, timeout=seconds)
        except WaitTimeout:
            pass  # The answer says how far it is.
        finally:
            await asyncio.gather(*notes, return_exceptions=True)
        return Task.of(last[0])

    async def download_result(
        self,
        task_id: TaskId,
        path: Annotated[
            str, Field(description="File to write, or a folder that exists for all files")
        ],
    ) -> list[str]:
        """Save what a completed task made; answers the paths. A file of that name is replaced."""
        state = (await self.client.status(task_id)).checked()
        if not state.has_ended:
            raise InvalidInput(f"The task is {state.status}, {state.progress}%; wait for its end.")
        if state.main_file is None:
            raise InvalidInput("The task made no file that can be saved.")
        target = Path(path).expanduser().absolute()
        if not target.is_dir():
            return [str(await self.client.download(state.main_file, target))]
        saved = []
        for route in dict.fromkeys(state.files.values()):
            name = (await self.client.get(route, redirect="false"))["filename"]
            saved.append(str(await self.client.download(route, target / name)))
        return saved

    async def usage(
        self,
        first: Annotated[date | None, Field(description="First day, as 2026-03-01")] = None,
        last: Annotated[date | None, Field(description="Last day")] = None,
    ) -> Document:
        """Seconds of processor, GPU and output that were used, by day."""
        return {**await self.client.usage(first, last)}

    async def _create(self, kind: str, given: dict[str, Any], files: dict[str, str | None]) -> Task:
        paths = {name: Path(path).expanduser() for name, path in files.items() if path}
        for path in paths.values():
            if not path.is_file():
                raise InvalidInput(f"There is no file {path}.")
        task_id = await self.client.create(kind, {**given, **paths})
        return Task.of(await self.client.status(task_id))

    async def _every(self, page: Callable[..., Awaitable[Any]], name: str) -> list[Document]:
        found: list[Document] = []
        cursor: str | None = None
        while True:
            answer = await page(cursor=cursor)
            found += answer[name]
            if (cursor := answer["next_cursor"]) is None:
                return found


def _told(tool: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The tool, whose failures are sentences for the assistant."""

    @wraps(tool)
    async def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await tool(*args, **kwargs)
        except DhError as error:
            raise ToolError(f"{error} ({error.code})" if error.code else str(error)) from error
        except OSError as error:
            raise ToolError(f"{error.strerror}: {error.filename}") from error

    return told
