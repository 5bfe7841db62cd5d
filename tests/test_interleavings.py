"""Two tablets on one person: a short run of what `tests.faults` plays for long."""

import os

from hypothesis import given, settings
from hypothesis.extra.django import TestCase

from tests.interleavings import check, edits, edits_of_one

EXAMPLES = int(os.environ.get("EXAMPLES", "15"))


class TwoTablets(TestCase):
    @settings(max_examples=EXAMPLES)
    @given(played=edits())
    def test_last_tap_stands_and_nothing_is_lost(self, played):
        check(played)

    @settings(max_examples=EXAMPLES)
    @given(played=edits_of_one())
    def test_of_one_thing_the_last_tap_stands(self, played):
        check(played)
