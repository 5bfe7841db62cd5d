import datetime as dt
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from customers.visits.basket import NOT_IN_THE_HOUSEHOLD, BasketForm, Entry
from customers.visits.models import VisitLine
from customers.visits.recording import Line
from tests.factories.customers import HouseholdFactory, MembershipFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

TAKEN, NOT_IN_STOCK = VisitLine.Outcome.TAKEN, VisitLine.Outcome.NOT_IN_STOCK
NOT_SAVED = "Not saved yet: look at the marked amounts. Everything you typed is still here."


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", step=Decimal("0.5"))


@pytest.fixture
def banana(vendor):
    return ProductFactory(vendor=vendor, name="Banana", unit="piece")


def sent(vendor, *fields, **said):
    """The form of a card that was sent with these fields: pairs of name and value, in their order."""
    data = QueryDict(mutable=True)
    for name, value in [("uid", str(uuid4())), *said.items(), *fields]:
        data.appendlist(name, value)
    return BasketForm(data, vendor=vendor)


def take(product, text):
    return f"take.{product.uid}", text


def manner(product, text):
    return f"manner.{product.uid}", text


def none(product):
    return f"none.{product.uid}", "1"


# --- what was taken


def test_lines_are_what_was_typed_in_the_order_it_was_sent(vendor, onion, banana):
    form = sent(vendor, take(banana, "6"), manner(banana, " half ripe "), take(onion, "1.5"), note=" for Anu ")
    assert form.is_valid()
    assert form.lines == [Line(banana, Decimal(6), TAKEN, "half ripe"), Line(onion, Decimal("1.5"))]
    assert form.cleaned_data["note"] == "for Anu"


def test_not_here_today_is_a_line_of_one_step(vendor, onion):
    form = sent(vendor, none(onion), manner(onion, "small"))
    assert form.is_valid()
    assert form.lines == [Line(onion, Decimal("0.5"), NOT_IN_STOCK, "small")]


def test_empty_basket_is_a_visit(vendor, onion):
    form = sent(vendor, take(onion, "  "), manner(onion, "small"))
    assert form.is_valid()
    assert (form.lines, form.cleaned_data["at"], form.cleaned_data["channel"]) == ([], None, "counter")


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        *[("2", "2"), ("1.5", "1.5"), ("1,5", "1.5"), ("0,25", "0.25"), (" 2 ", "2"), ("+2", "2"), (".5", "0.5")],
        *[("२", "2"), ("१.५", "1.5"), ("१,५", "1.5"), ("٢", "2"), ("2.000", "2"), ("9999", "9999"), ("0.001", "0.001")],
    ],
)
def test_quantity_is_read_as_people_type_it(vendor, onion, text, quantity):
    form = sent(vendor, take(onion, text))
    assert form.is_valid()
    assert form.lines == [Line(onion, Decimal(quantity))]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("0", "Write how much, more than 0, or leave it empty."),
        ("-2", "Write how much, more than 0, or leave it empty."),
        ("9999999", "That is too much for one visit. The most is 9999."),
        ("1" * 10_000, "That is too much for one visit. The most is 9999."),
        ("1e999999", "That is too much for one visit. The most is 9999."),
        ("0.0001", "At most three digits after the point."),
        ("1e-999999", "At most three digits after the point."),
        ("0." + "1" * 10_000, "At most three digits after the point."),
        ("1,500", "“1,500” cannot be read. Write a number like 1.5"),
        ("9,999,999", "“9,999,999” cannot be read. Write a number like 1.5"),
        ("two kilo", "“two kilo” cannot be read. Write a number like 1.5"),
        ("x" * 10_000, f"“{'x' * 20}” cannot be read. Write a number like 1.5"),
        ("2\0", "“2\0” cannot be read. Write a number like 1.5"),
        ("NaN", "“NaN” cannot be read. Write a number like 1.5"),
        ("sNaN", "“sNaN” cannot be read. Write a number like 1.5"),
        ("-Infinity", "“-Infinity” cannot be read. Write a number like 1.5"),
        ("1e99999999999999999999", "“1e999999999999999999” cannot be read. Write a number like 1.5"),
        ("½", "“½” cannot be read. Write a number like 1.5"),
        ("2 kg", "“2 kg” cannot be read. Write a number like 1.5"),
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_quantity_that_cannot_be_is_marked_and_everything_stays(vendor, onion, banana, text, error):
    form = sent(vendor, take(onion, text), manner(onion, "small"), take(banana, "6"), note="for Anu")
    assert form.non_field_errors() == [NOT_SAVED]
    assert form.entries == {
        onion.uid: Entry(onion, take=text, manner="small", error=error),
        banana.uid: Entry(banana, take="6"),
    }
    assert form["note"].value() == "for Anu"


@pytest.mark.parametrize("text", ["x" * 61, "x" * 10_000, "half\0ripe"], ids=["61", "10000", "nul"])
def test_manner_that_cannot_be_is_marked_and_stays(vendor, onion, text):
    form = sent(vendor, take(onion, "2"), manner(onion, text))
    assert form.non_field_errors() == [NOT_SAVED]
    error = "Say it shorter: at most 60 letters."
    assert form.entries == {onion.uid: Entry(onion, take="2", manner=text, error=error)}
    assert form.lines == []


@pytest.mark.parametrize("text", ["x" * 501, "x" * 10_000, "for\0Anu"], ids=["501", "10000", "nul"])
def test_note_that_cannot_be_is_refused_once_and_stays(vendor, onion, text):
    form = sent(vendor, take(onion, "2"), note=text)
    assert list(form.errors) == ["note"]
    assert len(form.errors["note"]) == 1
    assert (form["note"].value(), form.entries[onion.uid].take) == (text, "2")


# --- products


def test_product_of_another_shop_is_left_out_and_told(vendor, onion):
    stranger = ProductFactory(name="Secret")
    form = sent(vendor, take(onion, "2"), take(stranger, "3"))
    assert form.non_field_errors() == [
        "A product is not in this shop and was left out. Check the basket, then tap DONE."
    ]
    assert form.entries == {onion.uid: Entry(onion, take="2")}
    assert [line.product for line in form.lines] == [onion]
    assert "Secret" not in str(form.errors)


def test_product_with_nothing_typed_is_not_looked_for(vendor, onion):
    stranger = ProductFactory()
    form = sent(vendor, take(stranger, ""), take(onion, ""))
    assert form.is_valid()
    assert form.entries == {}


def test_product_not_sold_any_more_can_still_be_taken(vendor):
    last = ProductFactory(vendor=vendor, is_sold=False)
    assert sent(vendor, take(last, "1")).is_valid()


def test_same_product_twice_is_one_line_of_the_last_that_was_typed(vendor, onion):
    form = sent(vendor, take(onion, "2"), take(onion, "3"))
    assert form.is_valid()
    assert form.lines == [Line(onion, Decimal(3))]


@pytest.mark.parametrize("spelt", [str.upper, lambda uid: uid.replace("-", ""), "{{{}}}".format, "urn:uuid:{}".format])
def test_uid_of_a_product_spelt_otherwise_is_the_same_product(vendor, onion, spelt):
    form = sent(vendor, (f"take.{spelt(str(onion.uid))}", "2"), manner(onion, "small"))
    assert form.is_valid()
    assert form.lines == [Line(onion, Decimal(2), TAKEN, "small")]


@pytest.mark.parametrize(
    "name", ["take.", "take", "take.7", "take.\0", "take.x.y", "manner." + "f" * 10_000, "taken.1"]
)
def test_field_that_names_no_product_is_nothing(vendor, name):
    form = sent(vendor, (name, "2"))
    assert form.is_valid()
    assert (form.entries, form.unknown) == ({}, False)


def test_card_of_many_products_asks_for_them_in_one_query(vendor, django_assert_num_queries):
    for many in (1, 30):
        products = ProductFactory.create_batch(many, vendor=vendor)
        with django_assert_num_queries(1):
            assert len(sent(vendor, *(take(product, "1") for product in products)).entries) == many


# --- the visit itself


@pytest.mark.parametrize("uid", ["", "7", "\0", "x" * 36, "1" * 10_000], ids=lambda uid: ascii(uid[:9]))
def test_malformed_uid_is_refused_and_the_form_can_be_sent_again(vendor, onion, uid):
    data = QueryDict(mutable=True)
    data.update({"uid": uid, f"take.{onion.uid}": "2", "note": "for Anu"})
    form = BasketForm(data, vendor=vendor)
    assert list(form.errors) == ["uid"]
    assert UUID(form["uid"].value())
    assert (form.entries[onion.uid].take, form["note"].value()) == ("2", "for Anu")


def test_each_card_has_a_uid_of_its_own(vendor):
    one, other = (BasketForm(vendor=vendor)["uid"].value() for _ in range(2))
    assert one != other


def at(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def test_time_is_read_by_the_shops_clock(vendor):
    with timezone.override(vendor.tz):
        served = timezone.localtime().replace(microsecond=0) - dt.timedelta(hours=3)
        form = sent(vendor, at=at(served), channel="phone")
        assert form.is_valid()
    assert (form.cleaned_data["at"], form.cleaned_data["channel"]) == (served, "phone")


@pytest.mark.parametrize(
    ("away", "error"),
    [
        (dt.timedelta(minutes=4), None),
        (dt.timedelta(minutes=6), "That time has not come yet. Leave it empty for now."),
        (dt.timedelta(days=365 * 100), "That time has not come yet. Leave it empty for now."),
        (-dt.timedelta(days=365), None),
        (-dt.timedelta(days=367), "That is more than a year ago. Old visits are imported from a file."),
    ],
)
def test_time_that_cannot_be_is_refused_and_stays(vendor, onion, away, error):
    said = at(timezone.now() + away)
    form = sent(vendor, take(onion, "2"), at=said)
    assert form.errors == ({"at": [error]} if error else {})
    assert (form["at"].value(), form.entries[onion.uid].take) == (said, "2")


@pytest.mark.parametrize(
    "said", ["tomorrow", "2026-13-45T99:99", "\0", "9" * 10_000, "0001-01-01T00:00", "9999-12-31T23:59", "२०२६"]
)
def test_time_that_cannot_be_read_is_refused_and_stays(vendor, said):
    with timezone.override(vendor.tz):
        form = sent(vendor, at=said)
        assert list(form.errors) == ["at"]
    assert form["at"].value() == said


@pytest.mark.parametrize("channel", ["pigeon", "\0", "x" * 10_000], ids=lambda channel: ascii(channel[:9]))
def test_unknown_channel_is_refused(vendor, channel):
    assert list(sent(vendor, channel=channel).errors) == ["channel"]


# --- filling in


def test_fill_puts_the_lines_of_another_visit_over_what_is_typed(vendor, onion, banana):
    taken = VisitLineFactory(visit__customer__vendor=vendor, product=onion, quantity=Decimal("1.500"), manner="small")
    missing = VisitLineFactory(visit=taken.visit, product=banana, outcome=NOT_IN_STOCK)
    carrot = ProductFactory(vendor=vendor, name="Carrot")
    form = sent(vendor, take(onion, "9"), take(carrot, "1"))
    form.fill([taken, missing])
    assert form.entries == {
        onion.uid: Entry(onion, take="1.5", manner="small"),
        carrot.uid: Entry(carrot, take="1"),
        banana.uid: Entry(banana, take="1", none=True),
    }


# --- whatever is sent

names = st.sampled_from(["uid", "note", "at", "channel", "take", "none", "manner"]) | st.text(max_size=30)
texts = st.text(max_size=80) | st.text("0123456789०१.,eE+-_ ", max_size=30) | st.datetimes().map(dt.datetime.isoformat)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    visit=st.lists(st.tuples(names, texts), max_size=8),
    of_onion=st.lists(texts, max_size=3),
    uid=texts | st.uuids().map(str),
)
@example(visit=[("at", "0001-01-01T00:00"), ("take.", "1")], of_onion=["1e-99999999", "x", "0"], uid="{}")
def test_any_form_is_read_or_refused_with_all_that_was_typed(vendor, onion, visit, of_onion, uid):
    product_fields = [
        (f"{kind}.{onion.uid}", text) for kind, text in zip(("take", "manner", "none"), of_onion, strict=False)
    ]
    with timezone.override(vendor.tz):
        form = sent(vendor, ("uid", uid), *visit, *product_fields)
        valid = form.is_valid()
    if any(of_onion):
        assert form.entries[onion.uid].take == of_onion[0]
    for line in form.lines:
        assert 0 < line.quantity <= VisitLine.MOST_AT_ONCE
        assert len(line.manner) <= VisitLine.LONGEST_MANNER
    assert valid or form.errors


def test_what_was_not_here_keeps_how_much_was_asked_for(vendor, onion):
    form = sent(vendor, take(onion, "3"), (f"none.{onion.uid}", "1"))
    assert form.is_valid()
    assert [(line.quantity, line.outcome) for line in form.lines] == [(Decimal(3), NOT_IN_STOCK)]


# --- who stands here


@pytest.fixture
def kitchen(vendor):
    """A household, whose first is given by `MembershipFactory`."""
    return HouseholdFactory(vendor=vendor)


def collected(vendor, customer, who, **so_far):
    data = QueryDict(mutable=True)
    data.update({"uid": str(uuid4()), "note": "for Anu", "collected_by": who})
    return BasketForm(data, vendor=vendor, customer=customer, **so_far)


def test_who_stands_here_is_one_of_the_household(vendor, kitchen):
    first = MembershipFactory(household=kitchen, is_first=True, decides=True).customer
    child = MembershipFactory(household=kitchen).customer
    form = collected(vendor, first.uid, str(child.uid))
    assert form.is_valid()
    assert form.cleaned_data["collected_by"] == child


def test_who_stands_here_for_themselves_is_nobody_else(vendor, kitchen):
    first = MembershipFactory(household=kitchen).customer
    for said in ("", str(first.uid)):
        form = collected(vendor, first.uid, said)
        assert form.is_valid()
        assert form.cleaned_data["collected_by"] is None


def _of_another_household(vendor, kitchen):
    return MembershipFactory(household=HouseholdFactory(vendor=vendor)).customer


def _who_left(vendor, kitchen):
    left = MembershipFactory(household=kitchen, left_at=timezone.now()).customer
    return MembershipFactory(household=HouseholdFactory(vendor=vendor), customer=left).customer


def _of_another_shop(vendor, kitchen):
    return MembershipFactory().customer


@pytest.mark.parametrize("who", [_of_another_household, _who_left, _of_another_shop])
def test_who_stands_here_and_is_not_of_the_household_is_told(vendor, kitchen, who):
    first = MembershipFactory(household=kitchen).customer
    form = collected(vendor, first.uid, str(who(vendor, kitchen).uid))
    assert not form.is_valid()
    assert form.errors == {"collected_by": [NOT_IN_THE_HOUSEHOLD]}
    assert form["note"].value() == "for Anu"


@pytest.mark.parametrize("typed", ["17", "\0", "x" * 10_000, "🥭"])
def test_who_stands_here_that_cannot_be_read_is_told(vendor, kitchen, typed):
    form = collected(vendor, MembershipFactory(household=kitchen).customer.uid, typed)
    assert not form.is_valid()
    assert list(form.errors) == ["collected_by"]


def test_one_who_left_the_household_may_have_collected_this(vendor, kitchen):
    first, left = MembershipFactory(household=kitchen).customer, _who_left(vendor, kitchen)
    form = collected(vendor, first.uid, str(left.uid), collector=left)
    assert form.is_valid()
    assert form.cleaned_data["collected_by"] == left


def test_one_who_left_the_household_since_it_was_sent_answers_as_at_first(vendor, kitchen):
    first, left = MembershipFactory(household=kitchen).customer, _who_left(vendor, kitchen)
    form = collected(vendor, first.uid, str(left.uid))
    VisitFactory(customer=first, uid=form.data["uid"], collected_by=left)
    assert form.is_valid()
    assert form.cleaned_data["collected_by"] == left


def test_one_who_was_forgotten_since_it_was_sent_is_told(vendor, kitchen):
    first = MembershipFactory(household=kitchen).customer
    form = collected(vendor, first.uid, str(uuid4()))
    VisitFactory(customer=first, uid=form.data["uid"])
    assert not form.is_valid()
    assert form.errors == {"collected_by": [NOT_IN_THE_HOUSEHOLD]}


def test_card_without_a_customer_has_nobody_else(vendor, kitchen):
    assert not collected(vendor, None, str(MembershipFactory(household=kitchen).customer.uid)).is_valid()
