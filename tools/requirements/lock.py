"""Write down the versions that pass the tests: `make lock`, or `python -m tools.requirements.lock`.

They are those of the environment that runs this. Followed are the requirements files and what
those packages need in turn. Of torch's own CUDA packages there is none: torch names one version of
each.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
ALONE = {"voxcpm", "torchaudio"}
"""Installed without what they declare (gpu_jobs/engines/speech/voxcpm2/requirements.txt)."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A file of pins: what it is for, and the requirements files that it holds to one version."""

    path: str
    what: str
    files: tuple[str, ...]
    packages: str = "layers/*"
    """Our own packages that are installed beside, as a pattern."""

    @property
    def head(self) -> str:
        return (
            f"# {self.what}, one version of each package: those that the tests passed with.\n"
            "# Written anew, after `make setup-dev` in a fresh .venv, by: make lock\n"
        )


_JOBS = (
    "gpu_jobs/images/requirements.txt",
    "gpu_jobs/engines/asr/requirements.txt",
    "gpu_jobs/engines/lipsync/musetalk/requirements.txt",
    "gpu_jobs/engines/speech/voxcpm2/requirements.txt",
)
IMAGES = Lock("gpu_jobs/images/constraints.txt", "What the images install", _JOBS)
DEVELOPMENT = Lock(
    "tools/requirements/lock.txt",
    "What make setup, setup-asr and setup-dev install",
    (
        *_JOBS,
        "functions/requirements.txt",
        "functions/api/requirements.txt",
        "infra/local/requirements.txt",
        "tests/requirements.txt",
    ),
    packages="*/*",
)


def requirements(files: Iterable[str], packages: str) -> list[Requirement]:
    """What these files and our packages ask for, their extras included."""
    lines = [
        line
        for file in files
        for line in (ROOT / file).read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for path in sorted(ROOT.glob(f"{packages}/pyproject.toml")):
        project = tomllib.loads(path.read_text("utf-8"))["project"]
        lines += project["dependencies"]
        lines += [
            line for extra in project.get("optional-dependencies", {}).values() for line in extra
        ]
    return [Requirement(line) for line in lines]


def versions(wanted: Iterable[Requirement]) -> dict[str, str]:
    """The installed version of each package that `wanted` leads to, by its normal name.

    A package that is not installed here (as torchaudio) is left to pip.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    pending = list(wanted)
    while pending:
        requirement = pending.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        name = canonicalize_name(requirement.name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        # Without a local part, `+cpu`: the GPU image takes another build of the same torch.
        found[name] = re.sub(r"\+.*", "", distribution.version)
        if name not in ALONE:
            declared = map(Requirement, distribution.requires or ())
            pending += [one for one in declared if _applies(one, requirement.extras)]
    return found


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""})


def main() -> int:
    """Write both files."""
    for lock in (IMAGES, DEVELOPMENT):
        found = versions(requirements(lock.files, lock.packages))
        lines = [f"{name}=={version}\n" for name, version in sorted(found.items())]
        (ROOT / lock.path).write_text(lock.head + "".join(lines), encoding="utf-8")
        sys.stdout.write(f"{len(lines)} packages in {lock.path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
