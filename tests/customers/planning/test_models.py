"""The database keeps every rule of what is decided in the evening, whoever writes: each named constraint refuses."""

import datetime as dt
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from customers.planning.models import Decision, LeftAlone
from tests.factories import planning
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import MemberFactory, ProductFactory
from vendors.tenancy import SameVendor

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DAY, ONE_DAY = dt.date(2026, 11, 25), dt.timedelta(days=1)
NINE, TEN = dt.time(9), dt.time(10)
MADE = {
    model.__name__.lower(): getattr(planning, f"{model.__name__}Factory")
    for model in apps.get_app_config("planning").get_models()
}
"""The factory of each model, by the model's name in lower case as the names of its constraints have it."""
FORESEEN = {"foreseen": 2, "low": 1, "high": 3}


def two_lists_of_a_day():
    first = planning.BuyingListFactory()
    planning.BuyingListFactory(vendor=first.vendor, day=first.day)


def one_product_twice():
    line = planning.BuyingLineFactory()
    planning.BuyingLineFactory(buying_list=line.buying_list, product=line.product)


def about_one_product_twice():
    row = planning.DecisionProductFactory()
    planning.DecisionProductFactory(decision=row.decision, product=row.product)


def one_person_twice():
    row = planning.DecisionPersonFactory()
    planning.DecisionPersonFactory(decision=row.decision, customer=row.customer)


REFUSED = {
    "planning_leftalone_ended_by_has_time": [lambda: {"ended_by": MemberFactory()}],
    "planning_buyinglist_once_a_day": two_lists_of_a_day,
    "planning_buyingline_once_a_list": one_product_twice,
    "planning_buyingline_quantity_not_below_zero": [{"quantity": Decimal("-0.001")}],
    "planning_buyingline_foreseen_has_a_range": [
        *({name: 1} for name in FORESEEN),
        *(FORESEEN | {name: None} for name in FORESEEN),
    ],
    "planning_decision_has_text": [{"text": ""}],
    "planning_decision_has_a_reason": [{"reason": ""}],
    "planning_decision_says_about_what": [
        {"about": "weekday", "weekday": None},
        {"about": "weekday", "weekday": 7},
        {"about": "weekday", "weekday": 0, "opens": NINE},
        {"about": "weekday", "weekday": 0, "closes": TEN},
        {"about": "products", "weekday": 0},
        {"about": "products", "weekday": None, "opens": NINE, "closes": TEN},
        {"about": "hours", "weekday": None},
        {"about": "hours", "weekday": None, "opens": NINE},
        {"about": "hours", "weekday": None, "closes": TEN},
        {"about": "hours", "weekday": 7, "opens": NINE, "closes": TEN},
        {"about": "the shop", "weekday": None},
    ],
    "planning_decision_touched_are_regulars": [{"regulars": 2, "touched": 3}],
    "planning_decision_looked_at_later": [{"decided_on": DAY, "look_on": DAY - ONE_DAY}],
    "planning_decision_looked_by_has_time": [lambda: {"looked_by": MemberFactory()}],
    "planning_decision_undone_by_has_time": [lambda: {"undone_by": MemberFactory()}],
    "planning_decisionproduct_once_each": about_one_product_twice,
    "planning_decisionperson_once_each": one_person_twice,
    "planning_decisionperson_touched_is_a_part": [
        {"visits": 1, "touched_visits": 2},
        {"lines": 5, "touched_lines": 6},
    ],
}
"""By name of a constraint what it refuses: several rows' values, or a function that writes one row too many."""
KEPT = [
    ("leftalone", {"ended_at": NOW}),
    ("buyingline", {"quantity": 0}),
    ("buyingline", FORESEEN),
    ("decision", {"about": "products", "weekday": None}),
    ("decision", {"about": "weekday", "weekday": 6}),
    ("decision", {"about": "hours", "weekday": None, "opens": NINE, "closes": TEN}),
    ("decision", {"about": "hours", "weekday": 6, "opens": NINE, "closes": TEN}),
    ("decision", {"regulars": 3, "touched": 3}),
    ("decision", {"decided_on": DAY, "look_on": DAY}),
    ("decision", {"looked_at": NOW, "undone_at": NOW}),
    ("decisionperson", {"visits": 1, "touched_visits": 1, "lines": 2, "touched_lines": 2}),
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
    **{made._meta.model.__name__: made for made in MADE.values()},
}


def parents():
    """Each model with each of its columns that names a row of a shop."""
    for made in MADE.values():
        for constraint in made._meta.model._meta.constraints:
            if isinstance(constraint, SameVendor):
                yield pytest.param(made, constraint.field, id=constraint.name)


@pytest.mark.parametrize(("made", "field"), [*parents()])
def test_row_that_names_another_shops_row_is_refused_by_the_database(made, field):
    row, model = made(), made._meta.model
    stranger = PARENTS[model._meta.get_field(field).related_model.__name__]()
    more = {field.replace("_by", "_at"): NOW} if field.endswith("_by") else {}
    with pytest.raises(IntegrityError):
        committed(lambda: model.objects.filter(pk=row.pk).update(**{field: stranger}, **more))


@pytest.mark.parametrize("name", [name for name, made in MADE.items() if hasattr(made._meta.model, "uid")])
def test_uid_is_once_a_shop(name):
    row, model = MADE[name](), MADE[name]._meta.model
    again = model.objects.get(pk=row.pk)
    again.pk, again.day = None, DAY  # else there are two lists of one day
    if name == "buyingline":
        again.product = ProductFactory(vendor=row.vendor)
    with pytest.raises(IntegrityError, match=r"uid"), transaction.atomic():
        model.objects.bulk_create([again])


# --- what hangs on what


def test_product_of_a_list_or_a_decision_is_not_deleted():
    for row in (planning.BuyingLineFactory(), planning.DecisionProductFactory()):
        with pytest.raises(ProtectedError):
            row.product.delete()


def test_deleting_a_list_or_a_decision_takes_what_belongs_to_it():
    edit, about = planning.BuyingEditFactory(), planning.DecisionProductFactory()
    person = planning.DecisionPersonFactory(decision=about.decision)
    edit.line.buying_list.delete()
    about.decision.delete()
    assert [made for made in MADE if made != "leftalone" and MADE[made]._meta.model.objects.exists()] == []
    person.customer.refresh_from_db()


# --- what is asked of them


def test_left_alone_holds_until_its_day_or_until_it_is_ended(vendor):
    held = planning.LeftAloneFactory(customer__vendor=vendor, until=DAY)
    planning.LeftAloneFactory(customer__vendor=vendor, until=DAY, ended_at=NOW)
    assert list(LeftAlone.objects.holding(DAY - ONE_DAY)) == [held]
    assert not LeftAlone.objects.holding(DAY).exists()


def test_decision_stands_until_it_is_taken_back(vendor):
    stands = planning.DecisionFactory(vendor=vendor)
    planning.DecisionFactory(vendor=vendor, undone_at=NOW)
    assert list(Decision.objects.standing()) == [stands]


@pytest.mark.parametrize("name", MADE)
def test_row_says_which_it_is(name):
    row = MADE[name]()
    says = {
        "leftalone": lambda: f"{row.customer_id} {row.until}",
        "buyinglist": lambda: str(row.day),
        "buyingline": lambda: f"{row.product_id} {row.quantity} {row.unit}",
        "buyingedit": lambda: f"{row.line_id} {row.at:%Y-%m-%d %H:%M}",
        "decision": lambda: row.text,
        "decisionedit": lambda: f"{row.decision_id} {row.at:%Y-%m-%d %H:%M}",
        "decisionproduct": lambda: f"{row.decision_id} {row.product_id}",
        "decisionperson": lambda: f"{row.decision_id} {row.customer_id}",
    }
    assert str(row) == says[name]()
