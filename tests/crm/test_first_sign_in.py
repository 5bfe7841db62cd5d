import stat

import pytest

from crm import first_sign_in
from tests.factories.vendors import MemberFactory
from vendors import pins


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def test_make_gives_the_owner_and_the_first_helper_a_password_and_a_pin(owner, helper, paired):
    MemberFactory(vendor=owner.vendor)
    ways = first_sign_in.make(owner.vendor)
    assert [(way.role, way.username) for way in ways] == [
        ("owner", owner.user.username),
        ("helper", helper.user.username),
    ]
    for member, way in zip((owner, helper), ways, strict=True):
        member.refresh_from_db()
        assert member.user.check_password(way.password)
        assert pins.check(member, paired, way.pin).is_right


def test_make_keeps_them_where_only_the_server_reads_them(owner, helper, tmp_path):
    (tmp_path / "first-sign-in.txt").write_text("of an earlier shop")
    (tmp_path / "first-sign-in.txt").chmod(0o644)
    ways = first_sign_in.make(owner.vendor)
    assert first_sign_in.still_open() == ways
    assert stat.S_IMODE((tmp_path / "first-sign-in.txt").stat().st_mode) == 0o600


def test_make_takes_other_passwords_each_time(owner, helper):
    passwords = {way.password for _ in range(5) for way in first_sign_in.make(owner.vendor)}
    assert len(passwords) == 10


def test_still_open_leaves_out_a_password_that_was_changed(owner, helper):
    _of_owner, of_helper = first_sign_in.make(owner.vendor)
    owner.user.set_password("mine alone")
    owner.user.save()
    assert first_sign_in.still_open() == [of_helper]


def test_still_open_leaves_out_a_pin_that_was_changed(owner, helper):
    of_owner, _of_helper = first_sign_in.make(owner.vendor)
    pins.set_pin(helper, "482173")
    assert first_sign_in.still_open() == [of_owner]


def test_make_gives_no_pin_that_is_guessed_first(owner, helper, monkeypatch):
    drawn = iter([1111, 1234, 42, 9753])
    monkeypatch.setattr(first_sign_in.secrets, "randbelow", lambda _most: next(drawn))
    assert first_sign_in._new_pin() == "0042"


def test_still_open_leaves_out_an_account_that_is_gone(owner, helper):
    of_owner, _of_helper = first_sign_in.make(owner.vendor)
    user = helper.user
    helper.delete()
    user.delete()
    assert first_sign_in.still_open() == [of_owner]


@pytest.mark.parametrize("text", [None, "", "I removed them\n"])
def test_still_open_is_nobody_without_passwords_in_the_file(text, db, tmp_path):
    if text is not None:
        (tmp_path / "first-sign-in.txt").write_text(text)
    assert first_sign_in.still_open() == []


def test_still_open_leaves_out_an_account_that_was_switched_off(owner, helper):
    of_owner, _of_helper = first_sign_in.make(owner.vendor)
    helper.user.refresh_from_db()
    helper.user.is_active = False
    helper.user.save()
    assert first_sign_in.still_open() == [of_owner]
