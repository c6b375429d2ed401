"""Following a task to its end and saving what it made."""

from __future__ import annotations

from pathlib import Path

from dh_client.cli import output
from dh_client.cli.progress import Stages
from dh_client.client import Client
from dh_client.core.tasks import TaskStatus
from dh_client.errors import InvalidInput


def follow(client: Client, task_id: str, *, timeout: float | None = None) -> TaskStatus:
    """Show a task's stages until it has ended; raises TaskFailed."""
    with Stages() as stages:
        return client.wait(task_id, stages.task, timeout=timeout).checked()


def save(client: Client, state: TaskStatus, target: Path) -> list[Path]:
    """Save the main file as `target`; into a folder all of them, by the server's names."""
    wanted = state.files
    if not wanted or state.main_file is None:
        raise InvalidInput(f"The task {state.task_id} made no file that can be saved.")
    with Stages() as stages:
        if not target.is_dir():
            return [client.download(state.main_file, target, stages.transfer)]
        saved = []
        for route in dict.fromkeys(wanted.values()):
            name = client.get(route, redirect="false")["filename"]
            saved.append(client.download(route, target / name, stages.transfer))
        return saved


def show(state: TaskStatus, *, as_json: bool) -> None:
    """One task, as a person or a program reads it."""
    if as_json:
        output.document(dict(state.document))
        return
    output.line(f"{state.task_id}  {state.task_type or ''}  {state.status}  {state.progress}%")
    if state.stage:
        left = f", about {state.eta_seconds} s left" if state.eta_seconds else ""
        output.line(f"stage: {state.stage}{left}")
    if state.error_message:
        output.line(f"{state.error_code}: {state.error_message}")
    for kind, route in state.files.items():
        output.line(f"{kind}: {route}")
