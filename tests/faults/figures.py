"""What a row counted, and how it is printed: bad of tried."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """Of `tried` things of this kind, so many were `bad`."""

    name: str
    bad: int
    tried: int

    def __str__(self) -> str:
        return f"{self.name} {self.bad:,} of {self.tried:,}"


@dataclass(frozen=True)
class Counted:
    """The figures of one run of a row; `said` tells what was done in it, and `also` what else was measured."""

    said: str
    figures: list[Figure]
    also: list[str] = field(default_factory=list)

    @property
    def bad(self) -> int:
        return sum(figure.bad for figure in self.figures)

    @property
    def tried(self) -> int:
        return sum(figure.tried for figure in self.figures)

    def figure(self, name: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == name)

    def __str__(self) -> str:
        return f"{self.said:<58}  {'   '.join([*map(str, self.figures), *self.also])}"
