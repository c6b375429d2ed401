"""Prints, as JSON, what clients are generated from: `python -m tools.pages.api_document`.

`openapi` is the API's document; `errors`, `failures` and `warnings` say in English what each code
of an answer, of a failed task and of a completed one means.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from dh_core.errors.catalogue import WARNINGS, job_codes, request_codes
from functions.api.app import app


def document() -> dict[str, Any]:
    """Everything that a client must know about the API."""
    return {
        "openapi": app.openapi(),
        "errors": {code: one.meaning for code, one in sorted(request_codes().items())},
        "failures": {code: one.meaning for code, one in sorted(job_codes().items())},
        "warnings": dict(sorted(WARNINGS.items())),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), ensure_ascii=False))
