import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from customers.merging import merge
from customers.models import Customer
from customers.promises.models import Wish
from customers.visits.models import Visit, VisitEdit, VisitLine
from tests.factories.customers import CustomerFactory, MembershipFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, PromiseLineFactory, WishFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

FIND = "/green-corner/counter/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", name_hi="प्याज", step=Decimal("0.5"))


@pytest.fixture
def card(sunita):
    return reverse("counter:card", args=["green-corner", sunita.uid])


def basket(*products, take="2", **more):
    return {"uid": uuid.uuid4(), **{f"take.{product.uid}": take for product in products}, **more}


def lines():
    return list(VisitLine.objects.values_list("product__name", "quantity", "unit", "outcome", "manner"))


def test_card_shows_what_must_never_happen_before_the_usual(counter, card, sunita, onion):
    PreferenceFactory(customer=sunita, kind="allergy", product=None, text="peanuts", consent_at=timezone.now())
    VisitLineFactory(visit__customer=sunita, product=onion)
    page = counter.get(card).content.decode()
    assert 0 < page.index("peanuts") < page.index('id="tiles"') < page.index("the last visit")


def test_card_says_the_day_of_the_shop_for_what_was_bought_after_midnight(counter, card, sunita, onion):
    day = sunita.vendor.today() - dt.timedelta(days=2)
    closed = sunita.vendor.day_bounds(day)[1]
    VisitLineFactory(visit__customer=sunita, visit__at=closed - dt.timedelta(hours=1), product=onion)
    page = counter.get(card).content.decode()
    assert f"last: {date_format(day, 'l j M')}" in page
    assert f'<span class="day">{date_format(day, "D j M")}</span>' in page


def test_card_of_a_new_person_says_what_will_stand_there(counter, card):
    assert "Nothing is known yet" in counter.get(card).content.decode()


@pytest.mark.parametrize("visits", [1, 30])
def test_card_asks_at_most_ten_queries(counter, card, sunita, onion, visits, django_assert_max_num_queries):
    for day in range(visits):
        VisitLineFactory(visit__customer=sunita, visit__at=timezone.now() - dt.timedelta(days=day), product=onion)
    PreferenceFactory(customer=sunita, product=onion)
    home = MembershipFactory(customer=sunita, decides=True, is_first=True, household__vendor=sunita.vendor).household
    for _day in range(visits):
        PromiseLineFactory(promise__customer=sunita)
        ProblemFactory(customer=sunita)
        WishFactory(customer=sunita)
        MembershipFactory(household=home)
    counter.get(card)  # the first of the day also reads what the shop knew before
    with django_assert_max_num_queries(10):
        counter.get(card)


def test_done_records_the_visit(counter, card, sunita, helper, onion):
    answer = counter.post(card, basket(onion, note="took the small bag"))
    visit = Visit.objects.get()
    assert answer.url == FIND
    assert (visit.customer, visit.by, visit.note, visit.channel) == (sunita, helper, "took the small bag", "counter")
    assert lines() == [("Onion", Decimal(2), "kg", "taken", "")]


def test_done_asks_at_most_fourteen_queries(counter, card, vendor, django_assert_max_num_queries):
    products = [ProductFactory(vendor=vendor) for _ in range(6)]
    with django_assert_max_num_queries(14):
        counter.post(card, basket(*products))
    assert VisitLine.objects.count() == 6


def test_card_of_a_merged_person_is_that_of_the_other(counter, vendor, card, sunita):
    other = CustomerFactory(vendor=vendor, name="Mrs Rao")
    merge(customer=sunita, into=other, by=None, uid=uuid.uuid4())
    page = counter.get(card, follow=True)
    assert page.redirect_chain == [(reverse("counter:card", args=["green-corner", other.uid]), 302)]
    assert "Sunita Rao and Mrs Rao are one person here." in page.content.decode()


def test_done_on_the_card_of_a_merged_person_is_recorded_for_the_other(counter, vendor, card, sunita, onion):
    other = CustomerFactory(vendor=vendor, name="Mrs Rao")
    counter.get(card)
    merge(customer=sunita, into=other, by=None, uid=uuid.uuid4())
    data = basket(onion)
    assert [counter.post(card, data).url for _ in range(2)] == [FIND, FIND]
    assert Visit.objects.get().customer == other


def test_done_refused_on_the_card_of_a_merged_person_shows_the_other(counter, vendor, card, sunita, onion):
    merge(customer=sunita, into=CustomerFactory(vendor=vendor, name="Mrs Rao"), by=None, uid=uuid.uuid4())
    page = counter.post(card, basket(onion, take="two"))
    assert page.status_code == 422
    assert page.context["customer"].name == "Mrs Rao"


def test_done_under_htmx_leaves_for_find(counter, card, onion):
    answer = counter.post(card, basket(onion), headers=HTMX)
    assert answer["HX-Redirect"] == FIND


def test_done_sent_twice_records_once(counter, card, onion):
    data = basket(onion)
    assert [counter.post(card, data).url for _ in range(2)] == [FIND, FIND]
    assert Visit.objects.count() == 1


def test_done_with_nothing_means_came_and_took_nothing(counter, card):
    counter.post(card, basket())
    assert Visit.objects.count() == 1
    assert lines() == []


def test_done_keeps_what_was_asked_for_and_not_there(counter, card, onion):
    counter.post(card, {"uid": uuid.uuid4(), f"none.{onion.uid}": "1", f"manner.{onion.uid}": "small"})
    assert lines() == [("Onion", Decimal("0.5"), "kg", "not-in-stock", "small")]


def test_done_under_a_used_uid_with_other_things_is_not_lost(counter, card, onion):
    data = basket(onion)
    counter.post(card, data)
    page = counter.post(card, {**data, f"take.{onion.uid}": "3"})
    assert page.status_code == 409
    assert "saved before with other things" in page.content.decode()
    again = {**data, f"take.{onion.uid}": "3", "uid": page.context["form"]["uid"].value()}
    counter.post(card, again)
    assert sorted(VisitLine.objects.values_list("quantity", flat=True)) == [2, 3]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("0", "more than 0"),
        ("-1", "more than 0"),
        ("9999999", "too much for one visit"),
        ("1,500", "cannot be read"),
        ("two", "cannot be read"),
        ("1.23456", "three digits"),
        ("x" * 10_000, "cannot be read"),
        ("1\0", "cannot be read"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_done_refuses_bad_amounts_and_keeps_them(counter, card, onion, typed, says, headers):
    page = counter.post(card, basket(onion, take=typed, note="keep me"), headers=headers)
    text = page.content.decode()
    assert page.status_code == 422
    assert says in text
    assert "keep me" in text
    assert page.context["form"].entries[onion.uid].take == typed
    assert not Visit.objects.exists()


def test_done_reads_a_decimal_comma(counter, card, onion):
    counter.post(card, basket(onion, take="1,5"))
    assert lines()[0][1] == Decimal("1.5")


def test_done_refuses_a_product_of_another_shop(counter, card, onion):
    page = counter.post(card, basket(onion, ProductFactory(name="Secret")))
    assert page.status_code == 422
    assert "A product is not in this shop" in page.content.decode()
    assert "Secret" not in page.content.decode()
    assert not Visit.objects.exists()


def test_done_refuses_a_time_that_has_not_come(counter, card, onion):
    page = counter.post(card, basket(onion, at="2999-01-01T10:00"))
    assert page.status_code == 422
    assert "has not come yet" in page.content.decode()
    assert "2999-01-01T10:00" in page.content.decode()


def test_done_takes_a_visit_entered_late(counter, card, onion):
    yesterday = timezone.now() - dt.timedelta(days=1)
    counter.post(card, basket(onion, at=f"{yesterday.astimezone(dt.UTC):%Y-%m-%dT%H:%M}", channel="phone"))
    visit = Visit.objects.get()
    # 05:30 earlier in UTC: the time was typed by the shop's clock.
    assert visit.at == yesterday.replace(second=0, microsecond=0) - dt.timedelta(hours=5, minutes=30)
    assert visit.channel == "phone"


@pytest.mark.parametrize("uid", ["", "x", "1" * 10_000])
def test_done_refuses_a_malformed_uid_and_keeps_what_was_typed(counter, card, onion, uid):
    page = counter.post(card, {**basket(onion, note="keep me"), "uid": uid})
    assert page.status_code == 422
    assert "keep me" in page.content.decode()
    assert not Visit.objects.exists()


def test_done_for_a_person_forgotten_meanwhile_shows_what_was_typed(counter, card, sunita, onion):
    Customer.objects.get(pk=sunita.pk).delete()
    page = counter.post(card, basket(onion, note="keep me"))
    text = page.content.decode()
    assert page.status_code == 404
    assert "forgotten meanwhile" in text
    assert "Onion" in text
    assert "keep me" in text
    assert not Visit.objects.exists()


def test_card_of_another_shop_is_not_there(counter):
    stranger = CustomerFactory(name="Stranger")
    page = counter.get(reverse("counter:card", args=["green-corner", stranger.uid]))
    assert page.status_code == 404
    assert "Stranger" not in page.content.decode()


def test_same_as_last_time_fills_the_form_without_script(counter, card, sunita, onion):
    VisitLineFactory(visit__customer=sunita, product=onion, quantity=Decimal("1.5"), manner="small")
    page = counter.post(card, {**basket(note="keep me"), "same": "1"})
    entry = page.context["form"].entries[onion.uid]
    assert (entry.take, entry.manner, page.context["form"]["note"].value()) == ("1.5", "small", "keep me")
    assert Visit.objects.count() == 1


def test_same_as_last_time_leaves_out_what_was_not_there(counter, card, sunita, onion):
    VisitLineFactory(visit__customer=sunita, product=onion, outcome="not-in-stock")
    assert counter.post(card, {**basket(), "same": "1"}).context["form"].entries == {}


def test_look_finds_a_product_without_script_and_keeps_the_rest(counter, card, vendor, onion):
    page = counter.post(card, {**basket(onion, take="3"), "look": "1", "look_for": "pya"})
    assert [tile.name for tile in page.context["tiles"]] == ["Onion"]
    assert page.context["tiles"][0].entry.take == "3"
    assert not Visit.objects.exists()


def test_products_are_found_in_any_of_their_languages(counter, sunita, vendor, onion):
    ProductFactory(vendor=vendor, name="Potato")
    page = counter.get(reverse("counter:products", args=["green-corner", sunita.uid]), {"look_for": "प्या"})
    assert [tile.name for tile in page.context["tiles"]] == ["Onion"]


def test_card_speaks_the_language_of_the_shop(counter, card, vendor, sunita, onion):
    vendor.language = "hi"
    vendor.save()
    VisitLineFactory(visit__customer=sunita, product=onion)
    page = counter.get(card)
    assert [tile.name for tile in page.context["tiles"]] == ["प्याज"]
    assert '<html lang="hi"' in page.content.decode()


@pytest.fixture
def served(counter, card, onion):
    counter.post(card, basket(onion))
    return Visit.objects.get()


def test_undo_takes_the_visit_back_and_put_back_restores_it(counter, served, helper):
    counter.post(reverse("counter:undo", args=["green-corner", served.uid]))
    served.refresh_from_db()
    assert (served.is_voided, served.voided_by) == (True, helper)
    assert "Undone: Sunita Rao" in counter.get(FIND).content.decode()
    counter.post(reverse("counter:put_back", args=["green-corner", served.uid]))
    served.refresh_from_db()
    assert (served.is_voided, served.voided_by) == (False, None)


def test_visit_shows_what_was_recorded(counter, served, onion):
    page = counter.get(reverse("counter:visit", args=["green-corner", served.uid]))
    assert page.context["form"].entries[onion.uid].take == "2"
    assert "You are changing the visit of today" in page.content.decode()


def test_visit_is_changed_and_leaves_a_trace(counter, served, helper, onion):
    address = reverse("counter:visit", args=["green-corner", served.uid])
    data = basket(onion, take="3", note="one more")
    for _ in range(2):
        assert counter.post(address, data).url == FIND
    edit = VisitEdit.objects.get()
    assert lines() == [("Onion", Decimal(3), "kg", "taken", "")]
    assert (edit.by, edit.before["lines"][0]["quantity"], edit.after["lines"][0]["quantity"]) == (helper, "2", "3")
    assert (edit.before["note"], edit.after["note"]) == ("", "one more")


def test_visit_of_yesterday_cannot_be_changed_here(counter, sunita, onion):
    visit = VisitFactory(customer=sunita, at=timezone.now() - dt.timedelta(days=2))
    page = counter.post(reverse("counter:visit", args=["green-corner", visit.uid]), basket(onion))
    assert page.status_code == 409
    assert "Only a visit of today" in page.content.decode()
    assert lines() == []


def test_visit_refuses_bad_amounts_and_keeps_them(counter, served, onion):
    page = counter.post(reverse("counter:visit", args=["green-corner", served.uid]), basket(onion, take="-1"))
    assert page.status_code == 422
    assert page.context["form"].entries[onion.uid].take == "-1"
    assert not VisitEdit.objects.exists()


@pytest.mark.parametrize("name", ["visit", "undo", "put_back"])
def test_visits_of_another_shop_are_not_there(counter, name):
    stranger = VisitFactory()
    assert counter.post(reverse(f"counter:{name}", args=["green-corner", stranger.uid])).status_code == 404
    stranger.refresh_from_db()
    assert not stranger.is_voided


def test_card_says_how_often_they_come_and_who_stays_away(counter, card, sunita):
    for days in range(9, 60, 3):
        VisitFactory(customer=sunita, at=timezone.now() - dt.timedelta(days=days))
    assert "away for 9 days, usually every 3 days" in counter.get(card).content.decode()


def test_card_says_nothing_of_silence_to_who_came_today(counter, card, sunita):
    for days in (0, *range(9, 60, 3)):
        VisitFactory(customer=sunita, at=timezone.now() - dt.timedelta(days=days))
    page = counter.get(card).content.decode()
    assert "away for" not in page
    assert "every 3 days" not in page


def test_card_says_that_it_is_too_early(counter, card, sunita):
    for days in (3, 6, 9):
        VisitFactory(customer=sunita, at=timezone.now() - dt.timedelta(days=days))
    assert "3 visits: too early to say how often they come" in counter.get(card).content.decode()


# --- what is fulfilled with it


def test_done_keeps_a_promise_and_tells_it(counter, card, sunita, onion):
    promise = PromiseFactory(customer=sunita)
    answer = counter.post(card, basket(onion, keep=promise.uid), follow=True)
    promise.refresh_from_db()
    assert (promise.outcome, promise.closed_in) == ("kept", Visit.objects.get())
    assert "1 promise is kept with it." in answer.content.decode()


def test_done_with_a_promise_that_was_closed_meanwhile_saves_the_visit_and_tells_it(counter, card, sunita, onion):
    promise = PromiseFactory(customer=sunita, outcome="broken", closed_at=timezone.now())
    answer = counter.post(card, basket(onion, keep=promise.uid), follow=True)
    assert "A promise was closed on another page before." in answer.content.decode()
    assert Visit.objects.count() == 1


def test_done_makes_a_wish_of_what_was_not_here(counter, card, onion):
    counter.post(card, {"uid": uuid.uuid4(), f"none.{onion.uid}": "1"})
    assert list(Wish.objects.values_list("product", "visit")) == [(onion.pk, Visit.objects.get().pk)]


def test_undo_and_put_back_take_the_promise_along(counter, card, sunita, onion):
    promise = PromiseFactory(customer=sunita)
    counter.post(card, basket(onion, keep=promise.uid))
    visit = Visit.objects.get()
    for action, outcome in (("undo", ""), ("put_back", "kept")):
        counter.post(reverse(f"counter:{action}", args=["green-corner", visit.uid]))
        promise.refresh_from_db()
        assert promise.outcome == outcome


def test_fill_sends_the_form_back_with_what_was_ordered(counter, card, sunita, onion):
    banana = ProductFactory(vendor=sunita.vendor, name="Banana", unit="piece")
    line = PromiseLineFactory(promise__customer=sunita, product=banana, quantity=6, manner="half ripe")
    answer = counter.post(card, basket(onion, fill=line.promise.uid))
    form = answer.context["form"]
    assert {entry.product.name: entry.take for entry in form.entries.values()} == {"Onion": "2", "Banana": "6"}
    assert form.keeps == {line.promise.uid}
    assert Visit.objects.count() == 0


@pytest.mark.parametrize("fill", ["", "no uid", "\0", str(uuid.uuid4())])
def test_fill_of_nothing_sends_the_form_back_as_it_was(counter, card, onion, fill):
    answer = counter.post(card, basket(onion, fill=fill))
    assert [entry.take for entry in answer.context["form"].entries.values()] == ["2"]


def test_visit_that_was_changed_on_another_tablet_says_so_to_the_owner(counter, sunita, onion):
    line = VisitLineFactory(visit__customer=sunita, product=onion, quantity=1)
    address = reverse("counter:visit", args=["green-corner", line.visit.uid])
    assert '<input type="hidden" name="seen" value="0"' in counter.get(address).content.decode()
    for take in ("3", "4"):
        counter.post(address, basket(onion, take=take, seen="0"))
    assert [quantity for _name, quantity, *_more in lines()] == [4]
    assert [line["quantity"] for line in sunita.clashes.get().aside] == ["3"]
