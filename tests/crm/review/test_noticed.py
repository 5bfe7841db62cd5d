import datetime as dt
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.review.answering import MOST
from crm.review.days import one_day, week_of
from crm.review.noticed import SHOWN, noticed_of
from customers.preferences.models import NoticeAnswer, Preference
from tests.customers.preferences.test_signs_in_shop import again, half_ripe
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import NoticeAnswerFactory, PreferenceFactory
from tests.factories.vendors import ProductFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def banana(vendor, sunita):
    """What Sunita takes half ripe."""
    product = ProductFactory(vendor=vendor, name="Banana")
    half_ripe(sunita, product, until=timezone.now())
    return product


@pytest.fixture
def address(vendor):
    return f"/green-corner/review/{vendor.today()}/noticed/"


def row(customer, product, manner="half ripe", seen=6, of=6, **more):
    """What the page sends of one thing, under a new uid; and the uid."""
    uid = f"{uuid4()}"
    said = {"customer": customer.uid, "product": product.uid, "manner": manner, "seen": seen, "of": of, **more}
    return uid, {"shown": uid, **{f"{name}.{uid}": value for name, value in said.items()}}


def together(*rows, **more):
    """What the page sends of many things, all ticked."""
    uids = [uid for uid, _said in rows]
    said = {name: value for _uid, each in rows for name, value in each.items() if name != "shown"}
    return {**said, "shown": uids, "chosen": uids, **more}


def kept():
    return list(Preference.objects.standing().order_by("id").values_list("customer__name", "product__name", "text"))


def body(response):
    return " ".join(response.content.decode().split())


def many(vendor, number):
    for _each in range(number):
        half_ripe(CustomerFactory(vendor=vendor), ProductFactory(vendor=vendor), until=timezone.now())
    return again(vendor)


def test_panel_shows_each_person_with_the_evidence(evening, address, sunita, banana):
    page = body(evening.get(address, headers=HTMX))
    assert page.startswith('<section class="panel" id="noticed"')
    assert "Banana <b>half ripe</b>" in page
    assert "6 of the last 6 times" in page
    assert f"/counter/{sunita.uid}/" in page
    assert f"{banana.uid}/?noticed=1" in page


def test_panel_without_script_is_a_page(evening, address, banana):
    answer = evening.get(address)
    assert "Back to the review of" in body(answer)
    assert answer.headers["Vary"].startswith("HX-Request")


def test_panel_says_what_will_stand_there(evening, address):
    page = body(evening.get(address))
    assert "wanted a thing 5 of the last 6 times (“half ripe”), and what somebody took on 9 of the last 10" in page


def test_panel_shows_some_and_counts_the_rest(vendor):
    many(vendor, SHOWN + 3)
    found = noticed_of(vendor, one_day(vendor.today()))
    assert (len(found.people), found.shown, found.more, found.of_people) == (SHOWN, SHOWN, 3, SHOWN + 3)


def test_panel_counts_what_was_answered_in_the_week(vendor, sunita, banana):
    day = vendor.today() - dt.timedelta(weeks=2)
    at = vendor.day_bounds(week_of(day).first)[0]
    PreferenceFactory(customer=sunita, product=banana, basis="seen", seen=5, seen_of=6, at=at)
    NoticeAnswerFactory(customer=sunita, product=banana, at=at)
    week, after = noticed_of(vendor, week_of(day)), noticed_of(vendor, one_day(vendor.today()))
    assert ((week.yes, week.no), (after.yes, after.no)) == ((1, 1), (0, 0))


def test_number_of_statements_does_not_grow(vendor, evening, address):
    many(vendor, 1)
    evening.get(address)
    with CaptureQueriesContext(connection) as one:
        evening.get(address)
    many(vendor, 2)
    evening.get(address)
    with CaptureQueriesContext(connection) as three:
        evening.get(address)
    assert len(three) == len(one)


@pytest.mark.parametrize(
    ("answer", "said"), [("yes", "Remembered:"), ("later", "Asked again in two weeks:"), ("no", "Not asked again:")]
)
def test_one_tap_answers_one_thing_and_undo_asks_again(evening, address, owner, sunita, banana, answer, said):
    uid, shown = row(sunita, banana)
    page = body(evening.post(address, {**shown, "one": f"{answer}.{uid}"}, headers=HTMX))
    assert f"{said} Sunita, Banana half ripe" in page
    assert f'name="undo" value="{uid}"' in page
    assert "Nothing to ask." in page
    assert kept() == [("Sunita", "Banana", "half ripe")] * (answer == "yes")
    if answer == "yes":
        assert Preference.objects.values_list("seen", "seen_of", "by").get() == (6, 6, owner.pk)
    page = body(evening.post(address, {"undo": uid}, headers=HTMX))
    assert "Taken back. It is asked again." in page
    assert "6 of the last 6 times" in page
    assert kept() == []


@pytest.mark.parametrize("answer", ["yes", "later", "no"])
def test_sent_twice_it_is_kept_once_and_told_again(evening, address, sunita, banana, answer):
    uid, shown = row(sunita, banana)
    first = body(evening.post(address, {**shown, "one": f"{answer}.{uid}"}, headers=HTMX))
    before = list(Preference.objects.values()), list(NoticeAnswer.objects.values())
    second = body(evening.post(address, {**shown, "one": f"{answer}.{uid}"}, headers=HTMX))
    assert (list(Preference.objects.values()), list(NoticeAnswer.objects.values())) == before
    for page in (first, second):
        assert f'name="undo" value="{uid}"' in page


def test_another_answer_under_the_same_uid_is_refused(evening, address, sunita, banana):
    uid, shown = row(sunita, banana)
    evening.post(address, {**shown, "one": f"no.{uid}"}, headers=HTMX)
    page = evening.post(address, {**shown, "one": f"yes.{uid}"}, headers=HTMX)
    assert "Sunita, Banana half ripe: This form was saved before with other words." in body(page)
    assert kept() == []


def test_without_script_the_page_tells_it_and_lets_it_be_undone(evening, address, sunita, banana):
    uid, shown = row(sunita, banana)
    page = body(evening.post(f"{address}?span=week", {**shown, "one": f"yes.{uid}"}, follow=True))
    assert "Remembered: Sunita, Banana half ripe" in page
    assert f"?span=week&amp;done={uid}" in page
    page = body(evening.post(address, {"undo": uid}, follow=True))
    assert "Taken back. It is asked again." in page
    assert kept() == []


def test_ticked_things_are_answered_together_and_undone_together(evening, address, vendor, sunita, banana):
    joshi, fig = CustomerFactory(vendor=vendor, name="Joshi"), ProductFactory(vendor=vendor, name="Fig")
    sent = together(row(sunita, banana), row(joshi, fig, ""), answer="yes")
    page = body(evening.post(address, sent, headers=HTMX))
    assert "Remembered: Joshi, Fig; Sunita, Banana half ripe" in page
    assert kept() == [("Sunita", "Banana", "half ripe"), ("Joshi", "Fig", "")]
    evening.post(address, {"undo": re.findall(r'name="undo" value="([^"]+)"', page)}, headers=HTMX)
    assert kept() == []


def test_all_shown_are_answered_without_ticking_each(evening, address, vendor, sunita, banana):
    fig = ProductFactory(vendor=vendor, name="Fig")
    sent = together(row(sunita, banana), row(sunita, fig, "soft"), answer="later", all="1", chosen=[])
    evening.post(address, sent, headers=HTMX)
    assert NoticeAnswer.objects.filter(answer="later").count() == 2


def test_only_what_is_ticked_is_answered(evening, address, vendor, sunita, banana):
    one, other = row(sunita, banana), row(sunita, ProductFactory(vendor=vendor))
    evening.post(address, together(one, other, answer="yes", chosen=[one[0]]), headers=HTMX)
    assert kept() == [("Sunita", "Banana", "half ripe")]


def test_what_cannot_be_kept_is_told_by_name_and_the_rest_is_kept(evening, address, vendor, sunita, banana):
    never = ProductFactory(vendor=vendor, name="Fig")
    gone = ProductFactory(vendor=vendor, is_sold=False)
    PreferenceFactory(customer=sunita, product=never, kind="avoids")
    stranger = CustomerFactory()
    rows = [row(sunita, banana), row(sunita, never, ""), row(sunita, gone, ""), row(stranger, banana)]
    answer = evening.post(address, together(*rows, answer="yes"), headers=HTMX)
    page = body(answer)
    assert answer.status_code == 200
    assert "Sunita, Fig: For this product it says never. Remove that first." in page
    assert "Sunita: the shop does not sell this any more." in page
    assert "Somebody is not here any more. Nothing was kept of them." in page
    assert ("Sunita", "Banana", "half ripe") in kept()
    assert not Preference.objects.filter(customer=stranger).exists()


def test_nothing_that_can_be_kept_is_a_conflict(evening, address, vendor, sunita, banana):
    PreferenceFactory(customer=sunita, product=banana, kind="avoids")
    uid, shown = row(sunita, banana, "")
    for headers in (HTMX, {}):
        assert evening.post(address, {**shown, "one": f"yes.{uid}"}, headers=headers).status_code == 409


def test_product_of_another_shop_is_not_remembered(evening, address, sunita):
    uid, shown = row(sunita, ProductFactory())
    assert evening.post(address, {**shown, "one": f"yes.{uid}"}, headers=HTMX).status_code == 409
    assert kept() == []


def test_key_enter_in_a_tick_answers_nothing(evening, address, sunita, banana):
    """A browser then taps the first button of the form, which must not be somebody's Yes."""
    page = body(evening.get(address, headers=HTMX))
    assert re.findall(r"<button [^>]*>", page)[0].startswith('<button class="unseen" name="answer" value=""')
    sent = together(row(sunita, banana), answer="")
    assert evening.post(address, sent, headers=HTMX).status_code == 422
    assert kept() == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"answer": "yes"}, "Nothing is ticked."),
        ({}, "Nothing was answered."),
        ({"answer": ["", "yes"], "chosen": "1"}, "Tap once more."),
        ({"answer": "never"}, "never is not one of"),
        ({"one": "yes.1"}, "Nothing was answered."),
        ({"answer": "yes", "chosen": "1"}, "Tap once more."),
        ({"answer": "yes", "chosen": [f"{uuid4()}" for _each in range(MOST + 1)]}, "Tap once more."),
        ({"one": f"yes.{uuid4()}"}, "Tap once more."),
        ({"undo": "1"}, "Tap once more."),
    ],
)
def test_what_is_no_answer_is_told(evening, address, sent, said):
    answer = evening.post(address, sent, headers=HTMX)
    assert answer.status_code == 422
    assert said in body(answer)


def test_evidence_that_cannot_be_is_refused(evening, address, sunita, banana):
    uid, shown = row(sunita, banana, seen=7, of=6)
    assert evening.post(address, {**shown, "one": f"yes.{uid}"}, headers=HTMX).status_code == 422


def test_an_allergy_cannot_be_answered_here(evening, address, sunita, banana):
    uid, shown = row(sunita, banana, kind="allergy", consent="1")
    evening.post(address, {**shown, "kind": "allergy", "one": f"yes.{uid}"}, headers=HTMX)
    assert Preference.objects.values_list("kind", flat=True).get() == "manner"


def test_done_that_names_nothing_tells_nothing(evening, address, banana):
    for done in (uuid4(), "1"):
        assert 'name="undo"' not in body(evening.get(f"{address}?done={done}"))


def test_helper_may_not_answer(counter, address, sunita, banana):
    uid, shown = row(sunita, banana)
    assert counter.post(address, {**shown, "one": f"yes.{uid}"}).status_code in (403, 404)
    assert kept() == []
