import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from customers.models import Customer
from customers.preferences.noticing import Noticed
from customers.preferences.remembering import (
    LINES,
    SHOWN_VISITS,
    SUGGESTED,
    VISITS,
    PastProduct,
    RememberedVisit,
    known_of,
    manners_known,
    visits_of,
)
from customers.preferences.remembering import remember as remember_counted
from customers.preferences.suggesting import Instead, Suggestion, Why
from customers.visits import tallying
from tests.factories.customers import CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

TILES = 12
NOW = timezone.now().replace(microsecond=123456)


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def banana(vendor):
    return ProductFactory(vendor=vendor, name="Banana", unit="piece", step=Decimal(6))


def visit(customer, *products, days=0, note="", **line):
    made = VisitFactory(customer=customer, at=NOW - dt.timedelta(days=days), note=note)
    for position, product in enumerate(products):
        VisitLineFactory(visit=made, product=product, position=position, **line)
    return made


def remember(customer, now=NOW):
    """As the shop remembers after all of its visits were counted, which the factories do not do."""
    tallying.recount_shop(customer.vendor)
    return remember_counted(Customer.objects.get(pk=customer.pk), now=now)


def names(memory):
    return [suggestion.product.name for suggestion in memory.usual]


def suggestion(product, probability, **known):
    said = {"quantity": product.step, "manner": "", "why": Why.OWN, "times": 0, "of": 0}
    shop = {"in_season": True, "is_missing": False, "instead": None}
    return Suggestion(product=product, probability=probability, **{**said, **shop, **known})


def test_remember_gives_the_usual_with_quantity_manner_and_reason(customer, onion, banana):
    visit(customer, onion, days=2, quantity=Decimal(2))
    visit(customer, onion, banana, days=1, quantity=Decimal("1.5"), manner="small")
    visit(customer, onion, quantity=Decimal(2), manner="small")
    onions, bananas = remember(customer, now=NOW).usual
    assert onions == suggestion(onion, onions.probability, quantity=Decimal(2), manner="small", times=3, of=3)
    assert bananas == suggestion(banana, bananas.probability, quantity=Decimal("1.5"), manner="small", times=1, of=3)
    assert 0 < bananas.probability < onions.probability <= 1


def test_remember_gives_the_step_for_what_was_never_taken(customer, banana):
    VisitLineFactory(visit__customer=CustomerFactory(vendor=customer.vendor), product=banana)
    (found,) = remember(customer, now=NOW).usual
    assert found == suggestion(banana, 1.0, quantity=Decimal(6), why=Why.NEW)


def test_remember_gives_the_step_when_the_unit_has_changed(customer, banana):
    visit(customer, banana, quantity=Decimal(500), unit="g")
    assert remember(customer, now=NOW).usual[0].quantity == Decimal(6)


def test_remember_forgets_voided_visits(customer, onion):
    VisitLineFactory(visit=VisitFactory(customer=customer, voided_at=NOW), product=onion)
    memory = remember(customer, now=NOW)
    assert (memory.usual, memory.last_visits) == ([], [])


@pytest.mark.parametrize("kind", ["allergy", "avoids", "dislikes"])
def test_remember_never_offers_what_is_not_wanted(customer, onion, banana, kind):
    visit(customer, onion, banana)
    PreferenceFactory(customer=customer, product=onion, kind=kind, consent_at=NOW)
    assert names(remember(customer, now=NOW)) == ["Banana"]


def test_remember_never_offers_what_is_unwanted_because_it_is_popular(customer, onion):
    VisitLineFactory(visit__customer=CustomerFactory(vendor=customer.vendor), product=onion)
    PreferenceFactory(customer=customer, product=onion, kind="avoids")
    assert names(remember(customer, now=NOW)) == []


def test_remember_never_offers_what_is_not_wanted_to_who_takes_much(customer, vendor, onion):
    visit(customer, onion, *(ProductFactory(vendor=vendor) for _ in range(TILES)))
    PreferenceFactory(customer=customer, product=onion, kind="dislikes")
    usual = names(remember(customer, now=NOW))
    assert len(usual) == TILES
    assert "Onion" not in usual


def test_remember_offers_again_what_is_no_longer_avoided(customer, onion):
    visit(customer, onion)
    PreferenceFactory(customer=customer, product=onion, kind="avoids", removed_at=NOW)
    assert names(remember(customer, now=NOW)) == ["Onion"]


def test_remember_leaves_out_what_is_no_longer_sold(customer, vendor, onion):
    gone = ProductFactory(vendor=vendor, is_sold=False)
    visit(customer, onion, gone)
    PreferenceFactory(customer=customer, product=gone, kind="likes")
    memory = remember(customer, now=NOW)
    assert names(memory) == ["Onion"]
    assert [line.product for line in memory.last_visits[0].lines] == [onion, gone]


def test_remember_raises_what_is_liked(customer, vendor, onion, banana):
    others = [ProductFactory(vendor=vendor, name=f"Other {n}") for n in range(TILES)]
    visit(customer, onion, *others)
    visit(customer, banana, *others, days=1)
    assert names(remember(customer, now=NOW))[-2:] == ["Onion", "Banana"]
    PreferenceFactory(customer=customer, product=banana, kind="likes")
    usual = names(remember(customer, now=NOW))
    assert usual.index("Banana") < usual.index("Onion")


def test_remember_lets_a_told_manner_beat_a_seen_one(customer, onion):
    visit(customer, onion, manner="big")
    PreferenceFactory(customer=customer, product=onion, kind="manner", text="small", at=NOW - dt.timedelta(days=9))
    PreferenceFactory(customer=customer, product=onion, kind="manner", text="firm", basis="seen", seen=5, seen_of=6)
    assert remember(customer, now=NOW).usual[0].manner == "small"


def test_remember_fills_the_tiles_with_what_is_popular(customer, vendor, onion):
    visit(customer, onion)
    neighbour = CustomerFactory(vendor=vendor)
    for rank in range(TILES + 3):
        product = ProductFactory(vendor=vendor, name=f"Popular {rank}")
        for days in range(TILES + 3 - rank):
            VisitLineFactory(visit=VisitFactory(customer=neighbour, at=NOW - dt.timedelta(days=days)), product=product)
    usual = remember(customer, now=NOW).usual
    assert [each.product.name for each in usual] == ["Onion", *(f"Popular {rank}" for rank in range(TILES + 3))]
    assert [each.why for each in usual] == [Why.OWN, *[Why.POPULAR] * (TILES + 3)]


def test_remember_does_not_learn_what_is_popular_in_another_shop(customer):
    VisitLineFactory()
    assert remember(customer, now=NOW).usual == []


def test_remember_gives_so_many_of_their_own(customer, vendor):
    visit(customer, *(ProductFactory(vendor=vendor) for _ in range(SUGGESTED + 2)))
    assert len(remember(customer, now=NOW).usual) == SUGGESTED


def test_remember_shows_the_last_visits_as_they_were(customer, onion, banana):
    first = visit(customer, days=400, note="came, took nothing")
    last = visit(customer, onion, banana, quantity=Decimal("0.25"), manner="small", outcome="replaced")
    assert remember(customer, now=NOW).last_visits == [
        RememberedVisit(
            last.uid,
            last.at,
            "",
            (
                PastProduct(onion, Decimal("0.25"), "kg", "replaced", "small"),
                PastProduct(banana, Decimal("0.25"), "piece", "replaced", "small"),
            ),
        ),
        RememberedVisit(first.uid, first.at, "came, took nothing", ()),
    ]


def test_remember_reads_a_time_without_microseconds(customer):
    made = VisitFactory(customer=customer, at=dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC))
    assert remember(customer, now=NOW).last_visits[0].at == made.at


def test_remember_keeps_two_visits_of_the_same_time_apart(customer, onion, banana):
    visit(customer, onion, banana)
    visit(customer, banana, onion)
    last_visits = remember(customer, now=NOW).last_visits
    assert [[line.product for line in past.lines] for past in last_visits] == [[banana, onion], [onion, banana]]


def test_remember_bounds_what_it_reads(customer, onion, banana):
    for days in range(VISITS + 5):
        visit(customer, onion, days=days)
    VisitLineFactory(visit=VisitFactory(customer=customer, at=NOW - dt.timedelta(days=VISITS + 5)), product=banana)
    memory = remember(customer, now=NOW)
    assert names(memory) == ["Onion", "Banana"]  # popular only, as if they had never had it
    assert memory.usual[1].why == Why.POPULAR
    assert len(memory.last_visits) == SHOWN_VISITS
    assert memory.last_visits[-1].at == NOW - dt.timedelta(days=SHOWN_VISITS - 1)


def test_remember_reads_no_more_lines_than_it_may(customer, onion):
    for days in range(9):
        visit(customer, *[onion] * 50, days=days)
    assert (remember(customer, now=NOW).usual[0].times, LINES // 50) == (8, 8)


def test_remember_offers_what_was_noticed(customer, onion):
    for days in range(6):
        visit(customer, onion, days=days, manner="small" if days else "")
    found = remember(customer, now=NOW).noticed
    assert found == Noticed(onion, "small", 5, 6, found.uid)


def test_remember_puts_allergies_first_and_the_rest_apart(customer, onion):
    wish = PreferenceFactory(customer=customer, product=None, kind="wish", text="call first")
    never = PreferenceFactory(customer=customer, product=onion, kind="avoids")
    allergy = PreferenceFactory(customer=customer, product=None, kind="allergy", text="peanuts", consent_at=NOW)
    PreferenceFactory(customer=customer, product=onion, kind="likes", removed_at=NOW)
    PreferenceFactory(customer__vendor=customer.vendor)
    memory = remember(customer, now=NOW)
    assert memory.must_never == [allergy, never]
    assert memory.preferences == [wish]
    assert [each.preference for each in memory.known] == [allergy, never, wish]


def test_known_says_what_should_be_asked_again(customer, onion):
    PreferenceFactory(customer=customer, product=onion, at=NOW - dt.timedelta(days=181))
    assert [each.is_stale for each in known_of(customer, now=NOW)] == [True]
    assert [each.is_stale for each in known_of(customer, now=NOW - dt.timedelta(days=2))] == [False]


def test_known_names_the_product_in_the_language_of_the_page(customer, onion):
    onion.name_hi = "प्याज़"
    onion.save()
    PreferenceFactory(customer=customer, product=onion)
    PreferenceFactory(customer=customer, product=None, text="call first", kind="wish")
    with translation.override("hi"):
        assert [each.product_name for each in known_of(customer, now=NOW)] == ["प्याज़", ""]


def test_manners_known_puts_those_of_the_product_first(customer, vendor, onion, banana):
    visit(customer, onion, manner="small")
    for days in range(3):
        visit(customer, banana, days=days, manner="Half ripe")
        visit(customer, banana, days=days, manner="ripe" if days else "")
    VisitLineFactory(manner="of another shop")
    assert manners_known(vendor, onion) == ["small", "half ripe", "ripe"]


def _everything(customer, visits, preferences):
    """A card that needs every query: a sign that was not answered."""
    banana = ProductFactory(vendor=customer.vendor)
    for days in range(visits):
        visit(customer, banana, days=days, manner="half ripe")
    for _ in range(preferences):
        PreferenceFactory(customer=customer)


@pytest.mark.parametrize(("visits", "preferences"), [(6, 1), (18, 3)])
def test_remember_takes_five_queries_at_most(customer, visits, preferences, django_assert_num_queries):
    _everything(customer, visits, preferences)
    remember(customer, now=NOW)  # the first of the day also reads what the shop wanted before
    person = Customer.objects.select_related("vendor").get(pk=customer.pk)
    with django_assert_num_queries(5):
        remember_counted(person, now=NOW)


@pytest.mark.sqlite
def test_no_query_of_remember_scans_a_growing_table(customer, vendor, banana):
    _everything(customer, 6, 1)
    tallying.recount_shop(vendor)
    person = Customer.objects.select_related("vendor").get(pk=customer.pk)
    with CaptureQueriesContext(connection) as queries:
        remember_counted(person, now=NOW)
        manners_known(vendor, banana)
    plans = [step for query in queries.captured_queries for step in _plan(query["sql"])]
    assert any(step.startswith("SEARCH visits_visit") for step in plans)
    assert {step for step in plans if step.startswith("SCAN")} == {"SCAN latest", "SCAN lines"}  # the visits just found


def _plan(sql):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [row[3] for row in cursor.fetchall()]


def test_remember_says_what_is_in_season(customer, vendor, onion, banana):
    """Some weeks of mangoes after a quarter without; onions all the time."""
    mango, neighbour = ProductFactory(vendor=vendor, name="Mango"), CustomerFactory(vendor=vendor)
    for days in range(1, 100):
        visit(neighbour, onion, banana, *([mango] * (days < 20)), days=days)
        visit(customer, onion, days=days)
    found = {each.product.name: each.why for each in remember(customer, now=NOW).usual}
    assert found == {"Onion": Why.OWN, "Mango": Why.SEASON, "Banana": Why.POPULAR}


def test_remember_says_what_is_not_there_today_and_what_they_take_instead(customer, vendor, onion, banana):
    shallot = ProductFactory(vendor=vendor, name="Shallot")
    for days in (3, 5):
        past = visit(customer, onion, days=days, outcome="not-in-stock")
        VisitLineFactory(visit=past, product=shallot, position=1)
    visit(customer, onion, banana, days=1)
    visit(CustomerFactory(vendor=vendor), onion, outcome="not-in-stock")
    usual = {each.product.name: each for each in remember(customer, now=NOW).usual}
    assert {name: each.is_missing for name, each in usual.items()} == {"Onion": True, "Banana": False, "Shallot": False}
    assert usual["Onion"].instead == Instead(shallot, 2, 2)


@pytest.mark.parametrize("kind", ["allergy", "avoids", "dislikes"])
def test_remember_never_says_to_take_instead_what_is_not_wanted(customer, vendor, onion, kind):
    shallot = ProductFactory(vendor=vendor, name="Shallot")
    past = visit(customer, onion, days=3, outcome="not-in-stock")
    VisitLineFactory(visit=past, product=shallot, position=1, outcome="replaced")
    visit(customer, onion, outcome="not-in-stock")
    assert remember(customer, now=NOW).usual[0].instead == Instead(shallot, 1, 2)
    PreferenceFactory(customer=customer, product=shallot, kind=kind, consent_at=NOW)
    assert [each.instead for each in remember(customer, now=NOW).usual] == [None]


def test_remember_knows_when_it_is_there_again(customer, vendor, onion):
    visit(customer, onion, days=1)
    neighbour = CustomerFactory(vendor=vendor)
    for minutes, outcome in ((20, "not-in-stock"), (10, "taken")):
        made = VisitFactory(customer=neighbour, at=NOW - dt.timedelta(minutes=minutes))
        VisitLineFactory(visit=made, product=onion, outcome=outcome)
    assert [each.is_missing for each in remember(customer, now=NOW).usual] == [False]


def test_remember_says_what_is_out_of_season(customer, vendor, onion):
    month = NOW.month % 12 + 1
    mango = ProductFactory(vendor=vendor, name="Mango", season_from=month, season_to=month)
    visit(customer, onion, mango, days=1)
    assert {each.product.name: each.in_season for each in remember(customer, now=NOW).usual} == {
        "Onion": True,
        "Mango": vendor.today().month == month,
    }


def test_remember_learns_nothing_of_the_future(customer, onion):
    visit(customer, onion, days=-2)
    memory = remember(customer, now=NOW)
    assert (memory.usual, memory.last_visits) == ([], [])


# --- what others of the household have to do with it


@pytest.fixture
def kitchen(customer):
    """The household whose visits stand under the customer's name."""
    household = HouseholdFactory(vendor=customer.vendor)
    MembershipFactory(household=household, customer=customer, is_first=True, decides=True)
    return household


def eater(kitchen, name="Anu", **said):
    return MembershipFactory(household=kitchen, customer__name=name, **said).customer


def allergy(customer, product=None, kind="allergy", **said):
    consent = {"consent_at": NOW} if kind == "allergy" else {}
    return PreferenceFactory(customer=customer, product=product, kind=kind, **consent, **said)


def test_known_has_what_must_never_happen_to_others_who_eat_there(customer, kitchen, onion, banana):
    anu = eater(kitchen)
    nuts, raw = allergy(anu, text="peanuts"), allergy(anu, onion, kind="avoids")
    allergy(anu, banana, kind="likes")
    own = PreferenceFactory(customer=customer, product=banana)
    known = known_of(customer, now=NOW)
    of_anu = (anu.uid, anu.name)
    assert [(each.preference, each.whose) for each in known] == [(nuts, of_anu), (raw, of_anu), (own, None)]


def test_known_has_nothing_of_who_does_not_eat_there(customer, kitchen, onion):
    for said in ({"eats": False, "collects": True}, {"left_at": NOW}):
        allergy(eater(kitchen, **said), onion)
    allergy(MembershipFactory(household=HouseholdFactory(vendor=customer.vendor)).customer, onion)
    assert known_of(customer, now=NOW) == []


def test_known_of_one_who_is_not_first_is_their_own(customer, kitchen, onion):
    allergy(customer, onion)
    assert known_of(eater(kitchen), now=NOW) == []


def test_known_is_one_statement_for_a_whole_kitchen(customer, kitchen, onion, django_assert_num_queries):
    for _people in range(3):
        allergy(eater(kitchen), onion)
        with django_assert_num_queries(1):
            known_of(customer, now=NOW)


def test_tiles_leave_out_what_must_never_happen_to_others_who_eat_there(customer, kitchen, onion, banana):
    visit(customer, onion, banana)
    allergy(eater(kitchen), onion)
    assert names(remember(customer)) == ["Banana"]


def test_visit_that_another_collected_says_so_and_counts_for_the_usual(customer, kitchen, onion):
    made = visit(customer, onion)
    made.collected_by = eater(kitchen)
    made.save()
    memory = remember(customer)
    assert memory.last_visits[0].collected_by == "Anu"
    assert names(memory) == ["Onion"]
    assert [each.collected_by for each in visits_of(Customer.objects.get(pk=customer.pk), now=NOW)] == ["Anu"]


def test_what_a_collector_takes_is_never_noticed_as_a_like(customer, kitchen, onion, banana):
    anu = eater(kitchen)
    for days in range(20):
        made = visit(customer, onion, days=days, manner="small")
        made.collected_by = anu
        made.save()
    assert remember(customer).noticed is None
    for days in range(20, 30):
        visit(customer, banana, days=days)
    noticed = remember(customer).noticed
    assert (noticed.product, noticed.seen, noticed.of) == (banana, 10, 10)
