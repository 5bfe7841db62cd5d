import datetime as dt
import re
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.review.days import one_day, week_of
from crm.review.tomorrow import Line, chance_said, tomorrow_of
from customers.planning.models import BuyingList
from customers.visits import tallying
from customers.visits.models import Visit, VisitLine
from tests.factories.customers import CustomerFactory
from tests.factories.planning import BuyingLineFactory, BuyingListFactory
from tests.factories.promises import PromiseFactory, PromiseLineFactory
from tests.factories.vendors import ClosureFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

ONE_DAY = dt.timedelta(days=1)
KEEP = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def today(vendor):
    return vendor.today()


def address(day):
    return f"/green-corner/review/{day}/tomorrow/"


def at(vendor, day, hour=10):
    return dt.datetime.combine(day, dt.time(hour), vendor.tz)


def daily(vendor, product=None, name="Sunita", quantity=2, days=30):
    """Somebody who came on each day until today, and takes `product`."""
    customer = CustomerFactory(vendor=vendor, name=name)
    came = [at(vendor, vendor.today() - ago * ONE_DAY) for ago in range(days)]
    visits = [VisitFactory.build(customer=customer, vendor=vendor, at=each) for each in came]
    Visit.objects.bulk_create(visits)
    if product:
        VisitLine.objects.bulk_create(
            VisitLineFactory.build(visit=visit, vendor=vendor, product=product, quantity=quantity) for visit in visits
        )
    tallying.recount_shop(vendor)
    return customer


def promised(vendor, product, quantity, day):
    promise = PromiseFactory(customer=CustomerFactory(vendor=vendor), has_lines=True, due_at=at(vendor, day, 12))
    PromiseLineFactory(promise=promise, product=product, quantity=quantity)
    return promise


def panel(vendor, day):
    vendor.refresh_from_db()
    return tomorrow_of(vendor, one_day(day))


def page_of(browser, day, **headers):
    return browser.get(address(day), **headers).content.decode()


def test_panel_says_who_is_likely_to_come_and_when(vendor, evening, today):
    daily(vendor)
    found = panel(vendor, today)
    assert (found.on, found.comers.regulars) == (today + ONE_DAY, 1)
    assert [(each.comer.customer.name, each.hour, each.chance) for each in found.people] == [
        ("Sunita", "10:00", "likely")
    ]
    assert [(bar.label, bar.value) for bar in found.chart.bars] == [("10", 1)]
    page = page_of(evening, today)
    assert "About <b>1</b> of 1 regulars are likely to come." in page
    assert "will" not in page


def test_panel_shows_the_first_lines_of_the_list_with_who_stands_behind_them(vendor, evening, today):
    onion = ProductFactory(vendor=vendor, name="Onion", step=Decimal("0.5"))
    daily(vendor, onion)
    person = promised(vendor, onion, 10, today + ONE_DAY).customer
    found = panel(vendor, today)
    assert found.lines == [Line("Onion", "12 kg", "10 to 12 kg", "usual of 1, promised 10 kg", person.name)]
    assert f"more than half for {person.name}" in page_of(evening, today)


def test_more_lines_than_the_panel_shows_are_counted(vendor, evening, today):
    for _each in range(14):
        promised(vendor, ProductFactory(vendor=vendor), 1, today + ONE_DAY)
    found = panel(vendor, today)
    assert (len(found.lines), found.more) == (12, 2)
    assert "and 2 more</a>" in page_of(evening, today)


def test_panel_is_about_the_next_open_day(vendor, evening, today):
    ClosureFactory(vendor=vendor, first_day=today + ONE_DAY, reason="Wedding")
    found = panel(vendor, today)
    assert (found.on, found.why_closed) == (today + 2 * ONE_DAY, "Wedding")
    assert "Closed the day after: Wedding" in page_of(evening, today)


def test_panel_of_an_empty_shop_says_what_will_stand_there(evening, today):
    page = page_of(evening, today)
    assert "stands here once somebody has come on five days" in page
    assert "What people usually take, what is promised and what they wait for stands here." in page
    assert "Keep a list, and on the evening of its day it stands here" in page


def test_list_is_kept_in_place(vendor, evening, owner, today):
    onion = ProductFactory(vendor=vendor, name="Onion")
    promised(vendor, onion, 3, today + ONE_DAY)
    page = evening.post(address(today), {"uid": uuid4()}, **KEEP).content.decode()
    kept = BuyingList.objects.get()
    assert (kept.day, kept.by, kept.lines.get().quantity) == (today + ONE_DAY, owner, 3)
    assert "The list is kept." in page
    assert f"/green-corner/review/lists/{kept.day}/" in page
    assert "Keep this list" not in page


def test_list_is_kept_once_and_without_script_its_page_comes(vendor, evening, today):
    uid = uuid4()
    for _twice in range(2):
        answer = evening.post(address(today), {"uid": uid})
        assert (answer.status_code, answer.url) == (302, f"/green-corner/review/lists/{today + ONE_DAY}/")
    assert BuyingList.objects.count() == 1


def test_panel_shows_the_quantities_of_the_kept_list(vendor, today):
    onion = ProductFactory(vendor=vendor, name="Onion")
    promised(vendor, onion, 3, today + ONE_DAY)
    BuyingLineFactory(buying_list=BuyingListFactory(vendor=vendor), product=onion, quantity=0)
    assert panel(vendor, today).lines[0].much == "nothing"


@pytest.mark.parametrize(("body", "status"), [({}, 422), ({"uid": "none"}, 422)])
def test_list_that_was_not_whole_is_refused(evening, today, body, status):
    answer = evening.post(address(today), body, **KEEP)
    assert answer.status_code == status
    assert "Not saved yet" in answer.content.decode()


def test_list_of_a_day_gone_by_is_refused_and_nothing_is_foreseen_for_it(vendor, evening, today):
    past = today - 3 * ONE_DAY
    answer = evening.post(address(past), {"uid": uuid4()}, **KEEP)
    assert answer.status_code == 409
    assert "The day of this list is over" in answer.content.decode()
    found = panel(vendor, past)
    assert (found.foreseen, found.comers, found.lines, found.more) == (None, None, [], 0)
    assert "No list was kept for it." in page_of(evening, past)
    BuyingListFactory(vendor=vendor, day=past + ONE_DAY)
    assert "Its list" in page_of(evening, past)


def of_days(vendor, product, days, quantity=5, wanted=1, **line):
    for ago in range(days):
        day = vendor.today() - ago * ONE_DAY
        BuyingLineFactory(
            buying_list=BuyingListFactory(vendor=vendor, day=day),
            product=product,
            quantity=quantity,
            foreseen=5,
            low=4,
            high=6,
        )
        visit = VisitFactory(customer=CustomerFactory(vendor=vendor), at=at(vendor, day, 4))
        VisitLineFactory(visit=visit, product=product, quantity=wanted, **line)


def test_panel_says_how_the_lists_of_four_weeks_did(vendor, evening, today):
    of_days(vendor, ProductFactory(vendor=vendor, name="Onion"), 4, outcome="not-in-stock")
    found = panel(vendor, today)
    assert (found.days, found.since, found.now.missed) == (28, today - 27 * ONE_DAY, 1)
    page = page_of(evening, today)
    assert "<b>4</b> lists in 28 days" in page
    assert "<b>0</b> of 4 listed were enough" in page
    assert "0 of 4 in the foreseen range" in page
    assert "<b>4</b> times asked and had none" in page
    assert "Onion: short on 4 of 4 days" in page
    assert "4 people had none" in page
    assert "asked and had none 1 time" in page


def test_panel_says_of_what_far_too_much_was_listed(vendor, evening, today):
    of_days(vendor, ProductFactory(vendor=vendor, name="Onion"), 4)
    assert "Onion: far too much on 4 of 4 days" in page_of(evening, today)


def test_week_is_only_looked_back_on(vendor, evening, today):
    of_days(vendor, ProductFactory(vendor=vendor, name="Onion"), 1)
    found = tomorrow_of(vendor, week_of(today))
    assert (found.on, found.foreseen, found.days, len(found.accuracy.done.listed), found.now) == (
        None,
        None,
        7,
        1,
        None,
    )
    page = evening.get(address(today), {"span": "week"}).content.decode()
    assert "To buy" not in page
    assert "lists in 7 days" in page or "list in 7 days" in page


@pytest.mark.parametrize(("chance", "said"), [(0.5, "likely"), (0.49, "perhaps"), (0.19, "not likely")])
def test_chance_is_said_in_words(chance, said):
    assert chance_said(chance) == said


def test_number_of_statements_does_not_grow(vendor, evening, today):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            evening.get(address(today), **KEEP)
        return len(queries)

    onion = ProductFactory(vendor=vendor, name="Onion")
    daily(vendor, onion)
    promised(vendor, onion, 3, today + ONE_DAY)
    of_days(vendor, onion, 1, outcome="not-in-stock")
    asked()
    one = asked()
    for _each in range(3):
        kale = ProductFactory(vendor=vendor)
        daily(vendor, kale)
        promised(vendor, kale, 3, today + ONE_DAY)
    asked()
    assert asked() == one


def test_rows_behind_who_is_likely_to_come(vendor, evening, today):
    customer = daily(vendor)
    daily(vendor, name="Seldom", days=6)
    rows = f"/green-corner/review/{today}/coming/"
    page = evening.get(rows).content.decode()
    assert f'<a href="/green-corner/counter/{customer.uid}/">Sunita</a>' in page
    assert "10:00" in page
    assert "Sunita" in evening.get(rows, {"least": "likely"}).content.decode()
    assert "Sunita" in evening.get(rows, {"least": "nonsense"}).content.decode()
    lines = evening.get(rows, {"as": "csv"}).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Customer,How likely,About when"
    assert lines[1].split(",") == ["Sunita", "likely", "10:00"]


def test_panel_is_loaded_after_the_page(evening, today):
    page = evening.get("/green-corner/review/").content.decode()
    assert f'hx-get="/green-corner/review/{today}/tomorrow/"' in page
    assert "Counting who comes and what they take" in page


def test_as_many_lists_are_counted_as_their_page_has(vendor, evening, today):
    """Also those of a day on which nobody came, which say nothing of how they did."""
    onion = ProductFactory(vendor=vendor)
    daily(vendor, onion, days=2)
    for ago in (1, 5, 9):
        made = BuyingListFactory(vendor=vendor, day=today - ago * ONE_DAY)
        BuyingLineFactory(buying_list=made, product=onion, foreseen=2, low=1, high=3, quantity=3)
    BuyingListFactory(vendor=vendor, day=today - 40 * ONE_DAY)
    page = page_of(evening, today)
    [rows] = re.findall(r'href="([^"]*/review/lists/\?[^"]*)"', page)
    assert "<b>3</b> lists in 28 days" in page
    assert len(evening.get(f"{unescape(rows)}&as=csv").content.decode().splitlines()) == 1 + 3
