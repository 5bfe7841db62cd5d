import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.review.asked import MOST, asked_of
from crm.review.days import month_of, one_day, week_of
from customers.preferences.merging import merge_products
from customers.promises import fulfilling
from customers.promises.models import Wish, WishEdit
from customers.promises.wish_steps import AGAIN
from customers.visits import tallying
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.promises import WishEditFactory, WishFactory
from tests.factories.vendors import ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

ONE_DAY = dt.timedelta(days=1)
DAY = dt.date(2026, 11, 18)  # a Wednesday


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango")


def noon(vendor, day):
    return vendor.day_bounds(day)[0] + dt.timedelta(hours=9)


def wished(vendor, day=None, **values):
    """A wish of a new person, asked for on a day (today) of the shop."""
    day = day or vendor.today()
    values.setdefault("customer", CustomerFactory(vendor=vendor))
    return WishFactory(vendor=vendor, asked_at=noon(vendor, day), until=day + 7 * ONE_DAY, **values)


def again(wish, day):
    WishEditFactory(wish=wish, at=noon(wish.vendor, day), before={}, after={"step": AGAIN})


def not_here(vendor, product, day=None, **values):
    visit = VisitFactory(customer=CustomerFactory(vendor=vendor), at=noon(vendor, day or vendor.today()), **values)
    VisitLineFactory(visit=visit, product=product, outcome="not-in-stock")
    return visit


def panel(vendor, span=None):
    return asked_of(vendor, span or one_day(vendor.today()))


def things(asked):
    return [(each.of.product or each.of.text, each.of.people, each.of.lately, each.of.waiting) for each in asked.things]


def numbers(asked):
    return [each.number for each in asked.figures]


def address(vendor, day=None):
    return f"/green-corner/review/{day or vendor.today()}/asked/"


def tap(client, vendor, step, **more):
    body = {"uid": str(uuid4()), "step": step, **{name: str(value) for name, value in more.items()}}
    return client.post(address(vendor), body, headers={"HX-Request": "true"})


# --- the numbers


def test_asked_counts_different_people_and_each_unknown_one(vendor, mango):
    sunita = CustomerFactory(vendor=vendor)
    for customer in (sunita, sunita, CustomerFactory(vendor=vendor), None, None):
        wished(vendor, customer=customer, product=mango)
    assert things(panel(vendor)) == [(mango, 4, 4, 4)]
    assert numbers(panel(vendor)) == [4, 4, 0, 0]


def test_a_day_tells_its_own_and_the_thirty_until_then(vendor, mango):
    for ago in (0, 1, 29, 30):
        wished(vendor, DAY - ago * ONE_DAY, product=mango)
    wished(vendor, DAY + ONE_DAY, product=mango)
    wished(vendor, DAY, product=mango, outcome="undone", closed_at=timezone.now())
    wished(VendorFactory(), DAY)
    [found] = panel(vendor, one_day(DAY)).things
    assert (found.of.people, found.of.lately) == (1, 3)
    assert [(each.of.people, each.of.lately) for each in panel(vendor, week_of(DAY)).things] == [(3, 3)]


def test_who_asked_again_asked_on_that_day_too(vendor, mango):
    wish = wished(vendor, DAY - 40 * ONE_DAY, product=mango)
    again(wish, DAY)
    again(wished(vendor, product=mango), DAY - ONE_DAY)  # a mistaken clock: before it was asked
    assert things(panel(vendor, one_day(DAY))) == [(mango, 1, 1, 0)]


def test_words_are_one_thing_however_they_are_written(vendor, evening):
    wished(vendor, product=None, text="black rice")
    wished(vendor, product=None, text="Black  Rice")
    [found] = panel(vendor).things
    assert found.of.people == 2
    page = evening.get(address(vendor)).content.decode()
    assert "“black rice”" in page
    assert found.whom in page


def test_merged_product_is_what_stands_for_it(vendor, mango, owner):
    other = ProductFactory(vendor=vendor)
    wished(vendor, product=other)
    not_here(vendor, other)
    merge_products(product=other, into=mango, by=owner)
    wished(vendor, product=mango)
    [found] = panel(vendor).things
    assert (found.of.product, found.of.people, found.of.missing) == (mango, 2, 1)


def test_what_visits_found_none_of_is_counted_beside_it(vendor, mango, helper):
    wished(vendor, product=mango)
    not_here(vendor, mango)
    only = ProductFactory(vendor=vendor, name="Only")
    not_here(vendor, only)
    not_here(vendor, only, voided_at=timezone.now(), voided_by=helper)
    not_here(vendor, only, vendor.today() - ONE_DAY)
    found = panel(vendor)
    assert [(each.of.product, each.of.people, each.of.missing) for each in found.things] == [
        (mango, 1, 1),
        (only, 0, 1),
    ]
    assert numbers(found)[3] == 2


def test_what_nobody_asked_for_on_the_day_nor_waits_for_is_not_of_it(vendor, mango):
    wished(vendor, vendor.today() - 20 * ONE_DAY, product=mango)
    assert panel(vendor).things == []


def test_what_can_be_told_comes_first_then_what_most_asked_for(vendor):
    few, many, here = (ProductFactory(vendor=vendor, name=name) for name in ("A", "B", "C"))
    wished(vendor, product=few)
    for _ in range(2):
        wished(vendor, product=many)
    wished(vendor, product=here, came_in_at=timezone.now())
    assert [each.of.product for each in panel(vendor).things] == [here, many, few]


def test_things_and_people_beyond_the_most_are_told_as_more(vendor, evening, mango):
    for _ in range(MOST + 1):
        wished(vendor)
    for _ in range(MOST + 2):
        wished(vendor, product=mango)
    found = panel(vendor)
    assert (len(found.things), found.more) == (MOST, 2)
    assert len(found.things[0].others) == MOST
    assert "and 2 more" in evening.get(address(vendor)).content.decode()


def test_every_number_leads_to_exactly_its_rows(vendor, evening, mango, helper):
    today, sunita = vendor.today(), CustomerFactory(vendor=vendor)
    for customer in (sunita, sunita, None, None, CustomerFactory(vendor=vendor)):
        wished(vendor, customer=customer, product=mango)
    again(wished(vendor, today - 20 * ONE_DAY, product=mango), today)
    wished(vendor, today - 3 * ONE_DAY, product=mango, came_in_at=timezone.now())
    wished(vendor, today - 3 * ONE_DAY, customer=None, product=mango, came_in_at=timezone.now())
    wished(vendor, outcome="took", closed_at=timezone.now())
    wished(vendor, product=None, text="black rice")
    wished(vendor, today - 2 * ONE_DAY, product=None, text="Black  rice")
    not_here(vendor, mango)
    not_here(vendor, ProductFactory(vendor=vendor))

    def people_at(address):
        rows = [row.record for row in evening.get(address).context["table"].rows]
        return len({row.customer_id or f"wish {row.pk}" for row in rows})

    for span in (one_day(today), week_of(today), month_of(today)):
        found = panel(vendor, span)
        for figure in found.figures[:3]:
            assert people_at(figure.rows) == figure.number, figure.called
            said = evening.get(figure.rows).context["said"]
            assert said.startswith(f"{figure.number} "), figure.called
        lines = [(found.figures[3].number, found.figures[3].rows)]
        lines += [(each.of.missing, each.missing) for each in found.things if each.of.product]
        assert [evening.get(at).context["table"].paginator.count for _number, at in lines] == [n for n, _at in lines]
        for each in found.things:
            assert people_at(each.rows) == each.of.people
            assert people_at(each.lately) == each.of.lately
            assert people_at(each.waiting) == each.of.waiting


# --- one customer is not all


def regular(vendor):
    person = CustomerFactory(vendor=vendor)
    start, _end = vendor.day_bounds(vendor.today())
    for week in range(8):
        VisitFactory(customer=person, at=start + dt.timedelta(hours=7) - (1 + 7 * week) * ONE_DAY)
    return person


def test_trend_is_said_of_three_people_on_as_k_of_n_regulars(vendor, evening, mango):
    people = [regular(vendor) for _ in range(3)]
    tallying.recount_shop(vendor)
    for person in people[:2]:
        wished(vendor, customer=person, product=mango)
    page = evening.get(address(vendor)).content.decode()
    assert "a trend" not in page
    assert " regulars" not in page
    wished(vendor, product=mango)
    page = evening.get(address(vendor)).content.decode()
    assert "a trend" in page
    assert "2 of 3 regulars" in page
    assert "3 people in 30 days" in page


def test_one_loud_person_is_named(vendor, evening, mango):
    loud = CustomerFactory(vendor=vendor, name="Gurpreet")
    wish = wished(vendor, customer=loud, product=mango)
    assert "mostly" not in evening.get(address(vendor)).content.decode()
    wished(vendor, customer=None, product=mango)
    assert "mostly" not in evening.get(address(vendor)).content.decode()
    again(wish, vendor.today())
    assert "mostly Gurpreet" in evening.get(address(vendor)).content.decode()


# --- the next tap


def test_came_in_is_one_tap_and_then_there_is_whom_to_tell(vendor, evening, mango):
    sunita = CustomerFactory(vendor=vendor, name="Sunita")
    ContactPointFactory(customer=sunita, text="98200 12345", number="+919820012345")
    wish = wished(vendor, customer=sunita, product=mango)
    wished(vendor, customer=None, product=mango)
    page = tap(evening, vendor, "came-in", product=mango.uid)
    text = page.content.decode()
    assert "Mango came in. Now tell them." in text
    [thing] = page.context["asked"].things
    [row] = thing.to_tell
    assert (row.waits.customer, row.waits.wish.uid) == (sunita, wish.uid)
    assert row.message == "Namaste Sunita, the Mango you asked for has come in. – Green Corner"
    assert 'href="https://wa.me/919820012345?text=' in text
    assert 'href="tel:+919820012345"' in text
    assert 'value="came-in"' not in text
    assert numbers(page.context["asked"])[2] == 1


def test_told_is_one_tap_and_undone_in_place(vendor, evening, mango):
    wish = wished(vendor, customer=CustomerFactory(vendor=vendor, name="Sunita"), product=mango)
    tap(evening, vendor, "came-in", product=mango.uid)
    page = tap(evening, vendor, "told", wish=wish.uid)
    wish.refresh_from_db()
    assert wish.told_at
    assert "Told: Sunita, Mango." in page.content.decode()
    assert page.context["asked"].things[0].to_tell == []
    assert "✓ told" in page.content.decode()
    page = tap(evening, vendor, "undo", wish=wish.uid)
    wish.refresh_from_db()
    assert wish.told_at is None
    assert "Undone: Sunita, Mango." in page.content.decode()
    assert len(page.context["asked"].things[0].to_tell) == 1


def test_it_did_not_come_in_after_all(vendor, evening, mango):
    wish = wished(vendor, product=mango)
    page = tap(evening, vendor, "came-in", product=mango.uid)
    assert 'value="not-in"' in page.content.decode()
    page = tap(evening, vendor, "not-in", product=mango.uid)
    wish.refresh_from_db()
    assert wish.came_in_at is None
    assert "Mango is not here after all." in page.content.decode()
    assert 'value="not-in"' not in page.content.decode()


def test_what_was_asked_for_in_words_can_be_told_too(vendor, evening):
    wish = wished(vendor, product=None, text="black rice", customer=None)
    page = tap(evening, vendor, "told", wish=wish.uid)
    assert "Told: Somebody unknown, black rice." in page.content.decode()


def test_words_that_came_in_are_told_of_by_them(vendor):
    wished(vendor, product=None, text="black rice", came_in_at=timezone.now(), customer__name="Sunita")
    wished(vendor, product=None, text="black rice", came_in_at=timezone.now())
    row, _other = panel(vendor).things[0].to_tell
    assert "the black rice you asked for" in row.message


def test_step_sent_twice_is_taken_once(vendor, evening, mango):
    wish = wished(vendor, product=mango)
    for step, about in (
        ("came-in", {"product": mango.uid}),
        ("told", {"wish": wish.uid}),
        ("undo", {"wish": wish.uid}),
        ("not-in", {"product": mango.uid}),
    ):
        before, body = WishEdit.objects.count(), {"uid": str(uuid4()), "step": step, **about}
        for _ in range(2):
            assert evening.post(address(vendor), body, headers={"HX-Request": "true"}).status_code == 200
        assert WishEdit.objects.count() == before + 1, step


def test_another_step_under_the_same_uid_is_refused(vendor, evening, mango):
    wish = wished(vendor, product=mango)
    body = {"uid": str(uuid4()), "step": "told", "wish": str(wish.uid)}
    evening.post(address(vendor), body)
    page = evening.post(address(vendor), {**body, "step": "undo"}, headers={"HX-Request": "true"})
    assert page.status_code == 409
    assert "This form was saved before with other words." in page.content.decode()


def test_what_another_ended_meanwhile_is_told(vendor, evening, mango, helper):
    wish = wished(vendor, product=mango, came_in_at=timezone.now())
    fulfilling.drop(wish=wish, by=helper, uid=uuid4())
    page = tap(evening, vendor, "told", wish=wish.uid)
    assert page.status_code == 409
    assert "Somebody else has closed this wish meanwhile." in page.content.decode()


@pytest.mark.parametrize("body", [{}, {"step": "came-in"}, {"step": "told"}, {"step": "dance"}, {"wish": "none"}])
def test_form_that_is_not_whole_is_told_and_changes_nothing(vendor, evening, mango, body):
    wished(vendor, product=mango)
    page = tap(evening, vendor, **{"step": "undo", **body})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert not WishEdit.objects.exists()


def test_rows_of_another_shop_are_not_here(vendor, evening):
    theirs = WishFactory()
    assert tap(evening, vendor, "told", wish=theirs.uid).status_code == 422
    assert tap(evening, vendor, "came-in", product=theirs.product.uid).status_code == 422
    assert not WishEdit.objects.exists()
    assert Wish.objects.get().came_in_at is None


def test_without_script_the_answer_is_the_review_with_a_message(vendor, evening, mango):
    today = vendor.today()
    wished(vendor, product=mango)
    body = {"uid": str(uuid4()), "step": "came-in", "product": str(mango.uid)}
    answer = evening.post(address(vendor), body)
    assert (answer.status_code, answer.url) == (302, f"/green-corner/review/{today}/#asked")
    assert "Mango came in." in evening.get(answer.url).content.decode()
    answer = evening.post(f"{address(vendor)}?span=month", {**body, "uid": str(uuid4())})
    assert answer.url == f"/green-corner/review/month/{today}/#asked"


# --- the page


def test_empty_panel_says_what_will_stand_there(vendor, evening):
    page = evening.get(address(vendor)).content.decode()
    assert "Nobody asked for anything that was not here." in page
    assert "figures" not in page


def test_helper_has_no_review(vendor, counter):
    assert counter.get(address(vendor)).status_code == 403


def test_asked_asks_as_often_for_one_as_for_three(vendor):
    def queries():
        panel(vendor)
        with CaptureQueriesContext(connection) as found:
            panel(vendor)
        return len(found)

    def one_of_each():
        person = CustomerFactory(vendor=vendor)
        ContactPointFactory(customer=person)
        again(wished(vendor, customer=person, came_in_at=timezone.now()), vendor.today())
        wished(vendor)
        not_here(vendor, ProductFactory(vendor=vendor))

    one_of_each()
    one = queries()
    for _ in range(2):
        one_of_each()
    assert queries() == one <= 9
