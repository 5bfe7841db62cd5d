"""The database keeps every rule of what people expect, whoever writes: each named constraint refuses a row."""

import datetime as dt
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.factories import promises
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import MemberFactory, ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory
from vendors.tenancy import SameVendor

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LATER = NOW + dt.timedelta(hours=1)
EARLIER = NOW - dt.timedelta(hours=1)
DAY, ONE_DAY = dt.date(2026, 11, 25), dt.timedelta(days=1)
MADE = {
    model.__name__.lower(): getattr(promises, f"{model.__name__}Factory")
    for model in apps.get_app_config("promises").get_models()
}
"""The factory of each model, by the model's name in lower case as the names of its constraints have it."""


def of_a_day():
    return {"standing_order": (order := promises.StandingOrderFactory()), "customer": order.customer}


def same_place(parent, line):
    first = line()
    line(**{parent: getattr(first, parent)}, position=first.position)


def twice_for_a_day():
    said = of_a_day()
    for _ in range(2):
        promises.PromiseFactory(**said, for_day=DAY)


def two_suppliers_from_one_day():
    supply = promises.SupplyFactory()
    promises.SupplyFactory(product=supply.product, since=supply.since)


def two_wishes_of_a_visit():
    wish = promises.WishFactory(visit=VisitFactory())
    promises.WishFactory(customer=wish.customer, visit=wish.visit, product=wish.product)


REFUSED = {
    "promises_promise_says_something": [{"text": ""}],
    "promises_promise_amount_above_zero": [{"amount": 0}, {"amount": -1}],
    "promises_promise_outcome_has_a_time": [{"outcome": "broken"}, {"closed_at": NOW}],
    "promises_promise_late_is_after_due": [
        {"outcome": "late", "due_at": NOW, "closed_at": EARLIER},
        {"outcome": "late", "due_at": NOW, "closed_at": NOW},
    ],
    "promises_promise_kept_is_in_time": [{"outcome": "kept", "due_at": NOW, "closed_at": LATER}],
    "promises_promise_closed_has_an_outcome": [
        lambda: {"closed_by": MemberFactory()},
        lambda: {"closed_in": VisitFactory()},
    ],
    "promises_promise_of_a_standing_order_has_its_day": [of_a_day, {"for_day": DAY}],
    "promises_promise_once_a_day_of_a_standing_order": twice_for_a_day,
    "promises_promiseline_one_place_each": lambda: same_place("promise", promises.PromiseLineFactory),
    "promises_promiseline_quantity_above_zero": [{"quantity": 0}, {"quantity": Decimal(-1)}],
    "promises_amendment_charge_above_zero": [
        {"charge": charge, "charge_for": "box", "agreed_by": "Anu"} for charge in (0, -5)
    ],
    "promises_amendment_charge_was_agreed": [
        {"charge": 5},
        {"charge": 5, "charge_for": "box"},
        {"charge": 5, "agreed_by": "Anu"},
    ],
    "promises_standingorder_has_a_rule": [{"rule": ""}],
    "promises_standingorder_ends_after_its_start": [{"starts_on": DAY, "ends_on": DAY - ONE_DAY}],
    "promises_standingorderline_one_place_each": lambda: same_place(
        "standing_order", promises.StandingOrderLineFactory
    ),
    "promises_standingorderline_quantity_above_zero": [{"quantity": 0}],
    "promises_wish_says_something": [{"product": None}],
    "promises_wish_quantity_has_a_unit": [
        {"quantity": 1},
        {"unit": "kg"},
        {"quantity": 0, "unit": "kg"},
    ],
    "promises_wish_told_of_what_came_in": [{"told_at": NOW}],
    "promises_wish_outcome_has_a_time": [{"outcome": "took"}, {"closed_at": NOW}],
    "promises_wish_once_a_product_of_a_visit": two_wishes_of_a_visit,
    "promises_supply_one_at_a_time": two_suppliers_from_one_day,
    "promises_problem_other_in_words": [{"what": "other"}],
    "promises_problem_remedy_has_a_time": [{"remedy": "replaced"}, {"remedied_at": NOW}],
    "promises_problem_answer_has_a_time": [{"answer": "right"}, {"asked_at": NOW}],
    "promises_problem_closed_was_asked": [
        {"closed_at": NOW},
        {"closed_at": NOW, "remedy": "replaced", "remedied_at": NOW},
        {"closed_at": NOW, "answer": "not-right", "asked_at": NOW},
        lambda: {"closed_at": NOW, "customer": None, "vendor": VendorFactory()},
    ],
    "promises_problem_undone_is_closed": [{"is_undone": True}],
}
"""By name of a constraint what it refuses: several rows' values, or a function that writes one row too many."""
KEPT = [
    ("promise", {"text": "", "amount": 1}),
    ("promise", {"text": "", "has_lines": True}),
    ("promise", {"outcome": "kept", "due_at": NOW, "closed_at": NOW}),
    ("promise", {"outcome": "late", "due_at": NOW, "closed_at": LATER}),
    ("promise", {"outcome": "released", "closed_at": EARLIER}),
    ("amendment", {"charge": 5, "charge_for": "box", "agreed_by": "Anu"}),
    ("standingorder", {"starts_on": DAY, "ends_on": DAY}),
    ("wish", {"product": None, "text": "figs", "quantity": 1, "unit": "kg"}),
    ("wish", {"came_in_at": NOW, "told_at": NOW, "outcome": "took", "closed_at": NOW}),
    ("problem", {"what": "other", "text": "a wet bag"}),
    ("problem", {"remedy": "apology", "remedied_at": NOW, "answer": "right", "asked_at": NOW, "closed_at": NOW}),
    ("problem", {"remedy": "apology", "remedied_at": NOW, "answer": "not-right", "asked_at": NOW}),
    ("problem", {"is_undone": True, "closed_at": NOW}),
]
"""What stands just on the right side of a constraint."""


def ours(constraint):
    """Whether it is a rule of its model's own, and not one of those that every row of a shop has."""
    return not isinstance(constraint, SameVendor) and not constraint.name.endswith(
        ("_uid_once_a_shop", "_can_be_parent")
    )


def test_every_constraint_has_a_row_that_it_refuses():
    names = {each.name for made in MADE.values() for each in made._meta.model._meta.constraints if ours(each)}
    assert names == set(REFUSED)


def rows_refused():
    """Name, a factory and what it is asked for; or a function that writes one row too many."""
    for name, said in REFUSED.items():
        for number, values in enumerate(said if isinstance(said, list) else [None]):
            yield pytest.param(name, said if values is None else write(name, values), id=f"{name}-{number}")


def write(name, values):
    made = MADE[name.split("_")[1]]
    return lambda: made(**(values() if callable(values) else values))


def committed(write):
    """Writes with all constraints looked at, as at the end of a request."""
    with transaction.atomic():
        write()
        connection.check_constraints()


@pytest.mark.parametrize(("name", "write"), [*rows_refused()])
def test_row_against_a_rule_is_refused_by_the_database(name, write):
    with pytest.raises(IntegrityError) as refused:
        committed(write)
    assert name in str(refused.value) or "UNIQUE" in str(refused.value)  # of these SQLite names the columns


@pytest.mark.parametrize(("model", "values"), KEPT)
def test_row_within_the_rules_is_kept(model, values):
    assert MADE[model](**values).pk


# --- what every row of a shop keeps


PARENTS = {
    "Customer": CustomerFactory,
    "Member": MemberFactory,
    "Product": ProductFactory,
    "Visit": VisitFactory,
    **{made._meta.model.__name__: made for made in MADE.values()},
}


def parents():
    """Each model of expectations with each of its columns that names a row of a shop."""
    for made in MADE.values():
        for constraint in made._meta.model._meta.constraints:
            if isinstance(constraint, SameVendor):
                yield pytest.param(made, constraint.field, id=constraint.name)


@pytest.mark.parametrize(("made", "field"), [*parents()])
def test_row_that_names_another_shops_row_is_refused_by_the_database(made, field):
    row, model = made(), made._meta.model
    stranger = PARENTS[model._meta.get_field(field).related_model.__name__]()
    more = {"for_day": DAY} if (model.__name__, field) == ("Promise", "standing_order") else {}
    if field.startswith("closed_"):
        more = {"outcome": "broken", "closed_at": NOW}
    with pytest.raises(IntegrityError):
        committed(lambda: model.objects.filter(pk=row.pk).update(**{field: stranger}, **more))


@pytest.mark.parametrize("name", [name for name, made in MADE.items() if hasattr(made._meta.model, "uid")])
def test_uid_is_once_a_shop(name):
    row, model = MADE[name](), MADE[name]._meta.model
    again = model.objects.get(pk=row.pk)
    again.pk, again.since = None, DAY  # nobody else brings it from another day on
    with pytest.raises(IntegrityError, match=r"uid"), transaction.atomic():
        model.objects.bulk_create([again])
