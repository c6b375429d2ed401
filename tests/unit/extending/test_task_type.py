"""A task type is added by the steps of docs/extending.md, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("functions", "gpu_jobs", "infra", "layers", "tests", "template.yaml", "pyproject.toml")
HEAVY = shutil.ignore_patterns("__pycache__", "*.onnx", "*.mp3", "hostile", "model", "e2e")
CODE = re.compile(r"```python\n# (\S+)\n(.*?)```", re.DOTALL)


def steps() -> dict[str, str]:
    """The code of the first section, by the file that it belongs to."""
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    return dict(CODE.findall(page))


def add_lines(module: Path, code: str) -> None:
    """Put imports where a module's imports are, and the rest beside what is like it."""
    lines = module.read_text(encoding="utf-8").splitlines()
    for line in filter(None, code.splitlines()):
        alike = line.split("(")[0] if "(" in line else "from dh_core"
        after = max(number for number, one in enumerate(lines) if one.startswith(alike))
        lines.insert(after + 1, line)
    module.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with the type added."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=HEAVY)
        else:
            shutil.copy(source, tmp_path / name)
    for name, code in steps().items():
        file = tmp_path / name
        if file.exists():
            add_lines(file, code)
        else:
            file.write_text(code, encoding="utf-8")
    return tmp_path


def test_the_simplest_type_is_its_spec_its_job_and_its_route() -> None:
    existing = {name: (ROOT / name).exists() for name in steps()}
    assert existing == {
        "layers/core/python/dh_core/specs/task_types/checksum.py": False,
        "gpu_jobs/jobs/checksum.py": False,
        "functions/api/routes/tasks/lifecycle.py": True,
    }
    (route,) = (code for name, code in steps().items() if existing[name])
    assert len(route.split("\n\n")) == 2, "an import and a line"


def test_a_task_of_the_new_type_is_created_done_shown_bounded_and_removed(copy: Path) -> None:
    walk = Path(__file__).with_name("checksum_walk.py")
    shutil.copy(walk, copy / "tests" / "unit" / "functions" / "api" / "test_checksum_walk.py")
    tests = (
        "tests/unit/functions/api/test_checksum_walk.py",
        # What holds for every type holds for it.
        "tests/unit/dh_core/specs/test_task_types.py",
        "tests/unit/functions/api/http/test_messages.py::test_every_request_is_tried",
    )
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": ":".join(map(str, (copy, *copy.glob("layers/*/python"))))},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
