import pytest
from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.factories.vendors import MemberFactory, OwnerFactory, ProductFactory, UserFactory, VendorFactory
from vendors.models import Member

pytestmark = pytest.mark.django_db
INDEX = "/admin/"


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


def test_admin_lets_an_owner_in_without_is_staff(boss, owner):
    assert not owner.user.is_staff
    page = boss.get(INDEX)
    assert [app["name"] for app in page.context["app_list"]] == ["Shop", "Customers"]
    assert [model["object_name"] for app in page.context["app_list"] for model in app["models"]] == [
        "Vendor",
        "Member",
        "OpeningHours",
        "Closure",
        "Product",
        "Device",
        "Customer",
        "Household",
        "Preference",
        "Visit",
        "Promise",
        "StandingOrder",
        "Wish",
        "Problem",
        "Supply",
        "LeftAlone",
        "BuyingList",
        "Decision",
    ]


def test_admin_shows_accounts_to_a_superuser_only(client, owner):
    client.force_login(UserFactory(is_superuser=True))
    names = [model["object_name"] for app in client.get(INDEX).context["app_list"] for model in app["models"]]
    assert names[-1] == "User"
    client.force_login(owner.user)
    assert client.get("/admin/auth/user/").status_code == 403
    assert client.get("/admin/auth/user/add/").status_code == 403
    assert client.get(f"/admin/auth/user/{owner.user.pk}/password/").status_code == 403


def test_admin_knows_no_groups(admin_client):
    assert admin_client.get("/admin/auth/group/").status_code == 404


@pytest.mark.parametrize(
    "switched",
    [{"role": Member.Role.HELPER}, {"is_active": False}, {"user__is_staff": True, "role": Member.Role.HELPER}],
)
def test_admin_tells_others_that_it_is_for_the_owner(client, switched):
    client.force_login(OwnerFactory(**switched).user)
    page = client.get(INDEX)
    assert page.status_code == 403
    assert "This page is for the owner" in page.content.decode()


def test_admin_asks_a_stranger_to_sign_in_and_leads_back(client):
    page = client.get("/admin/vendors/product/")
    assert page.headers["Location"] == "/sign-in/?next=%2Fadmin%2Fvendors%2Fproduct%2F"


def test_admin_has_no_sign_in_page_of_its_own(client, boss):
    assert Client().get("/admin/login/?next=/admin/").headers["Location"].startswith("/sign-in/")
    assert boss.get("/admin/login/").headers["Location"] == INDEX


def test_admin_holds_a_form_whose_sign_in_has_expired(client):
    page = client.post("/admin/vendors/product/add/", {"name": "Bitter gourd"})
    assert "Bitter gourd" in page.content.decode()


def test_recent_actions_leave_out_a_shop_that_is_no_longer_theirs(boss, owner):
    own = ProductFactory(vendor=owner.vendor, name="Own onion")
    theirs = OwnerFactory(user=owner.user)
    lost = ProductFactory(vendor=theirs.vendor, name="Lost leek")
    LogEntry.objects.log_actions(owner.user.pk, [own, lost], ADDITION)
    Member.objects.filter(pk=theirs.pk).update(is_active=False)
    page = boss.get(INDEX).content.decode()
    assert "Own onion" in page
    assert "Lost leek" not in page


def test_recent_actions_show_a_superuser_their_own(client):
    user = UserFactory(is_superuser=True)
    LogEntry.objects.log_actions(user.pk, [ProductFactory(name="Own onion")], ADDITION)
    client.force_login(user)
    assert "Own onion" in client.get(INDEX).content.decode()


def test_admin_speaks_the_language_and_keeps_the_clock_of_the_shop(client):
    shop = VendorFactory(language="hi", time_zone="Asia/Kolkata")
    client.force_login(OwnerFactory(vendor=shop).user)
    page = client.get(INDEX)
    assert 'lang="hi"' in page.content.decode()
    assert 'data-admin-utc-offset="19800"' in page.content.decode()


def test_admin_has_no_page_that_leads_from_a_number_to_a_row(boss):
    assert boss.get("/admin/r/1/1/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("admin:view_on_site", args=[1, 1])


@pytest.mark.parametrize(
    "path",
    [
        *("", "vendors/product/", "vendors/product/add/", "customers/customer/add/"),
        *("opening/openinghours/", "opening/openinghours/add/", "opening/closure/", "opening/closure/propose/"),
    ],
)
def test_admin_keeps_to_the_strict_policy(boss, path):
    page = boss.get(INDEX + path)
    text = page.content.decode()
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.status_code == 200
    assert [sign for sign in ("<style", "javascript:", " onclick=", " style=") if sign in text] == []


def test_app_page_of_each_group_opens(boss):
    assert boss.get(reverse("admin:app_list", args=["vendors"])).status_code == 200
    assert boss.get(reverse("admin:app_list", args=["auth"])).status_code == 404


def test_helper_of_one_shop_who_owns_another_sees_the_other_alone(client, owner):
    MemberFactory(user=owner.user, vendor=VendorFactory(name="Where I help"))
    client.force_login(owner.user)
    assert "Where I help" not in client.get("/admin/vendors/vendor/").content.decode()


def test_site_is_the_one_of_regulars():
    assert admin.site.site_header == "Regulars"
