"""Types of settings that are more than a number or a word, and how each type is told to people."""

from __future__ import annotations

import json
import os
import re
import shutil
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from dh_core.field_rules import Expected


def _origin(value: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+/?", value):
        raise ValueError("no origin")
    return value.rstrip("/")


def _address(value: str) -> str:
    if not re.fullmatch(r"https?://\S+", value):
        raise ValueError("no address")
    return value


def _bucket_address(value: str) -> str:
    if not re.match(r"s3://[^/]+", value):
        raise ValueError("no bucket")
    return value


def _public_keys(value: str) -> str:
    if value.lstrip().startswith("-----BEGIN "):
        return value
    document = json.loads(value)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("no keys")
    return value


def _text_file(file: Path) -> Path:
    try:
        file.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError("cannot be read") from error
    return file


def _program(name: str) -> str:
    if shutil.which(name) is None:
        raise ValueError("no program")
    return name


def writable_folder(folder: Path) -> Path:
    """`folder`, if it can be written to or made. Raises ValueError."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise ValueError("cannot be written to")
    return folder


Origin = Annotated[
    str, AfterValidator(_origin), Expected("must be an origin, such as https://media.example.com")
]
Address = Annotated[
    str, AfterValidator(_address), Expected("must be an address, such as https://api.example.com")
]
BucketAddress = Annotated[
    str,
    AfterValidator(_bucket_address),
    Expected("must be s3://bucket or s3://bucket/prefix"),
]
PublicKeys = Annotated[
    str,
    AfterValidator(_public_keys),
    Expected('must be a JWKS document ({"keys": [...]}) or one PEM (-----BEGIN PUBLIC KEY-----)'),
]
TextFile = Annotated[
    Path, AfterValidator(_text_file), Expected("must be a file that exists, a text in UTF-8")
]
WritableFolder = Annotated[
    Path, AfterValidator(writable_folder), Expected("must be a folder that can be written to")
]
Program = Annotated[
    str, AfterValidator(_program), Expected("must be the name or the path of a program")
]


def allowed_form(field: FieldInfo) -> str:
    """What a setting must be, out of its own declaration."""
    kind, marks = _plain(field.annotation)
    marks += field.metadata
    for mark in marks:
        if isinstance(mark, Expected):
            return mark.form
    limits = {
        name: getattr(mark, name)
        for mark in marks
        for name in ("ge", "le", "min_length")
        if hasattr(mark, name)
    }
    if get_origin(kind) is Literal:
        return f"must be {' or '.join(get_args(kind))}"
    if kind is bool:
        return "must be true or false"
    if kind in (int, float):
        number = "a whole number" if kind is int else "a number"
        return f"must be {number} from {limits['ge']} to {limits['le']}, such as {field.default}"
    if "min_length" in limits:
        return f"must have {limits['min_length']} characters or more"
    return "must be given"


def _plain(annotation: Any) -> tuple[Any, list[Any]]:
    """`X` of `X | None` and of what is annotated, and what it is annotated with."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(one for one in get_args(annotation) if one is not types.NoneType)
    if get_origin(annotation) is Annotated:
        kind, *marks = get_args(annotation)
        return kind, marks
    return annotation, []
