"""Bars, drawn on the server as SVG: all that is seen is said by attributes, which the strict policy lets pass."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 336
"""Of the drawing, in its own units: on the smallest phone they are pixels, so that the text is readable there."""
TOP, HEIGHT, FOOT = 22, 96, 22
MOST_LABELS = 16
"""Bars up to which each has its label and its number; of more, only some have."""


@dataclass(frozen=True)
class Bar:
    """One bar; `low` to `high` is where it usually ends, where that is known."""

    label: str
    value: int
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Drawn:
    """A bar with its place: the corner and size of its rectangle, the middle for its texts, the ends of its range."""

    bar: Bar
    x: float
    y: float
    width: float
    height: float
    middle: float
    low: float | None
    high: float | None
    is_labelled: bool


@dataclass(frozen=True)
class Chart:
    """
    `bars` under a `title`, which says all of it to whoever does not see it.

    The same numbers stand below as a table; `what` heads its first column, `counted` its second one.
    """

    title: str
    what: str
    counted: str
    bars: Sequence[Bar]

    width, height, base = WIDTH, TOP + HEIGHT + FOOT, TOP + HEIGHT
    head, foot = TOP - 8, TOP + HEIGHT + FOOT - 5
    """Where the feet of the numbers and of the labels stand: in a row each, so that none is taken for a height."""

    @property
    def has_ranges(self) -> bool:
        return any(bar.high is not None for bar in self.bars)

    @property
    def says_numbers(self) -> bool:
        return len(self.bars) <= MOST_LABELS

    @property
    def drawn(self) -> list[Drawn]:
        most = max((max(bar.value, bar.high or 0) for bar in self.bars), default=0) or 1
        each = WIDTH / max(len(self.bars), 1)
        every = -(-len(self.bars) // MOST_LABELS) if self.says_numbers else 5

        def height(value: int) -> float:
            return round(value / most * HEIGHT, 1)

        return [
            Drawn(
                bar=bar,
                x=round(place * each + each * 0.14, 1),
                y=self.base - height(bar.value),
                width=round(each * 0.72, 1),
                height=height(bar.value),
                middle=round((place + 0.5) * each, 1),
                low=None if bar.low is None else self.base - height(bar.low),
                high=None if bar.high is None else self.base - height(bar.high),
                is_labelled=place % every == 0,
            )
            for place, bar in enumerate(self.bars)
        ]
