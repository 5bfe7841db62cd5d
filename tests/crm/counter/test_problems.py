import datetime as dt
import re
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.counter import problem_tables
from customers.preferences.merging import merge_products
from customers.promises import problems as writing
from customers.promises.models import Problem, ProblemEdit
from tests.conftest import entry_headers
from tests.factories.customers import CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.promises import ProblemFactory, SupplyFactory
from tests.factories.vendors import MemberFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

HTMX = {"HX-Request": "true"}
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", name_hi="प्याज")


@pytest.fixture
def line(customer, onion):
    """Onions that Sunita had two days ago."""
    return VisitLineFactory(visit__customer=customer, visit__at=timezone.now() - 2 * ONE_DAY, product=onion)


@pytest.fixture
def soft(customer, onion):
    return ProblemFactory(customer=customer, product=onion)


def address(name, *uids):
    return reverse(f"counter:{name}", args=["green-corner", *uids])


def body(response):
    return " ".join(response.content.decode().split())


def new(customer):
    return address("new_problem", customer.uid)


def one(problem):
    return address("problem", problem.customer.uid, problem.uid)


def step(step, **more):
    return {"uid": uuid4(), "step": step, **more}


def told(what="soft", **more):
    return {"uid": uuid4(), "what": what, **more}


def about(line):
    return {"visit": line.visit.uid, "product": line.product.uid}


def asked(counter, page):
    with CaptureQueriesContext(connection) as queries:
        counter.get(page)
    return len(queries)


def test_what_was_tapped_by_who_serves_no_more_is_kept_when_it_arrives(tablet, device, helper, customer):
    headers = entry_headers(helper, device=device, later=True)
    helper.is_active = False
    helper.save()
    response = tablet.post(new(customer), told(owner=helper.uid), headers=headers)
    assert response["Regulars-Outcome"] == "done"
    assert (Problem.objects.get().by, Problem.objects.get().owner) == (helper, helper)


# --- one tap on a line


def test_card_leads_from_each_line_of_a_visit_to_what_was_wrong(counter, customer, line):
    missing = VisitLineFactory(visit=line.visit, product__name="Mango", outcome="not-in-stock")
    page = body(counter.get(address("card", customer.uid)))
    there = f"{new(customer)}?visit={line.visit.uid}&amp;product={line.product.uid}"
    assert f'<a class="line" href="{there}">' in page
    assert str(missing.product.uid) not in page.split('id="visits"')[1]
    assert "Mango: not here" in page


def test_today_leads_from_each_line_to_what_was_wrong(counter, customer, onion):
    visit = VisitLineFactory(visit__customer=customer, product=onion).visit
    missing = VisitLineFactory(visit=visit, product__name="Mango", outcome="not-in-stock")
    page = body(counter.get(address("today")))
    assert f'href="{new(customer)}?visit={visit.uid}&amp;product={onion.uid}"' in page
    assert f"product={missing.product.uid}" not in page
    visit.voided_at = timezone.now()
    visit.save()
    assert new(customer) not in body(counter.get(address("today")))


def test_about_product_leads_to_something_wrong_with_it(counter, customer, onion):
    page = body(counter.get(address("about_product", customer.uid, onion.uid), headers=HTMX))
    assert f'href="{new(customer)}?product={onion.uid}"' in page


def test_new_problem_asks_what_was_wrong_with_the_line(counter, customer, line):
    fragment = body(counter.get(new(customer), about(line), headers=HTMX))
    assert fragment.startswith('<section class="panel" id="problem"')
    assert re.search(r"Onion of \w+day: what was wrong\?", fragment)
    for what in Problem.What.values:
        assert f'<button class="button" name="what" value="{what}">' in fragment
    assert f'name="visit" value="{line.visit.uid}"' in fragment
    assert f'name="product" value="{line.product.uid}"' in fragment


def test_new_problem_of_a_present_visit_is_of_today(counter, customer, onion):
    page = body(counter.get(new(customer), {"product": onion.uid}))
    assert "Onion of today: what was wrong?" in page
    assert "What went wrong for Sunita Rao" in page
    assert "Today: what was wrong?" in body(counter.get(new(customer)))


def test_new_problem_tells_what_was_noted_of_the_line_already(counter, customer, onion, soft):
    ProblemFactory(customer=customer, product=onion, what="late", is_undone=True, closed_at=timezone.now())
    fragment = body(counter.get(new(customer), {"product": onion.uid}, headers=HTMX))
    assert "Noted already:" in fragment
    assert one(soft) in fragment
    assert "Onion of today: late" not in fragment


def test_new_problem_is_kept_with_one_tap(counter, customer, line, helper):
    response = counter.post(new(customer), told(**about(line)), headers=HTMX)
    problem = Problem.objects.get()
    assert (problem.customer, problem.visit, problem.product, problem.what, problem.by) == (
        *(customer, line.visit, line.product),
        *("soft", helper),
    )
    assert (problem.was_said, problem.is_hard, problem.remedy) == (True, False, "")
    assert response.headers["HX-Trigger"] == '{"problems-changed": {}}'
    assert "Noted:" in body(response)
    assert "Undo: noted by mistake" in body(response)


def test_new_problem_of_a_page_that_offers_nobody_is_looked_after_by_who_noted_it(counter, customer, helper):
    counter.post(new(customer), {"uid": str(uuid4()), "what": "late"}, headers=HTMX)
    assert Problem.objects.get().owner == helper


def test_new_problem_is_kept_without_script(counter, customer, line):
    response = counter.post(new(customer), told(**about(line)))
    assert response.url == one(Problem.objects.get())
    assert "Noted. Say here what was done, or go on." in body(counter.get(response.url))


def test_new_problem_is_looked_after_by_who_notes_it(counter, customer, helper, owner):
    page = body(counter.get(new(customer), headers=HTMX))
    assert f'<option value="{helper.uid}" selected>' in page
    assert f'<option value="{owner.uid}">' in page


def test_new_problem_keeps_all_that_is_said(counter, customer, onion, helper, vendor):
    more = {"text": " the  lower half ", "is_hard": "on", "unsaid": "on", "remedy": "refunded"}
    cared = {"owner": helper.uid, "due_on": vendor.today().isoformat()}
    counter.post(new(customer), told("spoilt", product=onion.uid, **more, **cared))
    problem = Problem.objects.get()
    assert (problem.text, problem.is_hard, problem.was_said) == ("the lower half", True, False)
    assert (problem.remedy, problem.owner, problem.due_on) == ("refunded", helper, vendor.today())


def test_new_problem_sent_twice_is_kept_once(counter, customer, line):
    data = told(**about(line))
    first, second = (counter.post(new(customer), data, headers=HTMX) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert Problem.objects.count() == 1


def test_new_problem_tells_that_a_form_was_sent_with_other_words(counter, customer):
    data = told()
    counter.post(new(customer), data)
    response = counter.post(new(customer), {**data, "what": "late", "text": "at noon"}, headers=HTMX)
    assert response.status_code == 422
    assert "To save this as well, tap once more." in body(response)
    assert f'value="{data["uid"]}"' not in body(response)
    assert 'value="at noon"' in body(response)


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": ""},
        {"what": "🥭"},
        {"what": "other"},
        {"what": "other", "text": "\u200b"},
        {"text": "x" * 201},
        {"text": "a\0b"},
        {"uid": "17"},
        {"product": "17"},
        {"product": "\0"},
        {"visit": "17"},
        {"visit": "\0"},
        {"owner": "17"},
        {"due_on": "soon"},
        {"due_on": "2020-01-01"},
        {"remedy": "cake"},
    ],
)
def test_new_problem_tells_bad_input_and_keeps_nothing(counter, customer, wrong):
    response = counter.post(new(customer), {**told(), **wrong}, headers=HTMX)
    assert response.status_code == 422
    assert 'class="errors"' in body(response)
    assert not Problem.objects.exists()


def test_new_problem_refuses_what_is_of_another_shop_or_person(counter, customer, vendor):
    other = VisitFactory(customer=CustomerFactory(vendor=vendor))
    strange = {"visit": VisitFactory().uid, "product": ProductFactory().uid, "owner": MemberFactory().uid}
    for wrong in ({"visit": other.uid}, *({name: uid} for name, uid in strange.items())):
        assert counter.post(new(customer), {**told(), **wrong}).status_code == 422
        assert counter.get(new(customer), wrong).status_code == 200
    assert not Problem.objects.exists()


def test_new_problem_offers_visits_of_the_kitchen(counter, customer, vendor):
    home = HouseholdFactory(vendor=vendor)
    first = MembershipFactory(household=home, decides=True, is_first=True).customer
    MembershipFactory(household=home, customer=customer)
    collected = VisitFactory(customer=CustomerFactory(vendor=vendor), collected_by=customer)
    for visit in (VisitFactory(customer=first), collected):
        counter.post(new(customer), told(visit=visit.uid))
    assert Problem.objects.count() == 2


def test_new_problem_of_somebody_forgotten_meanwhile_is_told(counter, customer, monkeypatch):
    def refuse(**_said):
        raise IntegrityError

    monkeypatch.setattr(writing, "note", refuse)
    response = counter.post(new(customer), told(), headers=HTMX)
    assert response.status_code == 422
    assert "This was not saved. Tap once more." in body(response)


# --- one problem


def test_problem_tells_what_it_is_and_how_it_went(counter, soft, helper, vendor):
    soft.owner, soft.due_on, soft.is_hard, soft.supplier = helper, vendor.today(), True, CustomerFactory(vendor=vendor)
    soft.by = helper
    soft.save()
    writing.remedy(problem=soft, remedy="replaced", by=helper, uid=uuid4())
    page = body(counter.get(one(soft)))
    assert "Onion of today: soft" in page
    assert "replaced, not asked yet" in page
    assert f"brought by {soft.supplier.name} · Ravi looks after it · by" in page
    assert "hard to put right · they complained" in page
    assert "<span>noted, Ravi</span>" in page
    assert "<span>replaced, Ravi</span>" in page
    assert "Undo: replaced" in page


def test_problem_speaks_the_language_of_the_shop(counter, soft, vendor):
    vendor.language = "hi"
    vendor.save()
    assert "प्याज" in body(counter.get(one(soft)))


@pytest.mark.parametrize("remedy", Problem.Remedy.values)
def test_problem_is_put_right_with_one_tap(counter, soft, remedy):
    response = counter.post(one(soft), step(remedy), headers=HTMX)
    soft.refresh_from_db()
    assert soft.remedy == remedy
    assert response.headers["HX-Trigger"] == '{"problems-changed": {}}'
    assert f'value="{remedy}" aria-pressed="true"' in body(response)


def test_problem_is_answered(counter, soft):
    counter.post(one(soft), step("replaced"))
    counter.post(one(soft), step("not-right"))
    soft.refresh_from_db()
    assert (soft.answer, soft.remedy) == ("not-right", "")
    response = counter.post(one(soft), step("right"), headers=HTMX)
    assert "closed: right again" in body(response)
    assert 'value="replaced"' not in body(response)
    history = body(response).split("How it went")[1]
    assert [word for word in ("replaced", "asked: not yet", "asked: it is right again") if word not in history] == []


def test_problem_is_entrusted_and_called_hard_and_easy(counter, soft, helper, vendor):
    cared = {"owner": helper.uid, "due_on": vendor.today().isoformat()}
    response = counter.post(one(soft), step("entrust", **cared), headers=HTMX)
    assert f'<option value="{helper.uid}" selected>' in body(response)
    counter.post(one(soft), step("hard"))
    soft.refresh_from_db()
    assert (soft.owner, soft.due_on, soft.is_hard) == (helper, vendor.today(), True)
    page = body(counter.post(one(soft), step("easy"), headers=HTMX))
    soft.refresh_from_db()
    assert not soft.is_hard
    history = page.split("How it went")[1]
    assert re.search("who looks after it, and by when.*hard.*easy", history)


def test_problem_keeps_who_looks_after_it_though_they_serve_no_more(counter, soft, vendor):
    gone = MemberFactory(vendor=vendor, name="Meena", is_active=False)
    Problem.objects.update(owner=gone)
    assert "Meena" in body(counter.get(one(soft)))
    response = counter.post(one(soft), step("entrust", owner=gone.uid, due_on=vendor.today().isoformat()))
    assert response.status_code == 302


def test_problem_due_in_the_past_is_told_with_what_was_typed(counter, soft):
    response = counter.post(one(soft), step("entrust", due_on="2020-01-01"), headers=HTMX)
    assert response.status_code == 422
    assert "This day is over." in body(response)
    assert 'value="2020-01-01"' in body(response)


def test_problem_is_undone_and_brought_back(counter, soft):
    assert "noted by mistake" in body(counter.post(one(soft), step("undo"), headers=HTMX))
    assert Problem.objects.get().is_undone
    response = counter.post(one(soft), step("back"), headers=HTMX)
    assert not Problem.objects.get().is_undone
    assert "one step undone" in body(response)
    response = counter.post(one(soft), step("back"), headers=HTMX)
    assert response.status_code == 422
    assert "There is no step left to undo." in body(response)


def test_problem_step_sent_twice_is_taken_once(counter, soft):
    data = step("replaced")
    for _ in range(2):
        assert counter.post(one(soft), data, headers=HTMX).status_code == 200
    assert ProblemEdit.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"step": ""}, {"step": "dance"}, {"uid": "17"}, {"uid": ""}, {"step": "a\0b"}])
def test_problem_tells_bad_input_and_takes_no_step(counter, soft, wrong):
    response = counter.post(one(soft), {**step("replaced"), **wrong}, headers=HTMX)
    assert response.status_code == 422
    assert 'class="errors"' in body(response)
    assert not ProblemEdit.objects.exists()


def test_problem_closed_on_another_tablet_is_told(counter, soft, owner):
    writing.answer(problem=soft, answer="right", by=owner, uid=uuid4())
    response = counter.post(one(soft), step("replaced"), headers=HTMX)
    assert response.status_code == 422
    assert "Asha has closed this already." in body(response)


def test_problem_without_script_leads_back_to_itself(counter, soft):
    assert counter.post(one(soft), step("replaced")).url == one(soft)


def test_problem_of_another_person_is_not_there(counter, soft, vendor):
    other = CustomerFactory(vendor=vendor)
    assert counter.get(address("problem", other.uid, soft.uid)).status_code == 404


def test_small_thing_is_closed_with_its_remedy(counter, vendor, onion):
    thing = ProblemFactory(vendor=vendor, customer=None, product=onion, was_said=False)
    page = address("small_thing", thing.uid)
    assert "noticed here, nobody complained" in body(counter.get(page))
    assert 'value="right"' not in body(counter.get(page))
    assert counter.post(page, step("right"), headers=HTMX).status_code == 422
    assert counter.post(page, step("replaced", from_card="1")).url == page
    assert Problem.objects.get().closed_at is not None
    assert "<b>closed</b>" in body(counter.get(page))


# --- asked on the card


def test_card_asks_what_was_put_right_and_offers_what_is_open(counter, customer, soft, onion):
    solved = ProblemFactory(customer=customer, product=None, what="late", remedy="apology", remedied_at=timezone.now())
    told = body(counter.get(address("card", customer.uid))).split('id="put-right"')[1].split("</section>")[0]
    assert "Today: late</a>; apology. Is it right again?" in told
    assert "Onion of today: soft</a>. Nothing done yet." in told
    assert told.count('value="right"') == told.count('value="not-right"') == 1
    assert all(f'value="{remedy}"' in told for remedy in Problem.Remedy.values)
    assert one(solved) in told
    uids = re.findall(r'name="uid" value="([^"]+)"', told)
    assert len(set(uids)) == 2


def test_card_asks_two_at_once_and_folds_the_rest(counter, customer):
    for days in range(4):
        day = customer.vendor.today() - days * ONE_DAY
        ProblemFactory(customer=customer, product=None, what="late", happened_on=day)
    page = body(counter.get(address("card", customer.uid)))
    first, rest = page.split('id="put-right"')[1].split("</section>")[0].split('<details class="rest">')
    assert first.count("Nothing done yet.") == 2
    assert "2 more went wrong" in rest
    assert rest.split("</details>")[0].count("Nothing done yet.") == 2


def test_put_right_does_not_count_what_was_just_said(counter, customer, soft):
    ProblemFactory.create_batch(2, customer=customer, product=None, what="late")
    answer = body(counter.post(one(soft), step("replaced", from_card="1"), headers=HTMX))
    assert answer.count("Nothing done yet.") == 2
    assert "more went wrong" not in answer


def test_put_right_answers_in_place_and_offers_undo(counter, customer, soft):
    counter.post(one(soft), step("replaced"))
    response = counter.post(one(soft), step("right", from_card="1"), headers=HTMX)
    assert body(response).startswith('<section id="put-right"')
    assert "Onion of today: soft. Closed: right again." in body(response)
    assert Problem.objects.get().closed_at is not None
    assert "HX-Trigger" not in response.headers
    back = counter.post(one(soft), step("back", from_card="1"), headers=HTMX)
    assert "Is it right again?" in body(back)
    assert "Undo" not in body(back)
    assert Problem.objects.get().closed_at is None


def test_put_right_tells_a_step_and_not_the_same_one_twice(counter, customer, soft):
    response = counter.post(one(soft), step("replaced", from_card="1"), headers=HTMX)
    assert "Onion of today: soft. Replaced, not asked yet." in body(response)
    assert "Is it right again?" not in body(response)


def test_put_right_without_script_leads_back_to_the_card(counter, customer, soft):
    assert counter.post(one(soft), step("right", from_card="1")).url == address("card", customer.uid)


def test_put_right_tells_what_was_closed_meanwhile(counter, customer, soft, owner):
    writing.answer(problem=soft, answer="right", by=owner, uid=uuid4())
    response = counter.post(one(soft), step("replaced", from_card="1"), headers=HTMX)
    assert response.status_code == 422
    assert "Asha has closed this already." in body(response)


def test_put_right_is_a_fragment_for_htmx_and_a_page_without(counter, customer, soft):
    assert "Onion of today: soft" in body(counter.get(address("put_right", customer.uid), headers=HTMX))
    assert "<h1>What went wrong for Sunita Rao</h1>" in body(counter.get(address("put_right", customer.uid)))


def test_put_right_asks_as_often_for_one_as_for_three(counter, customer, soft, vendor):
    page = address("put_right", customer.uid)
    one_row = asked(counter, page)
    for _ in range(2):
        ProblemFactory(customer=customer, product=ProductFactory(vendor=vendor))
    assert asked(counter, page) == one_row


# --- lists


def test_problems_of_lists_all_but_mistakes(counter, customer, soft, vendor):
    ProblemFactory(customer=customer, what="late", is_undone=True, closed_at=timezone.now())
    ProblemFactory(customer=CustomerFactory(vendor=vendor), what="rude")
    page = body(counter.get(address("problems_of", customer.uid)))
    assert "Onion of today: soft" in page
    assert "nothing done yet" in page
    assert ": late" not in page
    assert "rude" not in page


def test_problems_lists_what_is_open_by_how_hard_it_is(counter, customer, soft, helper, vendor):
    yesterday = vendor.today() - ONE_DAY
    hard = {"is_hard": True, "owner": helper, "due_on": yesterday}
    ProblemFactory(customer=customer, what="late", product=None, happened_on=yesterday, **hard)
    ProblemFactory(customer=customer, what="wrong", remedy="replaced", remedied_at=timezone.now(), product=None)
    ProblemFactory(vendor=vendor, customer=None, what="spoilt", product=None, was_said=False)
    page = body(counter.get(address("problems")))
    easy, rest = page.split('aria-labelledby="hard"')
    hard, solved = rest.split('aria-labelledby="solved"')
    assert "Onion of today: soft" in easy
    assert "noticed here" in easy
    assert "Yesterday: late" in hard
    assert "! was due" in hard
    assert "Ravi" in hard
    assert "Today: wrong" in solved.split("repeats")[0]


def test_problems_tell_what_repeats_with_its_rows(counter, customer, soft, onion, vendor):
    supplier = SupplyFactory(product=onion).supplier
    Problem.objects.update(supplier=supplier)
    for what in ("soft", "spoilt"):
        ProblemFactory(customer=CustomerFactory(vendor=vendor), product=onion, what=what)
    page = body(counter.get(address("problems"), {"days": 90}))
    assert "the last 90 days" in page
    rows = f"{address('problem_rows')}?days=90"
    assert f'{rows}&amp;product={onion.uid}"><b>Onion</b></a> 0 of 0 regulars, 3 problems: soft 2, spoilt 1' in page
    assert f"{rows}&amp;supplier={supplier.uid}&amp;day={vendor.today():%Y-%m-%d}" in page
    assert page.count("a trend</span>") == 1
    assert page.count("1 happened once") == 1
    assert "the last 30 days" in body(counter.get(address("problems"), {"days": "12"}))


def test_problems_names_who_is_behind_most_of_it(counter, customer, soft, onion):
    ProblemFactory(customer=customer, product=onion)
    assert "mostly Sunita Rao" in body(counter.get(address("problems")))


def test_problems_notes_a_small_thing(counter, onion, helper):
    response = counter.post(address("problems"), told("spoilt", product=onion.uid, text="the lower box"))
    assert response.url == address("problems")
    problem = Problem.objects.get()
    assert (problem.customer, problem.product, problem.was_said, problem.by) == (None, onion, False, helper)


def test_problems_notes_a_small_thing_once(counter, onion):
    data = told(product=onion.uid)
    for _ in range(2):
        counter.post(address("problems"), data)
    assert Problem.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"what": ""}, {"product": "17"}, {"uid": ""}, {"what": "other", "text": ""}])
def test_problems_tells_bad_input_with_what_was_typed(counter, wrong):
    response = counter.post(address("problems"), {**told(text="the lower box"), **wrong})
    assert response.status_code == 422
    assert 'class="errors"' in body(response)
    assert not Problem.objects.exists()
    assert counter.post(address("problems")).status_code == 422


def test_problem_rows_are_those_behind_a_number(counter, customer, onion, soft, vendor, owner):
    supplier, shallot = CustomerFactory(vendor=vendor, kind="supplier"), ProductFactory(vendor=vendor)
    yesterday = {"happened_on": vendor.today() - ONE_DAY}
    ProblemFactory(customer=customer, product=shallot, what="short", supplier=supplier)
    ProblemFactory(customer=customer, product=None, what="late", supplier=supplier, **yesterday)
    ProblemFactory(customer=customer, product=None, what="rude", happened_on=vendor.today() - 40 * ONE_DAY)
    merge_products(product=shallot, into=onion, by=owner)

    def kinds(**asked):
        response = counter.get(address("problem_rows"), asked)
        return sorted(row.record.what for row in response.context["table"].rows)

    assert kinds() == ["late", "short", "soft"]
    assert kinds(days=90) == ["late", "rude", "short", "soft"]
    assert kinds(product=onion.uid) == ["short", "soft"]
    assert kinds(supplier=supplier.uid) == ["late", "short"]
    assert kinds(supplier=supplier.uid, day=vendor.today().isoformat()) == ["short"]


@pytest.mark.parametrize("wrong", [{"product": "\0"}, {"supplier": "17"}, {"days": "7"}, {"day": "soon"}])
def test_problem_rows_of_nothing_lead_back(counter, wrong):
    assert counter.get(address("problem_rows"), wrong).url == address("problems")


@pytest.mark.parametrize("name", ["problems", "problems_of", "problem_rows"])
def test_list_asks_as_often_for_one_as_for_three(counter, customer, soft, vendor, helper, name):
    page = address(name, *([customer.uid] if name == "problems_of" else []))
    counter.get(page)
    one_row = asked(counter, page)
    for _ in range(2):
        person = customer if name == "problems_of" else CustomerFactory(vendor=vendor)
        ProblemFactory(customer=person, product=ProductFactory(vendor=vendor), owner=helper)
    assert asked(counter, page) == one_row


def test_list_goes_by_pages(counter, customer, monkeypatch):
    monkeypatch.setattr(problem_tables, "PER_PAGE", 2)
    for _ in range(3):
        ProblemFactory(customer=customer)
    page = body(counter.get(address("problems_of", customer.uid)))
    assert "Page 1 of 2" in page
    assert counter.get(address("problems_of", customer.uid), {"page": "x"}).status_code == 200


def test_details_of_a_supplier_tell_what_they_bring(counter, onion):
    supply = SupplyFactory(product=onion, since=dt.date(2026, 1, 2))
    page = body(counter.get(address("details", supply.supplier.uid)))
    assert '<span class="day">since 2 Jan 2026</span><span>Onion</span>' in page
    assert "Set who brings what" not in page
