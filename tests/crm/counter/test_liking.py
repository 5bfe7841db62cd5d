import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.merging import merge
from customers.models import Clash
from customers.preferences.models import NoticeAnswer, Preference
from tests.conftest import entry_headers, tablet_of
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

HTMX = {"HX-Request": "true"}
NOW = timezone.now()
WITH_ONE = ("like", "take_back", "confirm")


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def banana(vendor):
    return ProductFactory(vendor=vendor, name="Banana", name_hi="केला")


def address(name, customer, *uids, shop="green-corner"):
    return reverse(f"counter:{name}", args=[shop, customer.uid, *uids])


def body(response):
    return " ".join(response.content.decode().split())


def said(kind="likes", product=None, **more):
    return {"uid": uuid4(), "kind": kind, "product": product.uid if product else "", **more}


def standing(customer):
    return list(customer.preferences.standing().values_list("kind", "product__name", "text"))


def test_likes_tells_how_each_is_known(counter, customer, banana, helper):
    day = dt.datetime(2026, 3, 12, 9, tzinfo=dt.UTC)
    PreferenceFactory(customer=customer, product=banana, kind="manner", text="half ripe", by=helper, at=day)
    PreferenceFactory(customer=customer, product=None, kind="wish", text="call first", at=day, confirmed_at=NOW)
    PreferenceFactory(customer=customer, product=banana, basis="seen", seen=5, seen_of=6)
    PreferenceFactory(customer=customer, product=None, text="guavas", basis="guess")
    page = body(counter.get(address("likes", customer), headers=HTMX))
    assert '<b>Likes it so</b> Banana: half ripe <small class="said">told to Ravi, 12 March 2026</small>' in page
    assert 'call first <small class="said">told, 12 March 2026; still so on' in page
    assert '<b>Likes</b> Banana <small class="said">seen, 5 of 6 visits</small>' in page
    assert 'guavas <small class="said">a guess</small>' in page


def test_likes_asks_again_for_what_is_old(counter, customer, banana):
    PreferenceFactory(customer=customer, product=banana, at=NOW - dt.timedelta(days=200))
    assert "Still so?" in body(counter.get(address("likes", customer), headers=HTMX))
    Preference.objects.update(confirmed_at=NOW)
    assert "Still so?" not in body(counter.get(address("likes", customer), headers=HTMX))


def test_likes_leaves_out_what_was_taken_back_and_what_others_like(counter, customer, banana):
    PreferenceFactory(customer=customer, product=None, text="guavas", removed_at=NOW)
    PreferenceFactory(customer=CustomerFactory(vendor=customer.vendor), product=None, text="plums")
    page = body(counter.get(address("likes", customer), headers=HTMX))
    assert "Nothing yet" in page
    assert "guavas" not in page
    assert "plums" not in page


def test_likes_is_a_fragment_for_htmx_and_a_page_without(counter, customer, banana):
    fragment = counter.get(address("likes", customer), headers=HTMX)
    assert fragment.content.strip().startswith(b'<section class="panel" id="likes"')
    assert 'name="kind"' not in body(fragment)
    assert 'name="kind"' in body(counter.get(address("likes", customer) + "?add=1", headers=HTMX))
    page = counter.get(address("likes", customer))
    assert "What Sunita Rao likes" in body(page)
    assert f'<option value="{banana.uid}">Banana</option>' in body(page)
    assert fragment.headers["Vary"].startswith("HX-Request")


def test_likes_tells_under_htmx_with_an_event(counter, customer, banana, helper):
    response = counter.post(address("likes", customer), said("manner", banana, text="half ripe"), headers=HTMX)
    assert "half ripe" in body(response)
    assert "preference-changed" in response.headers["HX-Trigger"]
    assert standing(customer) == [("manner", "Banana", "half ripe")]
    assert customer.preferences.get().by == helper


def test_likes_tells_without_script_and_goes_back_to_the_card(counter, customer, banana):
    response = counter.post(address("likes", customer), said("avoids", banana))
    assert response.url == address("card", customer)
    assert standing(customer) == [("avoids", "Banana", "")]


def test_likes_sent_twice_tells_once(counter, customer, banana):
    data = said("likes", banana)
    first, second = (counter.post(address("likes", customer), data, headers=HTMX) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert customer.preferences.count() == 1


def test_likes_keeps_what_was_typed_when_it_cannot_be_kept(counter, customer):
    response = counter.post(address("likes", customer), said("allergy", text="peanuts"), headers=HTMX)
    assert response.status_code == 422
    assert "HX-Trigger" not in response.headers
    assert "Ask, then tick it." in body(response)
    assert 'value="peanuts"' in body(response)
    assert standing(customer) == []


def test_likes_keeps_an_allergy_with_a_yes(counter, customer):
    counter.post(address("likes", customer), said("allergy", text="peanuts", consent="on"))
    assert customer.preferences.get().consent_at is not None


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": "x" * 10_000},
        {"text": "a\0b"},
        {"uid": "17"},
        {"uid": "\0"},
        {"product": "17"},
        {"product": "\0"},
        {"kind": "🥭"},
    ],
)
@pytest.mark.parametrize("name", ["likes", "like"])
def test_bad_input_is_told_and_keeps_nothing(counter, customer, banana, name, data):
    one = PreferenceFactory(customer=customer, product=banana)
    uids = [one.uid] if name == "like" else []
    full = {**said("dislikes", banana, text="raw"), **data} if data else {}
    response = counter.post(address(name, customer, *uids), full, headers=HTMX)
    assert response.status_code == 422
    assert 'class="errors"' in body(response)
    assert standing(customer) == [("likes", "Banana", "")]


def test_likes_refuses_a_product_of_another_shop(counter, customer):
    response = counter.post(address("likes", customer), said("likes", ProductFactory()), headers=HTMX)
    assert "Choose a product that the shop sells." in body(response)
    assert standing(customer) == []


def test_likes_tells_that_a_form_was_sent_with_other_words(counter, customer, banana):
    data = said("likes", banana)
    counter.post(address("likes", customer), data)
    response = counter.post(address("likes", customer), {**data, "kind": "dislikes"}, headers=HTMX)
    assert response.status_code == 422
    assert "To save this as well, tap once more." in body(response)
    assert 'name="uid"' in body(response)
    assert f'name="uid" value="{data["uid"]}"' not in body(response)


def test_likes_escapes_what_is_typed(counter, customer):
    counter.post(address("likes", customer), said("wish", text="<script>alert(1)</script>"))
    assert "<script>alert" not in body(counter.get(address("likes", customer), headers=HTMX))


def test_about_product_offers_one_tap_each(counter, customer, banana):
    VisitLineFactory(visit__customer=customer, product=banana, manner="Speckled")
    PreferenceFactory(customer=customer, product=banana, kind="manner", text="not cold")
    page = body(counter.get(address("about_product", customer, banana.uid), headers=HTMX))
    assert page.startswith('<section class="panel" id="about"')
    for kind in ("likes", "dislikes", "avoids"):
        assert f'name="kind" value="{kind}"' in page
    assert "Likes it so not cold" in page
    assert [manner for manner in ("speckled", "half ripe", "ripe", "firm", "small", "big") if manner not in page] == []


def test_about_product_gives_each_form_its_own_uid(counter, customer, banana):
    page = counter.get(address("about_product", customer, banana.uid), headers=HTMX).content.decode()
    uids = [part.split('"')[0] for part in page.split('name="uid" value="')[1:]]
    assert len(set(uids)) == len(uids) == 4


def test_about_product_is_a_page_without_script(counter, customer, banana):
    page = body(counter.get(address("about_product", customer, banana.uid)))
    assert "<h1>What Sunita Rao likes</h1>" in page
    assert "Banana for Sunita Rao" in page


def test_about_product_speaks_the_language_of_the_shop(counter, customer, banana, vendor):
    vendor.language = "hi"
    vendor.save()
    assert "केला" in body(counter.get(address("about_product", customer, banana.uid), headers=HTMX))


def test_a_tap_in_the_sheet_that_is_refused_is_told_in_the_sheet(counter, customer, banana):
    PreferenceFactory(customer=customer, product=banana, kind="avoids")
    response = counter.post(address("likes", customer), said("likes", banana, about="1"), headers=HTMX)
    assert response.status_code == 422
    assert response.headers["HX-Retarget"] == "#about"
    assert "For this product it says never. Remove that first." in body(response)
    assert 'id="about"' in body(response)


def test_like_shows_what_is_to_be_changed(counter, customer, banana):
    one = PreferenceFactory(customer=customer, product=banana, kind="manner", text="ripe")
    page = body(counter.get(address("like", customer, one.uid), headers=HTMX))
    assert 'value="ripe"' in page
    assert f'<option value="{banana.uid}" selected>Banana</option>' in page
    assert [radio.split(">")[0] for radio in page.split('value="')[1:] if " checked" in radio.split(">")[0]] == [
        'manner" id="id_kind_4" required checked'
    ]


def test_like_changes_and_keeps_the_old_one(counter, customer, banana, helper):
    one = PreferenceFactory(customer=customer, product=banana, kind="manner", text="ripe")
    data = said("manner", banana, text="half ripe")
    for _ in range(2):
        response = counter.post(address("like", customer, one.uid), data, headers=HTMX)
        assert "preference-changed" in response.headers["HX-Trigger"]
    assert standing(customer) == [("manner", "Banana", "half ripe")]
    one.refresh_from_db()
    assert one.removed_by == helper


def test_like_of_what_was_taken_back_can_be_put_back(counter, customer, banana):
    one = PreferenceFactory(customer=customer, product=banana, kind="dislikes", removed_at=NOW)
    assert "Put back" in body(counter.get(address("like", customer, one.uid)))
    assert standing(customer) == []


def test_like_of_what_was_taken_back_meanwhile_stands_and_is_kept_for_the_owner(counter, customer, banana, helper):
    one = PreferenceFactory(customer=customer, product=banana, kind="dislikes", removed_at=NOW, removed_by=helper)
    counter.post(address("like", customer, one.uid), said("likes", banana), headers=HTMX)
    assert standing(customer) == [("likes", "Banana", "")]
    clash = Clash.objects.get()
    assert (clash.aside, clash.aside_by, clash.stands["kind"], clash.stands_by) == (None, helper, "likes", helper)


ONLY_THE_OWNER = "Only the owner removes an allergy"


@pytest.fixture
def owners_tablet(paired, owner):
    return tablet_of(paired, owner)


@pytest.fixture
def allergy(customer, banana):
    return PreferenceFactory(customer=customer, product=banana, kind="allergy", consent_at=NOW)


@pytest.mark.parametrize("who", ["counter", "tablet", "owners_tablet", "evening"])
def test_allergy_has_its_buttons_only_for_an_owner_signed_in_by_account(request, who, customer, allergy):
    browser = request.getfixturevalue(who)
    page = body(browser.get(address("likes", customer), headers=HTMX))
    sheet = body(browser.get(address("like", customer, allergy.uid), headers=HTMX))
    is_owner = who == "evening"
    assert ("take-back" in page, "<form" in sheet) == (is_owner, is_owner)
    assert (ONLY_THE_OWNER in page, ONLY_THE_OWNER in sheet) == (not is_owner, not is_owner)


@pytest.mark.parametrize("who", ["counter", "tablet", "owners_tablet"])
def test_allergy_is_not_removed_nor_changed_by_others(request, who, customer, banana, allergy):
    browser = request.getfixturevalue(who)
    for name, data in (("take_back", {}), ("like", said("avoids", banana))):
        response = browser.post(address(name, customer, allergy.uid), data, headers=HTMX)
        assert response.status_code in (409, 422)
        assert ONLY_THE_OWNER in body(response)
    assert standing(customer) == [("allergy", "Banana", "")]


@pytest.mark.parametrize(
    "how",
    [{"later": True}, {"turn": ""}],
    ids=["in the queue", "claimed"],
)
def test_allergy_is_not_removed_by_what_comes_later(evening, owner, customer, allergy, how):
    evening.post(address("take_back", customer, allergy.uid), headers=entry_headers(owner, **how))
    assert standing(customer) == [("allergy", "Banana", "")]


def test_allergy_is_not_removed_on_an_owners_page_by_who_is_signed_in_since(counter, owner, customer, allergy):
    counter.post(address("take_back", customer, allergy.uid), headers=entry_headers(owner))
    assert standing(customer) == [("allergy", "Banana", "")]


def test_allergy_is_removed_by_the_owner(evening, owner, customer, allergy):
    evening.post(address("take_back", customer, allergy.uid), headers=entry_headers(owner))
    assert standing(customer) == []
    allergy.refresh_from_db()
    assert allergy.removed_by == owner


def test_form_says_how_many_preferences_its_page_knew(counter, customer, banana):
    PreferenceFactory(customer=customer, product=banana, kind="likes")
    page = body(counter.get(f"{address('likes', customer)}?add=1", headers=HTMX))
    assert 'name="seen" value="1"' in page


def test_take_back_offers_to_put_back(counter, customer, banana):
    one = PreferenceFactory(customer=customer, product=banana, kind="dislikes")
    url = address("take_back", customer, one.uid)
    response = counter.post(url, headers=HTMX)
    assert "Removed: Dislikes Banana" in body(response)
    assert "preference-changed" in response.headers["HX-Trigger"]
    assert standing(customer) == []
    counter.post(url, {"put_back": "1"}, headers=HTMX)
    counter.post(url, {"put_back": "1"}, headers=HTMX)
    assert standing(customer) == [("dislikes", "Banana", "")]


def test_take_back_without_script_goes_where_it_can_be_put_back(counter, customer, banana):
    one = PreferenceFactory(customer=customer, product=banana)
    url = address("take_back", customer, one.uid)
    for _ in range(2):
        assert counter.post(url).url == address("like", customer, one.uid)
    assert counter.post(url, {"put_back": "1"}).url == address("card", customer)
    assert standing(customer) == [("likes", "Banana", "")]


def test_confirm_asks_no_more(counter, customer, banana):
    one = PreferenceFactory(customer=customer, product=banana, at=NOW - dt.timedelta(days=200))
    response = counter.post(address("confirm", customer, one.uid), headers=HTMX)
    assert "Still so?" not in body(response)
    one.refresh_from_db()
    assert one.confirmed_at >= NOW
    assert counter.post(address("confirm", customer, one.uid)).url == address("card", customer)


@pytest.fixture
def half_ripe(customer, banana):
    for days in range(6):
        visit = VisitFactory(customer=customer, at=NOW - dt.timedelta(days=days))
        VisitLineFactory(visit=visit, product=banana, manner="half ripe" if days else "")


def noticed(banana, **data):
    return {"uid": uuid4(), "product": banana.uid, "manner": "half ripe", "seen": 5, "of": 6, **data}


def test_noticed_yes_is_remembered_as_seen(counter, customer, banana, helper):
    data = noticed(banana, answer="yes")
    for _ in range(2):
        response = counter.post(address("noticed", customer), data, headers=HTMX)
        assert body(response) == '<div id="noticed"></div>'
        assert {"preference-changed", "notice-answered"} <= set(response.headers["HX-Trigger"].split('"'))
    assert list(customer.preferences.values_list("kind", "text", "basis", "seen", "seen_of", "by")) == [
        ("manner", "half ripe", "seen", 5, 6, helper.pk)
    ]


@pytest.mark.parametrize("answer", ["no", "later"])
def test_noticed_no_and_later_are_kept(counter, customer, banana, answer):
    assert counter.post(address("noticed", customer), noticed(banana, answer=answer)).url == address("card", customer)
    assert NoticeAnswer.objects.get().answer == answer
    assert standing(customer) == []


def test_noticed_that_cannot_be_read_is_offered_again(counter, customer, banana, half_ripe):
    response = counter.post(address("noticed", customer), noticed(banana, answer="perhaps"), headers=HTMX)
    assert response.status_code == 422
    assert "Noticed: Banana half ripe, 5 of the last 6. Remember?" in body(response)
    assert "This was not saved. Tap once more." in body(response)


def test_noticed_like_of_what_must_never_be_is_refused(counter, customer, banana):
    PreferenceFactory(customer=customer, product=banana, kind="avoids")
    response = counter.post(address("noticed", customer), noticed(banana, manner="", answer="yes"), headers=HTMX)
    assert response.status_code == 422
    assert "For this product it says never." in body(response)


def _pages(customer, preference, product):
    return [
        ("get", address("likes", customer)),
        ("post", address("likes", customer)),
        ("get", address("about_product", customer, product.uid)),
        ("get", address("like", customer, preference.uid)),
        ("post", address("noticed", customer)),
        *[("post", address(name, customer, preference.uid)) for name in WITH_ONE],
    ]


@pytest.mark.parametrize("which", range(8))
def test_stranger_gets_404(counter, vendor, which):
    """The people of another shop are not here, under its address or under ours."""
    theirs = PreferenceFactory(kind="likes")
    method, url = _pages(theirs.customer, theirs, theirs.product)[which]
    data = said("dislikes", theirs.product, answer="no", manner="", seen=1, of=1)
    assert getattr(counter, method)(url, data).status_code == 404
    assert getattr(counter, method)(url.replace("green-corner", theirs.vendor.slug), data).status_code == 404
    assert list(Preference.objects.values_list("kind", "removed_at", "confirmed_at")) == [("likes", None, None)]
    assert NoticeAnswer.objects.count() == 0


@pytest.mark.parametrize("name", WITH_ONE)
def test_preference_of_somebody_else_is_not_found(counter, customer, name):
    theirs = PreferenceFactory(customer=CustomerFactory(vendor=customer.vendor))
    assert counter.post(address(name, customer, theirs.uid), said("wish", text="x")).status_code == 404


def test_about_product_of_another_shop_is_not_found(counter, customer):
    assert counter.get(address("about_product", customer, ProductFactory().uid)).status_code == 404


@pytest.mark.parametrize("which", range(8))
def test_anonymous_is_asked_to_sign_in(customer, banana, which):
    one = PreferenceFactory(customer=customer, product=banana)
    method, url = _pages(customer, one, banana)[which]
    response = getattr(Client(), method)(url, said("dislikes", banana))
    assert "sign" in (response.headers.get("Location") or body(response)).lower()
    assert standing(customer) == [("likes", "Banana", "")]


def test_writes_are_not_done_by_looking(counter, customer, banana):
    one = PreferenceFactory(customer=customer, product=banana)
    urls = [address("noticed", customer), *(address(name, customer, one.uid) for name in ("take_back", "confirm"))]
    assert [counter.get(url).status_code for url in urls] == [405, 405, 405]


@pytest.mark.parametrize("name", ["likes", "about_product"])
def test_queries_are_as_many_for_three_as_for_one(counter, customer, banana, name, helper):
    url = address(name, customer, *([banana.uid] if name == "about_product" else []))
    counts = []
    for kind in ("likes", "dislikes", "avoids"):
        PreferenceFactory(customer=customer, product=banana, kind=kind, by=helper)
        VisitLineFactory(visit__customer=customer, product=banana, manner=kind)
        with CaptureQueriesContext(connection) as queries:
            counter.get(url, headers=HTMX)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 8


def test_like_told_of_a_merged_person_is_one_of_the_other(counter, vendor, customer, banana):
    other = CustomerFactory(vendor=vendor, name="Mrs Rao")
    merge(customer=customer, into=other, by=None, uid=uuid4())
    counter.post(address("likes", customer), said(product=banana))
    assert (standing(customer), standing(other)) == ([], [("likes", "Banana", "")])
