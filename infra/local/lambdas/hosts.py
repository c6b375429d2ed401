"""Where the functions run: in this process, or (emulator.py) as Lambda runs their packages."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from infra.local.cloud.template import FunctionSpec
from infra.local.lambdas.functions import Handler, load_handler
from infra.local.lambdas.logs import FunctionsOutput


@dataclass(frozen=True)
class Hosted:
    """Functions that can be called."""

    api: Any
    """The ASGI application that answers HTTP requests."""
    handlers: Mapping[str, Handler]
    """Of every function with an event source, by its name in the template."""


class Host(Protocol):
    """Makes the functions of a template callable."""

    def start(
        self,
        stack: ExitStack,
        specs: Sequence[FunctionSpec],
        environment: Mapping[str, str],
        logs: Path,
    ) -> Hosted:
        """`stack` ends what is started; `environment` is what every function sees."""


class ThisProcess:
    """Imports the functions from the source tree. `environment` is this process's already."""

    def start(
        self,
        stack: ExitStack,
        specs: Sequence[FunctionSpec],
        environment: Mapping[str, str],
        logs: Path,
    ) -> Hosted:
        # The functions' loggers write to the streams that they find at import.
        with redirect_stdout(FunctionsOutput()), redirect_stderr(FunctionsOutput()):
            return Hosted(
                api=importlib.import_module("functions.api.app").app,
                handlers={s.name: load_handler(s.handler) for s in specs if s.has_event_sources},
            )
