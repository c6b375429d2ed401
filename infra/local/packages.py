"""What `sam build` made: where it lies and how large it is."""

from __future__ import annotations

from pathlib import Path


def package_bytes(built: Path, name: str) -> int:
    """Size of a function's or layer's files, as Lambda counts them: unzipped."""
    return sum(file.stat().st_size for file in (built / name).rglob("*") if file.is_file())
