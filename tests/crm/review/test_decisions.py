import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.planning import deciding
from customers.planning.missing_it import About
from customers.planning.models import Decision, DecisionEdit
from customers.visits import tallying
from tests.crm.review.test_missing_it import came, rows_of, text
from tests.factories.customers import CustomerFactory
from tests.factories.planning import DecisionFactory, DecisionPersonFactory, DecisionProductFactory
from tests.factories.promises import ProblemFactory, WishFactory
from tests.factories.vendors import OwnerFactory, ProductFactory

LIST = "/green-corner/review/decisions/"
AGO = 31
"""Days since the decision of these tests."""


def page_of(decision):
    return f"{LIST}{decision.uid}/"


def who_came(vendor, name, before, after, *taken, every=2):
    """Somebody who came on so many days before the decision, and so many, each some days later, after it."""
    person = CustomerFactory(vendor=vendor, name=name)
    for each in range(before):
        came(person, AGO + 2 * each, *taken)
    for each in range(after):
        came(person, AGO - 1 - every * each, *taken)
    return person


def decided(vendor, *products, by=None, ago=AGO):
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()
    about = About(products) if products else About(weekday=0)
    said = {"text": "No more mango", "reason": "too soft", "by": by, "uid": uuid4()}
    return deciding.decide(vendor=vendor, about=about, day=vendor.today() - dt.timedelta(days=ago), **said)


def step(client, decision, step, *, htmx=False, uid=None, **said):
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(page_of(decision), {"uid": uid or str(uuid4()), "step": step, **said}, headers=headers)


# --- one of them


def test_page_tells_what_became_of_each(vendor, evening, owner):
    mango = ProductFactory(vendor=vendor, name="Mango")
    who_came(vendor, "Asha R", 14, 14, mango)
    who_came(vendor, "Binu", 14, 5, mango, every=5)
    chitra = who_came(vendor, "Chitra", 14, 0, mango)
    for name in ("Devi", "Esha", "Farid"):
        who_came(vendor, name, 14, 14)
    decision = decided(vendor, mango, by=owner)
    chitra.standing, chitra.standing_reason = "closed", "moved away"
    chitra.save()
    page = text(evening.get(page_of(decision)))
    assert "<h1>No more mango</h1>" in page
    assert "Asha: Mango" in page
    assert "Why: too soft" in page
    assert "It touched 3 of 6 regulars" in page
    assert "<b>1</b> come as before" in page
    assert "<b>1</b> come less" in page
    assert "<b>1</b> not waited for any more" in page
    assert "days here: 14 before, 5 since" in page
    assert "moved away" in page
    assert "The first 4 weeks after it beside the last 4 weeks before." in page
    assert "Too few people to compare with others: look at each of them. It says when, not why." in page


def test_enough_people_are_compared_with_the_others(vendor, evening):
    mango = ProductFactory(vendor=vendor)
    for name in "ABC":
        who_came(vendor, name, 14, 2, mango)
    for name in "DEFG":
        who_came(vendor, name, 14, 14)
    page = text(evening.get(page_of(decided(vendor, mango))))
    assert "3 of 3 whom it touched come less or are gone (100 %)." in page
    assert "Of the other regulars it is 0 of 4 over the same time (0 %). It says when, not why: ask them." in page


def test_page_lists_what_they_told_since(vendor, evening):
    mango = ProductFactory(vendor=vendor, name="Mango")
    sunita = who_came(vendor, "Sunita", 14, 14, mango)
    decision = decided(vendor, mango)
    WishFactory(customer=sunita, product=mango)
    ProblemFactory(customer=sunita, product=mango, text="half of them")
    page = text(evening.get(page_of(decision)))
    assert "What they have told us since" in page
    assert "All of them come as before." in page
    assert "you know best" not in page
    assert "</a> Mango: soft, half of them" in page
    assert "Sunita</a> Mango</span>" in page


def test_first_days_are_too_early(vendor, evening):
    mango = ProductFactory(vendor=vendor)
    who_came(vendor, "Sunita", 14, 14, mango)
    decision = decided(vendor, mango, ago=3)
    page = text(evening.get(page_of(decision)))
    assert "A week after the decision stands here who comes as before" in page
    assert "The review asks this from" in page
    assert "<details><summary" in page
    decision = decided(vendor, mango, ago=10)
    page = text(evening.get(page_of(decision)))
    assert "The first week after it beside the last week before. Not yet all of the time." in page


def test_decision_that_touched_nobody_says_so(vendor, evening):
    page = text(evening.get(page_of(decided(vendor))))
    assert "It touched nobody of the regulars." in page
    assert "It touched 0 of 0 regulars" in page


def test_years_later_the_page_still_stands(vendor, evening):
    decision = DecisionFactory(vendor=vendor, decided_on=dt.date(2020, 1, 6))
    DecisionPersonFactory(decision=decision)
    assert "The first 4 weeks after it" in text(evening.get(page_of(decision)))


def test_what_was_learned_is_kept_once_and_can_be_looked_at_again(vendor, evening, owner):
    decision, uid = decided(vendor), str(uuid4())
    for _each in range(2):
        answer = step(evening, decision, "look", uid=uid, conclusion=" nobody  asked ")
        assert answer.status_code == 302
    page = text(evening.get(answer.headers["Location"]))
    assert "Kept. It is not asked again." in page
    assert "<p>nobody asked</p>" in page
    assert "Asha, " in page
    decision.refresh_from_db()
    assert (decision.conclusion, decision.looked_by) == ("nobody asked", owner)
    assert DecisionEdit.objects.count() == 1
    page = text(step(evening, decision, "look-again", htmx=True))
    assert page.startswith('<div class="review decision" id="decision"')
    assert 'role="status"' in page
    assert "It is to be looked at again." in page
    assert "What do we learn from it?" in page


def test_what_another_owner_learned_meanwhile_is_told_and_nothing_typed_is_lost(vendor, evening):
    decision = decided(vendor)
    deciding.look(decision=decision, conclusion="fine", by=OwnerFactory(vendor=vendor, name="Om"), uid=uuid4())
    answer = step(evening, decision, "look", htmx=True, conclusion="not fine")
    page = text(answer)
    assert answer.status_code == 409
    assert "Om has looked at this already." in page
    assert "<p>fine</p>" in page
    assert "not fine" in page


def test_taken_back_and_put_back(vendor, evening):
    decision = decided(vendor)
    page = text(step(evening, decision, "take-back", htmx=True))
    assert "by Asha." in page
    assert "Put it back" in page
    assert "What do we learn from it?" not in page
    answer = step(evening, decision, "look", conclusion="fine")
    assert answer.status_code == 409
    assert "This decision was taken back meanwhile." in text(answer)
    Decision.objects.update(undone_by=None)
    page = text(evening.get(page_of(decision)))
    assert "Taken back on" in page
    assert "by Asha." not in page
    page = text(step(evening, decision, "put-back", htmx=True))
    assert "Taken back on" not in page
    assert "Take it back" in page


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"step": "look", "conclusion": ""}, "Write what you learned, in a few words"),
        ({"step": "look", "conclusion": "x" * 201}, "Say it in fewer words: at most 200 letters."),
        ({"step": "burn"}, "This was not saved. Tap once more."),
        ({"step": "take-back", "uid": "none"}, "Not saved yet: this page was not whole."),
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_told(vendor, evening, said, error):
    answer = step(evening, decided(vendor), **said)
    assert answer.status_code == 422
    assert error in text(answer)
    assert DecisionEdit.objects.count() == 0


def test_decision_of_another_shop_is_none(vendor, evening):
    strange = DecisionFactory()
    assert evening.get(page_of(strange)).status_code == 404
    assert step(evening, strange, "take-back").status_code == 404
    assert evening.get(f"{page_of(strange)}people/").status_code == 404


def test_people_are_rows_then_and_now(vendor, evening):
    mango = ProductFactory(vendor=vendor)
    who_came(vendor, "Asha R", 14, 14, mango)
    who_came(vendor, "Binu", 14, 5, mango, every=5)
    decision = decided(vendor, mango)
    found = rows_of(evening.get(f"{page_of(decision)}people/", {"as": "csv"}))
    assert found[0][:4] == ["Customer", "Since then", "Days here, before", "Days here, since"]
    assert [row[:4] for row in found[1:]] == [["Binu", "comes less", "14", "5"], ["Asha R", "as before", "14", "14"]]
    assert found[1][5:] == ["14", "14", "14", "14"]
    for became, names in (("less", ["Binu"]), ("as-before", ["Asha R"]), ("gone", []), ("burnt", ["Binu", "Asha R"])):
        rows = rows_of(evening.get(f"{page_of(decision)}people/", {"as": "csv", "became": became}))
        assert [row[0] for row in rows[1:]] == names
    page = text(evening.get(f"{page_of(decision)}people/", {"sort": "customer"}))
    assert page.index("Asha R</a>") < page.index("Binu</a>")


# --- all of them


def test_decisions_are_rows_that_can_be_filtered(vendor, evening, owner):
    day = vendor.today()
    mango = ProductFactory(vendor=vendor, name="Mango")
    row = DecisionProductFactory(
        decision__vendor=vendor, product=mango, decision__text="No mango", decision__decided_on=day
    )
    looked, back = (
        DecisionFactory(vendor=vendor, text=words, decided_on=day - dt.timedelta(days=ago))
        for ago, words in ((1, "No Mondays"), (2, "No Mondays at all"))
    )
    deciding.look(decision=looked, conclusion="fine", by=owner, uid=uuid4())
    deciding.take_back(decision=back, by=owner, uid=uuid4())
    found = rows_of(evening.get(LIST, {"as": "csv"}))
    assert [row[1:] for row in found] == [
        ["Decision", "What about", "Why", "Regulars touched", "How far"],
        ["No mango", "Mango", "hardly anybody came", "3 of 12 regulars", found[1][5]],
        ["No Mondays", "Monday", "hardly anybody came", "3 of 12 regulars", "looked at: fine"],
        ["No Mondays at all", "Monday", "hardly anybody came", "3 of 12 regulars", "taken back"],
    ]
    assert found[1][5].startswith("to be looked at from")
    for which, names in (
        ("waiting", ["No mango"]),
        ("looked", ["No Mondays"]),
        ("back", ["No Mondays at all"]),
        ("burnt", ["No mango", "No Mondays", "No Mondays at all"]),
    ):
        assert [each[1] for each in rows_of(evening.get(LIST, {"as": "csv", "which": which}))[1:]] == names
    assert f'href="{page_of(row.decision)}">No mango</a>' in text(evening.get(LIST))


def test_empty_list_says_how_it_fills(vendor, evening):
    assert "Nothing was decided yet. Ask who would miss it, then write it down." in text(evening.get(LIST))


def statements(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as found:
        client.get(address)
    return len(found)


def test_number_of_statements_does_not_grow_with_the_rows(vendor, evening):
    mango = ProductFactory(vendor=vendor)
    who_came(vendor, "Asha R", 14, 14, mango)
    first = decided(vendor, mango)
    one = [statements(evening, each) for each in (LIST, page_of(first), f"{page_of(first)}people/")]
    for name in ("Binu", "Chitra"):
        who_came(vendor, name, 14, 14, mango)
        last = decided(vendor, mango)
    assert [statements(evening, each) for each in (LIST, page_of(last), f"{page_of(last)}people/")] == one
