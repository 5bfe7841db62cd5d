from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.planning.models import BuyingEdit, BuyingLine, BuyingList
from tests.crm.review.test_tomorrow import ONE_DAY, at, promised
from tests.factories.customers import CustomerFactory
from tests.factories.planning import BuyingLineFactory, BuyingListFactory
from tests.factories.vendors import ClosureFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

HTMX = {"HTTP_HX_REQUEST": "true"}
LISTS = "/green-corner/review/lists/"


@pytest.fixture
def tomorrow(vendor):
    return vendor.today() + ONE_DAY


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", step=Decimal("0.5"))


@pytest.fixture
def line(vendor, onion, tomorrow):
    of_day = BuyingListFactory(vendor=vendor, day=tomorrow)
    return BuyingLineFactory(buying_list=of_day, product=onion, quantity=2)


def page_of(browser, day, **query):
    return browser.get(f"{LISTS}{day}/", query).content.decode()


def send(browser, line, htmx=True, uid=None, **said):
    body = {"uid": uid or uuid4(), "quantity": "2", "seen": "2", **said}
    return browser.post(f"{LISTS}lines/{line.uid}/", body, **(HTMX if htmx else {}))


def held(line):
    line.refresh_from_db()
    return line.quantity, line.got_at is not None


def test_page_shows_what_is_foreseen_and_keeps_it(vendor, evening, onion, tomorrow):
    promised(vendor, onion, 3, tomorrow)
    assert "Keep it to change quantities" in page_of(evening, tomorrow)
    for _twice in range(2):
        answer = evening.post(f"{LISTS}{tomorrow}/", {"uid": uuid4()})
        assert (answer.status_code, answer.url) == (302, f"{LISTS}{tomorrow}/")
    assert BuyingList.objects.get().lines.get().quantity == 3
    page = page_of(evening, tomorrow)
    assert "<b>0</b> of 1 bought" in page
    assert "promised 3 kg" in page


def test_list_that_cannot_be_kept_is_told(evening, tomorrow):
    assert evening.post(f"{LISTS}{tomorrow}/").status_code == 422
    answer = evening.post(f"{LISTS}{tomorrow - 3 * ONE_DAY}/", {"uid": uuid4()})
    assert (answer.status_code, "so it stays as it was" in answer.content.decode()) == (409, True)
    assert evening.get(f"{LISTS}{tomorrow + 14 * ONE_DAY}/").status_code == 404


def test_days_without_a_list_say_why(vendor, evening, tomorrow):
    assert "Begin an empty list" in page_of(evening, tomorrow)
    assert "No list was kept for this day." in page_of(evening, tomorrow - 2 * ONE_DAY)
    ClosureFactory(vendor=vendor, first_day=tomorrow, reason="Wedding")
    assert "Closed: Wedding" in page_of(evening, tomorrow)


def test_quantity_is_typed_or_stepped_and_can_be_undone(evening, line):
    assert "It was 2 kg." in send(evening, line, quantity="3,5").content.decode()
    assert held(line) == (Decimal("3.5"), False)
    send(evening, line, quantity="3.5", seen="3.5", step="1")
    assert held(line)[0] == 4
    send(evening, line, quantity="4", seen="4", instead="2")
    assert held(line)[0] == 2
    send(evening, line, quantity="0.2", step="-1")
    assert held(line)[0] == 0


def test_line_is_ticked_off_and_the_progress_told(evening, line):
    page = send(evening, line, got="1").content.decode()
    assert held(line) == (2, True)
    assert "<b>1</b> of 1 bought" in page
    assert 'hx-swap-oob="true"' in page
    send(evening, line, got="0")
    assert held(line) == (2, False)


def test_change_sent_twice_is_one_and_without_script_the_page_comes(evening, line):
    uid = uuid4()
    for _twice in range(2):
        answer = send(evening, line, htmx=False, uid=uid, step="1")
        assert answer.url == f"{LISTS}{line.buying_list.day}/#line-{line.uid}"
    assert held(line)[0] == Decimal("2.5")
    assert BuyingEdit.objects.count() == 1
    assert send(evening, line, uid=uid, quantity="9").status_code == 409


@pytest.mark.parametrize("typed", ["", "some", "-1", "1.2345", "1000000", "9" * 30, "NaN"])
@pytest.mark.parametrize("htmx", [True, False])
def test_quantity_that_is_none_is_told_and_stays_typed(evening, line, typed, htmx):
    answer = send(evening, line, htmx, quantity=typed)
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.content.decode()
    assert held(line) == (2, False)


def test_quantity_changed_by_another_meanwhile_is_told(evening, line):
    BuyingLine.objects.update(quantity=5)
    answer = send(evening, line, quantity="3")
    page = answer.content.decode()
    assert (answer.status_code, held(line)[0]) == (409, 5)
    assert "Somebody else has changed this meanwhile" in page
    assert 'value="3"' in page
    assert 'name="seen" value="5"' in page


def test_product_is_added(vendor, evening, line, tomorrow):
    kale, body = ProductFactory(vendor=vendor, name="Kale", unit="bunch"), {"uid": uuid4(), "quantity": "4"}
    add = f"{LISTS}{line.buying_list.uid}/add/"
    for _twice in range(2):
        assert evening.post(add, {**body, "product": kale.uid}).status_code == 302
    assert [(each.product.name, each.quantity) for each in line.buying_list.lines.all()] == [("Onion", 2), ("Kale", 4)]
    answer = evening.post(add, {"uid": uuid4(), "product": kale.uid, "quantity": "1"})
    assert (answer.status_code, "on the list already" in answer.content.decode()) == (409, True)
    assert evening.post(add, {"uid": uuid4(), "quantity": "1"}).status_code == 422
    assert evening.post(f"{LISTS}{uuid4()}/add/", body).status_code == 404
    assert "added by hand" in page_of(evening, tomorrow)


def test_what_is_foreseen_since_is_offered(vendor, evening, line, onion, tomorrow):
    BuyingLine.objects.update(foreseen=2, low=1, high=3)
    promised(vendor, onion, 7, tomorrow)
    promised(vendor, ProductFactory(vendor=vendor, name="Kale"), 1, tomorrow)
    page = page_of(evening, tomorrow)
    assert "Now foreseen: 7 kg" in page
    assert "Foreseen since the list was kept" in page
    assert "Kale" in page


def test_past_list_says_what_was_wanted_and_changes_no_more(vendor, evening, line):
    BuyingList.objects.update(day=vendor.today() - ONE_DAY)
    visit = VisitFactory(customer=CustomerFactory(vendor=vendor), at=at(vendor, vendor.today() - ONE_DAY))
    VisitLineFactory(visit=visit, product=line.product, quantity=1, outcome="not-in-stock")
    page = page_of(evening, vendor.today() - ONE_DAY)
    assert "Wanted: 1 kg" in page
    assert "asked and had none 1 time" in page
    assert 'name="got"' not in page
    line.refresh_from_db()
    assert send(evening, line, got="1").status_code == 409


@pytest.mark.parametrize(("paper", "style"), [("a4", "paper-a4"), ("roll", "paper-roll")])
def test_list_is_printed(evening, line, tomorrow, paper, style):
    BuyingLineFactory(buying_list=line.buying_list, quantity=0, product__name="Nothing of it")
    page = page_of(evening, tomorrow, paper=paper)
    assert style in page
    assert "<span>Onion</span><b>2 kg</b>" in page
    assert "Nothing of it" not in page


def test_list_is_sent_as_text(evening, line, tomorrow):
    page = page_of(evening, tomorrow)
    assert "Onion 2 kg</textarea>" in page
    assert "https://wa.me/?text=Green+Corner" in page


def test_lists_and_their_rows_as_tables_and_files(vendor, evening, line):
    BuyingList.objects.update(day=vendor.today())
    visit = VisitFactory(customer=CustomerFactory(vendor=vendor), at=at(vendor, vendor.today(), 4))
    VisitLineFactory(visit=visit, product=line.product, quantity=3)
    VisitLineFactory(visit=visit, product=line.product, quantity=3, unit="bunch")
    today = vendor.today().isoformat()
    assert f"{LISTS}{today}/" in evening.get(LISTS).content.decode()
    rows = evening.get(LISTS, {"as": "csv"}).content.decode("utf-8-sig").splitlines()
    assert rows[1].split(",")[0] == today
    assert (
        "Choose days that follow" in evening.get(LISTS, {"first": "2026-11-02", "last": "2026-11-01"}).content.decode()
    )
    lines = evening.get(f"{LISTS}lines/", {"how": "short", "product": line.product.uid}).content.decode()
    assert "3 kg, 1 time in another unit" in lines
    assert "Onion" in evening.get(f"{LISTS}lines/", {"as": "csv"}).content.decode()
    for how in ("enough", "much", "none", "range"):
        assert "Nothing. Choose other days" in evening.get(f"{LISTS}lines/", {"how": how}).content.decode()
    assert evening.get(f"{LISTS}lines/", {"how": "no"}).status_code == 200


def test_number_of_statements_does_not_grow_with_the_list(evening, line, tomorrow):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            evening.get(f"{LISTS}{tomorrow}/")
        return len(queries)

    asked()
    one = asked()
    for _each in range(3):
        BuyingLineFactory(buying_list=line.buying_list)
    assert asked() == one
