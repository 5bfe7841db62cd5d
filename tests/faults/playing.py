"""
Plays what two tablets may do to one person: `python -m tests.faults.playing EXAMPLES SEED [SABOTAGE]`.

It prints how often a word was overwritten silently, how often an allergy was dropped, in how many interleavings, and
how many words were set aside as they should be. A process of its own, as it needs the program and a database.
"""

import os
import sys
from collections import Counter

import django
from django.db import transaction


def main(examples: str, seed: str, sabotage: str = "") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.faults import sabotages

    if sabotage:
        sabotages.take_out(sabotage)
    played = play(int(examples), int(seed))
    print(*(played[name] for name in ("silent", "dropped", "tried", "set aside")))


def play(examples: int, seed: int) -> Counter[str]:
    import hypothesis
    from hypothesis import strategies as st

    from tests.factories.vendors import UserFactory
    from tests.interleavings import check, edits, edits_of_one

    UserFactory.reset_sequence(100)  # the shop has some already
    counted = Counter()

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(st.one_of(edits(), edits_of_one()))
    def each(played: tuple[list, int]) -> None:
        counted["tried"] += 1
        with transaction.atomic():
            try:
                counted["set aside"] += check(played)
            except AssertionError as error:
                counted["dropped" if "allergy" in str(error) else "silent"] += 1
            transaction.set_rollback(True)

    each()
    return counted


if __name__ == "__main__":
    main(*sys.argv[1:])
