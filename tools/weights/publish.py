"""Copy model files to the bucket that workers fetch from: `python -m tools.weights.publish`.

    python -m tools.weights.publish --to s3://my-bucket/weights
    python -m tools.weights.publish --to s3://my-bucket/weights --set asr
    python -m tools.weights.publish --to s3://my-bucket/weights --model musetalk

The first copies the default set of weights.lock, `--set` an optional one, `--model` a model that
`tools.weights.operator_weights` brought. Files of the lock are compared with their hashes
before they are copied; a model's are hashed, and the list of them is written last. Objects are
named by their content, so what is there already is left alone, and nothing that a worker uses is
replaced.
Workers find them by `WEIGHTS_URI`. Needs s3:PutObject, s3:GetObject and s3:ListBucket.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.media_store import MediaStore, ObjectMissing
from gpu_jobs.weights.bucket import BucketWeights
from gpu_jobs.weights.store import (
    LOCK,
    FileFacts,
    WeightsMissing,
    WeightStore,
    read_lock,
    sha256_of,
)
from tools.weights.operator_weights import (
    OperatorModel,
    first_form,
    open_source,
    read_operator_models,
)
from tools.weights.setup import SetupFailed

PROBLEMS: tuple[type[Exception], ...] = (SetupFailed, WeightsMissing, *CLOUD_ERRORS)
BINARY = "application/octet-stream"


def publish_set(
    folder: Path, to: BucketWeights, say: Callable[[str], None], lock: Path = LOCK, name: str = ""
) -> None:
    """Copy a set of the lock. Raises SetupFailed and WeightsMissing before anything is copied."""
    files = [file.facts for file in read_lock(lock).values() if file.optional == name]
    if not files:
        raise SetupFailed(f"weights.lock names no set {name!r}.")
    store = WeightStore(folder, lock)
    for file in files:
        store.path(file.name)
    _copy(files, folder, to, say)


def publish_model(
    model: OperatorModel, folder: Path, to: BucketWeights, say: Callable[[str], None]
) -> None:
    """Copy an operator's model, then the list of its files. Raises SetupFailed."""
    source = open_source(str(folder / model.name))
    names = [first_form(model, forms, source)[0] for forms in model.files]
    files = [_facts(folder, f"{model.name}/{name}") for name in names]
    _copy(files, folder, to, say)
    listed = json.dumps({"model": model.name, "files": [asdict(file) for file in files]}, indent=1)
    to.media.put_stream(
        to.manifest_key(model.name), io.BytesIO(listed.encode()), content_type="application/json"
    )
    say(f"{to.manifest_key(model.name)} names {len(files)} files")


def _facts(folder: Path, name: str) -> FileFacts:
    path = folder / name
    return FileFacts(name, sha256_of(path), path.stat().st_size)


def _copy(
    files: Iterable[FileFacts], folder: Path, to: BucketWeights, say: Callable[[str], None]
) -> None:
    for file in files:
        key = to.object_key(file)
        if _is_there(to.media, key, file.size):
            say(f"{file.name}: there already")
            continue
        to.media.upload(folder / file.name, key, content_type=BINARY)
        say(f"{file.name}: {file.size / 1e6:.1f} MB to {key}")


def _is_there(media: MediaStore, key: str, size: int) -> bool:
    try:
        return media.size(key) == size
    except ObjectMissing:
        return False


def main(argv: list[str] | None = None) -> int:
    """Command line; the exit status is 1 when something could not be copied."""
    models = read_operator_models()
    parser = argparse.ArgumentParser(
        prog="python -m tools.weights.publish",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--to", required=True, metavar="s3://BUCKET/PREFIX")
    parser.add_argument("--folder", type=Path, default=Path(".weights"))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--set", default="", help="an optional set of the lock, as `asr`")
    what.add_argument("--model", choices=models)
    arguments = parser.parse_args(argv)
    if not arguments.to.startswith("s3://"):
        parser.error("--to must be s3://bucket or s3://bucket/prefix")
    to = BucketWeights.at(arguments.to)
    try:
        if arguments.model:
            publish_model(models[arguments.model], arguments.folder, to, _say)
        else:
            publish_set(arguments.folder, to, _say, name=arguments.set)
    except PROBLEMS as error:
        sys.stderr.write(f"the model files were not published: {error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
