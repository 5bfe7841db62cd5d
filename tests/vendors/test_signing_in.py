"""A sign-in that expires in mid form: what was typed goes through the sign-in page and is recorded once."""

from decimal import Decimal
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.visits.models import Visit
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import MemberFactory, ProductFactory
from tests.factories.visits import VisitFactory

PASSWORD = "half-ripe bananas"
HTMX = {"HX-Request": "true", "HX-Target": "main"}


class Forms(HTMLParser):
    """The forms of a page as a browser reads them: of each its address and its fields, name and value, in order."""

    def __init__(self, response):
        super().__init__()
        self.found = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "form":
            self.found.append((said.get("action", ""), []))
        elif tag == "input" and self.found:
            self.found[-1][1].append((said["name"], said.get("value", "")))


def the_form(response):
    ((address, fields),) = Forms(response).found
    return address, [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]


def sent(fields):
    """Fields as the test client takes them; repeated ones keep all their values."""
    data = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return data


@pytest.fixture
def ravi(helper):
    helper.user.set_password(PASSWORD)
    helper.user.save()
    return helper.user


@pytest.fixture
def card(vendor):
    customer = CustomerFactory(vendor=vendor, name="Sunita")
    return f"/green-corner/counter/{customer.uid}/"


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


def sign_in(client, response, username, password=PASSWORD):
    """Fill in the sign-in page of `response` and send it."""
    address, fields = the_form(response)
    typed = [(name, value) for name, value in fields if name not in ("username", "password")]
    return client.post(address, sent([*typed, ("username", username), ("password", password)]))


# --- the whole way


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_form_sent_after_the_sign_in_expired_is_recorded_once_with_all_that_was_typed(ravi, card, onion, headers):
    client = Client()
    typed = {"uid": str(uuid4()), f"take.{onion.uid}": "1,5", f"manner.{onion.uid}": "small", "note": "for Anu"}

    asked = client.post(card, typed, headers=headers)
    assert asked.status_code == 200
    assert "What you typed is kept: sign in, then send it." in asked.content.decode()
    assert asked.headers.get("HX-Retarget") == ("body" if headers else None)
    assert asked.headers.get("HX-Reswap") == ("innerHTML" if headers else None)
    assert Visit.objects.count() == 0

    wrong = sign_in(client, asked, ravi.username, "wrong")
    assert "Please enter a correct username and password" in wrong.content.decode()
    assert "What you typed is kept" in wrong.content.decode()

    held = sign_in(client, wrong, ravi.username)
    assert "Save it now" in held.content.decode()
    address, fields = the_form(held)
    assert (address, dict(fields)) == (card, typed)
    assert Visit.objects.count() == 0

    for _ in range(2):
        saved = client.post(address, sent(fields))
        assert (saved.status_code, saved["Location"]) == (302, "/green-corner/counter/")
    visit = Visit.objects.get()
    assert (str(visit.uid), visit.note, visit.by) == (typed["uid"], "for Anu", ravi.memberships.get())
    (line,) = visit.lines.all()
    assert (line.product, line.quantity, line.manner) == (onion, Decimal("1.5"), "small")


def test_held_form_is_sent_with_a_token_of_the_new_session(ravi, card):
    client = Client(enforce_csrf_checks=True)
    token = client.get("/sign-in/").context["csrf_token"]
    held = client.post(card, {"uid": str(uuid4()), "csrfmiddlewaretoken": str(token)})
    _, fields = Forms(held).found[0]
    held = client.post("/sign-in/", {**dict(fields), "username": ravi.username, "password": PASSWORD})
    ((address, fields),) = Forms(held).found
    assert client.post(address, dict(fields)).status_code == 302
    assert Visit.objects.count() == 1


def test_button_tapped_after_the_sign_in_expired_is_offered_again(ravi, vendor):
    """It is a form without fields, and its address answers no GET."""
    visit, client = VisitFactory(customer__vendor=vendor), Client()
    undo = f"/green-corner/counter/visits/{visit.uid}/undo/"
    held = sign_in(client, client.post(undo), ravi.username)
    assert the_form(held) == (undo, [])
    assert client.post(undo).status_code == 302
    assert Visit.objects.get().is_voided


# --- what was typed survives

WILD = [
    "say \"ripe\" & 'small' <b>not</b> </form>",
    "<script>alert(1)</script>",
    "first line\nsecond line\r\nthird",
    "प्याज़ कांदा कच्चा आम",
    "\u202eright to left\u202c 🧅",
    "x" * 10_000,
    " blanks around ",
    "{{ user }} {% url 'home' %} &amp; &#39;",
    "",
]


@pytest.mark.parametrize("text", WILD, ids=lambda text: ascii(text[:12]))
def test_whatever_was_typed_comes_out_as_it_went_in(ravi, card, text):
    assert through_the_sign_in(ravi, card, [("note", text)]) == [("note", text)]


def test_repeated_fields_and_odd_names_come_out_as_they_went_in(ravi, card):
    fields = [("note", "one"), ("note", "two"), ('na"me>', "x"), ("held:note", "y"), ("next", "/z/"), ("username", "w")]
    assert through_the_sign_in(ravi, card, fields) == fields


names = st.text("abcधि.:\"'<& ", min_size=1, max_size=12).filter(lambda name: name == name.strip())
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(names, texts, max_size=5))
def test_any_fields_come_out_as_they_went_in(ravi, card, fields):
    assert through_the_sign_in(ravi, card, fields.items()) == list(fields.items())


def through_the_sign_in(user, card, fields):
    client = Client()
    held = sign_in(client, client.post(card, sent(fields)), user.username)
    address, kept = the_form(held)
    assert address == card
    return kept


def test_password_is_not_among_the_held_fields(ravi, card):
    client = Client()
    held = sign_in(client, client.post(card, {"note": "for Anu"}), ravi.username)
    assert PASSWORD not in held.content.decode()


# --- where one goes


def test_sign_in_page_asked_for_by_itself_leads_to_the_counter(ravi, vendor):
    client = Client()
    response = client.post("/sign-in/", {"username": ravi.username, "password": PASSWORD}, follow=True)
    assert [address for address, _ in response.redirect_chain] == ["/", "/green-corner/counter/"]


def test_page_asked_for_is_where_one_arrives(ravi, card):
    client = Client()
    asked = client.get(f"{card}?look=on", follow=True)
    response = sign_in(client, asked, ravi.username)
    assert (response.status_code, response["Location"]) == (302, f"{card}?look=on")


@pytest.mark.parametrize(
    ("headers", "back"),
    [
        ({"HX-Current-URL": "http://testserver/green-corner/counter/?q=su"}, "/green-corner/counter/?q=su"),
        ({"HX-Current-URL": "https://evil.example/green-corner/"}, "/"),
        ({}, "/"),
    ],
)
def test_fragment_asked_for_after_the_sign_in_expired_leads_the_page_to_the_sign_in(client, vendor, headers, back):
    response = client.get("/green-corner/counter/?q=sunita", headers={**HTMX, **headers})
    assert response.status_code == 200
    address = response["HX-Redirect"]
    assert address.startswith("/sign-in/?next=")
    assert client.get(address).context["next"] == back
    assert response.content == b""


EVIL = [
    "https://evil.example/",
    "//evil.example/",
    "http:///evil.example",
    "javascript:alert(1)",
    "\\\\evil.example",
    "https:evil.example",
]


@pytest.mark.parametrize("elsewhere", EVIL)
@pytest.mark.parametrize("held", [{}, {"held:note": "for Anu"}], ids=["nothing held", "held"])
def test_sign_in_leads_to_no_other_host(ravi, vendor, elsewhere, held):
    client = Client()
    typed = {"username": ravi.username, "password": PASSWORD, "next": elsewhere, **held}
    response = client.post("/sign-in/", typed)
    address = the_form(response)[0] if held else response["Location"]
    assert address == "/"


@pytest.mark.parametrize("path", ["//evil.example/counter/", "/%2Fevil.example/counter/"])
def test_address_with_two_slashes_is_no_other_host(client, db, path):
    response = client.get(path)
    assert "//evil.example" not in response.headers.get("Location", "").replace("%2F", "/").replace("next=//", "next=")


def test_sign_out_asks_to_sign_in_again(counter, vendor):
    assert counter.post("/sign-out/")["Location"] == "/sign-in/"
    assert counter.get("/green-corner/counter/").status_code == 302


def test_held_form_of_a_stranger_to_the_shop_is_not_recorded(card):
    stranger = MemberFactory()
    stranger.user.set_password(PASSWORD)
    stranger.user.save()
    client = Client()
    held = sign_in(client, client.post(card, {"uid": str(uuid4())}), stranger.user.username)
    address, fields = the_form(held)
    assert client.post(address, sent(fields)).status_code == 404
    assert Visit.objects.count() == 0


def test_sign_in_page_is_kept_by_nobody(client, card):
    for response in (client.get("/sign-in/"), client.post(card, {"note": "for Anu"})):
        assert "no-store" in response["Cache-Control"]


def test_account_signed_in_on_a_tablet_is_soon_signed_out(ravi, tablet):
    tablet.post("/sign-in/", {"username": ravi.username, "password": PASSWORD})
    assert tablet.session.get_expiry_age() <= 15 * 60


def test_account_signed_in_elsewhere_stays(ravi, client, paired):
    client.post("/sign-in/", {"username": ravi.username, "password": PASSWORD})
    assert client.session.get_expiry_age() > 29 * 24 * 60 * 60
