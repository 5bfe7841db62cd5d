import datetime as dt
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.lib import moments
from customers.models import Clash, Customer
from customers.preferences.merging import merge_products
from customers.promises import problems
from customers.promises.handing_over import hand_over
from customers.promises.models import Problem, ProblemEdit
from customers.promises.problems import Told
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, SupplyFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory

ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def soft(sunita, onion):
    """Sunita's onions were soft today."""
    return ProblemFactory(customer=sunita, product=onion)


def note(vendor, by=None, uid=None, **said):
    return problems.note(vendor=vendor, told=Told(**{"what": "soft", **said}), by=by, uid=uid or uuid4())


def put_right(problem, remedy="replaced", by=None, uid=None):
    return problems.remedy(problem=problem, remedy=remedy, by=by, uid=uid or uuid4())


def answer(problem, said="right", by=None, uid=None):
    return problems.answer(problem=problem, answer=said, by=by, uid=uid or uuid4())


def step_back(problem, by=None, uid=None):
    return problems.step_back(problem=problem, by=by, uid=uid or uuid4())


def kept(problem):
    return problems.contents(Problem.objects.get(pk=problem.pk))


# --- noted


def test_note_keeps_what_is_told(vendor, sunita, onion, helper):
    visit = VisitFactory(customer=sunita, at=timezone.now() - 3 * ONE_DAY)
    due = vendor.today()
    told = {"customer": sunita, "visit": visit, "product": onion, "text": "half of them", "is_hard": True}
    noted = note(vendor, by=helper, **told, was_said=False, owner=helper, due_on=due)
    found = Problem.objects.get()
    assert found == noted
    assert (found.customer, found.visit, found.product, found.text) == (sunita, visit, onion, "half of them")
    assert (found.is_hard, found.was_said, found.owner, found.due_on, found.by) == (True, False, helper, due, helper)
    assert (found.remedy, found.closed_at) == ("", None)
    assert found.happened_on == vendor.day_of(visit.at)


def test_note_without_a_visit_is_of_today(vendor, sunita):
    assert note(vendor, customer=sunita, what="late").happened_on == vendor.today()


def test_note_before_the_shops_day_starts_is_of_the_day_before(vendor, sunita):
    start, _end = vendor.day_bounds(vendor.today())
    visit = VisitFactory(customer=sunita, at=start - dt.timedelta(minutes=1))
    assert note(vendor, customer=sunita, visit=visit).happened_on == vendor.today() - ONE_DAY


def test_note_twice_keeps_one(vendor, sunita, onion):
    uid = uuid4()
    first, second = (note(vendor, customer=sunita, product=onion, uid=uid) for _ in range(2))
    assert first == second
    assert Problem.objects.count() == 1


def test_note_twice_after_it_was_put_right_is_the_same(vendor, sunita, helper):
    uid = uuid4()
    first = note(vendor, customer=sunita, uid=uid)
    problems.set_hard(problem=put_right(first), is_hard=True, by=helper, uid=uuid4())
    assert note(vendor, customer=sunita, uid=uid) == first


@pytest.mark.django_db(transaction=True)
def test_note_of_who_was_forgotten_meanwhile_is_refused(vendor, sunita):
    Customer.objects.filter(pk=sunita.pk).delete()
    with pytest.raises(IntegrityError):
        note(vendor, customer=sunita)
    assert not Problem.objects.exists()


def test_note_twice_after_its_product_was_merged_is_the_same(vendor, sunita, onion, owner):
    uid, shallot = uuid4(), ProductFactory(vendor=vendor)
    first = note(vendor, customer=sunita, product=shallot, uid=uid)
    merge_products(product=shallot, into=onion, by=owner)
    shallot.refresh_from_db()
    assert note(vendor, customer=sunita, product=shallot, uid=uid) == first


@pytest.mark.parametrize("other", [{"what": "late"}, {"text": "all"}, {"is_hard": True}, {"remedy": "refunded"}])
def test_note_of_something_else_under_the_same_uid_is_refused(vendor, sunita, other):
    uid = uuid4()
    note(vendor, customer=sunita, uid=uid)
    with pytest.raises(problems.ToldOtherwise):
        note(vendor, customer=sunita, uid=uid, **other)
    with pytest.raises(problems.ToldOtherwise):
        note(vendor, customer=CustomerFactory(vendor=vendor), uid=uid)
    assert Problem.objects.count() == 1


def test_note_under_a_uid_that_another_connection_writes_first(vendor, sunita, monkeypatch):
    uid = uuid4()
    first = note(vendor, customer=sunita, uid=uid)
    looked = problems._noted_before
    answers = iter([None])
    monkeypatch.setattr(problems, "_noted_before", lambda problem: next(answers, looked(problem)))
    assert note(vendor, customer=sunita, uid=uid) == first


def test_note_of_somebody_forgotten_meanwhile_is_an_error(vendor, sunita, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise IntegrityError

    monkeypatch.setattr(Problem, "save", refuse)
    with pytest.raises(IntegrityError):
        note(vendor, customer=sunita)


def test_note_of_something_else_needs_words(vendor, sunita):
    with pytest.raises(problems.NotInWords):
        note(vendor, customer=sunita, what="other")
    assert note(vendor, customer=sunita, what="other", text="the bag tore").text == "the bag tore"


def test_note_due_in_the_past_is_told(vendor, sunita):
    with pytest.raises(problems.DueInThePast):
        note(vendor, customer=sunita, due_on=vendor.today() - ONE_DAY)
    assert not Problem.objects.exists()


def test_note_of_a_merged_product_is_of_what_stands_for_it(vendor, sunita, onion, owner):
    shallot = ProductFactory(vendor=vendor)
    merge_products(product=shallot, into=onion, by=owner)
    shallot.refresh_from_db()
    assert note(vendor, customer=sunita, product=shallot).product == onion


def test_note_is_laid_to_who_brought_it_on_that_day(vendor, sunita, onion):
    today = vendor.today()
    SupplyFactory(product=onion, since=today - 30 * ONE_DAY)
    then = SupplyFactory(product=onion, since=today - 5 * ONE_DAY)
    now = SupplyFactory(product=onion, since=today)
    SupplyFactory(product=onion, since=today + ONE_DAY)
    visit = VisitFactory(customer=sunita, at=vendor.day_bounds(today - 5 * ONE_DAY)[0])
    assert note(vendor, customer=sunita, visit=visit, product=onion).supplier == then.supplier
    assert note(vendor, customer=sunita, product=onion).supplier == now.supplier
    assert note(vendor, customer=sunita).supplier is None
    assert note(vendor, customer=sunita, product=ProductFactory(vendor=vendor)).supplier is None


def test_note_is_laid_to_who_brought_the_product_that_was_merged(vendor, sunita, onion, owner):
    shallot = ProductFactory(vendor=vendor)
    supply = SupplyFactory(product=shallot)
    merge_products(product=shallot, into=onion, by=owner)
    assert note(vendor, customer=sunita, product=onion).supplier == supply.supplier


def test_note_without_a_customer_is_closed_with_its_remedy(vendor, onion):
    assert note(vendor, product=onion).closed_at is None
    noted = note(vendor, product=onion, remedy="replaced")
    assert noted.closed_at == noted.remedied_at
    assert noted.was_said is False


# --- step by step


def test_remedy_solves_and_closes_not(soft, helper):
    after = put_right(soft, by=helper)
    assert (after.remedy, after.is_solved, after.closed_at) == ("replaced", True, None)
    edit = ProblemEdit.objects.get()
    assert (edit.problem, edit.by, edit.before["remedy"], edit.after["remedy"]) == (soft, helper, "", "replaced")


def test_remedy_may_be_nothing_yet_again(soft):
    assert put_right(put_right(soft), "").remedied_at is None


def test_remedy_closes_what_has_nobody_to_ask(vendor, onion):
    assert put_right(note(vendor, product=onion)).closed_at is not None


def test_remedy_sent_twice_is_kept_once(soft):
    uid = uuid4()
    put_right(soft, uid=uid)
    answer(soft)
    assert put_right(soft, uid=uid).closed_at is not None
    assert ProblemEdit.objects.count() == 2


def test_remedy_that_is_so_already_keeps_nothing(soft):
    put_right(soft)
    put_right(soft)
    assert ProblemEdit.objects.count() == 1


def test_step_of_something_else_under_the_same_uid_is_refused(soft, sunita):
    uid = uuid4()
    put_right(soft, uid=uid)
    with pytest.raises(problems.ToldOtherwise):
        put_right(soft, "refunded", uid=uid)
    with pytest.raises(problems.ToldOtherwise):
        put_right(ProblemFactory(customer=sunita), uid=uid)
    with pytest.raises(problems.ToldOtherwise):
        step_back(soft, uid=uid)
    step_back(soft, uid=(back := uuid4()))
    with pytest.raises(problems.ToldOtherwise):
        put_right(soft, uid=back)
    assert kept(soft)["remedy"] == ""


def test_entrust_says_who_looks_after_it_and_by_when(soft, helper, vendor):
    today = vendor.today()
    problems.entrust(problem=soft, owner=helper, due_on=today, by=None, uid=uuid4())
    assert kept(soft)["owner"] == str(helper.uid)
    assert kept(soft)["due_on"] == today.isoformat()
    step_back(soft)
    assert (kept(soft)["owner"], kept(soft)["due_on"]) == (None, None)


def test_entrust_to_a_day_that_is_over_is_told(soft, helper, vendor):
    yesterday = vendor.today() - ONE_DAY
    with pytest.raises(problems.DueInThePast):
        problems.entrust(problem=soft, owner=helper, due_on=yesterday, by=None, uid=uuid4())
    Problem.objects.update(due_on=yesterday)
    problems.entrust(problem=soft, owner=helper, due_on=yesterday, by=None, uid=uuid4())
    assert Problem.objects.get().owner == helper


def test_set_hard_and_easy(soft):
    assert problems.set_hard(problem=soft, is_hard=True, by=None, uid=uuid4()).is_hard
    assert not problems.set_hard(problem=soft, is_hard=False, by=None, uid=uuid4()).is_hard
    assert ProblemEdit.objects.count() == 2


def test_answer_right_closes(soft):
    after = answer(put_right(soft))
    assert (after.answer, after.closed_at) == ("right", after.asked_at)
    assert after.closed_at is not None


def test_answer_right_closes_also_before_anything_was_done(soft):
    assert answer(soft).closed_at is not None


def test_answer_not_right_takes_the_remedy_back_and_keeps_the_asking(soft):
    after = answer(put_right(soft), "not-right")
    assert (after.remedy, after.remedied_at, after.closed_at, after.answer) == ("", None, None, "not-right")
    asking = ProblemEdit.objects.latest("id")
    assert (asking.before["remedy"], asking.after["answer"], asking.after["remedy"]) == ("replaced", "not-right", "")


def test_answer_not_right_again_is_kept_again(soft):
    answer(soft, "not-right")
    first = kept(soft)["asked_at"]
    answer(soft, "not-right")
    assert kept(soft)["asked_at"] > first
    assert ProblemEdit.objects.count() == 2


def test_answer_needs_somebody_to_ask(vendor):
    with pytest.raises(problems.NobodyToAsk):
        answer(note(vendor))


def test_step_on_what_is_closed_tells_who_closed_it(soft, helper):
    answer(soft, by=helper)
    with pytest.raises(problems.AlreadyClosed) as error:
        put_right(soft)
    assert "Ravi has closed this already." in str(error.value.said)
    assert ProblemEdit.objects.count() == 1


def test_step_on_what_was_closed_when_noted_tells_it(vendor):
    with pytest.raises(problems.AlreadyClosed) as error:
        problems.undo(problem=note(vendor, remedy="replaced"), by=None, uid=uuid4())
    assert "This is closed already." in str(error.value.said)


# --- undone


def test_undo_closes_what_was_noted_by_mistake(soft):
    after = problems.undo(problem=soft, by=None, uid=uuid4())
    assert after.is_undone
    assert after.closed_at is not None
    assert list(Problem.objects.unclosed()) == []


def test_step_back_brings_back_what_was_undone(soft):
    before = kept(soft)
    problems.undo(problem=soft, by=None, uid=uuid4())
    step_back(soft)
    assert kept(soft) == before


def test_step_back_takes_back_one_step_after_the_other(soft):
    states = [kept(soft)]
    for step in (lambda: put_right(soft), lambda: answer(soft, "not-right"), lambda: answer(soft)):
        step()
        states.append(kept(soft))
    for state in states[-2::-1]:
        step_back(soft)
        assert kept(soft) == state
    with pytest.raises(problems.NothingToTakeBack):
        step_back(soft)
    assert ProblemEdit.objects.count() == 6


def test_step_back_sent_twice_takes_one_step_back(soft):
    uid = uuid4()
    put_right(soft)
    answer(soft)
    for _ in range(2):
        step_back(soft, uid=uid)
    assert kept(soft)["remedy"] == "replaced"
    assert kept(soft)["closed_at"] is None


def test_step_back_takes_back_that_it_was_handed_over(soft, helper, owner):
    for member in (owner, helper):
        hand_over(thing=soft, to=member, by=None, uid=uuid4())
    step_back(soft)
    assert kept(soft)["owner"] == str(owner.uid)
    step_back(soft)
    assert kept(soft)["owner"] is None


def test_step_after_a_step_back_can_be_taken_back_too(soft):
    put_right(soft)
    step_back(soft)
    put_right(soft, "refunded")
    step_back(soft)
    assert kept(soft)["remedy"] == ""
    assert problems.standing_steps(soft) == []


# --- what the database refuses


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "other"},
        {"remedy": "replaced"},
        {"answer": "right"},
        {"closed_at": timezone.now()},
        {"is_undone": True},
        {"remedy": "replaced", "remedied_at": timezone.now(), "closed_at": timezone.now()},
    ],
)
def test_database_refuses(vendor, wrong):
    customer = CustomerFactory(vendor=vendor)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProblemFactory(customer=customer, **wrong)


def test_database_keeps_one_supply_of_a_product_a_day(vendor, onion):
    SupplyFactory(product=onion)
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplyFactory(product=onion)


def at(minute):
    return dt.datetime(2026, 11, 20, 6, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(("minute", "stands", "aside"), [(3, "refunded", "replaced"), (1, "replaced", "refunded")])
def test_remedy_of_two_tablets_is_the_later(vendor, minute, stands, aside):
    problem = ProblemFactory(customer=CustomerFactory(vendor=vendor), what="soft")
    for tapped, what in ((2, "replaced"), (minute, "refunded")):
        with moments.tapped(at(tapped)):
            problems.remedy(problem=problem, remedy=what, by=None, uid=uuid4(), seen=0)
    problem.refresh_from_db()
    assert problem.remedy == stands
    assert Clash.objects.values_list("field", "stands", "aside").get() == ("remedy", stands, aside)


def test_owner_and_day_of_two_tablets_add_up(vendor, helper):
    problem = ProblemFactory(customer=CustomerFactory(vendor=vendor), what="soft")
    day = dt.date(2026, 11, 25)
    for tapped, said in ((2, {"owner": helper, "due_on": None}), (1, {"owner": None, "due_on": day})):
        with moments.tapped(at(tapped)):
            problems.entrust(problem=problem, by=None, uid=uuid4(), seen=0, **said)
    problem.refresh_from_db()
    assert (problem.owner, problem.due_on) == (helper, day)
    assert not Clash.objects.exists()


def test_step_of_before_it_was_closed_is_kept_though_it_is_closed(vendor):
    problem = ProblemFactory(customer=CustomerFactory(vendor=vendor), what="soft")
    with moments.tapped(at(2)):
        problems.answer(problem=problem, answer="right", by=None, uid=uuid4())
    with moments.tapped(at(1)):
        problems.remedy(problem=problem, remedy="replaced", by=None, uid=uuid4(), seen=0)
    problem.refresh_from_db()
    assert (problem.remedy, problem.remedied_at, problem.closed_at) == ("replaced", at(1), at(2))
