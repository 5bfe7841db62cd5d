import datetime as dt
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.promises.models import Wish
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.promises import WishFactory
from tests.factories.vendors import ProductFactory

HTMX = {"HX-Request": "true"}
NOW = timezone.now()


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao", greeting="Namaste Sunita-ji", landmark="3rd lane")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Alphonso", name_hi="हापुस", unit="dozen")


@pytest.fixture
def waits(customer, mango):
    return WishFactory(customer=customer, product=mango)


def address(name, *uids, shop="green-corner"):
    return reverse(f"counter:{name}", args=[shop, *uids])


def body(response):
    return " ".join(response.content.decode().split())


def said(**more):
    return {"uid": uuid4(), "until": "week", **more}


def step(name):
    return {"uid": uuid4(), "step": name}


# --- asked and had none


def test_wishes_lists_what_was_asked_for(counter, vendor, waits, mango):
    WishFactory(customer=None, vendor=vendor, product=mango, came_in_at=NOW)
    WishFactory(vendor=vendor, product=mango, came_in_at=NOW, customer=CustomerFactory(vendor=vendor))
    words = WishFactory(customer=None, vendor=vendor, product=None, text="dragon fruit")
    page = body(counter.get(address("wishes")))
    assert "3 people asked" in page
    assert "3 wait" in page
    assert "! tell 1" in page
    assert "1 person asked" in page
    assert f'href="{address("whom_to_tell", mango.uid)}"' in page
    assert f'href="{address("wish_in_words", words.uid)}"' in page
    assert f'action="{address("came_in", mango.uid)}"' in page


def test_wishes_says_what_will_stand_there(counter, vendor):
    assert "Nobody asked for anything that was not here." in body(counter.get(address("wishes")))


def test_wishes_that_came_in_for_all_lead_to_whom_to_tell(counter, waits, mango):
    Wish.objects.update(came_in_at=NOW)
    page = body(counter.get(address("wishes")))
    assert f'<a class="button" href="{address("whom_to_tell", mango.uid)}">Whom to tell</a>' in page
    assert "came-in" not in page


@pytest.mark.parametrize("text", ["alph", "हाप", "DRAGON", ""])
def test_wishes_are_found_by_any_name(counter, vendor, waits, text):
    WishFactory(customer=None, vendor=vendor, product=None, text="Dragon fruit")
    page = body(counter.get(address("wishes"), {"q": text}))
    assert ("<b>Alphonso</b>" in page) is (text != "DRAGON")
    assert ("“Dragon fruit”" in page) is (text in ("DRAGON", ""))


def test_wishes_that_are_not_found_are_told(counter, waits):
    assert "Nobody asked for “kale”." in body(counter.get(address("wishes"), {"q": "kale"}))


@pytest.mark.parametrize("order", ["people", "-people", "waiting", "-waiting"])
def test_wishes_can_be_sorted(counter, vendor, waits, order):
    assert body(counter.get(address("wishes"), {"sort": order})).count("Alphonso</b>") == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_wishes_asks_the_same_queries_for_any_number(counter, vendor, customer, rows, django_assert_num_queries):
    for _ in range(rows):
        WishFactory(customer=customer, product=ProductFactory(vendor=vendor))
    with django_assert_num_queries(7):
        counter.get(address("wishes"))


def test_wishes_keeps_one_of_somebody_unknown(counter, vendor, helper, mango):
    data = said(product=mango.uid)
    answers = [counter.post(address("wishes"), data) for _ in range(2)]
    assert [answer.url for answer in answers] == [address("wishes")] * 2
    kept = Wish.objects.get()
    assert (kept.customer, kept.product, kept.by) == (None, mango, helper)
    counter.post(address("wishes"), said(product=mango.uid))
    assert "2 people asked" in body(counter.get(address("wishes")))


def test_wishes_keeps_what_was_typed_when_it_cannot_be_kept(counter, vendor):
    response = counter.post(address("wishes"), said(text="plums", quantity="some"))
    assert response.status_code == 422
    assert '<details class="panel" open>' in body(response)
    assert 'value="plums"' in body(response)
    assert "Write a number like 1.5, or leave it empty." in body(response)
    assert not Wish.objects.exists()


# --- came in


def test_came_in_leads_to_whom_to_tell(counter, waits, mango, helper):
    response = counter.post(address("came_in", mango.uid), {"uid": uuid4()}, follow=True)
    assert response.redirect_chain == [(address("whom_to_tell", mango.uid), 302)]
    assert "Alphonso came in." in body(response)
    assert "Sunita Rao" in body(response)
    assert waits.edits.get().by == helper


def test_came_in_of_a_page_that_is_not_whole_is_refused(counter, waits, mango):
    response = counter.post(address("came_in", mango.uid))
    assert response.status_code == 422
    assert "this page was not whole" in response.content.decode()


def test_came_in_sent_twice_is_kept_once_and_can_be_taken_back(counter, waits, mango):
    data = {"uid": uuid4()}
    for _ in range(2):
        counter.post(address("came_in", mango.uid), data)
    assert waits.edits.count() == 1
    response = counter.post(address("came_in", mango.uid), {"uid": uuid4(), "not_in": "1"}, follow=True)
    assert "Alphonso is not here after all." in body(response)
    assert Wish.objects.get().came_in_at is None


def test_came_in_of_a_page_that_was_not_whole_is_told(counter, waits, mango):
    response = counter.post(address("came_in", mango.uid), {}, follow=True)
    assert "Not saved yet" in body(response)
    assert Wish.objects.get().came_in_at is None


# --- whom to tell


def test_whom_to_tell_has_the_message_ready(counter, customer, waits, mango):
    ContactPointFactory(customer=customer, text="98200 12345", number="+919820012345")
    Wish.objects.update(came_in_at=NOW)
    page = body(counter.get(address("whom_to_tell", mango.uid)))
    message = (
        "Namaste%20Sunita-ji%2C%20the%20Alphonso%20you%20asked%20for%20has%20come%20in.%20%E2%80%93%20Green%20Corner"
    )
    assert f'href="https://wa.me/919820012345?text={message}"' in page
    assert f'href="sms:+919820012345?&amp;body={message}"' in page
    assert 'href="tel:+919820012345"' in page
    assert "Namaste Sunita-ji, the Alphonso you asked for has come in. – Green Corner" in page
    assert "Nothing is sent from here: tap Yes when they know." in page


def test_whom_to_tell_speaks_the_language_of_the_shop(counter, vendor, customer, waits, mango):
    ContactPointFactory(customer=customer)
    Wish.objects.update(came_in_at=NOW)
    vendor.language = "hi"
    vendor.save()
    assert "हापुस" in body(counter.get(address("whom_to_tell", mango.uid)))


def test_whom_to_tell_of_who_has_no_phone_and_no_greeting(counter, vendor, mango):
    someone = CustomerFactory(vendor=vendor, name="Meera")
    WishFactory(customer=someone, product=mango, came_in_at=NOW)
    page = body(counter.get(address("whom_to_tell", mango.uid)))
    assert "No phone is known: tell them when they come. Their card says it." in page
    ContactPointFactory(customer=someone)
    assert "Namaste Meera, the Alphonso" in body(counter.get(address("whom_to_tell", mango.uid)))


def test_whom_to_tell_offers_no_message_before_it_came_in_or_of_somebody_unknown(
    counter, customer, vendor, waits, mango
):
    ContactPointFactory(customer=customer)
    page = body(counter.get(address("whom_to_tell", mango.uid)))
    assert "wa.me" not in page
    assert 'value="told"' not in page
    Wish.objects.update(customer=None, came_in_at=NOW)
    page = body(counter.get(address("whom_to_tell", mango.uid)))
    assert "Somebody unknown" in page
    assert 'value="told"' not in page


def test_whom_to_tell_says_how_long_and_how_often(counter, vendor, customer, mango):
    days = [vendor.today() - dt.timedelta(days=back) for back in (3, 1)]
    for day in days:
        WishFactory(customer=customer, product=mango, asked_at=vendor.day_bounds(day)[0] + dt.timedelta(hours=8))
    page = body(counter.get(address("whom_to_tell", mango.uid)))
    assert f"since {days[0]:%a %-d %b}, until" in page
    assert "asked 2 times" in page


def test_whom_to_tell_when_nobody_waits(counter, mango):
    page = body(counter.get(address("whom_to_tell", mango.uid)))
    assert "Nobody waits for it now." in page
    assert "Came in" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_whom_to_tell_asks_the_same_queries_for_any_number(counter, vendor, mango, rows, django_assert_num_queries):
    for _ in range(rows):
        customer = ContactPointFactory(customer=CustomerFactory(vendor=vendor)).customer
        WishFactory(customer=customer, product=mango, came_in_at=NOW)
        WishFactory(customer=customer, product=mango, outcome="took", closed_at=NOW)
    with django_assert_num_queries(9):
        counter.get(address("whom_to_tell", mango.uid))


# --- steps


def test_wish_step_under_htmx_gives_the_list_again(counter, waits, mango):
    response = counter.post(address("wish_step", waits.uid), step("told"), headers=HTMX)
    assert response.content.strip().startswith(b'<section class="panel" id="whom"')
    assert "✓ told" in body(response)
    response = counter.post(address("wish_step", waits.uid), step("came"), headers=HTMX)
    assert "✓ came" in body(response)
    response = counter.post(address("wish_step", waits.uid), step("took"), headers=HTMX)
    assert "Ended today" in body(response)
    assert "Nobody waits for it now." in body(response)
    response = counter.post(address("wish_step", waits.uid), step("undo"), headers=HTMX)
    assert "✓ came" in body(response)


def test_wish_step_without_script_goes_back_to_the_list(counter, vendor, waits, mango):
    words = WishFactory(customer=None, vendor=vendor, product=None, text="plums")
    assert counter.post(address("wish_step", waits.uid), step("took")).url == address("whom_to_tell", mango.uid)
    assert counter.post(address("wish_step", words.uid), step("took")).url == address("wish_in_words", words.uid)


def test_wish_step_sent_twice_is_taken_once(counter, waits):
    data = step("told")
    for _ in range(2):
        counter.post(address("wish_step", waits.uid), data)
    assert waits.edits.count() == 1


def test_wish_step_of_what_somebody_else_closed_is_told(counter, waits):
    counter.post(address("wish_step", waits.uid), step("took"))
    response = counter.post(address("wish_step", waits.uid), step("dropped"))
    assert response.status_code == 409
    assert "Somebody else has closed this wish meanwhile." in body(response)
    response = counter.post(address("wish_step", waits.uid), step("eaten"), headers=HTMX)
    assert response.status_code == 409
    assert Wish.objects.get().outcome == "took"


def test_wish_step_with_nothing_to_undo_is_told(counter, waits):
    response = counter.post(address("wish_step", waits.uid), step("undo"), headers=HTMX)
    assert response.status_code == 409
    assert "There is nothing to undo any more." in body(response)


# --- in words


def test_wish_in_words_lists_all_in_the_same_words(counter, vendor, customer):
    one = WishFactory(customer=customer, product=None, text="Dragon fruit")
    WishFactory(customer=None, vendor=vendor, product=None, text="dragon  fruit")
    page = body(counter.get(address("wish_in_words", one.uid)))
    assert "“Dragon fruit”" in page
    assert "Sunita Rao" in page
    assert "Somebody unknown" in page
    assert "That is this product" in page


def test_name_wish_says_which_product_it_is(counter, customer, mango):
    one = WishFactory(customer=customer, product=None, text="hapus")
    assert "That is this product" in body(counter.get(address("wish_in_words", one.uid)))
    data = {"uid": uuid4(), "product": mango.uid}
    for _ in range(2):
        response = counter.post(address("name_wish", one.uid), data)
        assert response.url == address("whom_to_tell", mango.uid)
    assert one.edits.count() == 1
    assert "hapus" in body(counter.get(address("whom_to_tell", mango.uid)))


def test_name_wish_without_a_product_or_with_another_is_told(counter, vendor, customer, mango):
    one = WishFactory(customer=customer, product=None, text="hapus")
    response = counter.post(address("name_wish", one.uid), {"uid": uuid4(), "product": ""})
    assert response.status_code == 422
    assert "Choose a product that the shop sells." in body(response)
    counter.post(address("name_wish", one.uid), {"uid": uuid4(), "product": mango.uid})
    other = ProductFactory(vendor=vendor)
    response = counter.post(address("name_wish", one.uid), {"uid": uuid4(), "product": other.uid})
    assert response.status_code == 422
    assert "Somebody else has closed this wish meanwhile." in body(response)
