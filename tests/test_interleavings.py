"""Two tablets on one person: a short run of what `tests.faults` plays for long."""

from hypothesis import example, given, settings
from hypothesis.extra.django import TestCase

from tests.interleavings import CONNECTED, Edit, check, edits, edits_of_one

SCHOOL, TEMPLE = "by the school", "behind the temple"
HEARD_LATE = [Edit(0, "landmark", SCHOOL), Edit(1, "landmark", TEMPLE), Edit(1, CONNECTED)]
"""What was tapped first comes last."""
HEARD_IN_ORDER = [Edit(0, "manner", "firm"), Edit(0, CONNECTED), Edit(1, "manner", None)]
DROPPED = [Edit(0, "allergy", "milk"), Edit(0, CONNECTED), Edit(1, "drop", "milk")]


class TwoTablets(TestCase):
    @settings(max_examples=15)
    @given(played=edits())
    @example(played=(HEARD_LATE, 0))
    @example(played=(HEARD_IN_ORDER, 0))
    @example(played=(DROPPED, 0))
    def test_last_tap_stands_and_nothing_is_lost(self, played):
        check(played)

    @settings(max_examples=15)
    @given(played=edits_of_one())
    def test_of_one_thing_the_last_tap_stands(self, played):
        check(played)
