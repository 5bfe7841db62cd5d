import datetime as dt
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.review.days import month_of, one_day, week_of
from crm.review.owed import owed_of
from crm.review.owed_rows import SHOWN
from customers.promises import closing
from customers.promises.amending import amend
from customers.promises.due import due_moment
from customers.promises.models import Amendment, Promise
from customers.promises.terms import Terms
from tests.factories.customers import CustomerFactory
from tests.factories.promises import AmendmentFactory, PromiseFactory, PromiseLineFactory
from tests.factories.vendors import MemberFactory

HTMX = {"HX-Request": "true"}
DAY = dt.date(2026, 11, 18)  # a Wednesday
ONE_DAY = dt.timedelta(days=1)
SIX = dt.time(18)
REVIEW = f"/green-corner/review/{DAY}/"
PAGE = f"{REVIEW}owed/"


@pytest.fixture(autouse=True)
def noon(vendor, monkeypatch):
    """It is noon in the shop."""
    now = due_moment(vendor, DAY, dt.time(12))
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


def promised(customer, *, ago=0, at=SIX, outcome="", **more):
    due_at = due_moment(customer.vendor, DAY - ago * ONE_DAY, at)
    closed = {"closed_at": due_at + 2 * ONE_DAY if outcome == "late" else due_at} if outcome else {}
    more |= {"due_at": due_at, "due_any_time": at is None, "outcome": outcome}
    return PromiseFactory(customer=customer, **more, **closed)


def owed(vendor, span=one_day(DAY)):  # noqa: B008 - a day is a value
    return owed_of(vendor, span, timezone.now())


def lists(vendor, day=DAY):
    """Of both sides by how a list is called its number and the words of its rows."""
    sides = owed(vendor, one_day(day)).sides
    return [{each.called: (each.number, [row.words for row in each.rows]) for each in side.lists} for side in sides]


def body(response):
    return " ".join(unescape(response.content.decode()).split())


def tap(client, row, *, page=PAGE, htmx=True, uid=None, **said):
    sent = {"uid": uid or uuid4(), "promise": row.uid, "seen": row.version, **said}
    return client.post(page, sent, headers=HTMX if htmx else {})


def undo(client, response, promise):
    uid = re.search(r'name="undo" value="([^"]+)"', response.content.decode())[1]
    return tap(client, promise, undo=uid)


# What it says


def test_owed_lists_what_is_open_until_tonight_and_tomorrow_of_each_side(vendor, sunita):
    promised(sunita, text="tonight")
    promised(sunita, text="any time", at=None)
    promised(sunita, text="since long", ago=40)
    promised(sunita, text="done", outcome="kept")
    promised(sunita, text="tomorrow", ago=-1)
    promised(sunita, text="tomorrow, any time", ago=-1, at=None)
    promised(sunita, text="later", ago=-2)
    promised(sunita, text="in the night", at=dt.time(2, 59))
    promised(sunita, text="the money", side="theirs", ago=1, at=None)
    promised(CustomerFactory(), text="of another shop")
    ours, theirs = lists(vendor)
    assert ours == {
        "by tonight": (4, ["since long", "tonight", "in the night", "any time"]),
        "tomorrow": (2, ["tomorrow", "tomorrow, any time"]),
    }
    assert theirs == {"by tonight": (1, ["the money"]), "tomorrow": (0, [])}


def test_owed_counts_what_is_overdue(vendor, sunita, evening):
    for ago in (0, 1, 2):
        promised(sunita, ago=ago)
    assert owed(vendor).sides[0].lists[0].overdue.number == 2
    assert '<span aria-hidden="true">!</span> 2</b> overdue' in body(evening.get(PAGE))


def test_owed_says_who_what_when_and_who_looks_after_it(vendor, sunita, evening, helper):
    promise = promised(sunita, ago=1, text="at the gate", has_lines=True, owner=helper)
    PromiseLineFactory(promise=promise, product__name="Mango")
    promised(sunita)
    page = body(evening.get(PAGE))
    assert f'href="/green-corner/counter/{sunita.uid}/"><b>Sunita Rao</b>' in page
    assert "Mango 2 kg, at the gate" in page
    assert '<b class="overdue">! Overdue since yesterday 18:00, late by 18 hours</b> · Ravi' in page
    assert "⏰ today 18:00 · nobody yet" in page


def test_owed_of_a_day_before_lists_what_became_of_what_was_due(vendor, sunita, evening):
    day = DAY - 3 * ONE_DAY
    promised(sunita, text="kept", ago=3, outcome="kept")
    promised(sunita, text="late", ago=3, outcome="late")
    promised(sunita, text="open", ago=3)
    promised(sunita, text="day after", ago=2, outcome="broken")
    promised(sunita, text="before", ago=4)
    ours, _theirs = lists(vendor, day)
    assert ours == {"due on Sun 15 Nov": (3, ["open", "kept", "late"]), "due on Mon 16 Nov": (1, ["day after"])}
    page = body(evening.get(f"/green-corner/review/{day}/owed/"))
    assert "Sun 15 Nov 18:00 · <b>late by 2 days</b>" in page
    assert "Mon 16 Nov 18:00 · <b>broken</b>" in page
    assert "tomorrow</a>" not in page
    assert page.count('value="kept"') == 1  # only what is open can be closed


@pytest.mark.parametrize(("span", "kept", "of"), [(week_of(DAY), 1, 3), (month_of(DAY), 2, 5)])
def test_owed_of_some_days_tells_what_became_of_all(vendor, sunita, span, kept, of):
    for ago, outcome in [(1, "kept"), (0, "late"), (2, "broken"), (5, "kept"), (9, "part"), (0, ""), (1, "released")]:
        promised(sunita, ago=ago, outcome=outcome)
    promised(sunita, ago=40, outcome="kept")
    ours, theirs = owed(vendor, span).sides
    assert ours.kept[0].rate == (kept, of)
    assert {each.called: each.number for each in ours.outcomes}["open"] == 1
    assert sum(each.number for each in ours.outcomes) == of + 2
    assert (theirs.kept[0].rate, theirs.outcomes) == ((0, 0), [])


def test_week_says_how_much_of_it_was_kept(sunita, evening):
    for outcome in ("kept", "kept", "broken"):
        promised(sunita, outcome=outcome)
    page = re.sub(r"<[^>]+>", "", body(evening.get(f"{PAGE}?span=week")))
    assert "2 of 3 kept" in page
    assert "How often it was kept" not in page
    assert "too early" not in page


def test_owed_tells_how_often_each_side_kept(vendor, sunita, evening):
    for ago in range(6):
        promised(sunita, ago=ago, outcome="kept")
    promised(sunita, ago=100, outcome="broken")
    promised(sunita, ago=3, outcome="released")
    promised(sunita, side="theirs", outcome="late", ago=3)
    ours, theirs = owed(vendor).sides
    assert [kept.rate for kept in ours.kept] == [(6, 6), (6, 7)]
    assert [kept.rate for kept in theirs.kept] == [(0, 1), (0, 1)]
    page = re.sub(r"<[^>]+>", "", body(evening.get(PAGE)))
    assert "We promise30 days: 6 of 6 kept 365 days: 6 of 7 kept" in page
    assert "They promise30 days: too early to say (1) 365 days: too early to say (1)" in page


@pytest.mark.parametrize("span", ["", "?span=week", "?span=month"])
@pytest.mark.parametrize("day", [DAY, DAY - 3 * ONE_DAY])
def test_each_number_leads_to_so_many_rows(vendor, sunita, evening, span, day):
    """Whatever number stands in a link, there are as many rows behind it."""
    for side in Promise.Side:
        for ago in (-2, -1, 0, 1, 2, 3, 4, 29, 30, 200, 364, 365):
            for outcome in ("", *Promise.Outcome.values):
                for at in (dt.time(9), None):
                    promised(sunita, side=side, ago=ago, outcome=outcome, at=at)
    page = body(evening.get(f"/green-corner/review/{day}/owed/{span}"))
    links = re.findall(r'href="(/green-corner/review/promises/\?[^"]*)"[^>]*>(.*?)</a>', page)
    assert len(links) > 9
    for address, words in links:
        table = evening.get(address).context["table"]
        number = int(re.search(r"\d+", re.sub(r"<[^>]+>", "", words))[0])
        rest = SHOWN if "more" in words else 0
        assert len(table.rows) == number + rest, f"{words}: {parse_qs(urlsplit(address).query)}"


def test_owed_shows_eight_and_says_how_many_more(sunita, evening):
    for ago in range(SHOWN + 1):
        promised(sunita, ago=ago)
    page = body(evening.get(PAGE))
    assert page.count("<b>Sunita Rao</b>") == SHOWN
    assert ">and 1 more</a>" in page


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (PAGE, "stands here from the evening before it is due."),
        (f"/green-corner/review/{DAY - ONE_DAY}/owed/", "Nothing was due on this day or the next one"),
        (f"{PAGE}?span=week", "Nothing was due in these days"),
    ],
)
def test_where_nothing_is_owed_it_says_what_will_stand_there(evening, page, words):
    said = body(evening.get(page))
    assert words in said
    assert "We owe</h3>" not in said


def test_review_has_the_panel(sunita, evening):
    promised(sunita)
    assert 'id="owed"' in body(evening.get(REVIEW))


@pytest.mark.parametrize("span", ["", "?span=week"])
def test_statements_do_not_grow_with_the_promises(vendor, sunita, evening, span):
    promised(sunita)
    promised(sunita, outcome="kept")
    evening.get(PAGE + span)
    with CaptureQueriesContext(connection) as one:
        evening.get(PAGE + span)
    for ago in (-1, 0, 1):
        for side in Promise.Side:
            owner = MemberFactory(vendor=vendor)
            PromiseLineFactory(promise=promised(CustomerFactory(vendor=vendor), ago=ago, side=side, owner=owner))
            promised(CustomerFactory(vendor=vendor), ago=ago, side=side, outcome="kept")
    with CaptureQueriesContext(connection) as many:
        evening.get(PAGE + span)
    assert len(many) == len(one)


@pytest.mark.parametrize(("span", "statements"), [(one_day(DAY), 5), (week_of(DAY), 1)])
def test_owed_asks_few_times(vendor, sunita, span, statements, django_assert_num_queries):
    PromiseLineFactory(promise=promised(sunita, has_lines=True))
    with django_assert_num_queries(statements):
        owed(vendor, span)


# What is done with it


@pytest.mark.parametrize(
    ("tapped", "outcome", "words"),
    [
        ("kept", "late", "late by 18 hours"),
        ("in_time", "kept", "kept"),
        ("part", "part", "kept in part"),
        ("broken", "broken", "broken"),
        ("released", "released", "released by the other side"),
    ],
)
def test_overdue_promise_is_closed_and_opened_again(sunita, evening, owner, tapped, outcome, words):
    promise = promised(sunita, ago=1)
    told = tap(evening, promise, outcome=tapped)
    promise.refresh_from_db()
    assert (told.status_code, promise.outcome, promise.closed_by) == (200, outcome, owner)
    assert f"✓ Sunita Rao, the ripe ones: {words}." in body(told)
    assert "<html" not in body(told)
    undone = undo(evening, told, promise)
    promise.refresh_from_db()
    assert promise.is_open
    assert "It is open again: Sunita Rao, the ripe ones." in body(undone)
    assert ">Undo<" not in body(undone)


def test_promise_is_kept_in_time(sunita, evening):
    promise = promised(sunita)
    assert "the ripe ones: kept." in body(tap(evening, promise, outcome="kept"))


def test_promise_is_put_off_to_tomorrow_in_one_tap_and_back(vendor, sunita, evening):
    promise = promised(sunita, ago=2)
    page = body(evening.get(PAGE))
    value = re.search(r'name="later" value="([^"]+)"', page)[1]
    assert value == "2026-11-19T18:00"
    assert "→ tomorrow 18:00" in page
    told = tap(evening, promise, later=value)
    promise.refresh_from_db()
    assert promise.due_at == due_moment(vendor, DAY + ONE_DAY, SIX)
    assert "✓ Due tomorrow 18:00 now: Sunita Rao, the ripe ones" in body(told)
    undo(evening, told, promise)
    promise.refresh_from_db()
    assert promise.due_at == due_moment(vendor, DAY - 2 * ONE_DAY, SIX)


def test_promise_of_any_time_is_put_off_to_any_time_of_tomorrow(vendor, sunita, evening):
    promise = promised(sunita, ago=1, at=None)
    assert 'name="later" value="2026-11-19"' in body(evening.get(PAGE))
    tap(evening, promise, later="2026-11-19")
    promise.refresh_from_db()
    assert (promise.due_at, promise.due_any_time) == (vendor.day_bounds(DAY + ONE_DAY)[1], True)


def test_promise_is_put_off_to_another_day_at_its_time(vendor, sunita, evening):
    promise = promised(sunita)
    tap(evening, promise, day="2026-12-24")
    promise.refresh_from_db()
    assert promise.due_at == due_moment(vendor, dt.date(2026, 12, 24), SIX)


def test_more_of_a_promise_shows_what_else_can_be_done(sunita, evening, vendor):
    promise = promised(sunita, ago=1)
    other = promised(sunita, ago=-1)
    MemberFactory(vendor=vendor, name="Meena")
    page = body(evening.get(PAGE))
    assert "Broken" not in page
    assert f'hx-get="{PAGE}?more={promise.uid}"' in page
    more = body(evening.get(f"{PAGE}?more={promise.uid}"))
    for words in ("Kept in time, only noted now", "Kept in part", "Broken", "Released by the other side", ">Meena<"):
        assert more.count(words) == 1
    later = body(evening.get(f"{PAGE}?more={other.uid}"))
    assert "only noted now" not in later
    assert "Put off to Fri 20 Nov 18:00" in later


def test_promise_is_given_to_somebody_and_back(vendor, sunita, evening, helper):
    promise = promised(sunita, owner=helper)
    meena = MemberFactory(vendor=vendor, name="Meena")
    told = tap(evening, promise, to=meena.uid)
    promise.refresh_from_db()
    assert promise.owner == meena
    assert "✓ With Meena now: Sunita Rao, the ripe ones" in body(told)
    undone = undo(evening, told, promise)
    promise.refresh_from_db()
    assert promise.owner == helper
    assert "With Ravi now" in body(undone)


def test_what_was_given_to_nobody_says_so(vendor, sunita, evening, owner):
    promise = promised(sunita)
    told = tap(evening, promise, to=owner.uid)
    assert "With nobody yet now" in body(undo(evening, told, promise))


def test_giving_it_to_who_has_it_already_changes_and_tells_nothing(sunita, evening, owner):
    promise = promised(sunita, owner=owner)
    assert 'role="status"' not in body(tap(evening, promise, to=owner.uid))
    assert not Amendment.objects.exists()
    assert tap(evening, promise, to=owner.uid, htmx=False).url == f"{REVIEW}#owed"


@pytest.mark.parametrize("said", [{"outcome": "broken"}, {"later": "2026-11-19T18:00"}, {"day": "2026-11-20"}])
def test_step_sent_twice_is_done_once(sunita, evening, said):
    promise, uid = promised(sunita, ago=1), uuid4()
    first, second = (body(tap(evening, promise, uid=uid, **said)) for _ in range(2))
    assert Amendment.objects.count() == 1
    told = [re.search(r"✓ [^<]+", page)[0] for page in (first, second)]
    assert told[0] == told[1]


def test_other_step_under_a_known_uid_is_refused(sunita, evening):
    promise, uid = promised(sunita, ago=1), uuid4()
    tap(evening, promise, uid=uid, outcome="broken")
    refused = tap(evening, promise, uid=uid, outcome="part")
    promise.refresh_from_db()
    assert (refused.status_code, promise.outcome) == (409, "broken")
    assert "This form was saved before with other words." in body(refused)


def test_second_of_two_owners_is_told_that_it_was_closed_otherwise(sunita, evening, helper):
    promise = promised(sunita, ago=1)
    closing.close(promise=promise, outcome="broken", by=helper, uid=uuid4())
    refused = tap(evening, promise, outcome="released")
    assert refused.status_code == 409
    assert "Somebody else has closed this promise meanwhile" in body(refused)
    assert "Nothing is owed" in body(refused)  # the panel anew
    assert tap(evening, promise, later="2026-11-19").status_code == 409
    assert tap(evening, promise, to=helper.uid).status_code == 409


def test_undo_of_what_was_changed_since_is_told(sunita, evening, helper):
    promise = promised(sunita, ago=1)
    told = tap(evening, promise, outcome="broken")
    closing.reopen(promise=promise, by=helper, uid=uuid4())
    closing.close(promise=promise, outcome="released", by=helper, uid=uuid4())
    refused = undo(evening, told, promise)
    promise.refresh_from_db()
    assert (refused.status_code, promise.outcome) == (409, "released")
    assert "Somebody has changed this promise since" in body(refused)


def test_putting_off_tells_what_somebody_else_changed_meanwhile(vendor, sunita, evening, helper):
    promise = promised(sunita)
    terms = Terms(due_moment(vendor, DAY, dt.time(20)), text="at the gate")
    amend(promise=promise, terms=terms, seen=0, by=helper, uid=uuid4())
    told = body(tap(evening, promise, later="2026-11-19T18:00"))
    assert "✓ Due tomorrow 18:00 now: Sunita Rao, at the gate Ravi changed this meanwhile:" in told
    assert "Yours stands now; both are kept." in told


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Tap what became of it, or choose another day."),
        ({"outcome": "eaten"}, "Choose what became of it."),
        ({"later": "2026-13-40"}, "Write a day like 2026-12-24"),
        ({"later": "2026-11-19T99:99"}, "Enter a valid time"),
        ({"later": "soon"}, "Tap what became of it"),
        ({"day": "soon"}, "Write a day like 2026-12-24"),
        ({"day": "2026-11-17"}, "Choose a day from today on"),
        ({"day": "2036-11-17"}, "Choose a day from today on"),
        ({"later": "9999-12-31"}, "Choose a day from today on"),
        ({"later": "2026-11-01"}, "Choose a day from today on"),
        ({"to": uuid4()}, "This is not here any more."),
        ({"undo": uuid4()}, "This is not here any more."),
        ({"outcome": "broken", "promise": uuid4()}, "This is not here any more."),
        ({"outcome": "broken", "promise": "1"}, "This is not here any more."),
        ({"outcome": "broken", "uid": "1"}, "Not saved yet: this page was not whole."),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_what_cannot_be_done_is_told_and_nothing_changed(sunita, evening, said, words, htmx):
    promise = promised(sunita)
    refused = tap(evening, promise, htmx=htmx, **said)
    assert refused.status_code == 422
    assert words in body(refused)
    assert not Amendment.objects.exists()


def test_day_that_was_typed_is_still_there(sunita, evening):
    promise = promised(sunita)
    assert 'name="day" form="owed-put-off" value="2026-11-17"' in body(tap(evening, promise, day="2026-11-17"))


def test_time_of_today_that_is_over_is_told(vendor, sunita, evening):
    promise = promised(sunita, ago=1, at=dt.time(9))
    refused = tap(evening, promise, day=f"{DAY}")
    assert refused.status_code == 409
    assert "That time is over. Choose a later one." in body(refused)


def test_amendment_of_another_promise_is_not_undone_with_this_one(sunita, evening):
    promise, other = promised(sunita), promised(sunita)
    tap(evening, other, outcome="broken")
    refused = tap(evening, promise, undo=Amendment.objects.get().uid)
    other.refresh_from_db()
    assert (refused.status_code, other.outcome) == (422, "broken")


def test_promise_forgotten_meanwhile_is_told(sunita, evening, monkeypatch):
    promise = promised(sunita)

    def gone(**_said):
        raise Promise.DoesNotExist

    monkeypatch.setattr(closing, "close", gone)
    refused = tap(evening, promise, outcome="broken")
    assert refused.status_code == 409
    assert "This is not here any more." in body(refused)


def test_step_without_script_leads_back_to_the_review_and_can_be_undone(sunita, evening):
    promise = promised(sunita, ago=1)
    answer = tap(evening, promise, htmx=False, outcome="broken")
    kept = Amendment.objects.get()
    assert answer.url == f"{REVIEW}?owed={kept.uid}#owed"
    for page in (answer.url, f"{PAGE}?owed={kept.uid}"):
        told = body(evening.get(page))
        assert "✓ Sunita Rao, the ripe ones: broken." in told
        assert f'name="undo" value="{kept.uid}"' in told
    assert not list(get_messages(answer.wsgi_request))


@pytest.mark.parametrize("owed", ["soon", str(uuid4())])
def test_address_that_tells_of_nothing_tells_nothing(evening, owed):
    page = body(evening.get(f"{PAGE}?owed={owed}")).partition("<main")[2]
    assert 'role="status"><' not in page
    assert "✓" not in body(evening.get(f"{PAGE}?owed={owed}"))


def test_address_tells_of_no_other_change(sunita, evening):
    changed = AmendmentFactory(promise=promised(sunita))
    assert "✓" not in body(evening.get(f"{PAGE}?owed={changed.uid}"))


def test_helper_has_no_panel(counter):
    assert counter.get(PAGE).status_code == 403
