import datetime as dt
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.review.days import month_of, one_day, week_of
from crm.review.wrong import MOST, wrong_of
from customers.promises import problems as writing
from customers.promises.models import Problem, ProblemEdit
from customers.visits import tallying
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.promises import ProblemFactory
from tests.factories.vendors import MemberFactory, OwnerFactory, ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory

ONE_DAY = dt.timedelta(days=1)
DAY = dt.date(2026, 11, 18)  # a Wednesday


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


def noon(vendor, day):
    return vendor.day_bounds(day)[0] + dt.timedelta(hours=9)


def noted(vendor, day=None, **values):
    """A problem of a new person, noted on a day (today) of the shop."""
    day = day or vendor.today()
    values.setdefault("customer", CustomerFactory(vendor=vendor))
    return ProblemFactory(vendor=vendor, opened_at=noon(vendor, day), happened_on=day, **values)


def solved(vendor, day=None, at=None, **values):
    return noted(vendor, day, remedy="replaced", remedied_at=at or noon(vendor, day or vendor.today()), **values)


def panel(vendor, span=None):
    return wrong_of(vendor, span or one_day(vendor.today()), timezone.now())


def numbers(wrong):
    return [each.number for each in wrong.figures]


def address(vendor, day=None):
    return f"/green-corner/review/{day or vendor.today()}/wrong/"


def sent(problem, step, **more):
    return {"uid": str(uuid4()), "problem": str(problem.uid), "step": step, **more}


def rows_at(client, address):
    return client.get(address).context["table"].paginator.count


def tap(client, vendor, problem, step, **more):
    return client.post(address(vendor), sent(problem, step, **more), headers={"HX-Request": "true"})


# --- the numbers


def test_wrong_counts_what_was_noted_put_right_and_closed_on_the_day(vendor):
    noted(vendor, DAY)
    noted(vendor, DAY - ONE_DAY)
    solved(vendor, DAY - ONE_DAY, at=noon(vendor, DAY))
    at = noon(vendor, DAY)
    solved(vendor, DAY, answer="right", asked_at=at, closed_at=at)
    noted(vendor, DAY, is_undone=True, closed_at=at)
    noted(VendorFactory(), DAY)
    assert numbers(panel(vendor, one_day(DAY))) == [2, 2, 1]
    assert numbers(panel(vendor, week_of(DAY))) == [4, 2, 1]


def test_the_days_of_the_shop_go_across_midnight(vendor):
    start, end = vendor.day_bounds(DAY)
    for at in (start - dt.timedelta(seconds=1), start, end - dt.timedelta(seconds=1), end):
        ProblemFactory(vendor=vendor, customer=None, opened_at=at)
    assert panel(vendor, one_day(DAY)).figures[0].number == 2


def test_kinds_are_counted_the_most_frequent_first(vendor):
    for what in ("late", "soft", "soft"):
        noted(vendor, what=what)
    assert [(each.called, each.number) for each in panel(vendor).kinds] == [("soft", 2), ("late", 1)]


def test_every_number_leads_to_exactly_its_rows(vendor, evening, owner, onion):
    today, supplier = vendor.today(), CustomerFactory(vendor=vendor, kind="supplier")
    noted(vendor, is_hard=True, what="late", product=onion)
    noted(vendor, supplier=supplier, product=onion)
    noted(vendor, today - 3 * ONE_DAY, supplier=supplier, product=onion)
    noted(vendor, today - 3 * ONE_DAY, supplier=supplier, product=ProductFactory(vendor=vendor))
    solved(vendor)
    at = timezone.now()
    solved(vendor, at=at, answer="right", asked_at=at, closed_at=at)
    noted(vendor, is_undone=True, closed_at=at)
    for span in (one_day(today), week_of(today), month_of(today)):
        found = panel(vendor, span)
        linked = [(each.number, each.rows) for each in (*found.figures, *found.kinds, found.hard, found.easy)]
        linked += [(found.to_ask.number, found.to_ask.rows)]
        linked += [(each.trouble.problems, each.rows) for each in found.repeated]
        assert [rows_at(evening, address) for _number, address in linked] == [number for number, _address in linked]
    assert len(panel(vendor).repeated) == 2


# --- what waits


def test_hard_ones_stand_by_age_with_the_question_where_nobody_or_no_day_is_named(vendor, helper):
    today = vendor.today()
    with_both = noted(vendor, today, is_hard=True, owner=helper, due_on=today)
    nobody = noted(vendor, today - 9 * ONE_DAY, is_hard=True, due_on=today)
    no_day = noted(vendor, today - 5 * ONE_DAY, is_hard=True, owner=helper)
    over = noted(vendor, today - 4 * ONE_DAY, is_hard=True, owner=helper, due_on=today - ONE_DAY)
    found = panel(vendor).hard
    assert [(row.problem, row.days, row.asks) for row in found.waiting] == [
        (nobody, 9, True),
        (no_day, 5, True),
        (over, 4, True),
        (with_both, 0, False),
    ]


def test_each_pile_has_its_own(vendor):
    hard, easy, to_ask = noted(vendor, is_hard=True), noted(vendor), solved(vendor)
    ProblemFactory(vendor=vendor, customer=None, remedy="apology", remedied_at=timezone.now())
    found = panel(vendor)
    assert [[row.problem for row in pile.waiting] for pile in (found.hard, found.easy, found.to_ask)] == [
        [hard],
        [easy],
        [to_ask],
    ]


def test_what_was_noted_after_the_day_is_not_of_it(vendor):
    today = vendor.today()
    noted(vendor, today)
    noted(vendor, today - ONE_DAY)
    assert panel(vendor, one_day(today - ONE_DAY)).easy.number == 1


def test_long_pile_says_how_many_more(vendor, evening):
    for ago in range(MOST + 2):
        noted(vendor, vendor.today() - ago * ONE_DAY)
    found = panel(vendor).easy
    assert (found.number, len(found.waiting), found.more) == (MOST + 2, MOST, 2)
    assert found.waiting[0].days == MOST + 1
    assert "and 2 more" in evening.get(address(vendor)).content.decode()


def test_whom_to_ask_can_be_called_or_written_to(vendor, evening, onion):
    person = CustomerFactory(vendor=vendor, name="Sunita")
    ContactPointFactory(customer=person, text="98200 12345", number="+919820012345")
    solved(vendor, customer=person, product=onion)
    solved(vendor)
    [row, silent] = panel(vendor).to_ask.waiting
    assert row.message == "Namaste Sunita, is it right again? (Onion of today: soft) – Green Corner"
    assert [way.call for way in row.ways] == ["tel:+919820012345"]
    assert silent.ways == ()
    assert 'href="tel:+919820012345"' in evening.get(address(vendor)).content.decode()


# --- the next tap


def test_who_takes_it_by_when_is_one_tap_and_undone_in_place(vendor, evening, helper, owner):
    problem = noted(vendor, is_hard=True)
    tomorrow = vendor.today() + ONE_DAY
    page = tap(evening, vendor, problem, "entrust", owner=helper.uid, due_on=tomorrow)
    problem.refresh_from_db()
    assert (page.status_code, problem.owner, problem.due_on) == (200, helper, tomorrow)
    assert "Ravi looks after it, by" in page.content.decode()
    assert "Who takes it" not in page.content.decode()
    told = page.context["told"]
    assert told.of == problem.edits.get().uid
    page = tap(evening, vendor, problem, "back", of=told.of)
    problem.refresh_from_db()
    assert (problem.owner, problem.due_on) == (None, None)
    assert "Undone:" in page.content.decode()
    assert 'value="back"' not in page.content.decode()


def test_a_day_or_a_person_alone_is_told_as_such(vendor, evening, helper):
    problem = noted(vendor, is_hard=True)
    assert "Ravi looks after it." in tap(evening, vendor, problem, "entrust", owner=helper.uid).content.decode()
    page = tap(evening, vendor, problem, "entrust", due_on=vendor.today())
    assert "Nobody yet looks after it, by" in page.content.decode()


@pytest.mark.parametrize("remedy", Problem.Remedy.values)
def test_remedy_is_one_tap_and_then_it_is_to_be_asked(vendor, evening, remedy):
    problem = noted(vendor)
    page = tap(evening, vendor, problem, remedy)
    problem.refresh_from_db()
    assert problem.remedy == remedy
    assert [row.problem for row in page.context["wrong"].to_ask.waiting] == [problem]
    assert 'role="status"' in page.content.decode()


def test_right_again_closes_it_and_undo_opens_it(vendor, evening):
    problem = solved(vendor)
    page = tap(evening, vendor, problem, "right")
    problem.refresh_from_db()
    assert problem.closed_at
    assert "Closed: right again." in page.content.decode()
    tap(evening, vendor, problem, "back", of=page.context["told"].of)
    problem.refresh_from_db()
    assert problem.closed_at is None


def test_not_yet_opens_it_anew(vendor, evening):
    problem = solved(vendor)
    page = tap(evening, vendor, problem, "not-right")
    assert [row.problem for row in page.context["wrong"].easy.waiting] == [problem]
    assert "Nothing done yet." in page.content.decode()


def test_an_easy_one_can_be_called_hard(vendor, evening):
    page = tap(evening, vendor, problem := noted(vendor), "hard")
    assert [row.problem for row in page.context["wrong"].hard.waiting] == [problem]
    assert "Hard." in page.content.decode()


def test_step_sent_twice_is_taken_once(vendor, evening):
    problem = noted(vendor)
    body = sent(problem, "replaced")
    pages = [evening.post(address(vendor), body, headers={"HX-Request": "true"}) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    assert ProblemEdit.objects.count() == 1
    undo = sent(problem, "back", of=str(ProblemEdit.objects.get().uid))
    for _ in range(2):
        assert evening.post(address(vendor), undo, headers={"HX-Request": "true"}).status_code == 200
    assert ProblemEdit.objects.count() == 2


def test_another_step_under_the_same_uid_is_refused(vendor, evening):
    problem = noted(vendor)
    body = sent(problem, "replaced")
    evening.post(address(vendor), body)
    page = evening.post(address(vendor), {**body, "step": "refunded"}, headers={"HX-Request": "true"})
    assert page.status_code == 409
    assert "This form was saved before with other words." in page.content.decode()
    problem.refresh_from_db()
    assert problem.remedy == "replaced"


def test_what_another_closed_meanwhile_is_told(vendor, evening, helper):
    problem = solved(vendor)
    writing.answer(problem=problem, answer="right", by=helper, uid=uuid4())
    page = tap(evening, vendor, problem, "refunded")
    assert page.status_code == 409
    assert "Ravi has closed this already." in page.content.decode()


def test_undo_never_takes_back_what_another_did_meanwhile(vendor, evening, helper):
    problem = noted(vendor)
    of = tap(evening, vendor, problem, "replaced").context["told"].of
    writing.remedy(problem=problem, remedy="refunded", by=helper, uid=uuid4())
    page = tap(evening, vendor, problem, "back", of=of)
    assert page.status_code == 409
    assert "Somebody else has changed this meanwhile." in page.content.decode()
    problem.refresh_from_db()
    assert problem.remedy == "refunded"


def test_step_that_changes_nothing_has_nothing_to_undo(vendor, evening):
    page = tap(evening, vendor, solved(vendor), "replaced")
    assert "Replaced, not asked yet." in page.content.decode()
    assert 'value="back"' not in page.content.decode()
    assert "Nothing" not in tap(evening, vendor, solved(vendor), "easy").content.decode()


@pytest.mark.parametrize("body", [{}, {"step": "replaced"}, {"step": "dance"}, {"problem": "no uid"}])
def test_form_that_is_not_whole_is_told_and_changes_nothing(vendor, evening, body):
    problem = noted(vendor)
    body = {"uid": str(uuid4()), **({"problem": str(problem.uid)} if "step" not in body else {}), **body}
    page = evening.post(address(vendor), body, headers={"HX-Request": "true"})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert not ProblemEdit.objects.exists()


def test_problem_of_another_shop_is_not_here(vendor, evening):
    page = tap(evening, vendor, ProblemFactory(), "replaced")
    assert page.status_code == 422
    assert not ProblemEdit.objects.exists()


def test_day_that_is_over_is_told(vendor, evening, helper):
    problem = noted(vendor, is_hard=True)
    page = tap(evening, vendor, problem, "entrust", owner=helper.uid, due_on=vendor.today() - ONE_DAY)
    assert page.status_code == 409
    assert "This day is over." in page.content.decode()


def test_without_script_the_answer_is_the_review_with_a_message(vendor, evening):
    today = vendor.today()
    answer = evening.post(address(vendor), sent(noted(vendor), "replaced"))
    assert (answer.status_code, answer.url) == (302, f"/green-corner/review/{today}/#wrong")
    assert "not asked yet" in evening.get(answer.url).content.decode()
    answer = evening.post(f"{address(vendor)}?span=week", sent(noted(vendor), "replaced"))
    assert answer.url == f"/green-corner/review/week/{today}/#wrong"


def test_forms_of_a_week_come_back_to_the_week(vendor, evening):
    noted(vendor)
    page = evening.get(f"{address(vendor)}?span=month").content.decode()
    assert f'hx-post="{address(vendor)}?span=month"' in page


def test_helper_has_no_review(vendor, counter):
    assert counter.get(address(vendor)).status_code == 403


# --- what repeats


def regular(vendor):
    person = CustomerFactory(vendor=vendor)
    start, _end = vendor.day_bounds(vendor.today())
    for week in range(8):
        VisitFactory(customer=person, at=start + dt.timedelta(hours=7) - (1 + 7 * week) * ONE_DAY)
    return person


def test_trend_is_said_of_three_people_on_as_k_of_n_regulars(vendor, evening, onion):
    people = [regular(vendor) for _ in range(4)]
    tallying.recount_shop(vendor)
    for person in people[:2]:
        noted(vendor, customer=person, product=onion)
    page = evening.get(address(vendor)).content.decode()
    assert "2 different people" in page
    assert " regulars" not in page
    assert "a trend" not in page
    noted(vendor, customer=people[2], product=onion)
    page = evening.get(address(vendor)).content.decode()
    assert "3 of 4 regulars" in page
    assert "a trend" in page


def test_one_loud_person_is_named(vendor, evening, onion):
    loud = CustomerFactory(vendor=vendor, name="Gurpreet")
    for person in (loud, loud, CustomerFactory(vendor=vendor)):
        noted(vendor, customer=person, product=onion)
    assert "mostly Gurpreet" in evening.get(address(vendor)).content.decode()


def test_a_day_tells_of_thirty_days_what_repeats_and_a_month_all_of_its_products(vendor, onion):
    noted(vendor, DAY, product=onion)
    noted(vendor, DAY - 29 * ONE_DAY, product=onion)
    noted(vendor, DAY - 30 * ONE_DAY, product=onion)
    noted(vendor, DAY, product=ProductFactory(vendor=vendor))
    found = panel(vendor, one_day(DAY))
    assert [(each.trouble.product, each.trouble.problems) for each in found.repeated] == [(onion, 2)]
    assert found.since == DAY - 29 * ONE_DAY
    assert [each.trouble.problems for each in panel(vendor, month_of(DAY)).repeated] == [1, 1]


def test_many_that_repeat_say_how_many_more(vendor, evening):
    for _ in range(MOST + 1):
        noted(vendor, DAY)
    found = panel(vendor, week_of(DAY))
    assert (len(found.repeated), found.more_repeated) == (MOST, 1)
    assert "and 1 more" in evening.get(f"{address(vendor, DAY)}?span=week").content.decode()


# --- the page


def test_empty_panel_says_what_will_stand_there(vendor, evening):
    page = evening.get(address(vendor)).content.decode()
    assert "Nothing went wrong, and nothing is open." in page
    assert "figures" not in page


def test_what_somebody_noticed_without_a_complaint_is_closed_by_its_remedy(vendor, evening, onion):
    problem = noted(vendor, customer=None, was_said=False, product=onion)
    assert "noticed here" in evening.get(address(vendor)).content.decode()
    assert "Closed." in tap(evening, vendor, problem, "apology").content.decode()


def test_uids_of_a_panel_are_all_different(vendor, evening):
    for _ in range(3):
        noted(vendor)
    uids = re.findall(r'name="uid" value="([^"]+)"', evening.get(address(vendor)).content.decode())
    assert len(uids) == len(set(uids)) == 3


def test_wrong_asks_as_often_for_one_as_for_three(vendor, evening, owner):
    def asked():
        panel(vendor)
        with CaptureQueriesContext(connection) as queries:
            panel(vendor)
        return len(queries)

    def one_of_each():
        supplier = CustomerFactory(vendor=vendor, kind="supplier")
        product = ProductFactory(vendor=vendor)
        for values in ({"is_hard": True, "owner": MemberFactory(vendor=vendor)}, {}):
            noted(vendor, product=product, supplier=supplier, **values)
        person = CustomerFactory(vendor=vendor)
        ContactPointFactory(customer=person)
        solved(vendor, customer=person)

    one_of_each()
    one = asked()
    for _ in range(2):
        one_of_each()
    assert asked() == one <= 12


def test_two_owners_have_each_their_chip(vendor, evening, owner):
    other = OwnerFactory(vendor=vendor, name="Meena")
    noted(vendor, is_hard=True)
    page = evening.get(address(vendor)).content.decode()
    assert re.search(rf'value="{owner.uid}" checked', page)
    assert not re.search(rf'value="{other.uid}" checked', page)
