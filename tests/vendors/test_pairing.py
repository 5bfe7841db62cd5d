import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from tests.conftest import TOKEN
from tests.factories.vendors import DeviceFactory, VendorFactory
from vendors import pairing
from vendors.models import Device, Pairing

pytestmark = pytest.mark.django_db


@pytest.fixture
def code(vendor, owner):
    """A code for a tablet at the door, as a tablet sends it."""
    _made, shown = pairing.invite(vendor=vendor, device_name="Door", by=owner)
    return pairing.read_code(shown)


def pair(code, shop="green-corner", **more):
    return pairing.pair(shop=shop, code=code, **more)


def refused(code, shop="green-corner"):
    with pytest.raises(pairing.CodeRefused) as caught:
        pair(code, shop)
    return str(caught.value)


def pass_by(monkeypatch, **time):
    later = timezone.now() + dt.timedelta(**time)
    monkeypatch.setattr(timezone, "now", lambda: later)


# --- the code


def test_code_is_eight_signs_of_which_none_looks_like_another(vendor, owner):
    shown = [pairing.invite(vendor=vendor, device_name="Door", by=owner)[1] for _time in range(50)]
    assert len(set(shown)) == 50
    assert {len(code) for code in shown} == {9}
    assert set("".join(shown)) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
    assert not set("ILOU") & set("".join(shown))


def test_code_has_forty_bits():
    assert len(set(pairing.ALPHABET)) ** pairing.LENGTH == 2**40


@pytest.mark.parametrize("typed", ["7kq2-m0t1", "7KQ2M0T1", " 7kq2 - mOti ", "7KQ2-MOTL", "7kq2-m0t1-"])
def test_code_is_read_however_it_is_typed(typed):
    assert pairing.read_code(typed) == "7KQ2M0T1"


@pytest.mark.parametrize("typed", ["", "7KQ2", "7KQ2-M0T1-X", "7KQ2-M0TU", "७KQ2-M0T1", "7KQ2-M0T\0"])
def test_what_is_no_code_is_not_read(typed):
    assert pairing.read_code(typed) is None


def test_code_itself_is_kept_nowhere(vendor, owner):
    made, shown = pairing.invite(vendor=vendor, device_name="Door", by=owner)
    kept = " ".join(str(value) for value in Pairing.objects.values_list().get())
    assert shown.replace("-", "") not in kept
    assert pairing.digest_of(shown.replace("-", "")) not in kept
    assert pairing.is_code_of(made, shown.lower())
    assert not pairing.is_code_of(made, "7KQ2-M0T1")
    assert not pairing.is_code_of(made, "")


# --- pairing


def test_code_makes_a_tablet_of_the_shop(vendor, owner, code):
    device, token = pair(code)
    device.refresh_from_db()
    assert (device.vendor, device.name, device.paired_by, device.revoked_at) == (vendor, "Door", owner, None)
    assert device.token == pairing.digest_of(token)
    assert len(token) >= 43
    assert Pairing.objects.get().device == device


def test_code_is_good_once(code):
    pair(code)
    assert "used already" in refused(code)
    assert Device.objects.count() == 1


def test_code_is_good_for_ten_minutes(code, monkeypatch):
    pass_by(monkeypatch, minutes=10)
    assert "too old" in refused(code)
    assert not Device.objects.exists()


def test_code_is_good_until_its_last_second(code, monkeypatch):
    pass_by(monkeypatch, minutes=9, seconds=59)
    assert pair(code)


def test_code_of_one_shop_pairs_with_no_other(code):
    VendorFactory(slug="blue-corner")
    assert refused(code, "blue-corner") == refused(code, "nowhere") == refused("00000000")
    assert not Device.objects.exists()


def test_guessing_closes_the_codes_that_are_good_and_says_so(vendor, owner, code):
    for _time in range(pairing.MOST_WRONG):
        assert "This code is wrong" in refused("00000000")
    assert "Wrong codes were typed too often" in refused(code)
    assert not Device.objects.exists()
    assert pair(pairing.read_code(pairing.invite(vendor=vendor, device_name="Door", by=owner)[1]))


def test_wrong_code_before_the_last_closes_nothing(code):
    for _time in range(pairing.MOST_WRONG - 1):
        refused("00000000")
    assert pair(code)


def test_guessing_at_one_shop_closes_nothing_of_another(code):
    VendorFactory(slug="blue-corner")
    for _time in range(pairing.MOST_WRONG):
        refused("00000000", "blue-corner")
    assert pair(code)


def test_wrong_codes_are_counted_as_far_as_they_say_something(code):
    for _time in range(pairing.MOST_WRONG + 3):
        refused("00000000")
    assert Pairing.objects.get().wrong == pairing.MOST_WRONG


def test_same_browser_paired_anew_is_one_tablet(vendor, owner, paired, code):
    Device.objects.filter(pk=paired.pk).update(unsent=3, unsent_since=timezone.now())
    new, _token = pair(code, before=paired)
    paired.refresh_from_db()
    assert list(Device.objects.paired()) == [new]
    assert (paired.revoked_by, paired.unsent, paired.unsent_since) == (owner, 0, None)


def test_what_a_browser_was_in_another_shop_is_left_to_that_shop(code):
    elsewhere = DeviceFactory()
    pair(code, before=elsewhere)
    elsewhere.refresh_from_db()
    assert elsewhere.revoked_at is None


@pytest.mark.django_db(transaction=True)
def test_two_tablets_with_the_same_code_at_once_are_one(vendor, owner):
    for _round in range(5):
        code = pairing.read_code(pairing.invite(vendor=vendor, device_name="Door", by=owner)[1])
        together = threading.Barrier(4)

        def attempt(_number, code=code, together=together):
            try:
                together.wait()
                pair(code)
            except pairing.CodeRefused:
                return 0
            finally:
                connection.close()
            return 1

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(attempt, range(4))) == 1
    assert Device.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_all_counted(vendor, owner):
    pairing.invite(vendor=vendor, device_name="Door", by=owner)

    def guess(_number):
        try:
            refused("00000000")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(16)))
    assert Pairing.objects.get().wrong == 16


# --- unpairing


def test_unpaired_tablet_stays_unpaired_since_then_and_by_whom(paired, owner, helper):
    pairing.revoke(paired, owner)
    paired.refresh_from_db()
    since = paired.revoked_at
    pairing.revoke(paired, helper)
    paired.refresh_from_db()
    assert since is not None
    assert (paired.revoked_at, paired.revoked_by) == (since, owner)


# --- what a tablet tells


def tell(unsent=0, since=None):
    pairing.seen(Device.objects.get(), unsent, since)
    return Device.objects.get()


def test_tablet_is_seen_and_what_waits_on_it_is_kept(paired):
    since = timezone.now()
    told = tell(3, since)
    assert (told.unsent, told.unsent_since) == (3, since)
    assert told.seen_at >= since


def test_tablet_without_news_is_written_once_a_minute(paired, monkeypatch, django_assert_num_queries):
    first = tell().seen_at
    with django_assert_num_queries(2):
        assert tell().seen_at == first
    pass_by(monkeypatch, seconds=60)
    assert tell().seen_at > first


def test_news_of_a_tablet_are_written_at_once(paired):
    first = tell()
    assert tell(1, timezone.now()).seen_at > first.seen_at
    assert (tell().unsent, tell().unsent_since) == (0, None)


# --- the cookie


def asked_by(token):
    request = RequestFactory().get("/")
    request.COOKIES[pairing.COOKIE] = token
    return request


def test_cookie_is_for_this_browser_and_this_computer_alone():
    response = HttpResponse()
    pairing.remember(response, TOKEN)
    cookie = response.cookies["regulars-device"]
    flags = [cookie[flag] for flag in ("httponly", "secure", "samesite", "path", "domain")]
    assert (cookie.value, flags) == (TOKEN, [True, True, "Strict", "/", ""])
    assert cookie["max-age"] == 3653 * 24 * 60 * 60


def test_probe_is_of_the_same_kind_as_the_cookie_it_stands_for():
    response = HttpResponse()
    pairing.try_cookies(response)
    pairing.remember(response, TOKEN)
    probe, cookie = response.cookies[pairing.PROBE], response.cookies[pairing.COOKIE]
    flags = ("httponly", "secure", "samesite", "path", "domain")
    assert [probe[flag] for flag in flags] == [cookie[flag] for flag in flags]


def test_tablet_is_known_by_its_token_in_its_shop(paired):
    DeviceFactory()
    assert pairing.device_of(asked_by(TOKEN)) == pairing.device_of(asked_by(TOKEN), "green-corner") == paired
    assert pairing.device_of(asked_by(TOKEN), "blue-corner") is None
    assert pairing.device_of(asked_by("another")) is None
    assert pairing.device_of(asked_by("")) is None
