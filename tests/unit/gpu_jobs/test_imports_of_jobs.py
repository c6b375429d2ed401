"""How the folders of gpu_jobs lean on each other: downwards only, at every level.

Imports inside functions count: where a folder may not reach, it may not reach later either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

from gpu_jobs.engines import registry
from gpu_jobs.engines.registry import KINDS
from tests.unit.test_imports import ROOT, imports, modules

TOP = "gpu_jobs"
ORDER = (
    "images",
    "audio",
    "telemetry",
    "media",
    "weights",
    "engines",
    "scene",
    "jobs",
    "fanout",
    "runtime",
    "__main__",
)
"""What stands at the top of gpu_jobs. Each imports only what is named before it."""

Graph = Mapping[str, set[str]]

TARGETS = {
    f"{kind}/{name}": f"{TOP}.engines.{entry.target.partition(':')[0]}"
    for kind, engines in KINDS.items()
    for name, entry in engines.entries.items()
}
"""The module of each engine."""


@cache
def graph() -> Graph:
    """Which modules of gpu_jobs each of them imports."""
    files = dict(modules(TOP))

    def known(name: str) -> str:
        while name not in files:
            name = name.rpartition(".")[0]
        return name

    return {
        module: {known(name) for name in imports(file) if name.partition(".")[0] == TOP} - {module}
        for module, file in files.items()
    }


def part(module: str, folder: str) -> str:
    """What of a folder a module belongs to: a name in it, the folder itself, or nothing of it."""
    if module == folder:
        return "__init__"
    inside = module.removeprefix(f"{folder}.")
    return "" if inside == module else inside.partition(".")[0]


def parts_of(folder: str) -> dict[str, set[str]]:
    """Which names in a folder import which others."""
    arrows: dict[str, set[str]] = {}
    for module, imported in graph().items():
        if here := part(module, folder):
            there = {part(one, folder) for one in imported} - {"", here}
            arrows.setdefault(here, set()).update(there)
    return arrows


def reached(starts: Iterable[str], arrows: Graph) -> set[str]:
    """All that is imported, directly or through others."""
    found: set[str] = set()
    pending = list(starts)
    while pending:
        new = arrows.get(pending.pop(), set()) - found
        found |= new
        pending += new
    return found


FOLDERS = sorted({module.rpartition(".")[0] for module in graph() if "." in module})


def test_every_folder_at_the_top_imports_only_those_named_before_it() -> None:
    arrows = parts_of(TOP)
    assert set(arrows) - {"__init__"} == set(ORDER)
    upward = [
        f"{here} imports {there}"
        for place, here in enumerate(ORDER)
        for there in sorted(arrows[here] - set(ORDER[:place]))
    ]
    assert upward == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_two_names_in_a_folder_import_each_other(folder: str) -> None:
    arrows = parts_of(folder)
    assert [name for name in sorted(arrows) if name in reached([name], arrows)] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_has_a_dozen_entries_at_most(folder: str) -> None:
    path = ROOT.joinpath(*folder.split("."))
    assert len({one.name for one in path.iterdir()} - {"__init__.py", "__pycache__"}) <= 12


def engine_modules(engine: str) -> set[str]:
    """The modules of an engine's folder, but for the kind's own protocol."""
    folder = TARGETS[engine].rpartition(".")[0]
    kind = f"{TOP}.engines.{engine.partition('/')[0]}"
    return {module for module in graph() if part(module, folder)} - {kind}


@pytest.mark.parametrize("engine", TARGETS)
def test_an_engine_imports_no_other_engine_even_through_what_they_share(engine: str) -> None:
    own = engine_modules(engine)
    others = set().union(*(engine_modules(one) for one in TARGETS if one != engine))
    assert reached(own, graph()) & others == set()


def test_the_registry_imports_no_engine() -> None:
    everything = set().union(*(engine_modules(engine) for engine in TARGETS))
    assert reached([registry.__name__], graph()) & everything == set()


@pytest.mark.parametrize("engine", TARGETS)
def test_every_engine_has_its_module_and_a_short_page_beside_it(engine: str) -> None:
    folder = ROOT.joinpath(*TARGETS[engine].split(".")).parent
    assert TARGETS[engine].endswith(".engine")
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert len(page.splitlines()) <= 60
    for heading in ("Licence", "Measur", "## Limits"):
        assert heading in page, f"{engine} says nothing under {heading}"


def test_the_packages_that_an_engine_needs_are_listed_where_the_registry_says() -> None:
    engines = ROOT / TOP / "engines"
    named = {
        file
        for kind in KINDS.values()
        for one in kind.entries.values()
        for file in one.requirements
    }
    found = {str(path.relative_to(engines)) for path in engines.rglob("requirements.txt")}
    assert named == found


def test_a_module_that_climbs_would_be_found(tmp_path: Path) -> None:
    lower = tmp_path / "lower.py"
    lower.write_text("def late() -> None:\n    import gpu_jobs.runtime.worker\n")
    assert imports(lower) == {"gpu_jobs.runtime.worker"}
    assert reached(["a"], {"a": {"b"}, "b": {"c"}, "c": {"a"}}) == {"a", "b", "c"}
