import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone, translation

from tests.conftest import TOKEN, tablet_of
from tests.factories.vendors import DeviceFactory, VendorFactory
from vendors import pairing
from vendors.models import Device, Pairing

pytestmark = pytest.mark.django_db

PAGE = "/green-corner/pair/"


@pytest.fixture
def code(vendor, owner):
    return pairing.invite(vendor=vendor, device_name="Door", by=owner)[1]


def local(browser):
    """Where a browser keeps cookies for secure ways also over http."""
    browser.defaults["SERVER_NAME"] = "localhost"
    return browser


@pytest.fixture
def client():
    return local(Client())


@pytest.fixture
def new_tablet(client):
    """A browser that has the page open."""
    client.get(PAGE)
    return client


def text(answer):
    return answer.content.decode()


def test_code_of_the_address_is_shown_and_not_used(client, code):
    page = client.get(PAGE, {"code": code})
    assert page.status_code == 200
    assert f'value="{code}"' in text(page)
    assert "Pair this tablet" in text(page)
    assert not Device.objects.exists()


def test_code_makes_this_browser_a_tablet_and_asks_who_serves(new_tablet, code):
    answer = new_tablet.post(PAGE, {"code": code.lower()})
    assert (answer.status_code, answer.url) == (302, "/green-corner/counter/who/")
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["This tablet is paired now: Door."]
    token = answer.cookies["regulars-device"].value
    assert Device.objects.get().token == pairing.digest_of(token)
    assert new_tablet.get("/green-corner/counter/who/").status_code == 200


def test_tablet_is_welcomed_in_the_language_of_the_shop(new_tablet, vendor, code):
    vendor.language = "hi"
    vendor.save()
    answer = new_tablet.post(PAGE, {"code": code})
    (message,) = get_messages(answer.wsgi_request)
    with translation.override("hi"):
        assert str(message) == translation.gettext("This tablet is paired now: %(name)s.") % {"name": "Door"}


def test_whoever_was_signed_in_is_told_and_signed_out(new_tablet, owner, code):
    new_tablet.force_login(owner.user)
    assert f"{owner.user.username} is signed in here, and will be signed out" in text(new_tablet.get(PAGE))
    new_tablet.post(PAGE, {"code": code})
    assert "_auth_user_id" not in new_tablet.session
    assert new_tablet.get("/green-corner/review/").url.startswith("/sign-in/")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "This field is required."),
        ("7KQ2", "A code has eight letters and digits"),
        ("x" * 10_000, "at most 40 characters"),
        ("7KQ2\0M0T1", "Null characters are not allowed"),
        ("0000-0000", "This code is wrong."),
    ],
)
def test_wrong_code_says_what_to_do_and_stays(new_tablet, code, typed, says):
    page = new_tablet.post(PAGE, {"code": typed})
    assert page.status_code == 422
    assert says in text(page)
    assert "The owner makes a code on another screen" in text(page)
    assert not Device.objects.exists()


def test_used_code_says_so(new_tablet, code):
    new_tablet.post(PAGE, {"code": code})
    another = local(Client())
    another.get(PAGE)
    page = another.post(PAGE, {"code": code})
    assert "This code was used already" in text(page)
    assert "regulars-device" not in page.cookies


def test_shop_that_does_not_exist_is_answered_as_any_other(vendor):
    said = []
    for shop in ("green-corner", "nowhere"):
        browser, page = local(Client()), f"/{shop}/pair/"
        answers = [browser.get(page), browser.get(page, {"code": "0000-0000"}), browser.post(page, {"code": ""})]
        answers += [browser.post(page, {"code": "0000-0000"}) for _time in range(pairing.MOST_WRONG + 2)]
        said.append([_all_but_token_and_time(answer) for answer in answers])
    assert said[0] == said[1]


def _all_but_token_and_time(answer):
    headers = {name: value for name, value in answer.headers.items() if name != "Expires"}
    lines = [line for line in text(answer).splitlines() if "csrfmiddlewaretoken" not in line]
    return answer.status_code, headers, lines, sorted(answer.cookies)


def test_shop_is_named_to_no_stranger(client, vendor):
    assert vendor.name not in text(client.get(PAGE))


# --- browsers that cannot be paired


WIFI = {"HTTP_HOST": "192.168.1.20:8000"}


@pytest.fixture
def wifi(settings):
    settings.ALLOWED_HOSTS = ["*"]
    return WIFI


def test_plain_http_over_the_wifi_says_so_before_a_code_is_used(client, code, wifi):
    for answer in (client.get(PAGE, {"code": code}, **wifi), client.post(PAGE, {"code": code}, **wifi)):
        assert "This tablet needs https" in text(answer)
        assert "make tablets" in text(answer)
        assert 'name="code"' not in text(answer)
    assert not Device.objects.exists()


def test_https_over_the_wifi_pairs(client, code, wifi):
    client.get(PAGE, secure=True, **wifi)
    assert client.post(PAGE, {"code": code}, secure=True, **wifi).status_code == 302


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_plain_http_on_the_machine_itself_pairs(client, code, wifi, host):
    client.get(PAGE, HTTP_HOST=host)
    assert client.post(PAGE, {"code": code}, HTTP_HOST=host).status_code == 302


def test_browser_that_keeps_no_such_cookies_is_told_and_the_code_stays_good(client, code):
    page = client.post(PAGE, {"code": code})
    assert page.status_code == 422
    assert "This browser does not keep cookies" in text(page)
    assert f'value="{code}"' in text(page)
    assert Pairing.objects.get().device is None
    assert client.post(PAGE, {"code": code}).status_code == 302


# --- browsers that are paired


def test_paired_tablet_is_told_and_may_be_paired_anew(paired, code):
    browser = local(tablet_of(paired))
    page = text(browser.get(PAGE))
    assert "It is paired already, as “Counter”" in page
    assert "/green-corner/counter/" in page
    assert browser.post(PAGE, {"code": code}).status_code == 302
    assert [paired.name for paired in Device.objects.paired()] == ["Door"]


def test_unpaired_tablet_is_asked_for_a_code_like_any_other(paired, code):
    pairing.revoke(paired, None)
    page = text(local(tablet_of(paired)).get(PAGE))
    assert "It is paired already" not in page
    assert 'name="code"' in page


def test_tablet_of_another_shop_is_left_there(vendor, code):
    elsewhere = DeviceFactory(vendor=VendorFactory(name="Blue Corner"), token=pairing.digest_of(TOKEN))
    browser = local(tablet_of(elsewhere))
    for answer in (browser.get(PAGE), browser.post(PAGE, {"code": code})):
        assert answer.status_code == 409
        assert "It is paired with Blue Corner." in text(answer)
    assert Device.objects.count() == 1


def test_tablet_that_another_shop_unpaired_is_paired(vendor, code):
    elsewhere = DeviceFactory(token=pairing.digest_of(TOKEN), revoked_at=timezone.now())
    browser = local(tablet_of(elsewhere))
    browser.get(PAGE)
    assert browser.post(PAGE, {"code": code}).status_code == 302


def test_page_is_kept_by_nobody(client):
    assert "no-store" in client.get(PAGE)["Cache-Control"]


def test_page_takes_no_other_request(client):
    assert client.put(PAGE).status_code == 405
