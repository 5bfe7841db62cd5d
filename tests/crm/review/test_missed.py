import csv
import datetime as dt
import io
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.review import missed as panel
from crm.review import missed_steps
from crm.review.days import month_of, one_day, week_of
from crm.review.missed import message_for, missed_of
from crm.review.missed_lists import how
from customers import keeping, merging
from customers.models import Customer, CustomerEdit
from customers.planning.models import LeftAlone
from customers.promises.models import Promise
from customers.visits import tallying
from customers.visits.expecting import Gaps
from customers.visits.forgetting import forget
from customers.visits.missing import Back
from customers.visits.models import Visit
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.planning import LeftAloneFactory
from tests.factories.promises import PromiseFactory
from tests.factories.vendors import ClosureFactory, MemberFactory

HTMX = {"HX-Request": "true"}
ROWS = "/green-corner/review/missed/rows/"


@pytest.fixture
def day(vendor):
    """A day that is over: the one before the shop's today."""
    return vendor.today() - dt.timedelta(days=1)


@pytest.fixture
def here(day):
    return f"/green-corner/review/{day}/missed/"


def body(answer):
    return " ".join(answer.content.decode().split())


def somebody(day, vendor, *, every=1, last=1, times=30, **values):
    person = CustomerFactory(vendor=vendor, **values)
    days = [day - dt.timedelta(days=last + every * number) for number in range(times)]
    came(person, *days)
    return person


def came(person, *days):
    vendor = person.vendor
    Visit.objects.bulk_create(
        Visit(vendor=vendor, customer=person, at=vendor.day_bounds(day)[0] + dt.timedelta(hours=7)) for day in days
    )
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()


@pytest.fixture
def opened(vendor, day):
    """A supplier came each day: the shop was open."""
    return somebody(day, vendor, last=0, times=120, kind="supplier", name="Mandi")


@pytest.fixture
def sunita(vendor, day, opened):
    """Who was due on the day."""
    return somebody(day, vendor, name="Sunita Rao", greeting="Namaste Sunita-ji", landmark="3rd lane")


def numbers(vendor, span):
    return {each.name: each.number for each in missed_of(vendor, span).lists}


def post(client, here, person, step, *, today=None, htmx=True, **said):
    data = {"uid": str(uuid4()), "customer": str(person.uid), "step": step, "today": today or person.vendor.today()}
    return client.post(here, {**data, **said}, headers=HTMX if htmx else {})


# What it says


def test_missed_says_how_many_of_the_regulars_with_why(evening, vendor, here, sunita, day):
    somebody(day, vendor, every=3, last=11, times=20, name="Ahmed Khan")
    somebody(day, vendor, every=2, last=25, times=20, name="Leela")
    page = body(evening.get(here, headers=HTMX))
    assert page.startswith('<section class="panel missed" id="missed"')
    assert "<b>1</b> of 2 regulars were due and not here" in page
    assert "<b>1</b> of 2 regulars drift away" in page
    assert "<b>1</b> quietly gone, lately" in page
    assert "comes every day, last 1 day ago" in page
    assert "comes every 3 days, last 11 days ago" in page
    assert "comes every 2 days, last 25 days ago" in page
    assert f'href="/green-corner/counter/{sunita.uid}/rhythm/"' in page


def test_missed_is_a_page_without_htmx(evening, here, sunita, day):
    page = body(evening.get(here))
    assert "Sunita Rao" in page
    assert f'href="/green-corner/review/{day}/"' in page


def test_missed_of_a_habit_on_the_weekday_says_so(evening, here, vendor, day, opened):
    somebody(day, vendor, last=1, times=60)
    assert "8 of 8 weeks" in body(evening.get(here))


def test_missed_on_a_first_day_says_what_will_stand_here(evening, here):
    page = body(evening.get(here))
    assert "After 5 visits of somebody it is known how often they come; who stays away longer stands here." in page
    assert "figures" not in page


def test_missed_says_when_nobody_is(evening, here, vendor, sunita, day):
    came(sunita, day)
    assert "Nobody is missed: who was due came" in body(evening.get(here))
    assert "Nobody began to stay away, and nobody came back." in body(evening.get(f"{here}?span=week"))


def test_missed_of_today_says_that_nobody_has_missed_it_yet(evening, vendor, opened):
    today = vendor.today()
    somebody(today, vendor)
    page = body(evening.get(f"/green-corner/review/{today}/missed/"))
    assert "Still running until 03:00: nobody has missed this day yet." in page
    assert "1 who is due may still come" in page
    assert "were due and not here" not in page
    week = body(evening.get(f"/green-corner/review/{today}/missed/?span=week"))
    assert "The last of these days is still running, until 03:00." in week


def test_missed_of_a_closed_day_says_so(evening, here, vendor, day):
    somebody(day, vendor)
    ClosureFactory(vendor=vendor, first_day=day)
    page = body(evening.get(here))
    assert "The shop was closed: nobody could come." in page
    assert "<b>0</b> of 1 regulars were due" in page
    assert "Nobody is missed" not in page


def test_missed_of_a_week_and_a_month_says_what_changed(evening, here, vendor, day, opened):
    back = somebody(day, vendor, every=3, last=20, times=20, name="Meera")
    came(back, day)
    for span in (week_of(day), month_of(day)):
        assert set(numbers(vendor, span)) == {"drifting", "lapsed", "back"}
    span = one_day(day)._replace(first=day - dt.timedelta(days=6))
    assert numbers(vendor, span) == {"drifting": 0, "lapsed": 0, "back": 1}
    (row,) = missed_of(vendor, span).lists[2].rows
    assert (row.customer, row.says, row.came) == (back, "was away for 20 days, usually every 3 days", day)


def test_how_of_one_day_is_said_as_one():
    assert how(Back(1, Gaps(1, 1), dt.date(2026, 11, 18), 1)) == "was away for 1 day, usually every day"


def test_missed_shows_some_and_leads_to_the_others(evening, here, vendor, day, opened, monkeypatch):
    monkeypatch.setattr(panel, "SHOWN", 2)
    for _each in range(3):
        somebody(day, vendor)
    page = body(evening.get(here, headers=HTMX))
    assert page.count('class="next"') == 2
    assert "and 1 more" in page


def test_who_quietly_went_long_ago_is_behind_a_number(evening, here, vendor, day, opened):
    somebody(day, vendor, every=2, last=150, times=20, name="Long Ago")
    page = body(evening.get(here))
    assert "Long Ago" not in page
    assert "<b>0</b> quietly gone, lately" in page
    assert "1 who has quietly gone within a year" in page


def test_who_came_since_is_told_so_and_is_last(vendor, evening, here, day, opened):
    since, not_since = somebody(day, vendor, name="Since"), somebody(day, vendor, name="Not Since")
    came(since, vendor.today())
    rows = missed_of(vendor, one_day(day)).lists[0].rows
    assert [(row.customer, row.came) for row in rows] == [(not_since, None), (since, vendor.today())]
    page = body(evening.get(here, headers=HTMX))
    assert page.count('class="next"') == 1
    assert "✓ came" in page


def test_whom_somebody_is_to_ask_already_is_told_so_and_sinks(vendor, evening, here, day, opened):
    asked, other = somebody(day, vendor, times=60), somebody(day, vendor)
    PromiseFactory(customer=asked, text="Ask how they are", due_any_time=True)
    PromiseFactory(customer=other, text="Alphonso")
    rows = missed_of(vendor, one_day(day)).lists[0].rows
    assert [row.customer for row in rows] == [other, asked]
    page = body(evening.get(here, headers=HTMX))
    assert page.count("somebody asks them:") == 1
    assert page.count('value="ask"') == 1


# Messages and calls


def test_message_greets_in_the_language_of_the_shop_and_sends_nothing(vendor, evening, here, sunita):
    ContactPointFactory(customer=sunita, text="98200 11111", number="+919820011111")
    page = body(evening.get(here))
    assert "Namaste Sunita-ji, how are you? We thought of you" in page
    assert "https://wa.me/919820011111?text=Namaste%20Sunita-ji%2C%20how" in page
    assert 'href="sms:+919820011111' in page
    assert 'href="tel:+919820011111"' in page
    assert Promise.objects.count() == 0


def test_message_without_a_greeting_says_the_name(vendor):
    assert message_for(CustomerFactory(vendor=vendor, name="Ahmed"), vendor).startswith("Namaste Ahmed, how are you?")


def test_without_a_phone_the_row_says_so(evening, here, sunita):
    page = body(evening.get(here))
    assert "No phone is known." in page
    assert f'href="/green-corner/counter/{sunita.uid}/details/"' in page


# Next steps


def test_ask_makes_a_promise_of_ours_for_tomorrow(vendor, evening, owner, here, sunita):
    answer = post(evening, here, sunita, "ask")
    promise = Promise.objects.get()
    tomorrow = vendor.today() + dt.timedelta(days=1)
    said = (promise.customer, promise.side, promise.text, promise.due_any_time, promise.owner, promise.by)
    assert said == (sunita, "ours", "Ask how they are", True, owner, owner)
    assert promise.due_at == vendor.day_bounds(tomorrow)[1]
    page = body(answer)
    assert answer.status_code == 200
    assert "Sunita Rao: Asha asks how they are, by" in page
    assert "somebody asks them: tomorrow" in page


def test_ask_may_be_given_to_another(vendor, evening, here, sunita):
    ravi = MemberFactory(vendor=vendor, name="Ravi")
    assert "Ravi asks how they are" in body(post(evening, here, sunita, "ask", owner=str(ravi.uid)))
    assert Promise.objects.get().owner == ravi


def test_ask_of_one_who_serves_no_more_or_elsewhere_is_refused(vendor, evening, here, sunita):
    for member in (MemberFactory(vendor=vendor, is_active=False), MemberFactory()):
        answer = post(evening, here, sunita, "ask", owner=str(member.uid))
        assert answer.status_code == 422
        assert "They do not serve here any more. Choose somebody else to ask." in body(answer)
    assert Promise.objects.count() == 0


def test_ask_on_a_page_of_the_day_before_yesterday_is_told_too_late(vendor, evening, here, sunita):
    answer = post(evening, here, sunita, "ask", today=vendor.today() - dt.timedelta(days=2))
    assert answer.status_code == 409
    assert "That time is over. Choose a later one." in body(answer)


@pytest.mark.parametrize("today", ["9999-12-31", "0001-01-01", "2099-12-31", "soon", " "])
@pytest.mark.parametrize("step", ["ask", "week", "month"])
def test_a_page_of_no_day_that_has_come_is_told(evening, here, sunita, step, today):
    answer = post(evening, here, sunita, step, today=today)
    assert answer.status_code == 422
    assert "Tap once more" in body(answer)
    assert not LeftAlone.objects.exists()


@pytest.mark.parametrize(("step", "days"), [("week", 7), ("month", 30)])
def test_left_alone_they_are_not_shown_before_the_day(vendor, evening, owner, here, sunita, step, days):
    answer = post(evening, here, sunita, step, reason="travelling")
    row = LeftAlone.objects.get()
    until = vendor.today() + dt.timedelta(days=days)
    assert (row.customer, row.until, row.reason, row.by) == (sunita, until, "travelling", owner)
    page = body(answer)
    assert "Sunita Rao is left alone until" in page
    assert "<b>0</b> of 1 regulars were due and not here" in page
    assert "Nobody else is missed." in page
    assert "1 is left alone" in page
    assert 'value="again"' in page


def test_left_alone_until_a_day_that_is_chosen(vendor, evening, here, sunita):
    until = vendor.today() + dt.timedelta(days=12)
    assert post(evening, here, sunita, "until", until=until).status_code == 200
    assert LeftAlone.objects.get().until == until


def test_left_alone_until_no_day_is_told_in_the_row_with_what_was_typed(vendor, evening, here, sunita):
    answer = post(evening, here, sunita, "until", reason="in Pune")
    page = body(answer)
    assert answer.status_code == 422
    assert page.count("Choose the day from which on to show them again.") == 1
    assert '<details class="next" open>' in page
    assert 'value="in Pune"' in page


def test_left_alone_until_today_is_told(vendor, evening, here, sunita):
    answer = post(evening, here, sunita, "until", until=vendor.today())
    assert answer.status_code == 409
    assert "That day has come already. Choose a later one." in body(answer)


def test_left_alone_until_their_day_they_are_shown_on_it(vendor, sunita, day):
    LeftAloneFactory(customer=sunita, until=vendor.today())
    assert numbers(vendor, one_day(day))["due"] == 1
    LeftAloneFactory(customer=sunita, until=vendor.today() + dt.timedelta(days=1))
    assert numbers(vendor, one_day(day))["due"] == 0


def test_shown_again_before_the_day(vendor, evening, owner, here, sunita):
    row = LeftAloneFactory(customer=sunita, reason="travelling", by=owner)
    page = body(evening.get(here))
    assert ": travelling · Asha" in page
    page = body(post(evening, here, sunita, "again"))
    assert "Sunita Rao may be shown again." in page
    assert "<b>1</b> of 1 regulars were due" in page
    row.refresh_from_db()
    assert row.ended_by == owner
    answer = post(evening, here, sunita, "again")
    assert answer.status_code == 409
    assert "They are shown again already. Nothing was changed." in body(answer)


def test_closed_with_a_reason_nobody_waits_for_them(vendor, evening, here, sunita):
    page = body(post(evening, here, sunita, "close", reason="moved to Pune"))
    sunita.refresh_from_db()
    assert (sunita.standing, sunita.standing_reason) == ("closed", "moved to Pune")
    assert "Sunita Rao is closed: moved to Pune" in page
    assert "<b>0</b>" in page or "After 5 visits" in page


def test_closed_without_a_reason_is_refused(evening, here, sunita):
    answer = post(evening, here, sunita, "close", reason=" ")
    assert answer.status_code == 422
    assert body(answer).count("Write why, in a few words.") == 1
    assert not Customer.objects.get(pk=sunita.pk).standing


def test_closed_by_another_meanwhile_is_told(evening, here, sunita):
    post(evening, here, sunita, "close", reason="moved to Pune")
    answer = post(evening, here, sunita, "close", reason="something else")
    assert answer.status_code == 409
    assert "Somebody has said meanwhile that nobody waits for them." in body(answer)
    assert Customer.objects.get(pk=sunita.pk).standing_reason == "moved to Pune"


def test_closed_with_what_holds_already_is_told(vendor, evening, owner, here, sunita):
    uid = uuid4()
    post(evening, here, sunita, "close", reason="moved", uid=str(uid))
    sunita.refresh_from_db()
    keeping.change(customer=sunita, fields={"standing_reason": "asked us"}, numbers=None, by=owner, uid=uuid4())
    assert post(evening, here, sunita, "close", reason="asked us", uid=str(uid)).status_code == 409


@pytest.mark.parametrize("step", ["ask", "week", "month", "until", "close"])
def test_a_step_sent_twice_is_done_once(vendor, evening, here, sunita, step):
    said = {"uid": str(uuid4()), "reason": "moved", "until": vendor.today() + dt.timedelta(days=3)}
    first, second = (post(evening, here, sunita, step, **said) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    count = Promise.objects.count() + LeftAlone.objects.count() + CustomerEdit.objects.count()
    assert count == 1
    assert 'role="status"' in body(second)


def test_another_step_under_a_known_uid_is_refused_and_the_form_renewed(evening, here, sunita):
    uid = str(uuid4())
    post(evening, here, sunita, "week", uid=uid)
    answer = post(evening, here, sunita, "month", uid=uid)
    assert answer.status_code == 409
    assert "This form was saved before with other words." in body(answer)
    assert uid not in body(answer)


def test_without_a_uid_or_a_step_it_is_told(evening, here, sunita):
    answer = post(evening, here, sunita, "week", uid="")
    assert answer.status_code == 422
    assert "Not saved yet: this page was not whole." in body(answer)
    assert post(evening, here, sunita, "dance").status_code == 422


def test_without_script_the_page_tells_what_was_done_and_offers_to_undo_it(vendor, evening, here, sunita):
    answer = post(evening, f"{here}?span=week", sunita, "week", htmx=False)
    row = LeftAlone.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{here}?span=week&did=alone&thing={row.uid}"
    page = body(evening.get(answer.headers["Location"]))
    assert "Sunita Rao is left alone until" in page
    undone = evening.post(f"{here}?span=week", {"uid": str(uuid4()), "what": "alone", "thing": str(row.uid)})
    assert "Sunita Rao: taken back." in body(evening.get(undone.headers["Location"]))


@pytest.mark.parametrize("query", ["did=alone", "did=dance&thing=1", f"did=close&thing={uuid4()}"])
def test_an_address_that_tells_of_nothing_tells_nothing(evening, here, sunita, query):
    assert 'role="status"' not in body(evening.get(f"{here}?{query}", headers=HTMX))


# Undo


def undo(client, here, what, thing, **said):
    return client.post(here, {"uid": str(uuid4()), "what": what, "thing": str(thing), **said}, headers=HTMX)


def test_undo_of_a_promise_to_ask_releases_it(evening, here, sunita):
    post(evening, here, sunita, "ask")
    promise = Promise.objects.get()
    said = {"uid": str(uuid4())}
    for _each in range(2):
        page = body(undo(evening, here, "ask", promise.uid, **said))
        assert "Sunita Rao: taken back." in page
        assert "somebody asks them" not in page
    promise.refresh_from_db()
    assert (promise.outcome, promise.version) == ("released", 1)


def test_undo_of_a_promise_that_was_kept_meanwhile_is_told(evening, here, sunita):
    promise = PromiseFactory(customer=sunita, text="Ask how they are")
    promise.outcome, promise.closed_at = "kept", min(timezone.now(), promise.due_at)
    promise.save()
    answer = undo(evening, here, "ask", promise.uid)
    assert answer.status_code == 409
    assert "Somebody else has closed this promise meanwhile" in body(answer)


def test_undo_takes_no_other_promise_back(evening, here, sunita):
    promise = PromiseFactory(customer=sunita, text="Alphonso")
    assert undo(evening, here, "ask", promise.uid).status_code == 409
    promise.refresh_from_db()
    assert promise.outcome == ""


def test_undo_of_leaving_alone_shows_them_again(vendor, evening, here, sunita, day):
    post(evening, here, sunita, "week")
    for _each in range(2):
        assert "<b>1</b> of 1 regulars" in body(undo(evening, here, "alone", LeftAlone.objects.get().uid))
    assert numbers(vendor, one_day(day))["due"] == 1


def test_undo_of_showing_again_leaves_them_alone(evening, here, sunita):
    row = LeftAloneFactory(customer=sunita)
    post(evening, here, sunita, "again")
    assert "1 is left alone" in body(undo(evening, here, "again", row.uid))


def test_undo_of_closing_waits_for_them_again(evening, here, sunita):
    post(evening, here, sunita, "close", reason="moved")
    edit = CustomerEdit.objects.get()
    for _each in range(2):
        assert "<b>1</b> of 1 regulars" in body(undo(evening, here, "close", edit.uid))
    sunita.refresh_from_db()
    assert (sunita.standing, sunita.standing_reason) == ("", "")
    assert CustomerEdit.objects.count() == 2


def test_undo_of_closing_after_somebody_said_something_else_is_told(evening, here, sunita):
    post(evening, here, sunita, "close", reason="moved")
    Customer.objects.filter(pk=sunita.pk).update(standing="lapsed", standing_reason="asked us")
    answer = undo(evening, here, "close", CustomerEdit.objects.get().uid)
    assert answer.status_code == 409
    assert "Somebody has changed this meanwhile." in body(answer)
    assert Customer.objects.get(pk=sunita.pk).standing == "lapsed"


def test_undo_of_another_change_of_a_person_is_refused(evening, vendor, here, sunita):
    edit = CustomerEdit.objects.create(vendor=vendor, customer=sunita, before={"name": "A"}, after={"name": "B"})
    assert undo(evening, here, "close", edit.uid).status_code == 409
    assert undo(evening, here, "alone", uuid4()).status_code == 409
    assert undo(evening, here, "dance", uuid4()).status_code == 422


# Forgotten or merged meanwhile


def test_a_person_who_was_forgotten_meanwhile_is_told(vendor, evening, here, sunita, day):
    forget([Customer.objects.get(pk=sunita.pk)])
    answer = post(evening, here, sunita, "week")
    assert answer.status_code == 422
    assert "This person is not here any more." in body(answer)


def test_a_person_of_another_shop_is_not_here(evening, here, vendor):
    stranger = CustomerFactory()
    answer = post(evening, here, stranger, "week", today=vendor.today())
    assert answer.status_code == 422
    assert LeftAlone.objects.count() == 0


def test_a_person_who_was_forgotten_while_it_was_sent_is_told(evening, here, sunita, monkeypatch):
    def forgotten(**_said):
        raise IntegrityError

    monkeypatch.setattr(missed_steps.leaving_alone, "leave_alone", forgotten)
    answer = post(evening, here, sunita, "week")
    assert answer.status_code == 409
    assert "This person is not here any more." in body(answer)


def test_who_was_forgotten_is_not_shown_though_what_was_read_is_kept(vendor, evening, here, sunita, opened):
    evening.get(here)
    Customer.objects.filter(pk=sunita.pk).delete()  # the past is not told
    assert "Sunita" not in body(evening.get(here))
    assert evening.get(ROWS).status_code == 200


def test_a_person_who_was_merged_meanwhile_is_the_other_one(vendor, evening, here, sunita):
    other = CustomerFactory(vendor=vendor, name="Suneeta")
    merging.merge(customer=Customer.objects.get(pk=sunita.pk), into=other, by=None, uid=uuid4())
    page = body(post(evening, here, sunita, "week"))
    assert "Suneeta is left alone until" in page
    assert LeftAlone.objects.get().customer == other


def test_undo_of_closing_of_one_merged_meanwhile_is_told(vendor, evening, here, sunita):
    post(evening, here, sunita, "close", reason="moved")
    merging.merge(
        customer=Customer.objects.get(pk=sunita.pk), into=CustomerFactory(vendor=vendor), by=None, uid=uuid4()
    )
    assert undo(evening, here, "close", CustomerEdit.objects.get().uid).status_code == 409


# The rows behind the numbers


@pytest.mark.parametrize("span", ["", "week", "month"])
def test_rows_are_as_many_as_the_number(evening, vendor, day, opened, span):
    for last in (1, 1, 11, 12, 25, 26, 27, 150):
        somebody(day, vendor, every=1 if last == 1 else 3, last=last, times=20)
    came(somebody(day, vendor, every=3, last=20, times=20), day)
    left = somebody(day, vendor, last=1)
    LeftAloneFactory(customer=left)
    found = missed_of(vendor, {"": one_day, "week": week_of, "month": month_of}[span](day))
    for each in found.lists:
        page = evening.get(ROWS, {"day": day, "span": span, "which": each.name})
        assert page.context["table"].paginator.count == each.number
    gone = evening.get(ROWS, {"day": day, "which": "gone"}).context["table"].paginator.count
    assert gone == missed_of(vendor, one_day(day)).all_gone > 0


def test_rows_say_how_often_and_since_when(evening, vendor, day, sunita):
    page = body(evening.get(ROWS, {"day": day, "which": "due"}))
    assert "Sunita Rao" in page
    assert f'href="/green-corner/counter/{sunita.uid}/"' in page
    assert "every day" in page
    assert "Came back" not in page


def test_rows_are_a_file(evening, vendor, day, sunita):
    somebody(day, vendor, name="=1+1", times=40)
    answer = evening.get(ROWS, {"day": day, "which": "due", "as": "csv", "sort": "-chance"})
    header, *found = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header == ["Customer", "Usually", "Last here", "Days away", "Chance, of 100"]
    assert [row[0] for row in found] == ["'=1+1", "Sunita Rao"]
    assert found[1][1] == "every day"


def test_rows_of_who_came_back_say_when(evening, vendor, day, opened):
    back = somebody(day, vendor, every=3, last=20, times=20, name="Meera")
    came(back, day)
    answer = evening.get(ROWS, {"day": day, "span": "week", "which": "back", "as": "csv"})
    header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header[-1] == "Came back"
    assert row[0] == "Meera"
    assert row[3] == "20"


@pytest.mark.parametrize("sort", ["customer", "usual", "last", "away", "chance", "-away"])
def test_rows_are_sorted(evening, vendor, day, opened, sort):
    somebody(day, vendor, name="Bina")
    somebody(day, vendor, every=9, last=9, name="Zubin")
    page = body(evening.get(ROWS, {"day": day, "which": "due", "sort": sort}))
    is_bina_first = page.index("Bina") < page.index("Zubin")
    assert is_bina_first is (sort in ("customer", "usual", "away"))


@pytest.mark.parametrize("query", [{"day": "x"}, {"day": "2999-01-01"}, {"day": "0001-01-01"}, {"which": "x"}])
def test_rows_of_what_is_none_say_so(evening, vendor, query):
    page = evening.get(ROWS, query)
    assert page.status_code == 200
    assert 'class="errors"' in page.content.decode()


def test_rows_of_a_day_of_those_who_came_back_are_none(evening, vendor, day, sunita):
    assert evening.get(ROWS, {"day": day, "which": "back"}).context["table"].paginator.count == 0


def test_a_day_that_has_not_come_is_not_found(evening, vendor):
    assert evening.get(f"/green-corner/review/{vendor.today() + dt.timedelta(days=1)}/missed/").status_code == 404


def test_a_helper_sees_none_of_it(counter, here):
    assert counter.get(here).status_code == 403
    assert counter.get(ROWS).status_code == 403


@pytest.mark.parametrize("address", ["panel", "rows"])
def test_number_of_statements_does_not_grow_with_the_people(evening, vendor, here, day, opened, address):
    address = here if address == "panel" else f"{ROWS}?day={day}"

    def some():
        for last in (1, 11, 25):
            person = somebody(day, vendor, every=1 if last == 1 else 3, last=last, times=20)
            ContactPointFactory(customer=person)
            PromiseFactory(customer=person, text="Ask how they are")
            LeftAloneFactory(customer=somebody(day, vendor))

    some()
    evening.get(address)
    with CaptureQueriesContext(connection) as one:
        evening.get(address)
    some()
    some()
    evening.get(address)
    with CaptureQueriesContext(connection) as many:
        evening.get(address)
    assert len(many) == len(one)
