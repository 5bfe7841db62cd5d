import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.utils import timezone

from tests.factories.vendors import ClosureFactory, OpeningHoursFactory, OwnerFactory, VendorFactory
from vendors.models import Vendor
from vendors.opening import admin as opening_admin
from vendors.opening.models import Closure, OpeningHours

pytestmark = pytest.mark.django_db

HOURS, CLOSURES = "/admin/opening/openinghours/", "/admin/opening/closure/"
WEEK, PROPOSE = f"{HOURS}add/", f"{CLOSURES}propose/"
MONDAY = {"opens_0_0": "07:30", "closes_0_0": "13:30", "opens_0_1": "16:30", "closes_0_1": "21:00"}
MORNING, EVENING = (dt.time(7, 30), dt.time(13, 30)), (dt.time(16, 30), dt.time(21))
DIWALI = dt.date(2026, 11, 8)


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


@pytest.fixture
def november(monkeypatch):
    """The day on which holidays are proposed: 25 November 2026."""
    moment = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)


def kept(vendor):
    return [(row.weekday, *row.span) for row in OpeningHours.objects.filter(vendor=vendor)]


def past(vendor):
    return Vendor.objects.get(pk=vendor.pk).past


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def errors_of(page):
    assert page.status_code == 200
    return {name: list(errors) for name, errors in page.context["adminform"].form.errors.items()}


# --- the week


def test_new_shop_saves_the_usual_hours_in_one_tap(boss, vendor):
    page = boss.get(WEEK)
    assert "These are usual hours: change them to yours." in page.content.decode()
    form = page.context["form"]
    answer = boss.post(WEEK, {name: f"{field.initial or ''}" for name, field in form.fields.items()})
    assert (answer.status_code, answer.url) == (302, HOURS)
    assert said(answer) == ["The hours of the week were saved."]
    usual = [(dt.time(8), dt.time(13)), (dt.time(17), dt.time(21))]
    assert kept(vendor) == [(weekday, *span) for weekday in range(7) for span in usual]
    assert past(vendor) != vendor.past


def test_week_shows_what_is_kept(boss, vendor):
    for opens, closes in (MORNING, EVENING, (dt.time(23), dt.time(1))):
        OpeningHoursFactory(vendor=vendor, weekday=3, opens=opens, closes=closes)
    page = boss.get(WEEK)
    days = {day.name: day for day in page.context["form"].days()}
    shown = {name: [[field.value() for field in each] for each in day.stretches] for name, day in days.items()}
    assert shown["Thursday"] == [[*MORNING], [*EVENING], [dt.time(23), dt.time(1)]]
    assert shown["Monday"] == [[None, None]] * 3
    text = page.content.decode()
    assert "usual hours" not in text
    assert '<input type="time" name="opens_3_0" value="07:30" aria-label="Thursday, opens (1)"' in text


def test_every_day_as_on_monday_needs_monday_only(boss, vendor):
    boss.post(WEEK, {**MONDAY, "opens_4_0": "10:00", "closes_4_0": "11:00", "all_as_monday": "on"})
    assert kept(vendor) == [(weekday, *span) for weekday in range(7) for span in (MORNING, EVENING)]


def test_week_without_hours_is_kept_as_nothing_said(boss, vendor):
    OpeningHoursFactory(vendor=vendor)
    boss.post(WEEK, {})
    assert kept(vendor) == []
    assert "Nobody said yet when the shop is open" in boss.get(HOURS).content.decode()


def test_list_of_hours_says_nothing_more_when_there_are_some(boss, vendor):
    OpeningHoursFactory(vendor=vendor)
    page = boss.get(HOURS).content.decode()
    assert "Nobody said yet" not in page
    assert f'href="{WEEK}"' in page


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"closes_0_0": ""}, "Write both when it opens and when it closes, or neither."),
        ({"opens_0_1": ""}, "Write both when it opens and when it closes, or neither."),
        ({"opens_0_0": "25:00"}, "Enter a valid time."),
        ({"opens_0_0": "\0"}, "Enter a valid time."),
        ({"opens_0_0": "x" * 10_000, "closes_0_0": "soon"}, "Enter a valid time."),
        ({"closes_0_0": "07:30"}, "It cannot close at the minute when it opens."),
        ({"closes_0_0": "17:00"}, "These hours overlap with others of the same day."),
        (
            {"closes_0_1": "03:30"},
            "The shop's day starts at 03:00: it cannot be open across that. Choose other times.",
        ),
    ],
)
@pytest.mark.parametrize("more", [{}, {"all_as_monday": "on"}])
def test_week_says_what_is_wrong_and_keeps_what_was_typed(boss, vendor, change, error, more):
    OpeningHoursFactory(vendor=vendor, weekday=2)
    before = kept(vendor)
    page = boss.post(WEEK, {**MONDAY, "opens_5_0": "09:15", "closes_5_0": "10:00", **change, **more})
    text = page.content.decode()
    assert [day.errors for day in page.context["form"].days()] == [[error], *[[]] * 6]
    assert "Nothing was saved yet." in text
    assert 'value="09:15"' in text
    assert (kept(vendor), past(vendor)) == (before, vendor.past)


def test_week_sent_twice_changes_nothing_the_second_time(boss, vendor):
    boss.post(WEEK, MONDAY)
    boss.post(WEEK, MONDAY)
    assert kept(vendor) == [(0, *MORNING), (0, *EVENING)]
    assert past(vendor) != vendor.past


def test_week_is_that_of_the_chosen_shop(client, owner, vendor):
    second = OwnerFactory(user=owner.user, vendor__name="Second shop").vendor
    client.force_login(owner.user)
    assert [shop.pk for shop in client.get(WEEK).context["shops"]] == [vendor.pk, second.pk]
    assert client.post(WEEK, MONDAY).status_code == 200
    client.post(f"{WEEK}?vendor={second.pk}", MONDAY)
    assert (kept(vendor), len(kept(second))) == ([], 2)


# --- one row of hours


def test_hours_of_one_day_are_changed(boss, vendor):
    row = OpeningHoursFactory(vendor=vendor, weekday=2)
    boss.post(f"{HOURS}{row.pk}/change/", {"weekday": "3", "opens": "09:00", "closes": "12:00"})
    assert kept(vendor) == [(3, dt.time(9), dt.time(12))]
    assert past(vendor) != vendor.past


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"weekday": "7"}, {"weekday": ["Select a valid choice. 7 is not one of the available choices."]}),
        ({"opens": ""}, {"opens": ["This field is required."]}),
        ({"opens": "12:00"}, {"__all__": ["It cannot close at the minute when it opens."]}),
        ({"closes": "17:00"}, {"__all__": ["These hours overlap with others of the same day."]}),
        (
            {"closes": "04:00"},
            {"__all__": ["The shop's day starts at 03:00: it cannot be open across that. Choose other times."]},
        ),
    ],
)
def test_hours_of_one_day_refuse_what_cannot_be(boss, vendor, change, errors):
    row = OpeningHoursFactory(vendor=vendor, weekday=2)
    OpeningHoursFactory(vendor=vendor, weekday=2, opens=EVENING[0], closes=EVENING[1])
    before = kept(vendor)
    page = boss.post(f"{HOURS}{row.pk}/change/", {"weekday": "2", "opens": "08:00", "closes": "12:00", **change})
    assert errors_of(page) == errors
    assert (kept(vendor), past(vendor)) == (before, vendor.past)


# --- closures


def closures(vendor):
    return list(Closure.objects.filter(vendor=vendor).values_list("first_day", "last_day", "reason", "holiday"))


@pytest.mark.parametrize(("last_day", "kept_as"), [("2026-11-10", dt.date(2026, 11, 10)), ("", DIWALI)])
def test_closure_is_added_for_one_day_or_more(boss, vendor, last_day, kept_as):
    boss.post(f"{CLOSURES}add/", {"first_day": "2026-11-08", "last_day": last_day, "reason": "Diwali"})
    assert closures(vendor) == [(DIWALI, kept_as, "Diwali", "")]
    assert past(vendor) != vendor.past


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"first_day": ""}, {"first_day": ["This field is required."]}),
        ({"first_day": "soon"}, {"first_day": ["Enter a valid date."]}),
        ({"last_day": "soon"}, {"last_day": ["Enter a valid date."]}),
        ({"last_day": "2026-11-07"}, {"__all__": ["The last day cannot be before the first."]}),
        ({"reason": " "}, {"reason": ["This field is required."]}),
        ({"reason": "a\0b"}, {"reason": ["Null characters are not allowed."]}),
        ({"reason": "Holi"}, {"__all__": ["The shop is closed on this day for this reason already."]}),
    ],
)
def test_closure_refuses_what_cannot_be(boss, vendor, change, errors):
    ClosureFactory(vendor=vendor, first_day=DIWALI, reason="Holi")
    page = boss.post(f"{CLOSURES}add/", {"first_day": "2026-11-08", "last_day": "", "reason": "Diwali", **change})
    assert errors_of(page) == errors
    assert (len(closures(vendor)), past(vendor)) == (1, vendor.past)


def test_closure_sent_twice_is_kept_once(boss, vendor):
    for _time in range(2):
        boss.post(f"{CLOSURES}add/", {"first_day": "2026-11-08", "last_day": "", "reason": "Diwali"})
    assert len(closures(vendor)) == 1


def test_closure_is_changed(boss, vendor):
    row = ClosureFactory(vendor=vendor, first_day=DIWALI, reason="Diwali", holiday="Diwali")
    sent = {"first_day": "2026-11-07", "last_day": "2026-11-09", "reason": "Diwali week", "holiday": "x"}
    boss.post(f"{CLOSURES}{row.pk}/change/", sent)
    assert closures(vendor) == [(dt.date(2026, 11, 7), dt.date(2026, 11, 9), "Diwali week", "Diwali")]


def test_list_of_closures_says_when_the_next_ones_first(boss, vendor):
    ClosureFactory(vendor=vendor, first_day=DIWALI, reason="Diwali")
    ClosureFactory(vendor=vendor, first_day=dt.date(2027, 1, 4), last_day=dt.date(2027, 1, 6), reason="wedding")
    page = boss.get(CLOSURES)
    shown = page.content.decode()
    assert [row.reason for row in page.context["cl"].result_list] == ["wedding", "Diwali"]
    assert "Mon Jan. 4, 2027 – Wed Jan. 6, 2027" in shown
    assert ">Sun Nov. 8, 2026<" in shown
    assert f'href="{PROPOSE}"' in shown


# --- deleting


@pytest.mark.parametrize(("address", "factory"), [(HOURS, OpeningHoursFactory), (CLOSURES, ClosureFactory)])
def test_row_that_was_a_mistake_is_deleted(boss, vendor, address, factory):
    row, stays = factory(vendor=vendor), factory(vendor=vendor)
    assert boss.get(f"{address}{row.pk}/delete/").status_code == 200
    boss.post(f"{address}{row.pk}/delete/", {"post": "yes"})
    assert list(factory._meta.model.objects.all()) == [stays]
    assert past(vendor) != vendor.past


@pytest.mark.parametrize(("address", "factory"), [(HOURS, OpeningHoursFactory), (CLOSURES, ClosureFactory)])
def test_several_rows_are_deleted_at_once_in_the_own_shops_only(client, owner, vendor, address, factory):
    second, other = OwnerFactory(user=owner.user).vendor, VendorFactory()
    rows = [factory(vendor=shop) for shop in (vendor, vendor, second, other)]
    client.force_login(owner.user)
    sent = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
    client.post(address, sent)
    assert list(factory._meta.model.objects.all()) == rows[3:]
    assert [past(shop) != shop.past for shop in (vendor, second, other)] == [True, True, False]


def test_rows_are_deleted_and_the_past_is_changed_together(boss, vendor, monkeypatch):
    outer, depths = len(connection.savepoint_ids), []
    monkeypatch.setattr(Vendor, "past_changed", lambda _vendor: depths.append(len(connection.savepoint_ids)))
    row = ClosureFactory(vendor=vendor)
    boss.post(CLOSURES, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    boss.post(f"{CLOSURES}add/", {"first_day": "2026-11-08", "last_day": "", "reason": "Diwali"})
    boss.post(f"{CLOSURES}{Closure.objects.get().pk}/delete/", {"post": "yes"})
    assert len(depths) == 3
    assert min(depths) > outer


# --- public holidays


def test_holidays_of_the_next_year_are_proposed(boss, vendor, november):
    ClosureFactory(vendor=vendor, first_day=dt.date(2027, 1, 26), reason="Republic Day")
    page = boss.get(PROPOSE)
    days = list(page.context["form"].proposed)
    text = page.content.decode()
    assert (days[0], days[-1]) == ("2026-12-25", "2027-11-14")
    assert '<input type="checkbox" name="days" value="2026-12-25">' in text
    assert '<input type="checkbox" name="days" value="2027-01-26" checked disabled>' in text
    assert text.count("(closed already)") == 1


def test_holidays_of_a_state_and_of_other_kinds_are_asked_for(boss, november):
    page = boss.get(PROPOSE, {"state": "MH", "kinds": ["public", "optional"]})
    text = page.content.decode()
    assert {"2027-05-01", "2027-01-01"} <= page.context["form"].proposed.keys()
    assert '<option value="MH" selected>Maharashtra</option>' in text
    assert page.context["asking"].asked == {"state": "MH", "kinds": ["public", "optional"]}


@pytest.mark.parametrize(
    "query", [{"state": "XX"}, {"kinds": "workday"}, {"state": "\0", "kinds": "\0"}, {"state": ""}]
)
def test_what_cannot_be_asked_for_is_answered_with_the_usual(boss, november, query):
    page = boss.get(PROPOSE, query)
    assert page.context["asking"].asked == {"state": "", "kinds": ["public"]}
    assert next(iter(page.context["form"].proposed)) == "2026-12-25"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (["2026-12-25"], "1 closure was added. Nobody is missed on a day on which the shop is closed."),
        (
            ["2026-12-25", "2027-03-22"],
            "2 closures were added. Nobody is missed on a day on which the shop is closed.",
        ),
    ],
)
def test_marked_holidays_become_closures(boss, vendor, november, days, text):
    answer = boss.post(PROPOSE, {"days": days})
    assert (answer.status_code, answer.url, said(answer)) == (302, CLOSURES, [text])
    assert sorted(f"{first}" for first, *_rest in closures(vendor)) == days
    assert past(vendor) != vendor.past


def test_holidays_that_were_asked_for_are_accepted(boss, vendor, november):
    boss.post(f"{PROPOSE}?state=MH&kinds=optional", {"days": ["2027-01-01"]})
    day = dt.date(2027, 1, 1)
    assert closures(vendor) == [(day, day, "New Year's Day", "New Year's Day")]


def test_holidays_marked_twice_are_kept_once(boss, vendor, november):
    boss.post(PROPOSE, {"days": ["2026-12-25"]})
    once = past(vendor)
    answer = boss.post(PROPOSE, {"days": ["2026-12-25"]})
    assert said(answer)[-1] == "The shop is closed on these days already."
    assert (len(closures(vendor)), past(vendor)) == (1, once)


@pytest.mark.parametrize(
    ("days", "error"),
    [
        ([], "Mark the days on which the shop is closed."),
        (["2026-12-24"], "These holidays were not proposed. Choose from the list once more."),
        (["\0"], "These holidays were not proposed. Choose from the list once more."),
    ],
)
def test_days_that_were_not_proposed_are_refused(boss, vendor, november, days, error):
    page = boss.post(PROPOSE, {"days": days})
    assert (page.status_code, list(page.context["form"].errors["days"])) == (200, [error])
    assert closures(vendor) == []


def test_refused_days_stay_marked(boss, november):
    page = boss.post(PROPOSE, {"days": ["2026-12-25", "x"]})
    assert '<input type="checkbox" name="days" value="2026-12-25" checked>' in page.content.decode()


def test_country_without_a_calendar_says_so(boss, vendor):
    Vendor.objects.update(phone_region="AC")
    for answer in (boss.get(PROPOSE), boss.post(PROPOSE, {"days": ["2026-12-25"]})):
        assert "The holidays of AC are not known here. Add the days by hand" in answer.content.decode()
    assert closures(vendor) == []


def test_country_without_a_choice_asks_nothing(boss, november):
    Vendor.objects.update(phone_region="NP")
    page = boss.get(PROPOSE)
    assert 'class="asking"' not in page.content.decode()
    assert page.context["form"].proposed


def test_months_without_holidays_say_so(boss, november, monkeypatch):
    monkeypatch.setattr(opening_admin, "AHEAD", dt.timedelta(0))
    assert "No holidays in these months." in boss.get(PROPOSE).content.decode()


def test_holidays_are_those_of_the_chosen_shop(client, owner, vendor, november):
    second = OwnerFactory(user=owner.user, vendor__name="Second shop").vendor
    other = VendorFactory()
    client.force_login(owner.user)
    assert [shop.pk for shop in client.get(PROPOSE).context["shops"]] == [vendor.pk, second.pk]
    page = client.get(PROPOSE, {"vendor": second.pk})
    assert f'<input type="hidden" name="vendor" value="{second.pk}">' in page.content.decode()
    assert "Second shop" in page.content.decode()
    client.post(f"{PROPOSE}?vendor={second.pk}", {"days": ["2026-12-25"]})
    assert client.post(f"{PROPOSE}?vendor={other.pk}", {"days": ["2026-12-25"]}).status_code == 404
    assert [len(closures(shop)) for shop in (vendor, second, other)] == [0, 1, 0]


@pytest.mark.parametrize("address", [WEEK, PROPOSE])
def test_helper_sets_nothing_up(counter, vendor, address):
    assert [counter.get(address).status_code, counter.post(address, MONDAY).status_code] == [403, 403]
    assert kept(vendor) == []
