"""Runs built functions as Lambda runs them, under AWS's own Runtime Interface Emulator.

This is what `sam local invoke` runs inside its container, without Docker: the package that
`sam build` made, the layer behind it on the path, and the Lambda runtime's client. The emulator is
a file of aws-sam-cli. It takes one call at a time (two at once end it), starts the function at the
first of them, and leaves it behind when it ends.
"""

from __future__ import annotations

import json
import platform
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from infra.local.cloud.template import FunctionSpec
from infra.local.lambdas.functions import Handler
from infra.local.lambdas.gateway import gateway
from infra.local.lambdas.hosts import Hosted
from infra.local.processes import ChildProcess

_INVOKE_PATH: Final = "/2015-03-31/functions/function/invocations"
_START_SECONDS: Final = 20.0
_BINARY: Final = "lib/*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"


class EmulatorUnavailable(Exception):
    """This machine cannot run the emulator; the message says what is missing."""


class FunctionFailed(Exception):
    """A function raised, ran out of time or ended."""


def package_bytes(built: Path, name: str) -> int:
    """Size of a built function's or layer's files, as Lambda counts them: unzipped."""
    return sum(file.stat().st_size for file in (built / name).rglob("*") if file.is_file())


def find_emulator(sam_environment: Path) -> Path:
    """The emulator in a virtual environment that holds aws-sam-cli. Raises EmulatorUnavailable."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise EmulatorUnavailable("the functions are built for Linux on x86_64")
    for found in sam_environment.glob(_BINARY):
        return found
    raise EmulatorUnavailable(f"{sam_environment} holds no aws-sam-cli: run make setup-dev")


class LambdaEmulator:
    """One function."""

    def __init__(
        self,
        spec: FunctionSpec,
        *,
        emulator: Path,
        python: Path,
        path: Sequence[Path],
        environment: Mapping[str, str],
        log: Path,
    ) -> None:
        """`path` is what it imports from, its own folder first; `python` has Lambda's client."""
        self._spec = spec
        self._emulator = emulator
        self._python = python
        self._path = path
        self._environment = environment
        self._log = log
        self._turn = threading.Lock()
        self._url = ""
        self._process: ChildProcess | None = None

    def start(self) -> None:
        """Returns when calls are taken. Raises EmulatorUnavailable."""
        port, runtime_port = _free_port(), _free_port()
        self._process = ChildProcess(
            [
                str(self._emulator),
                "--runtime-interface-emulator-address",
                f"127.0.0.1:{port}",
                "--runtime-api-address",
                f"127.0.0.1:{runtime_port}",
                str(self._python),
                "-m",
                "awslambdaric",
                self._spec.handler,
            ],
            env={
                **self._environment,
                "PYTHONPATH": ":".join(map(str, self._path)),
                "AWS_LAMBDA_FUNCTION_NAME": self._spec.name,
                "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self._spec.timeout_seconds),
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self._spec.memory_mb),
            },
            cwd=self._path[0],
            log=self._log,
        )
        self._url = f"http://127.0.0.1:{port}{_INVOKE_PATH}"
        self._wait_for(port)

    def invoke(self, event: dict[str, Any]) -> Any:
        """What the function answers. Raises FunctionFailed."""
        with self._turn:
            answer = httpx.post(
                self._url,
                content=json.dumps(event),
                timeout=self._spec.timeout_seconds + 10,
                trust_env=False,
            )
        try:
            result = answer.json()
        except ValueError as error:
            raise FunctionFailed(f"{self._spec.name}: {answer.text}") from error
        if isinstance(result, dict) and "errorType" in result and "errorMessage" in result:
            raise FunctionFailed(f"{self._spec.name}: {result['errorMessage']}")
        return result

    @property
    def pid(self) -> int:
        """Of the emulator, which leads the session of its function."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End the function with the emulator."""
        if self._process is not None:
            self._process.kill()
            self._process.stop(grace_seconds=1.0)
            self._process = None

    def _wait_for(self, port: int) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_SECONDS
        while self._process.exit_code() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise EmulatorUnavailable(f"the emulator did not start; {self._log} says why")


class BuiltFunctions:
    """A host that runs what `sam build` left in a folder, one emulator a function."""

    def __init__(
        self,
        folder: Path,
        *,
        emulator: Path,
        python: Path,
        observe: Callable[[str, dict[str, Any]], None] = lambda name, event: None,
    ) -> None:
        """`observe` is shown each event before its function gets it."""
        self._folder = folder
        self._emulator = emulator
        self._python = python
        self._observe = observe
        self.emulators: dict[str, LambdaEmulator] = {}
        """Those that run, by the functions' names."""

    def start(
        self,
        stack: ExitStack,
        specs: Sequence[FunctionSpec],
        environment: Mapping[str, str],
        logs: Path,
    ) -> Hosted:
        # Here is a gateway that limits a request's size, so the setting's own default holds.
        environment = {k: v for k, v in environment.items() if k != "DIRECT_UPLOAD_MAX_BYTES"}
        handlers: dict[str, Handler] = {}
        for spec in specs:
            emulator = self.emulator(spec, environment, logs)
            stack.callback(emulator.stop)
            emulator.start()
            self.emulators[spec.name] = emulator
            handlers[spec.name] = self._observed(spec.name, emulator)
        routes = {
            route: partial(_answer, handlers[spec.name])
            for spec in specs
            for route in spec.http_routes
        }
        return Hosted(api=gateway(routes), handlers=handlers)

    def emulator(
        self, spec: FunctionSpec, environment: Mapping[str, str], logs: Path
    ) -> LambdaEmulator:
        """One of the functions, not yet started."""
        return LambdaEmulator(
            spec,
            emulator=self._emulator,
            python=self._python,
            # A later layer's files lie over an earlier one's.
            path=[
                self._folder / spec.name,
                *(self._folder / layer / "python" for layer in reversed(spec.layers)),
            ],
            environment=environment,
            log=logs / f"{spec.name}.log",
        )

    def _observed(self, name: str, emulator: LambdaEmulator) -> Handler:
        def handler(event: Any, context: Any) -> Any:
            self._observe(name, event)
            return emulator.invoke(event)

        return handler


def _answer(handler: Handler, event: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = handler(event, None)
    return answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
