import datetime as dt
from decimal import Decimal
from math import ceil

import pytest
from django.utils import timezone

from customers.models import Customer
from customers.preferences import buying, demand
from customers.preferences.buying import BuyingList, ToBuy, buying_list, next_open
from customers.preferences.demand import Need, Till, poisson_quantile
from customers.preferences.tasting import trends_before
from customers.preferences.usual import PastLine, weigh
from customers.visits import tallying
from customers.visits.expecting import People
from customers.visits.models import Visit, VisitLine
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ClosureFactory, OpeningHoursFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors.models import Product

NOW = dt.datetime(2026, 11, 21, 15, 30, tzinfo=dt.UTC)  # a Saturday, 21:00 in the shop
DAY, TOMORROW = dt.date(2026, 11, 21), dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    """And a shop that is large enough, for its size, for its people to be asked."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monkeypatch.setattr(demand, "FEW", -1)
    monkeypatch.setattr(demand, "MANY", 0)


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", step=Decimal("0.5"))


@pytest.fixture
def kale(vendor):
    return ProductFactory(vendor=vendor, name="Kale", unit="bunch")


def person(vendor, *products, days=range(20), **line):
    """Somebody who took `products` so many days ago."""
    customer = CustomerFactory(vendor=vendor)
    visits = [VisitFactory.build(customer=customer, vendor=vendor, at=NOW - dt.timedelta(days=ago)) for ago in days]
    Visit.objects.bulk_create(visits)
    VisitLine.objects.bulk_create(
        VisitLineFactory.build(visit=visit, vendor=vendor, product=product, position=position, **line)
        for visit in visits
        for position, product in enumerate(products)
    )
    tallying.recount_shop(vendor)
    return customer


def again(row):
    return type(row).objects.get(pk=row.pk)


def bought(vendor, day=TOMORROW):
    return buying_list(again(vendor), day)


def baskets(found):
    return {line.product: line.need.baskets for line in found.lines}


def own_of(customer, before=None):
    """What their visits weigh, each read by itself."""
    visits = Visit.objects.filter(customer=customer, at__lt=before or NOW + dt.timedelta(1)).order_by("-at", "-pk")
    return weigh(
        [[PastLine(line.product_id, line.quantity, line.unit, line.outcome) for line in v.lines.all()] for v in visits]
    )


# --- what it says


def chance_to_take(own, product, taste):
    """By the formula, and not cut off at one: a sum of many is not made righter by that."""
    wanted = own.wanted.get(product.pk, 0.0) + 5 * taste.popularity.get(product.pk, 0.0)
    return wanted / (own.visits + 5) * taste.season.get(product.pk, 1.0)


def mixed(shop, products, days):
    """Six parts of the sum over all people, four of the till that saw `days` (ordinal, visits, wanted)."""
    till, taste = Till(), trends_before(shop, TOMORROW).taste()
    for day in days:
        till.end_day(*day)
    known = People(shop, TOMORROW).expected()
    return {
        product: 0.6
        * sum(each.chance * chance_to_take(own_of(Customer(pk=each.customer)), product, taste) for each in known)
        + 0.4 * till.expected(product.pk, TOMORROW.toordinal())
        for product in products
    }


def test_buying_list_adds_up_the_people_and_asks_the_till(vendor, onion, kale):
    people = [person(vendor, onion, kale), person(vendor, onion, days=range(1, 20, 3)), person(vendor, kale, days=(4,))]
    days = []
    for ago in range(19, -1, -1):
        onions = 1 + (ago in range(1, 20, 3))
        days.append((DAY.toordinal() - ago, onions + (ago == 4), {onion.pk: onions, kale.pk: 1 + (ago == 4)}))
    shop, found = again(vendor), bought(vendor)
    expected = mixed(shop, (onion, kale), [(day, max(visits, 1), wanted) for day, visits, wanted in days])
    assert baskets(found) == pytest.approx(expected)
    assert [line.product for line in found.lines] == sorted(expected, key=expected.get, reverse=True)
    assert (found.day, found.regulars, found.why_closed) == (TOMORROW, 2, "")
    chances = {each.customer: each.chance for each in People(shop, TOMORROW).expected()}
    assert found.comers == pytest.approx(sum(chances[each.pk] for each in people[:2]))


def test_buying_list_does_not_tell_the_till_of_closed_days(vendor, onion):
    """On days without anybody a shop of so many visits was closed."""
    for _each in range(6):
        person(vendor, onion, days=(9, 5, 1))
    days = [(DAY.toordinal() - ago, 6, {onion.pk: 6}) for ago in (9, 5, 1)]
    assert baskets(bought(vendor)) == pytest.approx(mixed(again(vendor), [onion], days))


def test_buying_list_tells_the_till_of_open_days_without_anybody(vendor, onion):
    came = (8, 6, 4, 2)  # among them a Sunday, as tomorrow is one; and today is not over
    for _each in range(4):
        person(vendor, onion, days=came)
    days = [(DAY.toordinal() - ago, 4 * (ago in came), {onion.pk: 4 * (ago in came)}) for ago in range(8, 0, -1)]
    assert baskets(bought(vendor)) == pytest.approx(mixed(again(vendor), [onion], days))


def test_nothing_is_bought_for_who_has_left(vendor, onion):
    gone = person(vendor, onion, days=range(40, 90))
    person(vendor, onion, days=range(5))
    assert gone not in [who for line in bought(vendor).lines for who, _chance in line.people]


def test_buying_list_gives_order_and_range_in_whole_steps_of_the_product(vendor, onion):
    for _ in range(6):
        person(vendor, onion, quantity=Decimal("1.3"))
    (line,) = bought(vendor).lines
    need = line.need
    numbers = [min(poisson_quantile(need.baskets, part), 6) for part in (0.1, 0.8, 0.9)]
    assert ([need.low, need.order, need.high], need.quantity) == (numbers, Decimal("1.3"))
    steps = [ceil(number * Decimal("1.3") / Decimal("0.5")) * Decimal("0.5") for number in numbers]
    assert [line.low, line.order, line.high] == steps
    assert 0 < need.low < need.order <= need.high


def test_amount_is_never_less_than_the_baskets_take(vendor, onion):
    def amounts(quantity):
        line = ToBuy(onion, Need(onion.pk, 2.0, 0, 4, 3, Decimal(quantity), ()), ())
        return line.low, line.order, line.high

    assert amounts("1") == (0, 3, 4)
    assert amounts("0.333") == (0, 1, Decimal("1.5"))


def test_buying_list_names_the_likeliest_people_first(vendor, onion, kale):
    often, seldom, other = person(vendor, onion), person(vendor, onion, days=range(0, 20, 5)), person(vendor, kale)
    lines = {line.product: line for line in bought(vendor).lines}
    assert [customer for customer, _chance in lines[onion].people] == [often, seldom]
    assert [customer for customer, _chance in lines[kale].people] == [other]
    assert [(who.pk, part) for who, part in lines[onion].people] == list(lines[onion].need.people)


def test_buying_list_names_no_more_people_than_it_may(vendor, onion, monkeypatch):
    monkeypatch.setattr(buying, "BEHIND", 2)
    for _ in range(3):
        person(vendor, onion)
    (line,) = bought(vendor).lines
    assert (len(line.people), len(line.need.people)) == (2, 3)


def test_person_forgotten_while_it_is_put_together_is_not_named(vendor, onion, monkeypatch):
    stays, gone = person(vendor, onion), person(vendor, onion)
    forecast = buying.needs

    def meanwhile(*said):
        found = forecast(*said)
        Customer.objects.filter(pk=gone.pk).delete()
        return found

    monkeypatch.setattr(buying, "needs", meanwhile)
    assert [[who for who, _chance in line.people] for line in bought(vendor).lines] == [[stays]]


def test_visit_without_anything_is_a_visit(vendor, onion):
    """Half of the time they only look in: as on the card, it counts against what they take."""
    customer = person(vendor, onion, days=range(0, 20, 2))
    every_time = baskets(bought(vendor))[onion]
    Visit.objects.bulk_create(
        VisitFactory.build(customer=customer, vendor=vendor, at=NOW - dt.timedelta(days=ago)) for ago in range(0, 20, 2)
    )
    tallying.recount_shop(vendor)
    assert baskets(bought(vendor))[onion] < 0.9 * every_time


def test_product_that_is_no_longer_sold_is_not_bought(vendor, onion, kale):
    person(vendor, onion, kale)
    Product.objects.filter(pk=kale.pk).update(is_sold=False)
    assert list(baskets(bought(vendor))) == [onion]


def test_product_counted_in_another_unit_now_is_bought_by_its_step(vendor, onion):
    person(vendor, onion, quantity=Decimal(500), unit="g")
    assert [line.need.quantity for line in bought(vendor).lines] == [onion.step]


def test_product_never_bought_is_not_on_the_list(vendor, onion, kale):
    person(vendor, onion)
    person(vendor, kale, outcome="refused")
    assert list(baskets(bought(vendor))) == [onion]


def test_wanted_and_missing_is_bought_in_the_step(vendor, onion):
    person(vendor, onion, outcome="not-in-stock", quantity=Decimal(3))
    assert [line.need.quantity for line in bought(vendor).lines] == [onion.step]


# --- days and shops of all kinds


def test_buying_list_of_a_shop_without_anybody_is_empty(vendor, onion):
    assert bought(vendor) == BuyingList(TOMORROW, [], 0, 0)


def test_buying_list_of_somebody_seen_once_is_one_basket_at_most(vendor, onion):
    person(vendor, onion, days=(0,))
    found = bought(vendor)
    assert (found.regulars, found.comers, [line.need.order for line in found.lines]) == (0, 0, [1])


def test_buying_list_of_one_daily_customer_is_theirs(vendor, onion):
    customer = person(vendor, onion, days=range(60), quantity=Decimal(2))
    found = bought(vendor)
    assert (found.regulars, [(line.need.high, line.need.quantity) for line in found.lines]) == (1, [(1, Decimal(2))])
    assert [who for line in found.lines for who, _chance in line.people] == [customer]


def test_buying_list_of_a_closed_day_says_why(vendor, onion):
    person(vendor, onion)
    ClosureFactory(vendor=vendor, first_day=TOMORROW, reason="Diwali")
    assert bought(vendor) == BuyingList(TOMORROW, [], 0.0, 0, "Diwali")


def test_buying_list_after_a_month_of_closure_is_as_before_it(vendor, onion):
    for _ in range(3):
        person(vendor, onion, days=range(28, 70))
    away = baskets(bought(vendor))
    ClosureFactory(vendor=vendor, first_day=DAY - dt.timedelta(days=27), last_day=DAY)
    again(vendor).past_changed()
    assert away.get(onion, 0) < 1
    assert baskets(bought(vendor))[onion] > 2


def test_buying_list_of_next_week_does_not_take_the_days_between_for_silence(vendor, onion):
    for _ in range(3):
        person(vendor, onion, days=range(60))
    days = [TOMORROW + dt.timedelta(days=ahead) for ahead in (0, 7)]
    tomorrow, next_week = (baskets(bought(vendor, day))[onion] for day in days)
    assert next_week == pytest.approx(tomorrow, rel=0.1)


def test_buying_list_of_a_basket_of_five_hundred_products(vendor):
    products = [ProductFactory(vendor=vendor) for _ in range(500)]
    person(vendor, *products, days=range(8))
    found = bought(vendor)
    assert baskets(found).keys() == set(products)
    assert len(set(baskets(found).values())) == 1


def test_buying_list_bears_visits_of_the_future_and_of_one_minute(vendor, onion):
    person(vendor, onion, days=[0] * 5 + [-3, -40, -400])
    found = bought(vendor)
    # Five today and none of the days to come, and all five by one person.
    assert (found.regulars, [line.need.order for line in found.lines]) == (0, [1])


def test_buying_list_keeps_to_the_shop(vendor, onion):
    other = ProductFactory()
    person(other.vendor, other)
    assert bought(vendor) == BuyingList(TOMORROW, [], 0, 0)


@pytest.mark.parametrize("people", [1, 3])
def test_buying_list_takes_as_many_queries_for_three_as_for_one(vendor, onion, kale, people, django_assert_num_queries):
    for _ in range(people):
        person(vendor, onion, kale, days=range(40))
    shop = again(vendor)
    bought(vendor)
    with django_assert_num_queries(12):
        found = buying_list(shop, TOMORROW)
    assert len(found.lines[0].people) == people


# --- the next open day


def test_next_open_is_the_first_open_day_after(vendor):
    assert next_open(vendor, DAY) == TOMORROW
    OpeningHoursFactory(vendor=vendor, weekday=1)
    assert next_open(vendor, DAY) == dt.date(2026, 11, 24)


def test_next_open_of_a_shop_that_never_opens_again_is_tomorrow(vendor):
    ClosureFactory(vendor=vendor, first_day=DAY, last_day=DAY + dt.timedelta(days=1000))
    assert next_open(vendor, DAY) == TOMORROW


def test_buying_list_of_a_shop_with_few_regulars_asks_the_till_alone(vendor, onion, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    for _each in range(6):
        person(vendor, onion, days=(9, 5, 1))
    till = Till()
    for ago in (9, 5, 1):
        till.end_day(DAY.toordinal() - ago, 6, {onion.pk: 6})
    assert baskets(bought(vendor)) == {onion: pytest.approx(till.expected(onion.pk, TOMORROW.toordinal()))}


@pytest.mark.parametrize("said", [{"kind": "supplier"}, {"standing": "closed", "standing_reason": "moved"}])
def test_nothing_is_bought_for_whom_nobody_waits_for(vendor, onion, kale, said):
    awaited = person(vendor, onion, kale)
    Customer.objects.filter(pk=person(vendor, onion, kale).pk).update(**said)
    found = bought(vendor)
    assert found.regulars == 1
    assert {customer for line in found.lines for customer, _part in line.people} == {awaited}
