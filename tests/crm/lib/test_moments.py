import datetime as dt

import pytest
from django.utils import timezone

from crm.lib import moments
from crm.lib.moments import in_utc


@pytest.mark.parametrize(
    "text", ["2026-11-21 04:30:00.5", "2026-11-21 04:30:00.500000+00:00", "2026-11-21 10:00:00.5+05:30"]
)
def test_moment_is_the_same_however_a_database_writes_it(text):
    assert in_utc(text) == dt.datetime(2026, 11, 21, 4, 30, 0, 500_000, tzinfo=dt.UTC)
    assert in_utc(text).tzinfo == dt.UTC


def test_now_is_the_moment_of_the_tap_that_is_being_recorded():
    tap = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    with moments.tapped(tap):
        assert moments.now() == tap
    assert moments.now() > tap


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (2, True)])
def test_tap_of_minutes_ago_is_late(minutes, is_late):
    assert not moments.is_late()
    with moments.tapped(timezone.now() - dt.timedelta(minutes=minutes)):
        assert moments.is_late() is is_late
