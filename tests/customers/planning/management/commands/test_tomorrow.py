import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.planning.known_needs import Said
from customers.planning.management.commands.tomorrow import in_words
from customers.planning.whole_list import WholeLine, WholeList
from customers.visits import tallying
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ClosureFactory, OpeningHoursFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

NOW = dt.datetime(2026, 11, 21, 15, 30, tzinfo=dt.UTC)  # a Saturday, 21:00 in the shop


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def daily(vendor, name, days=range(30), **line):
    customer = CustomerFactory(vendor=vendor, name=name)
    for ago in days:
        visit = VisitFactory(customer=customer, at=NOW - dt.timedelta(days=ago))
        if line:
            VisitLineFactory(visit=visit, **line)
    tallying.recount_shop(vendor)
    return customer


def said(capsys, *words):
    call_command("tomorrow", "--vendor", "green-corner", *words)
    return capsys.readouterr().out.splitlines()


def test_tomorrow_prints_the_list_with_the_people_behind_it(vendor, capsys):
    onion = ProductFactory(vendor=vendor, name="Onion")
    for name, days in (("Asha", range(0, 30, 2)), ("Sunita", range(30))):
        daily(vendor, name, days, product=onion)
    head, blank, line = said(capsys)
    assert (head, blank) == ("Sunday, 22 November 2026: about 1 of 2 regulars are likely to come.", "")
    assert line.split() == ["Onion", "2", "kg", "(0", "g", "to", "2", "kg)", "2", "people:", "Sunita,", "Asha"]


def test_list_in_words_names_three_people_at_most_or_nobody(vendor):
    onion = ProductFactory(vendor=vendor, name="Onion", step=Decimal("0.25"))
    people = [CustomerFactory(vendor=vendor, name=name) for name in ("Asha", "Ravi", "Sunita", "Vijay")]

    def line(number, promised=(), wished=(), mostly=None):
        behind = tuple((who, 0.5) for who in people[:number])
        amounts = (Decimal("0.5"), Decimal(0), Decimal("0.75"))
        return WholeLine(onion, *amounts, 1.5, behind, number, promised, wished, mostly)

    two = Said(people[3], Decimal(2), "kg")
    lines = [
        *(line(number) for number in (4, 1, 0)),
        line(2, promised=(two,), wished=(two, Said(None, None, "")), mostly=people[3]),
        line(0, wished=(two,), mostly=people[3]),
    ]
    assert in_words(WholeList(dt.date(2026, 11, 22), lines, 2.6, 7)) == [
        "Sunday, 22 November 2026: about 3 of 7 regulars are likely to come.",
        "",
        "Onion                         500 g   (0 g to 750 g)   4 people: Asha, Ravi, Sunita",
        "Onion                         500 g   (0 g to 750 g)   1 person: Asha",
        "Onion                         500 g   (0 g to 750 g)   nobody in particular",
        "Onion                         500 g   (0 g to 750 g)   2 people: Asha, Ravi; promised: Vijay 2 kg; "
        "2 wait for it; more than half of it for Vijay",
        "Onion                         500 g   (0 g to 750 g)   1 waits for it",
    ]


def test_tomorrow_is_the_next_open_day(vendor, capsys):
    OpeningHoursFactory(vendor=vendor, weekday=1)
    assert said(capsys) == [
        "Tuesday, 24 November 2026: too little is known yet. The list begins with the first regulars."
    ]


def test_tomorrow_may_be_another_day_even_a_closed_one(vendor, capsys):
    ClosureFactory(vendor=vendor, first_day=dt.date(2026, 11, 25), reason="Wedding")
    assert said(capsys, "--day", "2026-11-25") == ["Wednesday, 25 November 2026: closed. Wedding"]
    assert said(capsys, "--day", "2026-12-05")[0].startswith("Saturday, 05 December 2026: ")
    assert said(capsys, "--day", "2026-11-21")[0].startswith("Saturday, 21 November 2026: ")


def test_tomorrow_with_nothing_likely_says_so(vendor, capsys):
    daily(vendor, "Sunita", days=(2, 30, 70))
    assert said(capsys) == [
        "Sunday, 22 November 2026: about 0 of 1 regulars are likely to come.",
        "",
        "Nothing is likely enough to be asked for that it should be bought for this day.",
    ]


@pytest.mark.parametrize("day", ["2026-11-20", "2026-12-06"])
def test_tomorrow_is_not_told_of_a_day_gone_by_or_far_away(vendor, capsys, day):
    with pytest.raises(CommandError, match=f"{day} is not one of the next 14 days"):
        said(capsys, "--day", day)


def test_tomorrow_says_how_a_day_is_written(vendor, capsys):
    with pytest.raises(CommandError, match=r"“22/11” is not a day\. Write it like 2026-11-21\."):
        said(capsys, "--day", "22/11")
