"""`python -m infra.local.store FOLDER DESCRIPTOR`: serve on a socket that the parent listens on.

The parent keeps the socket, so that requests wait while this process is started again.
"""

from __future__ import annotations

import gc
import signal
import socket
import sys
from pathlib import Path
from typing import Final

import uvicorn

from infra.local.store.older import OlderFolder

_STOP_SECONDS: Final = 2
# Longer than any client keeps an idle connection: who closes first loses no request.
_KEEP_ALIVE_SECONDS: Final = 3600


def main() -> None:
    folder, descriptor = Path(sys.argv[1]), int(sys.argv[2])
    # uvicorn stops at SIGTERM and raises it again when it has; then there is still a file to close.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    older = OlderFolder(folder)
    if older.is_whole:
        older.show_to_ministack()
    from infra.local.store.app import DurableStore  # noqa: PLC0415 — it imports ministack

    store = DurableStore(folder, older)
    # What is loaded stays: looking through all of it again made requests wait for 40 ms.
    gc.freeze()
    try:
        config = uvicorn.Config(
            store,
            log_config=None,
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])
    finally:
        store.close()


if __name__ == "__main__":
    main()
