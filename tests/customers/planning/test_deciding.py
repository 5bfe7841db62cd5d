import datetime as dt
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from customers.planning import deciding
from customers.planning.deciding import DecidedOtherwise, LookedAtAlready, TakenBack
from customers.planning.missing_it import About
from customers.planning.models import Decision, DecisionEdit, DecisionPerson
from tests.customers.planning.test_missing_it import DAY, a_regular, came
from tests.factories.planning import DecisionFactory, DecisionPersonFactory, DecisionProductFactory
from tests.factories.vendors import OwnerFactory, ProductFactory

MONDAYS = About(weekday=0)


def decide(vendor, about=MONDAYS, by=None, uid=None, text="No more Mondays", reason="hardly anybody came"):
    vendor.refresh_from_db()
    return deciding.decide(vendor=vendor, about=about, text=text, reason=reason, by=by, uid=uid or uuid4(), day=DAY)


def rows(vendor):
    return [list(model.objects.filter(vendor=vendor).values()) for model in (Decision, DecisionPerson, DecisionEdit)]


def test_decision_is_kept_with_the_people_as_counted_now(vendor, owner):
    mango = ProductFactory(vendor=vendor)
    sunita = a_regular(vendor, mango)
    a_regular(vendor, name="Ahmed")
    found = decide(vendor, About((mango,)), by=owner)
    assert (found.about, found.weekday, found.opens, found.closes) == ("products", None, None, None)
    assert (found.regulars, found.touched, found.by) == (2, 1, owner)
    assert (found.decided_on, found.look_on) == (DAY, DAY + dt.timedelta(days=30))
    assert [row.product for row in found.products.all()] == [mango]
    assert list(found.people.values_list("customer", "days", "visits", "touched_visits", "lines", "touched_lines")) == [
        (sunita.pk, 90, 10, 10, 10, 10)
    ]
    came(sunita, DAY, mango)
    assert found.people.get().visits == 10


def test_decision_about_hours_keeps_them(vendor):
    hours = (dt.time(22), dt.time(1))
    found = decide(vendor, About(weekday=5, hours=hours))
    found.refresh_from_db()
    assert (found.about, found.weekday, found.opens, found.closes) == ("hours", 5, *hours)
    assert deciding.about_of(found) == About(weekday=5, hours=hours)


def test_decision_sent_twice_is_one(vendor, owner):
    mango, apple, uid = ProductFactory(vendor=vendor), ProductFactory(vendor=vendor), uuid4()
    a_regular(vendor, mango)
    first = decide(vendor, About((mango, apple)), by=owner, uid=uid)
    before = rows(vendor)
    assert decide(vendor, About((apple, mango)), by=owner, uid=uid) == first
    assert rows(vendor) == before


@pytest.mark.parametrize(
    "other", [{"about": About(weekday=1)}, {"text": "No more Tuesdays"}, {"reason": "I am tired"}], ids=str
)
def test_something_else_under_the_same_uid_is_refused(vendor, other):
    uid = uuid4()
    decide(vendor, uid=uid)
    with pytest.raises(DecidedOtherwise):
        decide(vendor, uid=uid, **other)
    assert Decision.objects.count() == 1


def test_two_at_once_with_one_uid_are_one(vendor, monkeypatch):
    """The other connection's row is there when this one writes."""
    uid, asked = uuid4(), []
    first = decide(vendor, uid=uid)
    look_up = deciding._decided_before
    monkeypatch.setattr(deciding, "_decided_before", lambda *said: asked.append(said) or (asked[1:] and look_up(*said)))
    assert decide(vendor, uid=uid) == first
    assert len(asked) == 2


def test_a_write_that_the_database_refuses_for_another_reason_stays_an_error(vendor):
    with pytest.raises(IntegrityError):
        decide(vendor, reason="")
    assert Decision.objects.count() == 0


def test_a_merged_product_is_written_as_the_one_that_stands_for_it(vendor):
    mango, uid = ProductFactory(vendor=vendor), uuid4()
    alphonso = ProductFactory(vendor=vendor, is_sold=False, merged_into=mango)
    found = decide(vendor, About((alphonso, mango)), uid=uid)
    assert [row.product for row in found.products.all()] == [mango]
    assert decide(vendor, About((alphonso,)), uid=uid) == found


def test_what_was_merged_since_is_told_as_what_stands_for_it(vendor):
    mango = ProductFactory(vendor=vendor)
    row = DecisionProductFactory(decision__vendor=vendor)
    row.product.is_sold, row.product.merged_into = False, mango
    row.product.save()
    assert deciding.about_of(row.decision) == About((mango,))


# --- looking at it, and taking it back


def step(verb, decision, by=None, uid=None, **said):
    return getattr(deciding, verb)(decision=decision, by=by, uid=uid or uuid4(), **said)


def test_looking_at_it_keeps_what_was_learned(vendor, owner):
    decision, uid = DecisionFactory(vendor=vendor), uuid4()
    found = step("look", decision, owner, uid, conclusion="they come on Tuesdays now")
    assert (found.conclusion, found.looked_by, found.looked_at is not None) == (
        "they come on Tuesdays now",
        owner,
        True,
    )
    before = rows(vendor)
    step("look", decision, owner, uid, conclusion="they come on Tuesdays now")
    assert rows(vendor) == before
    with pytest.raises(DecidedOtherwise):
        step("look", decision, owner, uid, conclusion="they stay away")
    with pytest.raises(DecidedOtherwise):
        step("look", DecisionFactory(vendor=vendor), owner, uid, conclusion="they come on Tuesdays now")


def test_what_another_owner_has_looked_at_meanwhile_is_told(vendor, owner):
    decision = DecisionFactory(vendor=vendor)
    step("look", decision, owner, conclusion="fine")
    with pytest.raises(LookedAtAlready) as refused:
        step("look", decision, OwnerFactory(vendor=vendor), conclusion="not fine")
    assert str(refused.value.said).startswith("Asha has looked at this already.")
    Decision.objects.update(looked_by=None)
    with pytest.raises(LookedAtAlready) as refused:
        step("look", decision, None, conclusion="not fine")
    assert str(refused.value.said).startswith("This was looked at already.")
    decision.refresh_from_db()
    assert decision.conclusion == "fine"


def test_it_can_be_looked_at_again_and_what_was_concluded_is_kept_in_the_change(vendor, owner):
    decision = DecisionFactory(vendor=vendor)
    step("look", decision, owner, conclusion="fine")
    found = step("look_again", decision, owner)
    assert (found.looked_at, found.looked_by, found.conclusion) == (None, None, "")
    assert decision.edits.last().before["conclusion"] == "fine"
    assert step("look", decision, owner, conclusion="not fine").conclusion == "not fine"


def test_taking_back_and_putting_back(vendor, owner):
    decision, uid = DecisionFactory(vendor=vendor), uuid4()
    found = step("take_back", decision, owner, uid)
    assert (found.undone_by, found.undone_at is not None) == (owner, True)
    before = rows(vendor)
    step("take_back", decision, owner, uid)
    step("take_back", decision, None)  # another owner, on another phone
    assert rows(vendor) == before
    with pytest.raises(TakenBack):
        step("look", decision, owner, conclusion="fine")
    found = step("put_back", decision, owner)
    assert (found.undone_at, found.undone_by) == (None, None)
    assert [edit.after["step"] for edit in decision.edits.all()] == ["take-back", "put-back"]


# --- the database keeps the promise


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"reason": ""},
        {"weekday": None},
        {"weekday": 7},
        {"about": "products"},
        {"about": "hours"},
        {"opens": dt.time(9)},
        {"about": "hours", "opens": dt.time(9), "closes": dt.time(10), "weekday": 7},
        {"touched": 13},
        {"look_on": dt.date(2026, 1, 1)},
    ],
    ids=str,
)
def test_decision_that_says_nothing_is_refused(vendor, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionFactory(vendor=vendor, **wrong)


@pytest.mark.parametrize("field", ["looked_by", "undone_by"])
def test_who_did_it_has_a_time(vendor, owner, field):
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionFactory(vendor=vendor, **{field: owner})


@pytest.mark.parametrize("wrong", [{"touched_visits": 13}, {"touched_lines": 61}], ids=str)
def test_touched_are_a_part(vendor, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionPersonFactory(decision__vendor=vendor, **wrong)


@pytest.mark.parametrize(
    ("factory", "field"), [(DecisionPersonFactory, "customer"), (DecisionProductFactory, "product")]
)
def test_each_stands_once_in_a_decision(vendor, factory, field):
    row = factory(decision__vendor=vendor)
    with pytest.raises(IntegrityError), transaction.atomic():
        factory(decision=row.decision, **{field: getattr(row, field)})


def committed(write):
    with transaction.atomic():
        write()
        connection.check_constraints()


def test_change_belongs_to_the_shop_of_its_decision(vendor):
    strange = DecisionFactory()
    with pytest.raises(IntegrityError):
        committed(lambda: DecisionEdit.objects.create(vendor=vendor, decision=strange, before={}, after={}))
