from urllib.parse import quote

import pytest
from django.test import Client

from customers.models import Customer
from tests.conftest import tablet_of
from tests.factories.vendors import MemberFactory, VendorFactory
from vendors import pins, turns
from vendors.models import Member

pytestmark = pytest.mark.django_db
COUNTER, WHO, LOCK = "/green-corner/counter/", "/green-corner/counter/who/", "/green-corner/counter/lock/"
PIN, WRONG = "482173", "135791"


@pytest.fixture
def ravi(helper):
    pins.set_pin(helper, PIN)
    return helper


@pytest.fixture
def locked(paired):
    """A paired tablet on which nobody serves."""
    return tablet_of(paired)


def say(client, member, pin=PIN, back="", **more):
    return client.post(f"{WHO}?next={quote(back)}", {"who": str(member.uid), "pin": pin, **more})


def page(response):
    return response.content.decode()


def test_tablet_on_which_nobody_serves_asks_who_and_leads_back(locked, ravi):
    response = locked.get(f"{COUNTER}today/?day=1", follow=True)
    assert response.redirect_chain == [(f"{WHO}?next=%2Fgreen-corner%2Fcounter%2Ftoday%2F%3Fday%3D1", 302)]
    assert '<input type="hidden" name="next" value="/green-corner/counter/today/?day=1">' in page(response)


def test_names_of_those_who_serve_here_stand_there(locked, ravi, vendor):
    MemberFactory(vendor=vendor, name="Meena", is_active=False)
    MemberFactory(vendor=vendor, name="Imran", user__is_active=False)
    MemberFactory(name="Strange")
    assert [each.member.name for each in locked.get(WHO).context["people"]] == ["Ravi"]


def test_who_has_no_pin_or_is_locked_is_told_what_to_do_and_stands_last_without_one(locked, ravi, vendor):
    MemberFactory(vendor=vendor, name="Anu")
    MemberFactory(vendor=vendor, name="Bala", pin=ravi.pin, pin_tries=pins.MOST_TRIES)
    people = locked.get(WHO).context["people"]
    assert [(each.member.name, each.why_not) for each in people] == [
        ("Bala", "Locked after ten wrong PINs. The owner unlocks it in Set up."),
        ("Ravi", ""),
        ("Anu", "Ask the owner for a PIN."),
    ]
    assert page(locked.get(WHO)).count(" disabled>") == 2


def test_page_says_what_to_do_when_nobody_has_a_pin(locked, helper):
    assert "Nobody has a PIN yet." in page(locked.get(WHO))


def test_nothing_of_a_pin_is_on_a_page(locked, ravi):
    for response in (locked.get(WHO), locked.get(f"{WHO}?who={ravi.uid}"), say(locked, ravi, WRONG)):
        assert not any(part in page(response) for part in ("pbkdf2", *ravi.pin.split("$")[2:], PIN, WRONG))


def test_right_pin_begins_the_turn_and_leads_back(locked, ravi):
    response = say(locked, ravi, back=f"{COUNTER}today/")
    assert (response.status_code, response["Location"]) == (302, f"{COUNTER}today/")
    assert locked.get(COUNTER).context["request"].member == ravi


def test_wrong_pin_begins_nothing_and_says_how_many_tries_are_left(locked, ravi):
    response = say(locked, ravi, WRONG)
    assert response.status_code == 422
    assert "That was not the PIN. 9 more wrong tries, and it is locked." in page(response)
    assert turns.COOKIE not in locked.cookies
    Member.objects.update(pin_tries=8)
    assert "1 more wrong try, and it is locked." in page(say(locked, ravi, WRONG))


def test_tenth_wrong_pin_locks_and_then_not_even_the_right_one_opens(locked, ravi):
    Member.objects.update(pin_tries=9)
    response = say(locked, ravi, WRONG)
    assert "That was not the PIN, for the tenth time." in page(response)
    assert "The owner unlocks it in Set up." in page(response)
    assert say(locked, ravi).status_code == 422
    assert turns.COOKIE not in locked.cookies


def test_locked_tablet_says_so_and_offers_nobody(locked, ravi, paired):
    paired.pin_tries = pins.MOST_TRIES
    paired.save()
    assert "This tablet is locked after ten wrong PINs." in page(locked.get(WHO))
    assert page(locked.get(WHO)).count(" disabled>") == 1
    assert 'name="pin"' not in page(locked.get(f"{WHO}?who={ravi.uid}"))


@pytest.mark.parametrize("pin", ["", "482", "abcd", "4821734"])
def test_what_is_no_pin_is_told_and_not_counted(locked, ravi, pin):
    assert "A PIN has four to six digits." in page(say(locked, ravi, pin))
    ravi.refresh_from_db()
    assert ravi.pin_tries == 0


def test_nobody_of_another_shop_begins_a_turn_here(locked):
    strange = MemberFactory()
    pins.set_pin(strange, PIN)
    assert say(locked, strange).status_code == 200
    assert turns.COOKIE not in locked.cookies


def test_who_is_switched_off_begins_no_turn(locked, ravi):
    Member.objects.update(is_active=False)
    assert say(locked, ravi).status_code == 200
    assert turns.COOKIE not in locked.cookies


@pytest.mark.parametrize("who", ["", "x", "0", "\0"])
def test_nonsense_for_a_name_shows_the_names(locked, ravi, who):
    assert "Ravi" in page(locked.get(WHO, {"who": who}))


@pytest.mark.parametrize(
    "back",
    [
        "",
        "https://example.com/green-corner/counter/",
        "//example.com/green-corner/counter/",
        "/green-corner/review/",
        "/blue-corner/counter/",
        "/green-corner/counter/../review/",
        "/green-corner/counter/%2e%2e/review/",
        "/admin/",
        "javascript:alert(1)",
    ],
)
def test_way_back_is_to_the_counter_of_this_shop_alone(locked, ravi, back):
    VendorFactory(slug="blue-corner")
    assert say(locked, ravi, back=back)["Location"] == COUNTER


def test_browser_that_is_no_tablet_is_sent_to_the_counter(counter, helper):
    assert counter.get(WHO)["Location"] == COUNTER
    assert say(counter, helper)["Location"] == COUNTER


def test_names_bring_the_token_that_the_form_of_the_pin_is_sent_with(locked, ravi):
    names, keys = locked.get(WHO), locked.get(f"{WHO}?who={ravi.uid}")
    assert names.cookies["csrftoken"].value == keys.cookies["csrftoken"].value


def test_lock_ends_the_turn_and_asks_who_goes_on(tablet):
    response = tablet.post(LOCK, {"next": f"{COUNTER}today/"})
    assert response["Location"] == f"{WHO}?next=%2Fgreen-corner%2Fcounter%2Ftoday%2F"
    assert tablet.get(COUNTER)["Location"].startswith(WHO)


def test_script_that_locks_is_told_where_to_go(tablet):
    response = tablet.post(LOCK, headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (200, WHO)
    assert tablet.get(COUNTER)["Location"].startswith(WHO)
    response = tablet.get(f"{COUNTER}here/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == WHO


def test_being_here_prolongs_a_turn_and_begins_none(tablet, locked):
    response = tablet.get(f"{COUNTER}here/")
    assert (response.status_code, turns.COOKIE in response.cookies) == (204, True)
    assert locked.get(f"{COUNTER}here/")["Location"].startswith(WHO)


def test_menu_on_a_tablet_is_that_of_the_counter_also_for_an_owner(paired, owner, evening):
    on_tablet, by_account = page(tablet_of(paired, owner).get(COUNTER)), page(evening.get(COUNTER))
    for text in ("Review", "Customers", "Products", "Set up", "Sign out"):
        assert f">{text}</" in by_account
        assert f">{text}</" not in on_tablet
    assert "Somebody else serves" in on_tablet
    assert "Somebody else serves" not in by_account


def test_only_a_tablet_locks(tablet, evening):
    assert 'data-minutes="3"' in page(tablet.get(COUNTER))
    assert "lock.js" not in page(evening.get(COUNTER))


def test_htmx_is_told_where_to_go_and_gets_the_keys_again_after_a_wrong_pin(locked, ravi):
    sent, headers = {"who": str(ravi.uid)}, {"HX-Request": "true"}
    wrong = locked.post(WHO, {**sent, "pin": WRONG}, headers=headers)
    assert (wrong.status_code, 'name="pin"' in page(wrong)) == (422, True)
    right = locked.post(f"{WHO}?next={COUNTER}today/", {**sent, "pin": PIN}, headers=headers)
    assert (right.status_code, right["HX-Redirect"]) == (200, f"{COUNTER}today/")
    assert turns.COOKIE in right.cookies


# --- a form that was sent when the turn had ended


def test_form_sent_after_the_turn_ended_is_offered_to_who_serves_then(locked, ravi):
    new, uid = f"{COUNTER}new/", "c0ffee00-0000-4000-8000-000000000001"
    asked = locked.post(new, {"name": "Sunita", "uid": uid})
    assert "What you typed is kept" in page(asked)
    assert asked["Cache-Control"] == "no-store, private"
    held = dict(asked.context["held"])
    assert held == {"held:": "", "held:name": "Sunita", "held:uid": uid}
    chosen = locked.post(f"{WHO}?next={new}", {**held, "who": str(ravi.uid)})
    assert dict(chosen.context["held"]) == held
    assert dict(say(locked, ravi, WRONG, back=new, **held).context["held"]) == held
    offered = say(locked, ravi, back=new, **held)
    assert not Customer.objects.exists()
    assert offered.context["action"] == new
    locked.post(offered.context["action"], dict(offered.context["held"]))
    assert Customer.objects.get().added_by == ravi


def test_form_that_htmx_sent_is_held_on_a_whole_page(locked, ravi):
    response = locked.post(f"{COUNTER}new/", {"name": "Sunita"}, headers={"HX-Request": "true"})
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("body", "innerHTML")
    assert "What you typed is kept" in page(response)


def test_fragment_that_htmx_asks_for_leads_to_the_page_of_names(locked):
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{COUNTER}?q=su"}
    response = locked.get(COUNTER, headers=headers)
    assert response["HX-Redirect"] == f"{WHO}?next=%2Fgreen-corner%2Fcounter%2F%3Fq%3Dsu"


def test_pin_is_held_by_no_page(ravi):
    response = say(Client(), ravi)
    assert "What you typed is kept" in page(response)
    assert PIN not in page(response)


def test_lock_ends_a_sign_in_by_account_too(tablet, owner):
    tablet.force_login(owner.user)
    tablet.post(LOCK)
    assert tablet.get("/green-corner/review/")["Location"].startswith("/sign-in/")


def test_lock_of_a_browser_that_is_no_tablet_leaves_the_account_signed_in(counter):
    counter.post(LOCK)
    assert counter.get(COUNTER).status_code == 200
