import datetime as dt
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.review.days import one_day, week_of
from crm.review.who_would_miss_it import who_would_miss_it_of
from customers.planning import deciding
from customers.visits import tallying
from tests.crm.review.test_decisions import decided, who_came
from tests.crm.review.test_missing_it import text
from tests.factories.planning import DecisionFactory
from tests.factories.vendors import ProductFactory


def page_of(day):
    return f"/green-corner/review/{day}/who-would-miss-it/"


def test_panel_asks_what_became_of_a_decision_of_a_month_ago(vendor, evening):
    mango = ProductFactory(vendor=vendor, name="Mango")
    who_came(vendor, "Asha R", 14, 14, mango)
    who_came(vendor, "Binu", 14, 5, mango, every=5)
    decision = decided(vendor, mango)
    page = text(evening.get(page_of(vendor.today())))
    assert '<section class="panel" id="who_would_miss_it" aria-labelledby="who_would_miss_it-title">' in page
    assert "Decided a while ago: what became of it?" in page
    assert "Of 2 people: 1 as before, 1 less, 0 quietly gone" in page
    assert f'href="/green-corner/review/decisions/{decision.uid}/">Look at it</a>' in page
    assert "Decided of late" not in page
    assert "1 decision" in page


def test_panel_says_whom_nobody_waits_for_and_who_was_not_touched(vendor, evening):
    mango = ProductFactory(vendor=vendor)
    person = who_came(vendor, "Asha R", 14, 14, mango)
    decided(vendor, mango)
    DecisionFactory(vendor=vendor, decided_on=vendor.today() - dt.timedelta(days=30))
    person.standing, person.standing_reason = "closed", "moved away"
    person.save()
    page = text(evening.get(page_of(vendor.today())))
    assert "Of 1 person: 0 as before, 0 less, 0 quietly gone, 1 not waited for any more" in page
    assert "It touched nobody of the regulars." in page


def test_panel_lists_the_latest_decisions_with_what_was_learned(vendor, evening, owner):
    for ago in range(7):
        DecisionFactory(vendor=vendor, text=f"Step {ago}", decided_on=vendor.today() - dt.timedelta(days=ago))
    deciding.look(decision=DecisionFactory(vendor=vendor, text="No Mondays"), conclusion="fine", by=owner, uid=uuid4())
    deciding.take_back(decision=DecisionFactory(vendor=vendor, text="Never mind"), by=owner, uid=uuid4())
    page = text(evening.get(page_of(vendor.today())))
    assert "looked at: fine" in page
    assert "Step 3" in page
    assert "Step 4" not in page
    assert "Never mind" not in page
    assert "All 8 decisions" in page
    assert "touched 3 of 12 regulars" in page


def test_a_past_day_knows_nothing_of_later_decisions(vendor):
    day = vendor.today()
    now = DecisionFactory(vendor=vendor, decided_on=day)
    assert who_would_miss_it_of(vendor, one_day(day)).latest == [now]
    assert who_would_miss_it_of(vendor, week_of(day)).latest == [now]
    assert who_would_miss_it_of(vendor, one_day(day - dt.timedelta(days=1))).latest == []


def test_first_day_says_from_when_on_and_asks_all_the_same(vendor, evening):
    page = text(evening.get(page_of(vendor.today())))
    assert "From the first regulars on (who came on 5 days) you see here whom it would touch" in page
    assert "A weekday, or hours" in page
    assert "decision" not in page
    who_came(vendor, "Asha R", 14, 14)
    tallying.recount_shop(vendor)
    assert "see whom it would touch." in text(evening.get(page_of(vendor.today())))


def test_review_loads_the_panel_after_the_page(vendor, evening):
    page = text(evening.get(f"/green-corner/review/{vendor.today()}/"))
    assert 'id="who_would_miss_it" aria-busy="true"' in page
    assert f'hx-get="{page_of(vendor.today())}"' in page
    answer = evening.get(page_of(vendor.today()), headers={"HX-Request": "true"})
    assert text(answer).startswith('<section class="panel" id="who_would_miss_it"')
    tomorrow = vendor.today() + dt.timedelta(days=1)
    assert evening.get(page_of(tomorrow)).status_code == 404


def test_number_of_statements_does_not_grow_with_the_decisions(vendor, evening):
    mango = ProductFactory(vendor=vendor)
    counts = []
    for name in ("Asha R", "Binu", "Chitra"):
        who_came(vendor, name, 14, 14, mango)
        decided(vendor, mango)
        DecisionFactory(vendor=vendor)
        evening.get(page_of(vendor.today()))
        with CaptureQueriesContext(connection) as found:
            evening.get(page_of(vendor.today()))
        counts.append(len(found))
    assert counts[0] == counts[1] == counts[2]
