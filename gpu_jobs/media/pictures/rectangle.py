"""A rectangle in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Its top left corner and its size; x to the right, y down."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """x of its centre."""
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def moved(self, x: float, y: float) -> Self:
        return type(self)(self.x + x, self.y + y, self.width, self.height)

    def scaled(self, factor: float) -> Self:
        """As it lies in a picture `factor` times as large."""
        sides = (self.x, self.y, self.width, self.height)
        return type(self)(*(side * factor for side in sides))
