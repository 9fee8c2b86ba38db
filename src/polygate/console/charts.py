"""Pictures of numbers: where each bar or each point of a line goes. The template draws them, with a table behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

WIDTH: Final = 100.0
HEIGHT: Final = 32.0
_GAP: Final = 0.28
"""Of a bar's room, how much is left free."""
_LEAST: Final = 0.4
"""A bar of nothing is still to be seen."""


class Point(msgspec.Struct, frozen=True):
    label: str
    """What it is about, e.g. a day."""
    value: float
    text: str
    """The value as people read it."""


class Bar(msgspec.Struct, frozen=True):
    x: str
    y: str
    width: str
    height: str
    point: Point


class Chart:
    """The same points as bars and as a line, from nothing to the greatest."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points: Final = tuple(points)
        self._most = max((point.value for point in points), default=0) or 1

    @property
    def highest(self) -> Point | None:
        """What the top of the picture stands for; None where there is nothing but zeros."""
        found = max(self.points, key=lambda point: point.value, default=None)
        return found if found and found.value else None

    @property
    def bars(self) -> list[Bar]:
        room = WIDTH / max(len(self.points), 1)
        return [self._bar(place * room, room, point) for place, point in enumerate(self.points)]

    @property
    def line(self) -> str:
        """For an SVG polyline."""
        step = WIDTH / max(len(self.points) - 1, 1)
        places = ((place * step, self._top(point)) for place, point in enumerate(self.points))
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in places)

    def _bar(self, left: float, room: float, point: Point) -> Bar:
        top = min(self._top(point), HEIGHT - _LEAST)
        numbers = (left + room * _GAP / 2, top, room * (1 - _GAP), HEIGHT - top)
        x, y, width, height = (f"{number:.2f}" for number in numbers)
        return Bar(x, y, width, height, point)

    def _top(self, point: Point) -> float:
        return HEIGHT - (HEIGHT - 1) * max(point.value, 0) / self._most
