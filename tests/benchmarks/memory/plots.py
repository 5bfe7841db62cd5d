"""Charts as SVG, without a library: presentation attributes only, so that the strictest policy lets them be seen."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "memory"
WIDTH, HEIGHT = 760, 470
LEFT, RIGHT, TOP, BOTTOM = 72, 24, 88, 64
COLOURS = ("#0060a8", "#c04a00", "#00775a", "#8a3a80", "#555555")
"""Told apart by the colour-blind too, and dark enough on white."""
Point = tuple[float, float]


class Series(NamedTuple):
    """A line through `points`, `dashed` for what is only there to compare; `dotted` marks its points."""

    name: str
    points: Sequence[Point]
    dashed: bool = False
    dotted: bool = False


class Chart(NamedTuple):
    """`name` is that of its file; `axes` are what is along x and y, `ranges` from where to where."""

    name: str
    title: str
    axes: tuple[str, str]
    ranges: tuple[tuple[float, float], tuple[float, float]]
    series: Sequence[Series]

    def write(self) -> Path:
        path = FOLDER / f"{self.name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(self.lines()) + "\n")
        return path

    def lines(self) -> Iterator[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
            ' role="img" aria-labelledby="title" font-family="sans-serif" font-size="14" fill="#222222">'
        )
        yield f'<title id="title">{escape(self.title)}</title>'
        yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
        yield f'<text x="{LEFT}" y="28" font-size="17" font-weight="bold">{escape(self.title)}</text>'
        yield from self._axes()
        place = LEFT
        for number, series in enumerate(self.series):
            colour = COLOURS[number % len(COLOURS)]
            yield from _legend(series, colour, place)
            yield from self._line(series, colour)
            place += 54 + 7 * len(series.name)
        yield "</svg>"

    def at(self, point: Point) -> Point:
        """Where a point is drawn."""
        (x0, x1), (y0, y1) = self.ranges
        across = LEFT + (point[0] - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - (point[1] - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)
        return round(across, 1), round(down, 1)

    def _axes(self) -> Iterator[str]:
        (x0, x1), (y0, y1) = self.ranges
        for tick in ticks(y0, y1):
            across, down = self.at((x0, tick))
            yield f'<line x1="{across}" y1="{down}" x2="{WIDTH - RIGHT}" y2="{down}" stroke="#dddddd"/>'
            yield f'<text x="{across - 8}" y="{down + 5}" text-anchor="end">{tick:g}</text>'
        for tick in ticks(x0, x1):
            across, down = self.at((tick, y0))
            yield f'<line x1="{across}" y1="{down}" x2="{across}" y2="{down + 5}" stroke="#555555"/>'
            yield f'<text x="{across}" y="{down + 22}" text-anchor="middle">{tick:g}</text>'
        middle = (TOP + HEIGHT - BOTTOM) / 2
        centre = (LEFT + WIDTH - RIGHT) / 2
        yield f'<text x="{centre}" y="{HEIGHT - 14}" text-anchor="middle">{escape(self.axes[0])}</text>'
        yield (
            f'<text x="20" y="{middle}" text-anchor="middle" transform="rotate(-90 20 {middle})">'
            f"{escape(self.axes[1])}</text>"
        )

    def _line(self, series: Series, colour: str) -> Iterator[str]:
        (x0, x1), (y0, y1) = self.ranges
        inside = [self.at(point) for point in series.points if x0 <= point[0] <= x1 and y0 <= point[1] <= y1]
        dashes = ' stroke-dasharray="7 5"' if series.dashed else ""
        drawn = " ".join(f"{x},{y}" for x, y in inside)
        yield f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
        if series.dotted:
            yield from (f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in inside)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`, four to nine of them."""
    steps = (step * 10.0**power for power in range(-3, 4) for step in (1, 2, 5))
    step = next(step for step in steps if (high - low) / step <= 8)
    return [round(low + number * step, 6) for number in range(int((high - low) / step + 1.000001))]


def _legend(series: Series, colour: str, across: float) -> Iterator[str]:
    dashes = ' stroke-dasharray="7 5"' if series.dashed else ""
    yield f'<line x1="{across}" y1="56" x2="{across + 26}" y2="56" stroke="{colour}" stroke-width="2"{dashes}/>'
    yield f'<text x="{across + 32}" y="61">{escape(series.name)}</text>'
