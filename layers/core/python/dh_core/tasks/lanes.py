"""The lanes that tasks wait in, named after their work. template.yaml says what runs each."""

from __future__ import annotations

from typing import Final, Literal, get_args

Lane = Literal["speaking", "editing"]
"""`speaking`: what makes a person speak, or prepares one for it. `editing`: the rest."""

LANES: Final[tuple[Lane, ...]] = get_args(Lane)
