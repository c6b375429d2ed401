"""Copy a model that the operator brings to where its engine looks for it.

    python -m tools.weights.operator_weights voxcpm s3://my-bucket/VoxCPM2 [--folder .weights]

SOURCE is a folder or an S3 prefix that holds the published files. `weights.lock` says under
`[[operator]]` which they are. Each arrives under a temporary name and is moved into place when it
is whole; one that is there already with the right size is left alone.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from gpu_jobs.weights.store import LOCK
from tools.weights.setup import SetupFailed


@dataclass(frozen=True, slots=True)
class OperatorModel:
    """One `[[operator]]` entry; each of `files` in the forms in which it may come."""

    name: str
    licence: str
    published: str
    files: tuple[tuple[str, ...], ...]


class Source(Protocol):
    """Where published files lie."""

    def size(self, name: str) -> int | None:
        """Bytes of a file; None when it is not there."""

    def copy(self, name: str, target: Path) -> None:
        """Write a file to `target`."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this machine."""

    root: Path

    def size(self, name: str) -> int | None:
        path = self.root / name
        return path.stat().st_size if path.is_file() else None

    def copy(self, name: str, target: Path) -> None:
        shutil.copyfile(self.root / name, target)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Objects of one S3 bucket; needs s3:ListBucket and s3:GetObject on them."""

    client: Any
    bucket: str
    prefix: str

    def size(self, name: str) -> int | None:
        key = self.prefix + name
        listed = self.client.list_objects_v2(Bucket=self.bucket, Prefix=key, MaxKeys=1)
        for found in listed.get("Contents", []):
            if found["Key"] == key:
                return int(found["Size"])
        return None

    def copy(self, name: str, target: Path) -> None:
        self.client.download_file(self.bucket, self.prefix + name, str(target))


def read_operator_models(lock: Path = LOCK) -> dict[str, OperatorModel]:
    """The lock's `[[operator]]` entries by name."""
    entries = tomllib.loads(lock.read_text(encoding="utf-8")).get("operator", [])
    return {
        entry["name"]: OperatorModel(
            entry["name"],
            entry["licence"],
            entry["published"],
            tuple(tuple(form.strip() for form in file.split("|")) for file in entry["files"]),
        )
        for entry in entries
    }


def open_source(source: str) -> Source:
    """A folder, or `s3://bucket/prefix`; raises SetupFailed."""
    parts = urlsplit(source)
    if parts.scheme == "s3":
        import boto3  # noqa: PLC0415  # only here

        prefix = parts.path.strip("/")
        return Prefix(boto3.client("s3"), parts.netloc, f"{prefix}/" if prefix else "")
    if not Path(source).is_dir():
        raise SetupFailed(f"{source} is neither a folder nor an s3:// prefix.")
    return Folder(Path(source))


def install(model: OperatorModel, source: Source, folder: Path, say: Callable[[str], None]) -> None:
    """Bring the model's files into `folder`/name; raises SetupFailed before anything is copied."""
    chosen = [first_form(model, forms, source) for forms in model.files]
    for number, (name, size) in enumerate(chosen, 1):
        target = folder / model.name / name
        if not (target.is_file() and target.stat().st_size == size):
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f"{target.name}.part")
            source.copy(name, partial)
            partial.replace(target)
        say(f"[{number}/{len(chosen)}] {model.name}/{name}  {size / 1e6:.1f} MB")


def first_form(model: OperatorModel, forms: tuple[str, ...], source: Source) -> tuple[str, int]:
    """Name and size of a file in the first of its forms that is there; raises SetupFailed."""
    for name in forms:
        size = source.size(name)
        if size is not None:
            return name, size
    raise SetupFailed(
        f"{' or '.join(forms)} of {model.name} is not there; it is published at {model.published}."
    )


def main(argv: list[str] | None = None) -> int:
    """Command line; the exit status is 1 when a file could not be brought."""
    models = read_operator_models()
    parser = argparse.ArgumentParser(
        prog="python -m tools.weights.operator_weights",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", choices=models)
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("--folder", type=Path, default=Path(".weights"))
    arguments = parser.parse_args(argv)
    try:
        source = open_source(arguments.source)
        install(models[arguments.model], source, arguments.folder, _say)
    except SetupFailed as error:
        sys.stderr.write(f"the model was not set up: {error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
