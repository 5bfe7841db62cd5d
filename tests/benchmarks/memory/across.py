"""The same work for every shop of a setting, one process per core."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple, TypeVar

from tests.benchmarks.memory.dealing import Shop, shops
from tests.benchmarks.memory.households import view

Result = TypeVar("Result")
Walk = Callable[[Shop, range], Result]


class Setting(NamedTuple):
    """A view and a size of its shops (see `VIEWS` and `SHOPS`)."""

    view: str
    size: str

    def __str__(self) -> str:
        return f"{self.view}, {'one shop' if self.size == 'one' else f'shops of {self.size}'}"


def across(setting: Setting, days: range, walk: Walk) -> list[Result]:
    """What `walk` gives for each shop; it is sent to other processes and must be a function of a module."""
    number = len(shops(view(setting.view), setting.size))
    if number == 1 or workers() == 1:
        return [_one((setting, each, days, walk)) for each in range(number)]
    with ProcessPoolExecutor(max_workers=workers()) as pool:
        return list(pool.map(_one, [(setting, each, days, walk) for each in range(number)]))


def workers() -> int:
    return int(os.environ.get("WORKERS", os.cpu_count() or 1))


def _one(task: tuple[Setting, int, range, Walk]) -> Result:
    setting, number, days, walk = task
    return walk(shops(view(setting.view), setting.size)[number], days)
