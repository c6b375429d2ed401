"""The images' Dockerfile agrees with the repository that it is built from."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dh_core.settings import JobSettings
from infra.local.environment.process import without_aws
from tools.images.check import ABSENT, DOCKERFILE
from tools.images.dockerfile import Dockerfile, Instruction, NotUnderstood, Stage
from tools.images.job import batch_command

ROOT = Path(__file__).resolve().parents[3]
IMAGES = Dockerfile.read(DOCKERFILE)
TARGETS = sorted(ABSENT)


def copies(stage: Stage) -> list[list[str]]:
    return [copy.words() for copy in stage.all("COPY")]


def from_context() -> set[str]:
    """Every path that some stage copies out of the repository."""
    return {
        source
        for stage in IMAGES.stages.values()
        for *sources, _target in copies(stage)
        for source in sources
        if not sources[0].startswith("--from=")
    }


def test_hadolint_has_nothing_to_say(tmp_path: Path) -> None:
    dockerfiles = sorted(ROOT.glob("gpu_jobs/**/*Dockerfile"))
    assert dockerfiles == [DOCKERFILE]
    hadolint = Path(sys.executable).with_name("hadolint")
    every_rule = tmp_path / "hadolint.yaml"  # whatever the user's own configuration says
    every_rule.write_text("ignored: []\n")
    done = subprocess.run(
        [hadolint, "--config", every_rule, "--failure-threshold", "style", *dockerfiles],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_no_rule_of_hadolint_is_switched_off() -> None:
    assert not re.search(r"hadolint\s+(global\s+)?ignore", DOCKERFILE.read_text())
    assert not list(ROOT.glob(".hadolint*"))


def test_everything_that_is_copied_exists() -> None:
    assert [source for source in sorted(from_context()) if not (ROOT / source).exists()] == []


def test_the_build_context_holds_what_is_copied_and_little_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    missing = {
        source
        for source in from_context()
        if not any(source == path or source.startswith(f"{path}/") for path in let_in)
    }
    assert missing == set()
    assert let_in <= {"LICENSE", "docs/licences.md", "gpu_jobs"} | {
        path for path in let_in if path.startswith(("layers/core/", "layers/text/"))
    }


JOBS = "gpu_jobs/images/requirements.txt"
ASR = "gpu_jobs/engines/asr/requirements.txt"
MUSETALK = "gpu_jobs/engines/lipsync/musetalk/requirements.txt"
VOXCPM = "gpu_jobs/engines/speech/voxcpm2/requirements.txt"


@pytest.mark.parametrize(
    ("stage", "requirements"),
    [
        ("cpu-packages", {JOBS, ASR}),
        ("gpu-packages", {JOBS, ASR, MUSETALK}),
        ("gpu-voxcpm-packages", {VOXCPM}),
    ],
)
def test_each_image_installs_its_sets_of_requirements(stage: str, requirements: set[str]) -> None:
    (command,) = [run.rest for run in IMAGES.stages[stage].all("RUN")]
    files = re.findall(r"-r (gpu_jobs/\S+)", command)
    assert set(files) == requirements
    assert all((ROOT / file).exists() for file in files)
    assert "-c gpu_jobs/images/constraints.txt" in command
    # voxcpm's requirements file says why without its dependencies.
    assert ("--no-deps" in command) == (requirements == {VOXCPM})


def test_the_layers_need_exactly_what_their_own_projects_say() -> None:
    script = ROOT / "gpu_jobs/images/layer_requirements.py"
    projects = sorted(ROOT.glob("layers/*/pyproject.toml"))
    printed = subprocess.run(
        [sys.executable, script, *projects], capture_output=True, text=True, check=True
    ).stdout
    declared = [
        line
        for project in projects
        for line in tomllib.loads(project.read_text())["project"]["dependencies"]
    ]
    assert printed.split("\n") == [*declared, ""]


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_holds_its_own_packages_and_our_code(target: str) -> None:
    found = [words for stage in IMAGES.lineage(target) for words in copies(stage)]
    assert [f"--from={target}-packages", "/opt/venv", "/opt/venv"] in found
    assert ["--from=code", "/opt/app", "/opt/app"] in found


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_runs_as_a_user_without_rights(target: str) -> None:
    user = IMAGES.last(target, "USER")
    assert user is not None
    uid, _, gid = user.rest.partition(":")
    assert int(uid) >= 10_000 and int(gid) >= 10_000
    assert f"--uid {uid}" in DOCKERFILE.read_text()


@pytest.mark.parametrize(("compute", "target"), [("Cpu", "cpu"), ("Gpu", "gpu")])
def test_batch_gives_the_whole_command(compute: str, target: str) -> None:
    assert IMAGES.last(target, "ENTRYPOINT") is None
    command = IMAGES.last(target, "CMD")
    assert command is not None
    assert command.words()[:3] == batch_command(compute)[:3] == ["python", "-m", "gpu_jobs"]


@pytest.mark.parametrize("target", TARGETS)
def test_everything_that_is_written_lies_below_the_volume(target: str) -> None:
    volume = IMAGES.last(target, "VOLUME")
    assert volume is not None
    assert volume.words() == ["/scratch"]
    environment = IMAGES.environment(target)
    written = ("HOME", "TMPDIR", "WORK_DIR", "WEIGHTS_DIR", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR")
    for name in (*written, "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        assert environment[name].startswith("/scratch"), name


@pytest.mark.parametrize("target", TARGETS)
def test_settings_that_an_image_makes_are_settings_of_the_jobs(target: str) -> None:
    ours = {"WORK_DIR", "WEIGHTS_DIR"}
    environment = IMAGES.environment(target)
    assert ours <= environment.keys()
    settings = JobSettings.from_env({**environment, "TABLE_NAME": "t", "BUCKET_NAME": "b"})
    assert (settings.work_dir, settings.weights_dir) == (
        Path("/scratch/work"),
        Path("/scratch/weights"),
    )
    others = environment.keys() - ours
    assert not {name.lower() for name in others} & JobSettings.model_fields.keys()


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_that_runs_in_an_image_calls_home(target: str) -> None:
    environment = IMAGES.environment(target)
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"


@pytest.mark.parametrize("target", TARGETS)
def test_the_threads_of_small_matrices_do_not_wait_for_one_another(target: str) -> None:
    here = without_aws({"OPENBLAS_NUM_THREADS": "8"})
    there = IMAGES.environment(target)
    assert here["OPENBLAS_NUM_THREADS"] == there["OPENBLAS_NUM_THREADS"] == "1"


def test_the_base_image_is_pinned_by_digest_and_of_a_python_that_the_project_takes() -> None:
    bases = {stage.base for stage in IMAGES.stages.values()} - IMAGES.stages.keys()
    (base,) = bases
    found = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base)
    assert found is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11,<3.13"
    assert (3, 11) <= (int(found[1]), int(found[2])) < (3, 13)


def test_constraints_name_one_version_of_each_package() -> None:
    lines = (ROOT / "gpu_jobs/images/constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.!+-]+", pin)] == []
    names = [pin.partition("==")[0].lower() for pin in pins]
    assert len(names) == len(set(names))
    direct = (ROOT / "gpu_jobs/images/requirements.txt").read_text().split()
    for requirement in direct:
        name = re.split(r"[\[<>=]", requirement)[0]
        assert re.sub(r"[-_.]+", "-", name.lower()) in {
            re.sub(r"[-_.]+", "-", pinned) for pinned in names
        }, name


def test_no_secret_is_built_in() -> None:
    text = DOCKERFILE.read_text()
    assert not re.search(r"(?i)(aws_secret|password|token|--index-url|--extra-index-url)", text)


def test_a_line_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM python:3.11\nRUN true\n")
    with pytest.raises(NotUnderstood, match="name the stage"):
        Dockerfile.read(path)


def test_a_dockerfile_is_read_as_docker_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(
        "ARG BASE=debian:13\n"
        "FROM ${BASE} AS one\n"
        "# a comment\n"
        "ENV A=/a \\\n    B=b\n"
        "ENV A=/c C=$A/$B\n"
        "FROM one AS two\n"
        'CMD ["x", "y z"]\n'
        "RUN first \\\n  # inside\n  && second\n"
    )
    read = Dockerfile.read(path)
    assert [stage.name for stage in read.lineage("two")] == ["one", "two"]
    assert read.stages["one"].base == "debian:13"
    assert read.environment("two") == {"A": "/c", "B": "b", "C": "/a/b"}
    assert read.last("two", "CMD") == Instruction("CMD", '["x", "y z"]')
    (run,) = read.stages["two"].all("RUN")
    assert run.rest.split() == ["first", "&&", "second"]


def test_the_images_are_built_as_the_documentation_says() -> None:
    documented = re.findall(r"--target (\S+)", (ROOT / "gpu_jobs/images/README.md").read_text())
    assert set(documented) == set(TARGETS)
