"""`dh status`, `watch`, `download`, `cancel`, `redeliver`, `tasks`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dh_client.cli import output, results, settings
from dh_client.cli.create import Timeout
from dh_client.errors import InvalidInput
from dh_client.generated.types import Status, TaskType

TaskId = Annotated[str, typer.Argument(metavar="ID", help="As `dh create` printed it")]


def status(
    task_id: TaskId,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """How far a task is."""
    with settings.client(server, key) as client:
        results.show(client.status(task_id), as_json=as_json)


def watch(
    task_id: TaskId,
    timeout: Timeout = None,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Follow a task to its end, with a bar for each stage."""
    with settings.client(server, key) as client:
        results.show(results.follow(client, task_id, timeout=timeout), as_json=as_json)


def download(
    task_id: TaskId,
    target: Annotated[
        Path, typer.Argument(metavar="PATH", help="File, or a folder for all files")
    ] = Path(),
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Save what a completed task made; what broke off is continued."""
    with settings.client(server, key) as client:
        state = client.status(task_id).checked()
        if not state.has_ended:
            raise InvalidInput(
                f"The task has not ended ({state.progress}%). Wait with: dh watch {task_id}"
            )
        saved = [str(path) for path in results.save(client, state, target)]
        if as_json:
            output.document({"saved": saved})
        else:
            output.line("\n".join(saved))


def cancel(
    task_id: TaskId,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """End a task in any phase."""
    with settings.client(server, key) as client:
        client.cancel(task_id)
        results.show(client.status(task_id), as_json=as_json)


def redeliver(
    task_id: TaskId,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Make the webhook of an ended task once more."""
    with settings.client(server, key) as client:
        told = client.redeliver(task_id)
    columns = ("delivery_id", "status", "url", "next_attempt_at")
    output.document(told) if as_json else output.table(told["deliveries"], columns)


def tasks(
    task_type: Annotated[
        TaskType | None, typer.Option("--type", help="Only tasks of a type")
    ] = None,
    state: Annotated[Status | None, typer.Option("--status", help="Only tasks in a state")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first")] = 20,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """List the newest tasks."""
    with settings.client(server, key) as client:
        found = []
        for one in client.tasks(task_type=task_type, status=state):
            found.append(one.document)
            if len(found) == limit:
                break
    columns = ("task_id", "task_type", "status", "progress", "created_at", "error_code")
    output.document(found) if as_json else output.table(found, columns)
