import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.promises.models import Promise
from customers.promises.open_things import SHOWN, Kin, Names, OpenLine, OpenPromise, OpenThings, OpenWish, open_things
from tests.factories.customers import CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, PromiseLineFactory, WishFactory
from tests.factories.vendors import ProductFactory

NOW = timezone.now()

pytestmark = pytest.mark.django_db


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", name_hi="आम", unit="dozen")


def names(product):
    return Names(product.uid, product.name, product.name_hi, product.name_mr, product.pk)


def in_days(number):
    return NOW + dt.timedelta(days=number)


def test_open_things_of_somebody_without_any_are_none(sunita):
    PromiseFactory(customer__vendor=sunita.vendor)
    assert open_things(sunita, now=NOW) == OpenThings()


def test_open_promises_come_by_when_they_are_due_each_with_its_lines(sunita, mango):
    later = PromiseFactory(customer=sunita, side="theirs", text="", amount=Decimal("120.50"), due_at=in_days(3))
    order = PromiseFactory(customer=sunita, text="", has_lines=True, due_at=in_days(1), due_any_time=True, version=3)
    onion = ProductFactory(vendor=sunita.vendor)
    PromiseLineFactory(promise=order, product=mango, quantity=Decimal("1.5"), position=1, manner="ripe")
    PromiseLineFactory(promise=order, product=onion, position=0)
    lines = (OpenLine(names(onion), Decimal(2), "kg", ""), OpenLine(names(mango), Decimal("1.5"), "dozen", "ripe"))
    assert open_things(sunita, now=NOW).promises == [
        OpenPromise(order.uid, "ours", "", None, in_days(1), True, 3, lines),
        OpenPromise(later.uid, "theirs", "", Decimal("120.5"), in_days(3), False, 0, ()),
    ]


def test_promise_with_an_outcome_is_not_open(sunita):
    due = in_days(-1)
    PromiseFactory(customer=sunita, due_at=due, outcome=Promise.Outcome.BROKEN, closed_at=NOW)
    assert open_things(sunita, now=NOW).promises == []


def test_two_promises_due_at_one_moment_stay_two(sunita, mango):
    for _ in range(2):
        PromiseLineFactory(promise__customer=sunita, promise__has_lines=True, promise__due_at=NOW, product=mango)
    assert [len(promise.lines) for promise in open_things(sunita, now=NOW).promises] == [1, 1]


def test_open_problems_are_those_not_closed(sunita, mango):
    solved = ProblemFactory(customer=sunita, product=mango, remedy="replaced", remedied_at=NOW, is_hard=True)
    rude = ProblemFactory(customer=sunita, product=None, what="rude", text="to her father", was_said=False)
    ProblemFactory(customer=sunita, answer="right", asked_at=NOW, closed_at=NOW)
    assert [each._asdict() for each in open_things(sunita, now=NOW).problems] == [
        {
            **{"uid": solved.uid, "what": "soft", "text": "", "product": names(mango), "remedy": "replaced"},
            **{"happened_on": solved.happened_on, "is_hard": True, "was_said": True},
        },
        {
            **{"uid": rude.uid, "what": "rude", "text": "to her father", "product": None, "remedy": ""},
            **{"happened_on": rude.happened_on, "is_hard": False, "was_said": False},
        },
    ]


def test_wishes_that_came_in_are_first_and_those_out_of_date_are_left_out(sunita, mango):
    waits = WishFactory(customer=sunita, product=None, text="dragon fruit", quantity=2, unit="piece", asked_at=NOW)
    came = WishFactory(customer=sunita, product=mango, asked_at=in_days(-2), came_in_at=in_days(-1), told_at=NOW)
    WishFactory(customer=sunita, until=sunita.vendor.day_of(NOW) - dt.timedelta(days=1))
    assert open_things(sunita, now=NOW).wishes == [
        OpenWish(came.uid, "", names(mango), None, "", in_days(-2), in_days(-1), NOW),
        OpenWish(waits.uid, "dragon fruit", None, Decimal(2), "piece", NOW, None, None),
    ]


def test_kin_are_all_of_ones_households_the_first_before_the_others(sunita):
    home = HouseholdFactory(vendor=sunita.vendor, name="Rao kitchen")
    anu = MembershipFactory(household=home, customer__name="Anu", eats=False, collects=True, ask_first="no sweets")
    MembershipFactory(household=home, customer=sunita, decides=True, pays=True, is_first=True)
    MembershipFactory(household=home, left_at=NOW)
    MembershipFactory(household__vendor=sunita.vendor)
    expected = [
        Kin(home.uid, "Rao kitchen", sunita.uid, "Sunita", ("decides", "pays", "eats"), True, ""),
        Kin(home.uid, "Rao kitchen", anu.customer.uid, "Anu", ("collects",), False, "no sweets"),
    ]
    assert open_things(sunita, now=NOW).kin == expected
    assert open_things(anu.customer, now=NOW).kin == expected


def test_who_left_a_household_has_no_kin_there(sunita):
    home = HouseholdFactory(vendor=sunita.vendor)
    MembershipFactory(household=home, decides=True, is_first=True)
    MembershipFactory(household=home, customer=sunita, left_at=NOW)
    assert open_things(sunita, now=NOW).kin == []


def test_of_many_things_the_most_needed_are_read_in_one_query(sunita, mango, django_assert_num_queries):
    for number in range(SHOWN + 2):
        PromiseLineFactory(promise__customer=sunita, promise__due_at=in_days(number), product=mango)
        ProblemFactory(customer=sunita, product=mango)
        WishFactory(customer=sunita, product=mango)
    with django_assert_num_queries(1):
        found = open_things(sunita, now=NOW)
    assert [len(found.promises), len(found.problems), len(found.wishes)] == [SHOWN, SHOWN, SHOWN]
    assert found.promises[0].due_at == NOW


@pytest.mark.parametrize(("language", "name"), [("hi", "आम"), ("hi-in", "आम"), ("mr", "Mango"), ("en", "Mango")])
def test_names_answer_in_the_language_asked_for_or_the_shops_own(mango, language, name):
    assert names(mango).name_in(language) == name == mango.name_in(language)
