"""The version of all that stands in this repository; CHANGELOG.md says what each brought."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.2.0"
