"""Folders of the releases before the journal: read once, by ministack's own persistence."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any


class OlderFolder:
    """What ministack saved at a clean stop: `state/*.json`, and objects under `s3/`."""

    def __init__(self, folder: Path) -> None:
        self._state, self._s3 = folder / "state", folder / "s3"

    @property
    def exists(self) -> bool:
        return self._state.is_dir()

    @property
    def is_whole(self) -> bool:
        """Whether its stack was complete. One that a power cut left half made is of no use."""
        try:
            saved = json.loads((self._state / "cloudformation.json").read_text())
            stacks: list[Any] = list(saved["payload"]["stacks"]["data"].values())
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return bool(stacks) and all(
            str(stack["StackStatus"]).endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE"))
            for stack in stacks
        )

    def show_to_ministack(self) -> None:
        """Call before ministack is imported."""
        os.environ |= {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._s3),
        }

    def remove(self) -> None:
        shutil.rmtree(self._state)
        shutil.rmtree(self._s3, ignore_errors=True)

    def put_aside(self) -> None:
        self._state.rename(self._state.with_name("state.incomplete"))
