"""Who may import whom (the table in docs/architecture), checked in the source of every module."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "layers" / "core" / "python"
PACKAGES = {
    "dh_core": CORE / "dh_core",
    "dh_client": ROOT / "clients" / "python" / "dh_client",
    "dh_text": ROOT / "layers" / "text" / "python" / "dh_text",
    "functions": ROOT / "functions",
    "gpu_jobs": ROOT / "gpu_jobs",
    **{name: ROOT / name for name in ("infra", "tools", "bench", "simulation")},
}
WORKSHOP = {"bench", "eval", "simulation", "tests", "tools", "training"}
"""What works on the product; the product knows nothing of it."""
OURS = {"dh_client", "dh_core", "dh_text", "functions", "gpu_jobs", "infra"}
HEAVY = {"torch", "onnxruntime", "cv2", "ai_edge_litert", "transformers", "diffusers"}
AWS = {"boto3", "botocore", "s3transfer"}


def modules(under: str) -> Iterator[tuple[str, Path]]:
    """(dotted name, file) of every module in a dotted package, or of that one module."""
    top, *rest = under.split(".")
    start = PACKAGES[top].joinpath(*rest)
    files = sorted(start.rglob("*.py")) if start.is_dir() else [start.with_suffix(".py")]
    for file in files:
        parts = file.relative_to(PACKAGES[top].parent).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), file


@cache
def imports(file: Path, *, at_load: bool = False) -> set[str]:
    """Dotted names that a file imports; `at_load`: only those outside of functions."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"), str(file))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        in_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if not (at_load and in_function):
            pending.extend(ast.iter_child_nodes(node))
    return found


def offenders(under: str, forbidden: set[str], *, at_load: bool = False) -> list[str]:
    return [
        f"{name} imports {imported}"
        for name, file in modules(under)
        for imported in sorted(imports(file, at_load=at_load))
        if any(imported == one or imported.startswith(f"{one}.") for one in forbidden)
    ]


def named(name: str) -> Path | None:
    """The file of a dotted name, if it is a module or package of ours."""
    top, *rest = name.split(".")
    if top not in PACKAGES:
        return None
    path = PACKAGES[top].joinpath(*rest)
    found = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in found if file.is_file()), None)


def loads(name: str) -> Iterator[str]:
    """What a module imports, by the names of modules; ours with the packages they lie in."""
    file = named(name)
    for imported in imports(file) if file else ():
        module = imported if named(imported) else imported.rpartition(".")[0] or imported
        if named(module):
            parts = module.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))
        else:
            yield imported


def ways_to(forbidden: set[str], start: str) -> list[str]:
    """How a module comes to load something forbidden, through whatever it loads."""
    ways, pending = {start: start}, [start]
    found = []
    while pending:
        name = pending.pop()
        for imported in loads(name):
            if imported.partition(".")[0] in forbidden:
                found.append(f"{ways[name]} -> {imported}")
            elif imported not in ways:
                ways[imported] = f"{ways[name]} -> {imported}"
                pending.append(imported)
    return found


def arrows(package: str) -> set[tuple[str, str]]:
    """Which entries of a package import which others of it."""
    inside = f"{package}."
    return {
        (entry, target)
        for name, file in modules(package)
        if (entry := name.removeprefix(package).lstrip(".").partition(".")[0])
        for imported in imports(file)
        if imported.startswith(inside)
        and (target := imported.removeprefix(inside).partition(".")[0]) != entry
        and named(inside + target)
    }


def in_circles(pairs: set[tuple[str, str]]) -> set[str]:
    """What is left when, again and again, whoever imports nobody is taken away."""
    left = set(pairs)
    while ends := {target for _, target in left} - {entry for entry, _ in left}:
        left = {pair for pair in left if pair[1] not in ends}
    return {entry for entry, _ in left}


def test_the_core_needs_only_the_standard_library_pydantic_and_boto3() -> None:
    # Pydantic documents its custom errors and schemas as pydantic_core, which it brings along.
    pydantic = {"pydantic", "pydantic_core"}
    allowed = set(sys.stdlib_module_names) | {"dh_core"} | pydantic | AWS
    foreign = [
        f"{name} imports {imported}"
        for name, file in modules("dh_core")
        for imported in imports(file)
        if imported.partition(".")[0] not in allowed
    ]
    assert foreign == []


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("dh_client", OURS - {"dh_client"} | WORKSHOP | HEAVY | AWS),
        ("dh_text", {"dh_client", "functions", "gpu_jobs", "infra"} | WORKSHOP | HEAVY | AWS),
        ("functions", {"dh_client", "gpu_jobs", "infra"} | WORKSHOP | HEAVY),
        ("functions.api", {"functions.dispatch"}),
        ("functions.dispatch", {"functions.api", "dh_text"}),
        ("gpu_jobs", {"dh_client", "functions", "infra"} | WORKSHOP),
        ("infra", WORKSHOP),
        ("tools", WORKSHOP - {"tools"}),
        ("bench", WORKSHOP - {"bench"}),
        ("simulation", WORKSHOP - {"simulation", "tools"}),
        # routes → service → store and media store
        (
            "functions.api.routes",
            {"dh_core.store", "dh_core.cloud.media_store", "dh_core.cloud.task_queue"},
        ),
        (
            "functions.api.service",
            {"functions.api.routes", "functions.api.http", "functions.api.deps"},
        ),
        ("functions.api", AWS),
        # jobs → engines, media; never the other way
        ("gpu_jobs.engines", {"gpu_jobs.jobs", "gpu_jobs.runtime.runner"}),
        ("gpu_jobs.media", {"gpu_jobs.jobs", "gpu_jobs.engines", "gpu_jobs.runtime.runner"}),
    ],
)
def test_a_package_leaves_alone_what_is_not_beneath_it(package: str, forbidden: set[str]) -> None:
    assert offenders(package, forbidden) == []


@pytest.mark.parametrize(
    "package", ["functions.api.service", "functions.api.schemas", "functions.api.auth", "dh_core"]
)
def test_what_lies_below_the_routes_loads_no_web_framework(package: str) -> None:
    framework = {"fastapi", "starlette", "mangum"}
    found = [way for name, _ in modules(package) for way in ways_to(framework, name)]
    assert found == []
    assert ways_to(framework, "functions.api.routes.tasks.lifecycle"), (
        "the search itself finds nothing"
    )


@pytest.mark.parametrize(
    "package",
    [
        "dh_client",
        "dh_client.core",
        "dh_core",
        "dh_text",
        "functions.api",
        "functions.api.routes",
        "functions.api.service",
        "functions.dispatch",
        "functions.dispatch.batch",
    ],
)
def test_the_entries_of_a_package_import_one_another_in_one_direction(package: str) -> None:
    drawn = arrows(package)
    assert in_circles(drawn) == set()
    assert in_circles({*drawn, ("a", "b"), ("b", "a")}) == {"a", "b"}


def test_a_use_case_has_the_same_name_in_routes_services_and_schemas() -> None:
    named_in = {
        folder: {name.partition(f".{folder}.")[2] for name, _ in modules(f"functions.api.{folder}")}
        for folder in ("routes", "service", "schemas")
    }
    assert named_in["routes"] <= named_in["service"]
    # What a new task's request looks like is derived from its spec; WeChat's message is sealed.
    assert named_in["routes"] - {"tasks.creation", "owners.wechat"} <= named_in["schemas"]


def test_the_api_and_the_dispatcher_can_be_drawn_on_a_page() -> None:
    for package, most in (("functions.api", 26), ("functions.dispatch", 20)):
        drawn = arrows(package)
        assert len({entry for pair in drawn for entry in pair}) <= 12, package
        assert len(drawn) <= most, package


def test_the_runner_and_the_jobs_load_no_heavy_library() -> None:
    runner = ("gpu_jobs.runtime.runner", "gpu_jobs.__main__", "gpu_jobs.jobs.job")
    loaded = [found for module in runner for found in offenders(module, HEAVY)]
    assert loaded + offenders("gpu_jobs.jobs", HEAVY, at_load=True) == []


def test_a_worker_loads_what_computes_once_it_has_claimed_its_task() -> None:
    program = "import gpu_jobs.__main__, sys; print(*{'numpy', 'av', 'PIL'} & {*sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []


def test_functions_and_core_load_boto3_only_when_a_client_is_first_needed() -> None:
    jobs_only = "dh_core.cloud.errors"
    at_load = offenders("dh_core", AWS, at_load=True)
    assert [found for found in at_load if not found.startswith(jobs_only)] == []
    assert offenders("dh_core", {jobs_only}) == []
    assert offenders("functions", AWS | {jobs_only}, at_load=True) == []


def test_the_api_loads_the_reading_of_texts_only_when_one_is_read() -> None:
    assert offenders("functions.api", {"dh_text"}, at_load=True) == []
    readers = {line.partition(" ")[0] for line in offenders("functions.api", {"dh_text"})}
    assert readers == {"functions.api.service.tasks.text_previews"}


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        name
        for package in ("dh_client", "dh_core", "functions", "gpu_jobs")
        for name, file in modules(package)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"))
    }
    assert readers <= {"dh_client.cli.settings", "dh_core.settings"}


def test_only_the_ffmpeg_module_starts_processes() -> None:
    starters = {line.partition(" ")[0] for line in offenders("gpu_jobs", {"subprocess"})}
    # The launcher is a script that the other one runs.
    assert starters <= {
        "gpu_jobs.media.processes.child_process",
        "gpu_jobs.media.processes.launcher",
    }
    assert offenders("functions", {"subprocess"}) == []
    assert offenders("dh_core", {"subprocess"}) == []
