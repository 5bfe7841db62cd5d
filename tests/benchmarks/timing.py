"""Times of things that compete for one noisy machine: taken in turns, so that what slows one slows the others."""

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median

Turn = Callable[[int], object]
"""Something to measure, told the number of the round."""
WARM_UP = 30


def in_turns(turns: Sequence[Turn], rounds: int, warm_up: int = WARM_UP) -> list[float]:
    """The median seconds of each of `turns`: first, second, ..., first, second, ... after a warm-up."""
    for number in range(warm_up):
        for turn in turns:
            turn(number)
    seconds: list[list[float]] = [[] for _turn in turns]
    gc.disable()
    for number in range(warm_up, warm_up + rounds):
        for turn, taken in zip(turns, seconds, strict=True):
            started = time.perf_counter()
            turn(number)
            taken.append(time.perf_counter() - started)
    gc.enable()
    return [median(taken) for taken in seconds]


def said(medians: Sequence[float]) -> str:
    """For the reader only: milliseconds are this machine's, and no budget."""
    return ", ".join(f"{seconds * 1000:.2f} ms" for seconds in medians)
