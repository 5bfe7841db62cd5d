import io

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from crm.management.commands import open_shop
from tests.factories.vendors import UserFactory, VendorFactory
from vendors.goods import goods
from vendors.models import Member, Product, Vendor


@pytest.fixture(autouse=True)
def typed(monkeypatch):
    """What is typed as the password and once more."""
    answers = ["blue-gate-third-lane"] * 2
    monkeypatch.setattr(open_shop, "getpass", lambda _prompt: answers.pop(0))
    return answers


def run(*words):
    out = io.StringIO()
    call_command("open_shop", *words, stdout=out)
    return out.getvalue()


def test_open_shop_makes_a_shop_with_its_owner_and_products(db):
    said = run(
        "Rao Fruits", "--owner", "sunita", "--language", "mr", "--time-zone", "Asia/Dubai", "--phone-region", "AE"
    )
    vendor, member = Vendor.objects.get(), Member.objects.get()
    assert said == "Rao Fruits is open. sunita signs in and is at /rao-fruits/counter/.\n"
    assert (vendor.slug, vendor.language, vendor.time_zone, vendor.phone_region) == (
        "rao-fruits",
        "mr",
        "Asia/Dubai",
        "AE",
    )
    assert (member.vendor, member.role, member.name) == (vendor, Member.Role.OWNER, "sunita")
    assert member.user.check_password("blue-gate-third-lane")
    assert Product.objects.filter(vendor=vendor).count() == len(goods())


def test_open_shop_may_begin_without_products(db):
    run("Rao Fruits", "--owner", "sunita", "--without-products")
    assert Product.objects.count() == 0


def test_open_shop_spells_a_name_of_another_script(db):
    run("राव फळे", "--owner", "sunita")
    assert Vendor.objects.get().slug == "rav-phle"


def test_open_shop_of_somebody_known_asks_for_no_password(db, typed):
    typed.clear()
    user = UserFactory(username="sunita", first_name="Sunita")
    run("Rao Fruits", "--owner", "sunita")
    member = Member.objects.get()
    assert (member.user, member.name) == (user, "Sunita")


def test_open_shop_reads_a_password_from_a_pipe(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("from-a-pipe-42\n"))
    run("Rao Fruits", "--owner", "sunita", "--password-stdin")
    assert User.objects.get().check_password("from-a-pipe-42")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Rao Fruits", "--owner", "sunita", "--slug", "taken"], "slug: "),
        (["Rao Fruits", "--owner", "sunita", "--slug", "not a slug"], "slug: "),
        (["", "--owner", "sunita"], "name: "),
        (["Rao Fruits", "--owner", "sunita rao"], "username: "),
        (["Rao Fruits", "--owner", "sunita", "--time-zone", "Poona"], "time_zone: “Poona” is not a time zone"),
        (["Rao Fruits", "--owner", "sunita", "--language", "fr"], "language: "),
    ],
)
def test_open_shop_says_what_is_wrong_and_makes_nothing(words, said, db):
    VendorFactory(slug="taken")
    with pytest.raises(CommandError, match=said):
        run(*words)
    assert (Vendor.objects.count(), User.objects.count(), Member.objects.count()) == (1, 0, 0)


@pytest.mark.parametrize(("answers", "said"), [(["one", "other"], "differ"), (["12345678"] * 2, "too common")])
def test_open_shop_refuses_a_password_that_is_weak_or_mistyped(answers, said, db, typed):
    typed[:] = answers
    with pytest.raises(CommandError, match=said):
        run("Rao Fruits", "--owner", "sunita")
    assert Vendor.objects.count() == 0
