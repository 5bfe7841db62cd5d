from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from tests.factories.vendors import DeviceFactory, MemberFactory
from vendors import pins
from vendors.models import Device, Member

PIN = "4821"


@pytest.fixture
def ravi(helper):
    pins.set_pin(helper, PIN)
    return helper


def tries(*rows):
    for row in rows:
        row.refresh_from_db()
    return [row.pin_tries for row in rows]


@pytest.mark.parametrize("pin", ["4821", "48213", "482139", "0001", "1235", "0918"])
def test_four_to_six_digits_are_a_pin(pin):
    pins.validate_pin(pin)


@pytest.mark.parametrize("pin", ["", "482", "4821390", "48 21", "48a1", "४८२१", "4821\n"])
def test_anything_else_is_none(pin):
    with pytest.raises(ValidationError, match="four to six digits"):
        pins.validate_pin(pin)


@pytest.mark.parametrize("pin", ["0000", "777777", "1234", "0123", "23456", "9876", "543210"])
def test_what_is_guessed_first_is_refused(pin):
    with pytest.raises(ValidationError, match="guessed first"):
        pins.validate_pin(pin)


def test_pin_is_kept_as_a_hash_with_salt(ravi, vendor):
    meena = MemberFactory(vendor=vendor)
    pins.set_pin(meena, PIN)
    ravi.refresh_from_db()
    meena.refresh_from_db()
    assert ravi.pin.startswith("pbkdf2_sha256$")
    assert PIN not in ravi.pin
    assert ravi.pin != meena.pin


def test_refused_pin_leaves_the_old_one(ravi, paired):
    with pytest.raises(ValidationError):
        pins.set_pin(ravi, "1111")
    assert pins.check(ravi, paired, PIN).is_right


def test_right_pin_opens_and_forgets_the_wrong_tries(ravi, paired):
    assert [pins.check(ravi, paired, wrong) for wrong in ("1357", "2468")] == [(False, 9), (False, 8)]
    assert tries(ravi, paired) == [2, 2]
    assert pins.check(ravi, paired, PIN).is_right
    assert tries(ravi, paired) == [0, 0]


def test_nothing_is_the_pin_of_who_has_none(helper, paired):
    assert [pins.check(helper, paired, pin).is_right for pin in ("", PIN)] == [False, False]


def test_who_has_no_pin_is_looked_at_as_long_as_anybody(helper, paired, looked_at):
    pins.check(helper, paired, PIN)
    assert looked_at == [PIN]


def test_ten_wrong_tries_lock_the_person_on_every_tablet(ravi, paired, vendor):
    for _try in range(pins.MOST_TRIES):
        answer = pins.check(ravi, paired, "1357")
    assert answer == (False, 0)
    assert pins.check(ravi, DeviceFactory(vendor=vendor), PIN) == (False, 0)
    assert tries(ravi, paired) == [10, 10]


def test_ten_wrong_tries_lock_the_tablet_for_everybody(ravi, paired, vendor):
    for other in MemberFactory.create_batch(pins.MOST_TRIES, vendor=vendor):
        pins.check(other, paired, "1357")
    assert pins.check(ravi, paired, PIN) == (False, 0)
    assert tries(ravi, paired) == [0, 10]
    assert pins.check(ravi, DeviceFactory(vendor=vendor), PIN).is_right


def test_unlocked_person_and_tablet_try_again(ravi, paired):
    for row in (ravi, paired):
        type(row).objects.filter(pk=row.pk).update(pin_tries=pins.MOST_TRIES)
        row.refresh_from_db()
        assert pins.is_locked(row)
    pins.unlock(ravi)
    assert not pins.check(ravi, paired, PIN).is_right
    pins.unlock(paired)
    assert pins.check(ravi, paired, PIN).is_right


def test_new_pin_unlocks(ravi):
    Member.objects.filter(pk=ravi.pk).update(pin_tries=pins.MOST_TRIES)
    pins.set_pin(ravi, "97531")
    assert tries(ravi) == [0]


@pytest.mark.django_db(transaction=True)
def test_try_is_never_part_of_a_longer_transaction(ravi, paired):
    with pytest.raises(RuntimeError), transaction.atomic():
        pins.check(ravi, paired, PIN)


@pytest.fixture
def looked_at(monkeypatch):
    """The PINs that were really looked at."""
    seen, verify = [], pins._hasher.verify

    def look(pin, encoded):
        seen.append(pin)
        return verify(pin, encoded)

    monkeypatch.setattr(pins._hasher, "verify", look)
    return seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "spread", ["one person on one tablet", "one person on many tablets", "many people on one tablet"]
)
def test_of_64_guesses_at_once_ten_are_looked_at(ravi, paired, vendor, looked_at, spread):
    people, tablets = [ravi] * 64, [paired] * 64
    if spread == "one person on many tablets":
        tablets = DeviceFactory.create_batch(64, vendor=vendor)
    if spread == "many people on one tablet":
        people = MemberFactory.create_batch(64, vendor=vendor, pin=ravi.pin)
    start = Barrier(64)

    def guess(number):
        member, tablet = Member.objects.get(pk=people[number].pk), Device.objects.get(pk=tablets[number].pk)
        try:
            start.wait(30)
            return pins.check(member, tablet, str(1000 + number)).is_right
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        assert not any(pool.map(guess, range(64)))
    assert len(looked_at) == pins.MOST_TRIES
