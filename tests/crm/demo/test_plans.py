import datetime as dt
from calendar import day_name
from decimal import Decimal

import pytest
from django.db.models import F, Q

from crm.demo import decisions, lists, people, regulars, shop
from crm.demo.shop import make_demo
from customers.planning import missing_it
from customers.planning.keeping_lists import contents
from customers.planning.missing_it import About, Part, who_would_miss
from customers.planning.models import (
    BuyingEdit,
    BuyingLine,
    BuyingList,
    Decision,
    DecisionPerson,
    DecisionProduct,
    LeftAlone,
)
from customers.promises.models import Promise
from customers.visits.models import VisitLine
from vendors.models import Vendor
from vendors.opening.keeping import opening_times

EVENING = dt.datetime(2026, 11, 21, 20, 45, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
"""A Saturday."""
TODAY = EVENING.date()
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Fourteen weeks and every sixth person: the same shop, made in no time."""
    monkeypatch.setattr(shop, "DAYS", 100)
    monkeypatch.setattr(regulars, "people", lambda chance: people.people(chance)[::6])


@pytest.fixture
def made(db):
    return make_demo(now=EVENING)


def whose():
    """Of each decision its products and people, which have no uid of their own."""
    products = DecisionProduct.objects.values_list("decision__uid", "product__name")
    numbers = ("days", "visits", "touched_visits", "lines", "touched_lines")
    return [*products], [*DecisionPerson.objects.values_list("decision__uid", "customer__uid", *numbers)]


def test_plans_have_a_list_of_each_of_the_last_open_days(made):
    times = opening_times(made)
    days = [day for ago in range(40) if times.is_open(day := TODAY - ago * ONE_DAY)][: lists.LISTS]
    assert list(BuyingList.objects.values_list("day", flat=True)) == days
    for each in BuyingList.objects.all():
        assert made.day_of(each.made_at) == each.day - ONE_DAY
        assert each.lines.count() >= 10
        assert sorted(each.lines.values_list("position", flat=True)) == list(range(each.lines.count()))


def test_plans_keep_no_list_of_a_day_on_which_the_shop_was_closed(db):
    make_demo(now=EVENING.replace(month=10, day=14))
    kept = set(BuyingList.objects.values_list("day", flat=True))
    assert {dt.date(2026, 10, 1), dt.date(2026, 10, 3)} <= kept
    assert dt.date(2026, 10, 2) not in kept


def test_plans_foresee_in_whole_steps_what_was_wanted_on_the_weekday(made):
    day = TODAY - ONE_DAY
    for line in BuyingLine.objects.filter(buying_list__day=day, foreseen__isnull=False).select_related("product"):
        bounds = [made.day_bounds(day - dt.timedelta(weeks=week)) for week in range(1, 5)]
        were = [
            sum(
                VisitLine.objects.filter(
                    visit__at__gte=start,
                    visit__at__lt=end,
                    product=line.product,
                    outcome__in=("taken", "replaced", "not-in-stock"),
                ).values_list("quantity", flat=True)
            )
            for start, end in bounds
        ]
        step = line.product.step
        assert [value % step for value in (line.foreseen, line.low, line.high)] == [0, 0, 0]
        assert line.low <= line.foreseen <= line.high
        needed = max(Decimal(sum(were)) / len(were), line.promised)
        assert needed <= line.foreseen < needed + step
        assert line.low <= min(were) + step


def test_plans_put_promises_and_wishes_on_the_lists(made):
    promised = BuyingLine.objects.filter(promised__gt=0).select_related("buying_list")
    assert promised
    for line in promised:
        start, end = made.day_bounds(line.buying_list.day)
        due = Promise.objects.filter(due_at__gte=start, due_at__lte=end, lines__product=line.product_id)
        assert due.exists()
        assert line.foreseen >= line.promised
    assert BuyingLine.objects.filter(wished__gt=0).exists()
    by_hand = BuyingLine.objects.filter(foreseen=None)
    assert by_hand
    assert not by_hand.filter(Q(wished=0) | Q(usual__gt=0)).exists()


def test_plans_keep_each_change_and_each_tick_of_a_line(made):
    changed = BuyingLine.objects.exclude(foreseen=None).exclude(quantity=F("foreseen"))
    assert 10 < changed.count() < BuyingLine.objects.count() // 4
    for line in changed.prefetch_related("edits"):
        edit = next(each for each in line.edits.all() if each.after["quantity"] != each.before["quantity"])
        assert (Decimal(edit.before["quantity"]), Decimal(edit.after["quantity"])) == (line.foreseen, line.quantity)
    ticked = BuyingLine.objects.filter(got_at__isnull=False)
    assert ticked.count() > BuyingLine.objects.count() // 2
    assert not ticked.filter(quantity=0).exists()
    for line in ticked.prefetch_related("edits").select_related("buying_list"):
        assert made.day_of(line.got_at) == line.buying_list.day
        (edit,) = (each for each in line.edits.all() if each.at == line.got_at)
        assert (edit.before, edit.after) == ({**contents(line), "got": False}, contents(line))


def test_plans_tick_off_nothing_that_was_missing(made):
    for line in VisitLine.objects.filter(outcome="not-in-stock", visit__at__lt=made.day_bounds(TODAY)[0]):
        day = made.day_of(line.visit.at)
        listed = BuyingLine.objects.filter(buying_list__day=day, product=line.product_id)
        assert not listed.filter(got_at__isnull=False).exists()


def test_plans_have_a_decision_to_look_at_and_a_fresh_one(db, monkeypatch):
    monkeypatch.setattr(decisions, "LATE", (dt.time(18), dt.time(21)))  # so few people seldom come in the last hour
    made = make_demo(now=EVENING)
    fresh, old = Decision.objects.standing()
    assert (old.decided_on, old.about, old.looked_at) == (TODAY - 33 * ONE_DAY, "products", None)
    assert old.look_on <= TODAY < fresh.look_on
    assert (fresh.decided_on, fresh.about) == (TODAY - 2 * ONE_DAY, "hours")
    assert fresh.weekday not in {(TODAY - days * ONE_DAY).weekday() for days in range(3)}
    assert fresh.text == f"Close at eight on {day_name[fresh.weekday]}s"
    for decision in (old, fresh):
        assert 0 < decision.touched == decision.people.count() <= decision.regulars
    product = old.products.get().product
    assert old.text == f"{product.name} only for who orders it"
    for decision, about in (
        (old, About(products=(product,))),
        (fresh, About(weekday=fresh.weekday, hours=decisions.LATE)),
    ):
        missing = who_would_miss(made, about, decision.decided_on)
        assert {row.customer: part_of(row) for row in decision.people.all()} == {
            each.customer: each.part for each in missing.people
        }
        assert {row.days for row in decision.people.all()} == {missing.days}


def part_of(person):
    return Part(person.visits, person.touched_visits, person.lines, person.touched_lines)


def test_plans_without_anybody_touched_have_no_decision(db, monkeypatch):
    monkeypatch.setattr(missing_it, "regulars_of", lambda *_: frozenset())
    make_demo(now=EVENING)
    assert (Decision.objects.count(), DecisionProduct.objects.count()) == (0, 0)


def test_plans_without_a_product_that_sold_then_give_none_up(db, monkeypatch):
    monkeypatch.setattr(shop, "DAYS", 30)
    make_demo(now=EVENING)
    assert not Decision.objects.filter(about="products").exists()
    assert BuyingList.objects.exists()


def test_plans_leave_some_alone_and_took_one_back(made):
    rows = list(LeftAlone.objects.order_by("-ended_at"))
    assert 2 <= len(rows) <= 4
    assert all(row.reason for row in rows)
    assert [row.ended_at is None for row in rows].count(False) == 1
    assert LeftAlone.objects.holding(TODAY).exists()
    for row in LeftAlone.objects.filter(ended_at=None):
        assert not row.customer.visits.filter(at__gte=made.day_bounds(TODAY - 28 * ONE_DAY)[0]).exists()


def test_plans_of_the_same_seed_and_day_are_the_same(made):
    first = whose()
    assert all(first)
    for model in (DecisionProduct, DecisionPerson):
        model.objects.all().delete()
    Vendor.objects.filter(pk=made.pk).update(slug="another")
    make_demo(now=EVENING)
    assert whose() == first


@pytest.mark.parametrize("hour", [0, 4, 5, 6, 23])
def test_plans_know_nothing_of_the_future_at_any_hour(db, hour):
    now = EVENING.replace(hour=hour, minute=40)
    made = make_demo(now=now)
    assert BuyingList.objects.latest("day").day == made.day_of(now)
    assert not BuyingList.objects.filter(made_at__gt=now).exists()
    assert not BuyingEdit.objects.filter(at__gt=now).exists()
    assert not BuyingLine.objects.filter(got_at__gt=now).exists()
    assert not Decision.objects.filter(made_at__gt=now).exists()
    assert not LeftAlone.objects.filter(Q(at__gt=now) | Q(ended_at__gt=now)).exists()
