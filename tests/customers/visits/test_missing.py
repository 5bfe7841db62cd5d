import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.visits import missing, tallying
from customers.visits.expecting import Gaps
from customers.visits.missing import closes_at, missing_on, turned
from customers.visits.models import Visit
from customers.visits.rhythm import State, rhythm
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ClosureFactory, OpeningHoursFactory, VendorFactory
from tests.factories.visits import VisitFactory

DAY = dt.date(2026, 11, 18)  # a Wednesday
ONE_DAY = dt.timedelta(days=1)


def came(person, *days, time="10:00"):
    for day in days:
        at = dt.datetime.combine(day, dt.time.fromisoformat(time), person.vendor.tz)
        VisitFactory(customer=person, at=at)
    tallying.recount_shop(person.vendor)
    person.vendor.refresh_from_db()
    return person


def somebody(vendor, *, every, last, times=12, **values):
    """Who came so many times, `every` so many days, and was here last so many days before `DAY`."""
    person = CustomerFactory(vendor=vendor, **values)
    return came(person, *(DAY - dt.timedelta(days=last + every * number) for number in reversed(range(times))))


def open_all(vendor, until=DAY, days=120):
    """A supplier comes each day: the shop was open, and nobody waits for them."""
    supplier = CustomerFactory(vendor=vendor, kind="supplier")
    ats = [dt.datetime.combine(until - dt.timedelta(days=ago), dt.time(9), vendor.tz) for ago in range(days + 1)]
    Visit.objects.bulk_create(Visit(vendor=vendor, customer=supplier, at=at) for at in ats)
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()


def lists(vendor, day=DAY):
    found = missing_on(vendor, day)
    return tuple([each.customer for each in some] for some in (found.due, found.drifting, found.lapsed))


def test_who_comes_daily_and_was_not_here_was_due(vendor):
    open_all(vendor)
    person = somebody(vendor, every=1, last=1, times=30)
    (found,) = missing_on(vendor, DAY).due
    assert found.customer == person.pk
    assert found.chance >= missing.LIKELY
    assert (found.gaps, found.last, found.away, found.weeks) == (Gaps(1, 1), DAY - ONE_DAY, 1, 4)


def test_whose_usual_gaps_end_on_the_day_was_due_and_the_day_before_was_not(vendor):
    open_all(vendor)
    person = somebody(vendor, every=9, last=9)
    assert lists(vendor, DAY - ONE_DAY) == ([], [], [])
    assert lists(vendor) == ([person.pk], [], [])
    assert missing_on(vendor, DAY).due[0].chance < missing.LIKELY
    assert lists(vendor, DAY + ONE_DAY) == ([], [], [])


def test_the_likeliest_of_those_due_is_first(vendor):
    open_all(vendor)
    seldom, daily = somebody(vendor, every=9, last=9), somebody(vendor, every=1, last=1, times=30)
    assert lists(vendor)[0] == [daily.pk, seldom.pk]


def test_who_came_on_the_day_is_nowhere(vendor):
    open_all(vendor)
    for last in (1, 12, 60):
        came(somebody(vendor, every=1, last=last, times=30), DAY)
    assert lists(vendor) == ([], [], [])


def test_a_voided_visit_was_none(vendor, helper):
    open_all(vendor)
    person = came(somebody(vendor, every=1, last=1, times=30), DAY)
    visit = person.visits.latest("at")
    visit.voided_at, visit.voided_by = visit.at, helper
    visit.save()
    assert lists(vendor)[0] == [person.pk]


def test_a_silence_grows_from_due_to_drifting_to_lapsed(vendor):
    open_all(vendor, until=DAY + dt.timedelta(days=90), days=200)
    person = somebody(vendor, every=3, last=3, times=20)
    seen = []
    for ahead in range(91):
        day = DAY + dt.timedelta(days=ahead)
        where = [name for name, some in zip("dDL", lists(vendor, day), strict=True) if person.pk in some]
        assert len(where) < 2
        seen += where
    assert "".join(dict.fromkeys(seen)) == "dDL"
    assert missing_on(vendor, DAY + dt.timedelta(days=90)).lapsed[0].rhythm.state == State.LEFT


def test_the_longest_beyond_their_gaps_drift_first(vendor):
    open_all(vendor)
    longer, shorter = somebody(vendor, every=3, last=13, times=20), somebody(vendor, every=3, last=11, times=20)
    assert lists(vendor)[1] == [longer.pk, shorter.pk]


def test_the_latest_lapsed_is_first_and_who_left_long_ago_is_no_news(vendor):
    open_all(vendor, days=200)
    old, new = somebody(vendor, every=2, last=150, times=20), somebody(vendor, every=2, last=30, times=20)
    found = missing_on(vendor, DAY)
    assert [each.customer for each in found.lapsed] == [new.pk, old.pk]
    assert [each.customer for each in found.news] == [new.pk]


def test_somebody_is_news_for_thirty_open_days(vendor):
    open_all(vendor, until=DAY + dt.timedelta(days=60), days=200)
    somebody(vendor, every=2, last=2, times=20)
    days = [DAY + dt.timedelta(days=ahead) for ahead in range(61)]
    assert sum(bool(missing_on(vendor, day).news) for day in days) == missing.LATELY


def test_of_four_visits_it_is_too_early_to_say(vendor):
    open_all(vendor)
    somebody(vendor, every=1, last=1, times=4)
    somebody(vendor, every=1, last=40, times=4)
    assert lists(vendor) == ([], [], [])
    assert missing_on(vendor, DAY).regulars == 0


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "supplier"},
        {"standing": "closed", "standing_reason": "moved"},
        {"standing": "lapsed", "standing_reason": "moved"},
        {"standing": "possible", "standing_reason": "only tries"},
    ],
)
def test_whom_nobody_waits_for_and_who_is_said_to_be_no_regular_was_not_due(vendor, said):
    open_all(vendor)
    somebody(vendor, every=1, last=1, times=30, **said)
    somebody(vendor, every=3, last=12, times=20, **said)
    assert lists(vendor) == ([], [], [])


def test_a_closed_day_is_no_silence(vendor):
    vendor.day_starts = dt.time(0)
    vendor.save()
    ClosureFactory(vendor=vendor, first_day=DAY)
    person = somebody(vendor, every=1, last=1, times=30)
    found = missing_on(vendor, DAY)
    assert (found.is_closed, found.due, found.is_running) == (True, [], False)
    drifting = somebody(vendor, every=3, last=12, times=20)
    before, after = missing_on(vendor, DAY - ONE_DAY).drifting, missing_on(vendor, DAY).drifting
    assert [each.customer for each in after] == [each.customer for each in before] == [drifting.pk]
    assert after[0].rhythm.silence == before[0].rhythm.silence
    assert person.pk not in [each.customer for each in after]


def test_gaps_that_end_on_a_closed_day_are_due_on_the_next_open_one(vendor):
    open_all(vendor, until=DAY - 2 * ONE_DAY)
    person = somebody(vendor, every=9, last=10)
    ClosureFactory(vendor=vendor, first_day=DAY - ONE_DAY)
    came(CustomerFactory(vendor=vendor), DAY)
    assert lists(vendor) == ([person.pk], [], [])


def test_a_day_across_midnight_is_the_one_on_which_it_began(vendor):
    open_all(vendor)
    late = came(somebody(vendor, every=1, last=1, times=30), DAY + ONE_DAY, time="01:30")
    missed = came(somebody(vendor, every=1, last=1, times=30), DAY + ONE_DAY, time="03:00")
    assert lists(vendor)[0] == [missed.pk]
    assert late.pk not in lists(vendor)[0]


@pytest.mark.parametrize("day", [dt.date(2026, 10, 25), dt.date(2026, 3, 29)])
def test_a_change_of_the_clock_makes_nobody_missed(vendor, day):
    vendor.time_zone, vendor.day_starts = "Europe/Berlin", dt.time(0)
    vendor.save()
    start, end = vendor.day_bounds(day)
    first, last, missed = (CustomerFactory(vendor=vendor) for _ in range(3))
    for person in (first, last, missed):
        came(person, *(day - dt.timedelta(days=ago) for ago in range(20, 0, -1)))
    VisitFactory(customer=first, at=start)
    VisitFactory(customer=last, at=end - dt.timedelta(seconds=1))
    VisitFactory(customer=missed, at=end)
    assert lists(vendor, day)[0] == [missed.pk]


def test_nobody_has_missed_a_day_that_is_running(vendor):
    today = vendor.today()
    person = CustomerFactory(vendor=vendor)
    came(person, *(today - dt.timedelta(days=ago) for ago in range(30, 0, -1)))
    found = missing_on(vendor, today)
    assert (found.is_running, [each.customer for each in found.due]) == (True, [person.pk])
    assert found.due[0].rhythm.silence == 0
    assert not found.is_closed


def test_a_shop_closes_at_its_last_hour_of_the_day(vendor):
    start, end = vendor.day_bounds(DAY)
    assert closes_at(vendor, DAY) == end
    OpeningHoursFactory(vendor=vendor, weekday=DAY.weekday(), opens=dt.time(8), closes=dt.time(13))
    OpeningHoursFactory(vendor=vendor, weekday=DAY.weekday(), opens=dt.time(17), closes=dt.time(21))
    assert closes_at(vendor, DAY) == start + dt.timedelta(hours=18)
    assert closes_at(vendor, DAY + ONE_DAY) == vendor.day_bounds(DAY + ONE_DAY)[1]


def test_a_shop_that_closes_after_midnight_is_open_until_then(vendor):
    OpeningHoursFactory(vendor=vendor, weekday=DAY.weekday(), opens=dt.time(17), closes=dt.time(1))
    assert closes_at(vendor, DAY) == vendor.day_bounds(DAY)[1] - dt.timedelta(hours=2)


def test_a_day_is_over_when_the_shop_has_closed(vendor, monkeypatch):
    today = vendor.today()
    OpeningHoursFactory(vendor=vendor, weekday=today.weekday(), opens=dt.time(8), closes=dt.time(13))
    closes = closes_at(vendor, today)
    monkeypatch.setattr(missing.timezone, "now", lambda: closes - dt.timedelta(minutes=1))
    assert missing_on(vendor, today).is_running
    monkeypatch.setattr(missing.timezone, "now", lambda: closes)
    assert not missing_on(vendor, today).is_running


def test_a_week_says_who_began_to_drift_and_who_lapsed_in_it(vendor):
    open_all(vendor, days=200)
    drifts = somebody(vendor, every=3, last=10, times=20)
    drifted = somebody(vendor, every=3, last=20, times=20)
    lapses = somebody(vendor, every=2, last=24, times=20)
    somebody(vendor, every=2, last=150, times=20)
    first = DAY - dt.timedelta(days=6)
    assert set(lists(vendor, first - ONE_DAY)[1]) == {drifted.pk, lapses.pk}
    found = turned(vendor, first, DAY)
    assert [each.customer for each in found.drifting] == [drifts.pk]
    assert [each.customer for each in found.lapsed] == [lapses.pk]
    assert found.back == []
    assert not found.is_running


def test_a_week_says_who_came_back(vendor):
    open_all(vendor)
    first = DAY - dt.timedelta(days=6)
    back, on_the_last_day = (somebody(vendor, every=3, last=20, times=20) for _ in range(2))
    came(back, first, first + ONE_DAY)
    came(on_the_last_day, DAY)
    never_away = came(somebody(vendor, every=3, last=9, times=20), first)
    found = turned(vendor, first, DAY).back
    assert [(each.customer, each.came, each.away, each.gaps) for each in found] == [
        (on_the_last_day.pk, DAY, 20, Gaps(3, 3)),
        (back.pk, first, 14, Gaps(3, 3)),
    ]
    assert never_away.pk not in [each.customer for each in found]


def test_who_came_back_after_more_than_a_year_is_told_too(vendor):
    first = DAY - dt.timedelta(days=6)
    person = CustomerFactory(vendor=vendor)
    came(person, *(first - dt.timedelta(days=ago) for ago in range(399, 394, -1)), DAY)
    assert [(each.customer, each.away) for each in turned(vendor, first, DAY).back] == [(person.pk, 401)]


def test_another_shop_is_not_read(vendor):
    open_all(vendor)
    somebody(VendorFactory(), every=1, last=1, times=30)
    assert lists(vendor) == ([], [], [])


@pytest.mark.parametrize("people", [1, 3])
def test_number_of_statements_does_not_grow_with_the_people(vendor, people, django_assert_max_num_queries):
    open_all(vendor)
    for _each in range(people):
        for last in (1, 12, 40):
            somebody(vendor, every=1, last=last, times=30)
    missing_on(vendor, DAY)
    turned(vendor, DAY - dt.timedelta(days=6), DAY)
    with django_assert_max_num_queries(5):
        missing_on(vendor, DAY)
    with django_assert_max_num_queries(5):
        turned(vendor, DAY - dt.timedelta(days=6), DAY)


@given(gaps=st.lists(st.integers(1, 12), min_size=6, max_size=30), silence=st.integers(1, 90))
def test_a_day_more_of_silence_is_what_the_rhythm_says_when_the_day_is_over(gaps, silence):
    days = [DAY.toordinal() - silence]
    for gap in gaps:
        days.insert(0, days[0] - gap)
    before = rhythm(days, DAY.toordinal() - 1, DAY.toordinal())
    after = rhythm(days, DAY.toordinal(), DAY.toordinal() + 1)
    counted = before._replace(silence=before.silence + 1)
    assert (counted.silence, counted.state, counted.limits) == (after.silence, after.state, after.limits)
