"""Execute a Dockerfile's build steps without Docker, in a folder that stands for its file system.

Every stage writes into the same folder, so `COPY --from` has nothing to do as long as both paths
are the same. Steps see no variable of the caller's but those that lead pip to its packages. What
needs root or changes the system (the stages that start from the image without building, like
`useradd`) is not executed: `build` takes the stages that the target copies from.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.images.dockerfile import Dockerfile, Instruction, Stage

ROOTS = ("opt", "build", "scratch")
"""Top folders that our stages may write to; each is a folder below the stand-in."""

STEP_SECONDS = 1800
_PATH = re.compile(rf"(?<![\w./])/(?={'|'.join(ROOTS)}\b)")
_PASSED = ("PIP_", "SSL_", "http_", "https_", "HTTP_", "HTTPS_", "NO_PROXY", "no_proxy")


class StepFailed(Exception):
    """A build step failed; the message holds the step and the end of what it said."""


@dataclass(frozen=True)
class ImageBuild:
    """Builds stages of `dockerfile` from the files of `context` below `root`."""

    dockerfile: Dockerfile
    context: Path
    root: Path
    say: Callable[[str], None]

    def mapped(self, text: str) -> str:
        """`text` with absolute paths of the image led below the stand-in."""
        return _PATH.sub(lambda _: f"{self.root}/", text)

    def build(self, target: str) -> None:
        """Execute every stage that `target` copies from, each once. Raises StepFailed."""
        self._lend_python()
        done: set[str] = set()
        for stage in self.dockerfile.lineage(target):
            for copy in stage.all("COPY"):
                source = _source_stage(copy)
                if source is not None:
                    self._check_same_place(copy)
                    for needed in self.dockerfile.lineage(source):
                        if needed.name not in done:
                            done.add(needed.name)
                            self._execute(needed)

    def _lend_python(self) -> None:
        """This Python in place of the image's: `python` first on the path of every step."""
        binaries = self.root / "bin"
        binaries.mkdir(parents=True)
        lent = binaries / "python"
        lent.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        lent.chmod(0o755)

    def _execute(self, stage: Stage) -> None:
        environment = self._environment(stage)
        workdir = self._workdir(stage)
        workdir.mkdir(parents=True, exist_ok=True)
        for instruction in stage.instructions:
            if instruction.word == "COPY":
                self._copy(instruction, workdir)
            elif instruction.word == "RUN":
                self._run(instruction.rest, environment, workdir)

    def _environment(self, stage: Stage) -> dict[str, str]:
        passed = {name: value for name, value in os.environ.items() if name.startswith(_PASSED)}
        own = self.dockerfile.environment(stage.name)
        home = {"HOME": str(self.root / "scratch"), "PATH": f"{self.root}/bin:/usr/bin:/bin"}
        return passed | home | {name: self.mapped(value) for name, value in own.items()}

    def _workdir(self, stage: Stage) -> Path:
        found = self.dockerfile.last(stage.name, "WORKDIR")
        return Path(self.mapped(found.rest)) if found else self.root

    def _copy(self, instruction: Instruction, workdir: Path) -> None:
        *sources, target = instruction.words()
        into = workdir / self.mapped(target)
        for source in sources:
            path = self.context / source
            if path.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(path, into, ignore=ignored, dirs_exist_ok=True)
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, into)

    def _run(self, command: str, environment: dict[str, str], workdir: Path) -> None:
        self.say(f"RUN {' '.join(command.split())}")
        started = time.monotonic()
        done = subprocess.run(  # noqa: S603 - a step of our own Dockerfile, in the shell of RUN
            ["/bin/sh", "-c", self.mapped(command)],
            env=environment,
            cwd=workdir,
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise StepFailed(f"RUN {command}\n{(done.stdout + done.stderr)[-3000:]}")
        self.say(f"    {time.monotonic() - started:.0f} s")

    def _check_same_place(self, copy: Instruction) -> None:
        *sources, target = (word for word in copy.words() if not word.startswith("--"))
        if sources != [target]:
            raise StepFailed(f"COPY {copy.rest}: all stages share one folder, so name one path.")


def _source_stage(copy: Instruction) -> str | None:
    flags = [word for word in copy.words() if word.startswith("--from=")]
    return flags[0].removeprefix("--from=") if flags else None
