"""Try out an image without Docker: `python -m tools.images.check cpu` (from the repository's root).

Executes the Dockerfile's build steps in a clean folder, then looks at what came of them with the
image's own environment and nothing else: do the packages fit each other, does every module of ours
load, do the wheels bring every library that the slim base has not, does the worker carry a real
task, and does it write only where it may. A GPU image takes whatever torch pip finds: with CUDA's
libraries it needs 8 GB, with a CPU wheel beside pip's index (PIP_FIND_LINKS) it is quick.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.images.build import ImageBuild, StepFailed
from tools.images.dockerfile import Dockerfile, NotUnderstood
from tools.images.job import JobFailed, run_voice_tasks
from tools.requirements.lock import ALONE

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "gpu_jobs" / "images" / "Dockerfile"

ABSENT = {
    "cpu": {"torch", "safetensors", "diffusers", "transformers", "voxcpm"},
    "gpu": {"voxcpm"},
    "gpu-voxcpm": set(),
}
"""Packages that an image does without; modules that need them load only where they are."""

BASE_LIBRARIES = {
    *("libc", "libm", "libmvec", "libpthread", "libdl", "librt", "libutil", "ld-linux-x86-64"),
    *("libgcc_s", "libstdc++", "libz", "liblzma", "libbz2", "libffi", "libssl", "libcrypto"),
}
"""Shared libraries of python:slim (glibc, libgcc-s1, libstdc++6 and what Python itself needs)."""

DRIVER_LIBRARIES = {"libcuda", "libnvidia-ml"}
"""Lent to the container by the NVIDIA runtime."""

PLUGINS = re.compile(
    r"ai_edge_litert/vendors/"  # other makers' accelerators
    r"|numba/np/ufunc/(omp|tbb)pool"  # numba takes its own pool of threads where these fail
    r"|nvidia/.*(libcufile_rdma|nvshmem_(transport|bootstrap))"  # between machines
)
"""Shared objects that are opened on demand, and by nothing here."""


class CheckFailed(Exception):
    """The image is not as it should be; the message says what."""


def check(target: str, folder: Path, weights: Path) -> None:
    """Build `target` below `folder` and try it out.

    Raises CheckFailed, NotUnderstood, StepFailed and JobFailed.
    """
    build = ImageBuild(Dockerfile.read(DOCKERFILE), ROOT, folder / "image", _say)
    started = time.monotonic()
    build.build(target)
    _say(f"built in {time.monotonic() - started:.0f} s")
    for part in ("opt/venv", "opt/app"):
        _say(f"{part}: {_megabytes(build.root / part):.0f} MB")
    environment = _environment(build, target)
    before = _written(build.root / "opt")
    _check_requirements(build.root)
    _check_modules(_probe(environment), build.root, ABSENT[target])
    _check_libraries(build.root)
    if "gpu_jobs" not in _output(["python", "-m", "gpu_jobs", "--help"], environment):
        raise CheckFailed("python -m gpu_jobs --help does not answer")
    run_voice_tasks(environment, folder / "run", weights, _say)
    if changed := before ^ _written(build.root / "opt"):
        raise CheckFailed(f"written to while running: {sorted(map(str, changed))[:5]}")
    _say(f"{target}: all checks passed")


def _environment(build: ImageBuild, target: str) -> dict[str, str]:
    """The image's variables, and nothing of the caller's."""
    own = build.dockerfile.environment(target)
    environment = {name: build.mapped(value) for name, value in own.items()}
    environment["PATH"] = environment["PATH"].replace("$PATH", "/usr/bin:/bin")
    (build.root / "scratch").mkdir(exist_ok=True)
    return environment


def _check_requirements(root: Path) -> None:
    """Every package has what it declares, but for those that are installed without it."""
    pip = [str(root / "bin/python"), "-m", "pip", "--python", str(root / "opt/venv/bin/python")]
    said = _output([*pip, "check"], os.environ, check=False).splitlines()
    broken = [line for line in said if not line.startswith((*ALONE, "No broken"))]
    if broken or not said:
        raise CheckFailed(f"pip check: {broken}")
    _say("the packages fit each other")


def _probe(environment: Mapping[str, str]) -> dict[str, Any]:
    script = str(Path(__file__).with_name("probe.py"))
    found: dict[str, Any] = json.loads(_output(["python", "-I", script], environment))
    return found


def _check_modules(found: dict[str, Any], root: Path, absent: set[str]) -> None:
    """Every module of ours loads, but for those that need what the image does without."""
    _say(f"Python {found['python']}, torch {found['torch']}: {found['loaded']} modules load")
    if strays := [path for path in found["from"] if not Path(path).is_relative_to(root)]:
        raise CheckFailed(f"loaded from elsewhere: {strays}")
    lacking = {
        module: package
        for module, package in found["lacking"].items()
        if package.partition(".")[0] not in absent
    }
    if lacking:
        raise CheckFailed(f"modules that do not load, and what they lack: {lacking}")
    _say(f"{len(found['lacking'])} modules need packages that belong to other images")


def _check_libraries(root: Path) -> None:
    """Nothing links to a library that neither the wheels nor the base image have."""
    files = [str(path) for path in _shared_objects(root / "opt") if not PLUGINS.search(str(path))]
    brought = {path.name for path in _shared_objects(root / "opt")}
    wanted = set(_linked_from_outside(_output(["/usr/bin/ldd", *files], {}, check=False), root))
    lent = BASE_LIBRARIES | DRIVER_LIBRARIES
    if foreign := {name for name in wanted - brought if name.partition(".so")[0] not in lent}:
        raise CheckFailed(f"libraries that the base image lacks: {sorted(foreign)}")
    _say(f"{len(files)} shared objects need nothing else than the base image")


def _shared_objects(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.so*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def _linked_from_outside(listed: str, root: Path) -> Iterator[str]:
    """Names in ldd's answer (`name => path (address)`) that were found elsewhere or not at all."""
    for line in listed.splitlines():
        name, arrow, found = line.strip().partition(" => ")
        if arrow and not found.startswith(str(root)):
            yield Path(name).name


def _written(folder: Path) -> set[tuple[Path, int, int]]:
    """Path, size and time of every file: two such sets differ by what was written between them."""
    return {
        (path, path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if not path.is_dir()
    }


def _megabytes(folder: Path) -> float:
    return sum(p.lstat().st_size for p in folder.rglob("*") if not p.is_dir()) / 1e6


def _output(argv: list[str], environment: Mapping[str, str], *, check: bool = True) -> str:
    found = ["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in environment.items()), *argv]
    done = subprocess.run(  # noqa: S603 - commands of this module
        found, cwd="/", capture_output=True, text=True, check=False
    )
    if check and done.returncode != 0:
        raise CheckFailed(f"{' '.join(argv)}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout.strip()


def main(argv: list[str] | None = None) -> int:
    """Command line; the exit status is 1 when the image is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tools.images.check", description=__doc__)
    parser.add_argument("target", choices=ABSENT)
    parser.add_argument("--weights", type=Path, default=ROOT / ".weights")
    parser.add_argument("--folder", type=Path, help="build here and keep it")
    arguments = parser.parse_args(argv)
    try:
        if arguments.folder:
            check(arguments.target, arguments.folder.resolve(), arguments.weights)
        else:
            with tempfile.TemporaryDirectory(prefix="dh-image-") as folder:
                check(arguments.target, Path(folder).resolve(), arguments.weights)
    except (CheckFailed, NotUnderstood, StepFailed, JobFailed) as error:
        sys.stderr.write(f"{arguments.target}: {error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
