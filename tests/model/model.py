"""The model test: random histories of the whole system, judged after every step."""

from __future__ import annotations

import logging
import random
import shutil
import sys
import time
import uuid
from collections import Counter
from contextlib import ExitStack
from typing import ClassVar
from unittest.mock import patch

from hypothesis.stateful import invariant

from dh_core.store.owners.accounts import DELETED
from functions.dispatch import app
from tests.model.judging.laws import check_all
from tests.model.judging.settling import settle
from tests.model.rules.client_rules import ClientRules
from tests.model.rules.machine_rules import MachineRules
from tests.model.workers.work import stepped_beats
from tests.model.world import World


def _random_uuid() -> uuid.UUID:
    """From the generator that hypothesis controls: the same run makes the same ids."""
    return uuid.UUID(int=random.getrandbits(128), version=4)


class Model(ClientRules, MachineRules):
    """Rules and the world that they act on."""

    histories: ClassVar[int] = 0
    moves: ClassVar[Counter[str]] = Counter()
    """How often tasks went which way, in all histories."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.world = World()
        self._open = ExitStack()
        self._open.enter_context(patch.object(uuid, "uuid4", _random_uuid))
        self._open.enter_context(patch.object(app, "dependencies", lambda: self.world.deps))
        self._open.enter_context(patch.object(time, "sleep", self._sleep))
        self._open.enter_context(stepped_beats(self.world))

    def _sleep(self, seconds: float) -> None:
        self.world.clock.now += seconds

    @invariant()
    def all_laws_hold(self) -> None:
        self.world.scheduler.reap()
        check_all(self.world)

    def deleted_for_good(self) -> list[str]:
        """Owners whose account is deleted and who have made nothing since."""
        return [
            item["owner"]
            for item in self.world.items("DELETION")
            if item["state"] == DELETED
            and not any(
                other["owner"] == item["owner"]
                for kind in ("TASK", "FILE", "VOICE", "TEMPLATE", "WEBHOOK")
                for other in self.world.items(kind)
            )
        ]

    def teardown(self) -> None:
        Model.histories += 1
        try:
            if sys.exc_info()[1] is None:
                settle(self)
        finally:
            self.moves.update(self.world.watch.moves)
            for process in self.world.scheduler.held():
                process.kill()
            self._open.close()
            logging.disable(logging.NOTSET)
            shutil.rmtree(self.world.work_dir, ignore_errors=True)
