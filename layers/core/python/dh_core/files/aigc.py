"""The implicit AI-content label of GB 45438-2025: one JSON object under the key `AIGC`.

Pure: how it gets into a file is `gpu_jobs.media.label.labelling`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final, Self

METADATA_KEY: Final = "AIGC"

GENERATED, POSSIBLY_GENERATED, SUSPECTED = "1", "2", "3"
"""`Label`: is generated; may be (declared by a user); is suspected to be (detected)."""

_FIELDS: Final = {
    "label": "Label",
    "content_producer": "ContentProducer",
    "produce_id": "ProduceID",
    "reserved_code_1": "ReservedCode1",
    "content_propagator": "ContentPropagator",
    "propagate_id": "PropagateID",
    "reserved_code_2": "ReservedCode2",
}
_MAX_CHARACTERS: Final = 8192


@dataclass(frozen=True, slots=True)
class AigcLabel:
    """One declaration. Producer and propagator are names or codes of services, the ids theirs.

    The reserved codes are the service's own security marks (a digest, a signature) or empty.
    """

    label: str
    content_producer: str
    produce_id: str
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code_1: str = ""
    reserved_code_2: str = ""

    def __post_init__(self) -> None:
        if self.label not in (GENERATED, POSSIBLY_GENERATED, SUSPECTED):
            raise ValueError(f"Label must be 1, 2 or 3, not {self.label!r}")

    @classmethod
    def for_content(cls, *, producer: str, content_id: str) -> Self:
        """The declaration of a service that both made the content and hands it out."""
        if not producer or not content_id:
            raise ValueError("a declaration names its producer and its content")
        return cls(
            label=GENERATED,
            content_producer=producer,
            produce_id=content_id,
            content_propagator=producer,
            propagate_id=content_id,
        )

    def to_json(self) -> str:
        """The value to store, in the standard's field names and order, on one line."""
        values = asdict(self)
        ordered = {name: values[field] for field, name in _FIELDS.items()}
        return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a stored value; absent optional fields are empty. Raises ValueError."""
        if len(text) > _MAX_CHARACTERS:
            raise ValueError("the declaration is too long")
        try:
            document = json.loads(text)
        except RecursionError as error:
            raise ValueError("the declaration is nested too deep") from error
        # Some producers store the object under its key once more.
        if isinstance(document, dict) and isinstance(document.get(METADATA_KEY), dict):
            document = document[METADATA_KEY]
        if not isinstance(document, dict):
            raise ValueError("the declaration is not an object")
        values = {field: document.get(name, "") for field, name in _FIELDS.items()}
        if not all(isinstance(value, str) for value in values.values()):
            raise ValueError("the declaration's fields are not strings")
        # JSON may hold half a surrogate pair, no file may: UnicodeEncodeError is a ValueError.
        "".join(values.values()).encode()
        return cls(**values)
