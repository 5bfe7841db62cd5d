import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.merging import merge
from customers.models import Customer
from customers.preferences.merging import merge_products
from customers.preferences.models import NoticeAnswer, Preference
from customers.preferences.noticed_in_shop import EACH, noticed_in_shop, refused, remembered
from customers.preferences.remembering import remember
from customers.visits.forgetting import forget
from tests.customers.preferences.test_signs_in_shop import NOW, ONE_DAY, again, came, half_ripe
from tests.factories.customers import CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.preferences import NoticeAnswerFactory, PreferenceFactory
from tests.factories.vendors import ProductFactory

DAY = dt.date(2026, 11, 21)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def banana(vendor, sunita):
    """What Sunita takes half ripe."""
    product = ProductFactory(vendor=vendor, name="Banana")
    half_ripe(sunita, product)
    return product


def offers(vendor):
    """Who is asked what."""
    return [
        (who.name, what.product.name, what.manner, what.seen, what.of) for who, what in noticed_in_shop(vendor, NOW)
    ]


HALF_RIPE = ("Sunita", "Banana", "half ripe", 6, 6)


def test_what_was_noticed_is_offered_with_its_evidence(vendor, sunita, banana):
    assert offers(vendor) == [HALF_RIPE]
    noticed = remember(sunita, now=NOW).noticed
    assert (noticed.product, noticed.manner, noticed.seen, noticed.of) == (banana, *HALF_RIPE[2:])


@pytest.mark.parametrize(("kind", "text"), [("manner", "small"), ("dislikes", ""), ("avoids", "")])
def test_what_is_said_already_is_not_offered(vendor, sunita, banana, kind, text):
    told = PreferenceFactory(customer=sunita, product=banana, kind=kind, text=text)
    assert offers(vendor) == []
    Preference.objects.filter(pk=told.pk).update(removed_at=NOW)
    assert offers(vendor) == [HALF_RIPE]


@pytest.mark.parametrize(
    ("answer", "days", "is_offered"), [("no", None, False), ("later", 1, False), ("later", 0, True)]
)
def test_what_was_answered_is_offered_again_when_later_has_come(vendor, sunita, banana, answer, days, is_offered):
    until = None if days is None else DAY + days * ONE_DAY
    NoticeAnswerFactory(customer=sunita, product=banana, manner="Half ripe", answer=answer, until=until)
    assert offers(vendor) == [HALF_RIPE] * is_offered


def test_answer_of_another_person_counts_for_them_alone(vendor, banana):
    NoticeAnswerFactory(customer=CustomerFactory(vendor=vendor), product=banana, manner="half ripe")
    assert offers(vendor) == [HALF_RIPE]


def test_what_is_not_sold_any_more_is_not_offered(vendor, banana):
    banana.is_sold = False
    banana.save()
    assert offers(vendor) == []


def test_merged_product_is_offered_under_its_new_name_unless_answered_under_the_old_one(vendor, sunita, banana, owner):
    plantain = ProductFactory(vendor=vendor, name="Plantain")
    merge_products(product=banana, into=plantain, by=owner)
    assert offers(again(vendor)) == [("Sunita", "Plantain", "half ripe", 6, 6)]
    NoticeAnswerFactory(customer=sunita, product=banana, manner="half ripe")
    assert offers(vendor) == []


def test_merged_person_is_asked_under_their_own_name(vendor, sunita, banana, owner):
    rao = CustomerFactory(vendor=vendor, name="Mrs Rao")
    merge(customer=sunita, into=rao, by=owner, uid=rao.uid)
    assert offers(again(vendor)) == [("Mrs Rao", *HALF_RIPE[1:])]


def test_closed_and_forgotten_people_are_not_asked(vendor, sunita, banana):
    Customer.objects.filter(pk=sunita.pk).update(standing="closed", standing_reason="moved away")
    assert offers(vendor) == []
    Customer.objects.filter(pk=sunita.pk).update(standing="", standing_reason="")
    assert offers(vendor) == [HALF_RIPE]
    forget([sunita])
    assert offers(again(vendor)) == []


def test_what_must_never_be_brought_into_the_kitchen_is_not_offered_to_its_first(vendor, sunita, banana):
    household = HouseholdFactory(vendor=vendor)
    MembershipFactory(household=household, customer=sunita, decides=True, is_first=True)
    child = MembershipFactory(household=household).customer
    PreferenceFactory(customer=child, product=banana, kind="dislikes")
    assert offers(vendor) == [HALF_RIPE]
    PreferenceFactory(customer=child, product=banana, kind="avoids")
    assert offers(vendor) == []
    assert remember(sunita, now=NOW).noticed is None
    child.memberships.update(left_at=NOW)
    assert offers(vendor) == [HALF_RIPE]


def test_at_most_a_few_of_one_person_and_the_clearest_first(vendor, sunita):
    products = [ProductFactory(vendor=vendor, name=name) for name in ("Apple", "Banana", "Carrot", "Dill")]
    for ago in range(1, 7):
        came(
            sunita,
            NOW - ago * ONE_DAY,
            *[(each, "small" if ago > 1 or each == products[1] else "") for each in products],
        )
    assert offers(vendor) == [
        ("Sunita", "Banana", "small", 6, 6),
        ("Sunita", "Apple", "small", 5, 6),
        ("Sunita", "Carrot", "small", 5, 6),
    ]
    assert EACH == 3


def test_people_come_in_the_order_of_what_is_clearest(vendor, banana):
    onion = ProductFactory(vendor=vendor, name="Onion")
    for name, manner in (("Ahmed", ""), ("Zubin", ""), ("Leela", "small")):
        person = CustomerFactory(vendor=vendor, name=name)
        for ago in range(1, 11):
            had = ago > 1 or name == "Zubin"
            came(person, NOW - ago * ONE_DAY, *[(onion, manner)] * had)
    assert [(who, *rest) for who, _what, *rest in offers(vendor)] == [
        ("Leela", "small", 6, 6),
        ("Leela", "", 9, 10),
        ("Sunita", "half ripe", 6, 6),
        ("Zubin", "", 10, 10),
        ("Ahmed", "", 9, 10),
    ]


def test_number_of_statements_does_not_grow(vendor, sunita, banana):
    noticed_in_shop(vendor, NOW)
    with CaptureQueriesContext(connection) as one:
        noticed_in_shop(vendor, NOW)
    for _each in range(2):
        half_ripe(CustomerFactory(vendor=vendor), ProductFactory(vendor=vendor))
    noticed_in_shop(again(vendor), NOW)
    with CaptureQueriesContext(connection) as three:
        assert len(noticed_in_shop(vendor, NOW)) == 3
    assert len(three) == len(one)


def test_a_shop_without_visits_asks_nothing(vendor):
    assert noticed_in_shop(vendor, NOW) == []


def test_what_came_of_it_is_counted_by_the_days_of_the_shop(vendor, sunita, banana):
    seen = {"customer": sunita, "basis": "seen", "seen": 5, "seen_of": 6}
    start, end = vendor.day_bounds(DAY)
    kept = PreferenceFactory(**seen, product=banana, at=start)
    PreferenceFactory(**seen, product=ProductFactory(vendor=vendor), at=end)
    PreferenceFactory(**seen, product=ProductFactory(vendor=vendor), at=start, removed_at=end)
    PreferenceFactory(customer=sunita, product=ProductFactory(vendor=vendor), at=start)
    no = NoticeAnswerFactory(customer=sunita, product=banana, at=end - dt.timedelta(seconds=1))
    NoticeAnswerFactory(customer=sunita, product=banana, manner="ripe", at=end)
    NoticeAnswerFactory(customer=sunita, product=banana, manner="x", answer="later", until=DAY, at=start)
    assert (list(remembered(vendor, DAY, DAY)), list(refused(vendor, DAY, DAY))) == ([kept], [no])
    assert refused(vendor, DAY, DAY + ONE_DAY).count() == 2
    assert NoticeAnswer.objects.count() == 3
