"""The whole table, in the document's order."""

from __future__ import annotations

from tests.seed import rest, tasks, uploads

LINES = [*uploads.LINES, *tasks.LINES, *rest.LINES]
