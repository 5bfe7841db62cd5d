import datetime as dt
from uuid import uuid4

import pytest
from django.db import IntegrityError

from customers import merging
from customers.planning import leaving_alone
from customers.planning.leaving_alone import (
    DayIsOver,
    LeftAloneAlready,
    LeftOtherwise,
    TooLong,
    leave_alone,
    left_alone,
    put_back,
    take_back,
)
from customers.planning.models import LeftAlone
from customers.visits.forgetting import forget
from tests.factories.customers import CustomerFactory
from tests.factories.planning import LeftAloneFactory
from tests.factories.vendors import MemberFactory

WEEK = dt.timedelta(days=7)


@pytest.fixture
def person(vendor):
    return CustomerFactory(vendor=vendor)


def left(person, *, days=7, uid=None, reason="", by=None):
    until = person.vendor.today() + dt.timedelta(days=days)
    return leave_alone(customer=person, until=until, reason=reason, by=by, uid=uid or uuid4())


def test_who_is_left_alone_is_so_until_the_day_and_not_on_it(vendor, person, owner):
    row = left(person, reason=" travelling ", by=owner)
    assert (row.reason, row.by, row.vendor) == ("travelling", owner, vendor)
    assert left_alone(vendor, row.until - dt.timedelta(days=1)) == {person.pk: row}
    assert left_alone(vendor, row.until) == {}


def test_another_shop_leaves_nobody_alone_here(vendor):
    LeftAloneFactory()
    assert left_alone(vendor, vendor.today()) == {}


def test_sent_twice_it_is_written_once(person):
    uid = uuid4()
    assert left(person, uid=uid, reason="away") == left(person, uid=uid, reason="away")
    assert LeftAlone.objects.count() == 1


def test_sent_again_after_it_ended_it_is_still_the_first(person):
    uid = uuid4()
    row = left(person, uid=uid)
    take_back(left_alone=row, by=None)
    assert left(person, uid=uid) == row
    assert left_alone(person.vendor, person.vendor.today()) == {}


@pytest.mark.parametrize("other", [{"days": 8}, {"reason": "other"}])
def test_other_words_under_a_known_uid_are_refused(person, other):
    uid = uuid4()
    left(person, uid=uid)
    with pytest.raises(LeftOtherwise):
        left(person, uid=uid, **other)
    with pytest.raises(LeftOtherwise):
        left(CustomerFactory(vendor=person.vendor), uid=uid)
    assert LeftAlone.objects.count() == 1


@pytest.mark.parametrize("days", [0, -1])
def test_a_day_that_has_come_is_refused(person, days):
    with pytest.raises(DayIsOver):
        left(person, days=days)


def test_more_than_a_year_is_refused(person):
    with pytest.raises(TooLong):
        left(person, days=367)
    left(person, days=366)


def test_two_at_once_who_say_the_same_are_given_one(person):
    assert left(person) == left(person, reason="other words")
    assert LeftAlone.objects.count() == 1


def test_of_two_at_once_who_say_other_days_the_second_is_told(person):
    row = left(person)
    with pytest.raises(LeftAloneAlready):
        left(person, days=30)
    assert list(LeftAlone.objects.all()) == [row]


def test_after_the_day_they_may_be_left_alone_again(person):
    LeftAloneFactory(customer=person, until=person.vendor.today())
    assert left(person).until == person.vendor.today() + WEEK


def test_another_connection_with_the_same_uid_was_quicker(person, monkeypatch):
    uid = uuid4()
    row = left(person, uid=uid)
    first = iter([None])
    sent_before = leaving_alone._sent_before
    monkeypatch.setattr(leaving_alone, "_sent_before", lambda new: next(first, sent_before(new)))
    monkeypatch.setattr(leaving_alone, "_leave", lambda new: new.save(force_insert=True))
    assert left(person, uid=uid) == row


def test_taken_back_they_are_shown_again_and_twice_changes_nothing(vendor, person, owner):
    row = left(person)
    assert take_back(left_alone=row, by=owner)
    row.refresh_from_db()
    ended = row.ended_at
    assert row.ended_by == owner
    assert left_alone(vendor, vendor.today()) == {}
    assert not take_back(left_alone=row, by=None)
    row.refresh_from_db()
    assert (row.ended_at, row.ended_by) == (ended, owner)


def test_put_back_they_are_left_alone_again_and_twice_changes_nothing(vendor, person, owner):
    row = left(person)
    assert not put_back(left_alone=row)
    take_back(left_alone=row, by=owner)
    assert put_back(left_alone=row)
    assert not put_back(left_alone=row)
    row.refresh_from_db()
    assert (row.ended_at, row.ended_by) == (None, None)
    assert left_alone(vendor, vendor.today()) == {person.pk: row}


def test_what_was_said_since_is_not_put_back_over(person):
    row = left(person)
    take_back(left_alone=row, by=None)
    left(person, days=30)
    assert not put_back(left_alone=row)


def test_merged_with_another_they_are_left_alone_under_that_name(vendor, person):
    row, other = left(person), CustomerFactory(vendor=vendor)
    merge = merging.merge(customer=person, into=other, by=None, uid=uuid4())
    assert left_alone(vendor, vendor.today()) == {other.pk: row}
    merging.undo(merge=merge, by=None)
    assert left_alone(vendor, vendor.today()) == {person.pk: row}


def test_of_two_put_together_the_longer_holds_and_both_are_taken_back(vendor, person, owner):
    other = CustomerFactory(vendor=vendor)
    short, long = left(person), left(other, days=30)
    merging.merge(customer=person, into=other, by=None, uid=uuid4())
    assert left_alone(vendor, vendor.today()) == {other.pk: long}
    short.refresh_from_db()
    assert take_back(left_alone=short, by=owner)
    assert left_alone(vendor, vendor.today()) == {}


def test_merged_meanwhile_it_is_written_of_who_stands_for_them(vendor, person):
    other, uid = CustomerFactory(vendor=vendor), uuid4()
    as_read = type(person).objects.get(pk=person.pk)
    merging.merge(customer=person, into=other, by=None, uid=uuid4())
    assert left(as_read, uid=uid).customer == other
    person.refresh_from_db()
    assert left(person, uid=uid).customer == other


def test_forgotten_nothing_of_it_stays(vendor, person):
    left(person)
    forget([person])
    assert not LeftAlone.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_forgotten_meanwhile_is_refused(person):
    as_read = type(person).objects.get(pk=person.pk)
    forget([person])
    with pytest.raises(IntegrityError):
        left(as_read)
    assert not LeftAlone.objects.exists()


def test_who_ended_it_without_a_time_is_refused_by_the_database(vendor, person):
    with pytest.raises(IntegrityError):
        LeftAloneFactory(customer=person, ended_by=MemberFactory(vendor=vendor))
