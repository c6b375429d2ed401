"""Two measurements of the same things: what is called worse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import compare


def document(path: Path, python: str = "3.11", **ratios: float) -> str:
    path.write_text(json.dumps({"machine": {"python": python, "load": 3}, "ratios": ratios}))
    return str(path)


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ({"speech": 0.6}, {"speech": 0.7}, 0),
        ({"speech": 0.6}, {"speech": 0.3, "lips": 9.0}, 0),
        ({"speech": 0.6, "label": 0.004}, {"speech": 0.6, "label": 0.012}, 0),
        ({"speech": 0.6}, {"speech": 0.8}, 1),
        ({"speech": 0.6}, {}, 1),
    ],
)
def test_only_what_is_clearly_slower_or_gone_fails(
    tmp_path: Path, before: dict[str, float], after: dict[str, float], status: int
) -> None:
    old, new = document(tmp_path / "old", **before), document(tmp_path / "new", **after)
    assert compare.main([old, new]) == status


def test_another_machine_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = document(tmp_path / "old", a=1), document(tmp_path / "new", python="3.12", a=1)
    compare.main([old, new])
    assert "another python: 3.11, now 3.12" in capsys.readouterr().out
