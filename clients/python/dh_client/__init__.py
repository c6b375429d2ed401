"""A typed client of the digital-human backend, blocking (`Client`) or not (`AsyncClient`).

with Client("http://127.0.0.1:8000") as client:
    task = client.create_digital_human(sample_video=Path("me.mp4"), speech_text="大家好")
    done = client.wait(task, on_status=print).checked()
    client.download(done.files["video"], Path("out.mp4"))
"""

from dh_client.async_client import AsyncClient
from dh_client.client import Client
from dh_client.core.session import Retries
from dh_client.core.tasks import TaskStatus
from dh_client.core.uploads import Transfer
from dh_client.errors import (
    ApiError,
    Conflict,
    ConnectionFailed,
    DhError,
    InvalidInput,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ServerFailed,
    TaskCancelled,
    TaskFailed,
    TooManyRequests,
    WaitStopped,
    WaitTimeout,
)

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "Conflict",
    "ConnectionFailed",
    "DhError",
    "InvalidInput",
    "InvalidRequest",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "Retries",
    "ServerFailed",
    "TaskCancelled",
    "TaskFailed",
    "TaskStatus",
    "TooManyRequests",
    "Transfer",
    "WaitStopped",
    "WaitTimeout",
]
