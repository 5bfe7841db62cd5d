import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from customers.preferences.merging import MergingError, merge_products
from customers.preferences.models import ProductMerge
from customers.visits.models import ShopDay
from customers.visits.tallying import recount_shop
from tests.factories.preferences import PreferenceFactory
from tests.factories.promises import PromiseFactory
from tests.factories.vendors import MemberFactory, OwnerFactory, ProductFactory, UserFactory, VendorFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors import pins
from vendors.forms import VendorForm
from vendors.goods import goods, pictures
from vendors.models import Member, Product, Vendor

pytestmark = pytest.mark.django_db

PASSWORD = "half-ripe-mango"
SHOP = {
    "name": "Green Corner",
    "slug": "green-corner",
    "language": "en",
    "time_zone": "Asia/Kolkata",
    "currency": "INR",
    "phone_region": "IN",
    "day_starts": "03:00",
    "lock_after": "3",
}
PRODUCT = {"name": "Leek", "unit": "bunch", "step": "1", "position": "5", "is_sold": "on"}
HELPER = {"name": "Anu", "username": "anu", "password": PASSWORD, "role": "helper", "is_active": "on"}
PIN = "482173"
WITH_PIN = {"name": "Anu", "new_pin": PIN, "role": "helper", "is_active": "on"}
MEMBERS, PRODUCTS = "/admin/vendors/member/", "/admin/vendors/product/"


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


def errors_of(page):
    assert page.status_code == 200
    return {name: list(errors) for name, errors in page.context["adminform"].form.errors.items()}


# The shop


def test_owner_changes_the_shop(boss, vendor):
    sent = {**SHOP, "name": "Greener Corner", "language": "mr", "time_zone": "Asia/Dubai", "currency": "AED"}
    sent |= {"phone_region": "AE", "day_starts": "04:30", "lock_after": "10"}
    boss.post(f"/admin/vendors/vendor/{vendor.pk}/change/", sent)
    vendor.refresh_from_db()
    kept = (
        vendor.name,
        vendor.language,
        vendor.time_zone,
        vendor.currency,
        vendor.phone_region,
        f"{vendor.day_starts}",
        vendor.lock_after,
    )
    assert kept == ("Greener Corner", "mr", "Asia/Dubai", "AED", "AE", "04:30:00", 10)


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        ({}, False),
        ({"name": "Greener Corner"}, False),
        ({"day_starts": "04:00"}, True),
        ({"time_zone": "Asia/Dubai"}, True),
    ],
)
def test_shop_whose_days_begin_elsewhere_has_another_past(boss, vendor, change, is_another):
    boss.post(f"/admin/vendors/vendor/{vendor.pk}/change/", {**SHOP, **change})
    assert (Vendor.objects.get().past != vendor.past) == is_another


def test_shop_whose_days_begin_elsewhere_is_counted_anew(boss, vendor, django_capture_on_commit_callbacks):
    at = dt.datetime(2026, 11, 20, 22, tzinfo=dt.UTC)  # half past three in the night there, half an hour into a new day
    VisitFactory(customer__vendor=vendor, at=at)
    recount_shop(vendor)
    assert [row.day for row in ShopDay.objects.all()] == [dt.date(2026, 11, 21)]
    with django_capture_on_commit_callbacks(execute=True):
        boss.post(f"/admin/vendors/vendor/{vendor.pk}/change/", {**SHOP, "day_starts": "04:00"})
    assert [row.day for row in ShopDay.objects.all()] == [dt.date(2026, 11, 20)]


def test_saving_the_shop_leaves_what_others_raised(boss, vendor, monkeypatch):
    clean = VendorForm.clean_slug

    raised = []

    def meanwhile(form):
        Vendor.objects.get().past_changed()
        raised.append(Vendor.objects.get().past)
        return clean(form)

    monkeypatch.setattr(VendorForm, "clean_slug", meanwhile)
    boss.post(f"/admin/vendors/vendor/{vendor.pk}/change/", {**SHOP, "name": "Greener Corner"})
    shop = Vendor.objects.get()
    assert (shop.name, [shop.past]) == ("Greener Corner", raised)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 10_000),
        ("name", "Green\0"),
        ("slug", "admin"),
        ("slug", "taken"),
        ("slug", "two words"),
        ("time_zone", "Mars/Olympus"),
        ("currency", "rupees"),
        ("phone_region", "XX"),
        ("phone_region", "in"),
        ("day_starts", "25:00"),
        ("language", "xx"),
    ],
)
def test_shop_refuses_what_it_cannot_use(boss, vendor, field, value):
    VendorFactory(slug="taken")
    page = boss.post(f"/admin/vendors/vendor/{vendor.pk}/change/", {**SHOP, field: value})
    assert list(errors_of(page)) == [field]


def test_shop_may_be_named_in_emoji(boss, vendor):
    boss.post(f"/admin/vendors/vendor/{vendor.pk}/change/", {**SHOP, "name": "🍅🥬"})
    vendor.refresh_from_db()
    assert vendor.name == "🍅🥬"


def test_owner_adds_no_shop(boss):
    assert boss.post("/admin/vendors/vendor/add/", SHOP).status_code == 403
    assert Vendor.objects.count() == 1


@pytest.mark.parametrize(("starter_list", "products"), [("on", len(goods())), ("", 0)])
def test_superuser_adds_a_shop_with_or_without_the_starter_list(admin_client, starter_list, products):
    page = admin_client.post("/admin/vendors/vendor/add/", {**SHOP, "starter_list": starter_list}, follow=True)
    assert Vendor.objects.get().slug == "green-corner"
    assert Product.objects.count() == products
    assert (f"{products} products were added to Green Corner" in page.content.decode()) == bool(products)


def test_starter_list_is_an_action_on_shops(admin_client):
    shops = [VendorFactory(), VendorFactory()]
    sent = {"action": "add_the_starter_list", "_selected_action": [shop.pk for shop in shops]}
    admin_client.post("/admin/vendors/vendor/", sent)
    assert [Product.objects.filter(vendor=shop).count() for shop in shops] == [len(goods())] * 2


# The people who serve


def test_owner_adds_a_helper_with_an_account_in_one_form(boss, vendor):
    boss.post(f"{MEMBERS}add/", HELPER)
    member = Member.objects.get(user__username="anu")
    assert (member.vendor, member.name, member.role, member.is_active) == (vendor, "Anu", "helper", True)
    assert member.user.check_password(PASSWORD)
    assert (member.user.is_staff, member.user.is_superuser) == (False, False)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 10_000}, ["name"]),
        ({"username": ""}, ["username"]),
        ({"username": "two words"}, ["username"]),
        ({"username": "x" * 10_000}, ["username"]),
        ({"username": "an\0u"}, ["username"]),
        ({"username": "TAKEN"}, ["username"]),
        ({"password": ""}, ["password"]),
        ({"password": "12345678"}, ["password"]),
        ({"password": "anu-anu"}, ["password"]),
        ({"password": "x" * 10_000}, ["password"]),
        ({"role": "king"}, ["role"]),
    ],
)
def test_helper_refuses_what_cannot_sign_in(boss, change, fields):
    UserFactory(username="taken")
    users = User.objects.count()
    page = boss.post(f"{MEMBERS}add/", {**HELPER, **change})
    assert list(errors_of(page)) == fields
    assert User.objects.count() == users


def test_password_is_hashed_before_the_counter_is_kept_waiting(boss, monkeypatch):
    outer = len(connection.savepoint_ids)
    depths = []

    def make_password(password):
        depths.append(len(connection.savepoint_ids))
        return "hash"

    monkeypatch.setattr("vendors.admin.make_password", make_password)
    boss.post(f"{MEMBERS}add/", HELPER)
    assert (depths, User.objects.get(username="anu").password) == ([outer], "hash")


def test_owner_of_one_shop_cannot_take_an_account_from_anywhere(boss, vendor):
    stranger = MemberFactory().user
    boss.post(f"{MEMBERS}add/", {**HELPER, "user": stranger.pk})
    assert not Member.objects.filter(vendor=vendor, user=stranger).exists()


def test_owner_of_two_shops_lets_an_account_serve_in_both(client, owner, helper):
    second = OwnerFactory(user=owner.user).vendor
    client.force_login(owner.user)
    path = f"{MEMBERS}add/?vendor={second.pk}"
    client.post(path, {"name": "Ravi", "user": helper.user_id, "role": "helper", "is_active": "on"})
    assert Member.objects.get(vendor=second, name="Ravi").user == helper.user


def test_accounts_of_others_are_not_offered_or_taken(client, owner, helper):
    second = OwnerFactory(user=owner.user).vendor
    shared = MemberFactory(vendor=owner.vendor, user__username="shared-with-others").user
    MemberFactory(user=shared)
    root = MemberFactory(vendor=owner.vendor, user__username="root-account", user__is_superuser=True).user
    there = MemberFactory(vendor=second, user__username="there-already").user
    stranger = MemberFactory(user__username="strange-account").user
    client.force_login(owner.user)
    path = f"{MEMBERS}add/?vendor={second.pk}"
    offered = client.get(path).context["adminform"].form.fields["user"].queryset
    assert list(offered) == [helper.user]
    for user in (shared, root, there, stranger):
        page = client.post(path, {"name": "Ravi", "user": user.pk, "role": "helper", "is_active": "on"})
        assert list(errors_of(page)) == ["user"]
        assert user.username not in page.content.decode()


def test_account_is_chosen_or_written_not_both(client, owner, helper):
    second = OwnerFactory(user=owner.user).vendor
    client.force_login(owner.user)
    page = client.post(f"{MEMBERS}add/?vendor={second.pk}", {**HELPER, "user": helper.user_id})
    assert errors_of(page) == {"user": ["Choose an account or write a new one, not both."]}


def test_superuser_gives_any_account_a_place_once(admin_client, vendor):
    user = MemberFactory().user
    sent = {"name": "Asha", "user": user.pk, "role": "owner", "is_active": "on"}
    path = f"{MEMBERS}add/?vendor={vendor.pk}"
    admin_client.post(path, sent)
    assert Member.objects.get(vendor=vendor, user=user).is_owner
    page = admin_client.post(path, sent)
    assert errors_of(page) == {"__all__": ["This account serves in this shop already."]}


def test_owner_adds_a_helper_who_has_a_pin_and_no_account(boss, vendor, paired):
    users = User.objects.count()
    boss.post(f"{MEMBERS}add/", WITH_PIN)
    anu = Member.objects.get(vendor=vendor, name="Anu")
    assert (anu.user, anu.role, User.objects.count()) == (None, "helper", users)
    assert pins.check(anu, paired, PIN).is_right


def test_who_has_neither_pin_nor_account_could_not_serve(boss):
    page = boss.post(f"{MEMBERS}add/", {**WITH_PIN, "new_pin": ""})
    assert errors_of(page) == {"new_pin": ["They need a PIN to serve on the tablets, or an account."]}


def test_owner_needs_an_account(boss, vendor):
    page = boss.post(f"{MEMBERS}add/", {**WITH_PIN, "role": "owner"})
    assert errors_of(page) == {
        "__all__": ["An owner needs an account: the review and set-up are opened by it alone."],
    }
    boss.post(f"{MEMBERS}add/", {**HELPER, "role": "owner"})
    assert Member.objects.get(vendor=vendor, name="Anu").is_owner


def test_who_had_only_a_pin_gets_an_account(boss, vendor, helper):
    anu = MemberFactory(vendor=vendor, user=None, pin="hash", pin_tries=3)
    path = f"{MEMBERS}{anu.pk}/change/"
    boss.post(path, {"name": "Anu", "role": "helper", "is_active": "on"})
    anu.refresh_from_db()
    assert (anu.name, anu.user) == ("Anu", None)
    boss.post(path, HELPER)
    anu.refresh_from_db()
    assert anu.user.check_password(PASSWORD)
    assert (anu.pin, anu.pin_tries) == ("hash", 3)


def test_owner_gives_everybody_a_pin_and_that_unlocks_them(boss, owner, helper, paired):
    for member, role in ((owner, "owner"), (helper, "helper")):
        Member.objects.filter(pk=member.pk).update(pin_tries=pins.MOST_TRIES)
        sent = {"name": member.name, "role": role, "is_active": "on", "new_pin": PIN}
        boss.post(f"{MEMBERS}{member.pk}/change/", sent)
        member.refresh_from_db()
        assert pins.check(member, paired, PIN).is_right


def test_pin_is_never_shown_and_stays_when_left_empty(boss, helper):
    pins.set_pin(helper, PIN)
    before, path = helper.pin, f"{MEMBERS}{helper.pk}/change/"
    assert not any(part in boss.get(path).content.decode() for part in ("pbkdf2", PIN))
    boss.post(path, {"name": "Ravi K", "role": "helper", "is_active": "on", "new_pin": ""})
    helper.refresh_from_db()
    assert (helper.name, helper.pin) == ("Ravi K", before)


@pytest.mark.parametrize("pin", ["12", "1234", "7777", "abcd", "1234567", "4821\0"])
def test_pin_that_is_none_or_guessed_first_is_refused(boss, helper, pin):
    sent = {"name": "Ravi", "role": "helper", "is_active": "on", "new_pin": pin}
    assert list(errors_of(boss.post(f"{MEMBERS}{helper.pk}/change/", sent))) == ["new_pin"]


def test_pin_is_hashed_before_the_counter_is_kept_waiting(boss, monkeypatch):
    outer = len(connection.savepoint_ids)
    depths = []

    def hashed(pin):
        depths.append(len(connection.savepoint_ids))
        return "hash"

    monkeypatch.setattr("vendors.pins.hashed", hashed)
    boss.post(f"{MEMBERS}add/", WITH_PIN)
    assert (depths, Member.objects.get(name="Anu").pin) == ([outer], "hash")


def test_list_says_who_has_a_pin_and_unlocks_in_one_tap(boss, vendor, owner, helper):
    Member.objects.filter(pk=owner.pk).update(pin="hash")
    Member.objects.filter(pk=helper.pk).update(pin="hash", pin_tries=pins.MOST_TRIES)
    MemberFactory(vendor=vendor, name="Sita")
    page = boss.get(MEMBERS).content.decode()
    cells = [strip_tags(cell) for cell in re.findall('<td class="field-pin_state">(.*?)</td>', page)]
    assert cells == ["has one", "locked Unlock", "none"]
    said = boss.post(f"{MEMBERS}{helper.pk}/unlock/", follow=True).content.decode()
    assert "Ravi is unlocked" in said
    helper.refresh_from_db()
    assert helper.pin_tries == 0


def test_nobody_of_another_shop_is_unlocked(boss):
    other = MemberFactory(pin_tries=pins.MOST_TRIES)
    assert boss.post(f"{MEMBERS}{other.pk}/unlock/").status_code == 404
    other.refresh_from_db()
    assert other.pin_tries == pins.MOST_TRIES


def test_who_has_no_account_in_another_shop_hides_no_account_of_ones_own(boss, helper):
    MemberFactory(user=None)
    assert "password" in boss.get(f"{MEMBERS}{helper.pk}/change/").context["adminform"].form.fields


def test_owner_gives_a_helper_a_new_password(boss, helper):
    sent = {"name": "Ravi", "role": "helper", "is_active": "on", "password": PASSWORD}
    boss.post(f"{MEMBERS}{helper.pk}/change/", sent)
    helper.user.refresh_from_db()
    assert helper.user.check_password(PASSWORD)


def test_password_that_is_left_empty_stays(boss, helper):
    helper.user.set_password(PASSWORD)
    helper.user.save()
    boss.post(f"{MEMBERS}{helper.pk}/change/", {"name": "Ravi K", "role": "helper", "is_active": "on", "password": ""})
    helper.user.refresh_from_db()
    helper.refresh_from_db()
    assert (helper.name, helper.user.check_password(PASSWORD)) == ("Ravi K", True)


def test_new_password_of_a_helper_is_judged(boss, helper):
    sent = {"name": "Ravi", "role": "helper", "is_active": "on", "password": "12345678"}
    assert list(errors_of(boss.post(f"{MEMBERS}{helper.pk}/change/", sent))) == ["password"]


@pytest.mark.parametrize("why", ["elsewhere", "superuser", "owner", "self", "owner elsewhere"])
def test_account_that_is_not_only_theirs_is_not_touched(boss, owner, helper, why):
    member = owner if why == "self" else helper
    if why == "owner":
        Member.objects.filter(pk=helper.pk).update(role=Member.Role.OWNER)
    if why == "superuser":
        User.objects.filter(pk=helper.user_id).update(is_superuser=True)
    if why == "elsewhere":
        MemberFactory(user=helper.user, is_active=False)
    if why == "owner elsewhere":
        OwnerFactory(user=helper.user, vendor=OwnerFactory(user=owner.user).vendor)
    before = User.objects.get(pk=member.user_id)
    path = f"{MEMBERS}{member.pk}/change/"
    assert "password" not in boss.get(path).context["adminform"].form.fields
    sent = {"name": "Called", "role": "owner", "is_active": "on", "password": PASSWORD, "username": "x", "user": "1"}
    boss.post(path, sent)
    after = User.objects.get(pk=member.user_id)
    member.refresh_from_db()
    assert member.name == "Called"
    assert (after.password, after.username) == (before.password, before.username)


@pytest.mark.parametrize("sent", [{"role": "helper", "is_active": "on"}, {"role": "owner"}, {"role": "helper"}])
def test_last_owner_stays(boss, owner, sent):
    MemberFactory(vendor=owner.vendor, role=Member.Role.OWNER, is_active=False)
    MemberFactory(vendor=owner.vendor, role=Member.Role.OWNER, user__is_active=False)
    OwnerFactory()
    page = boss.post(f"{MEMBERS}{owner.pk}/change/", {"name": "Asha", **sent})
    assert errors_of(page) == {"__all__": ["Nobody else owns this shop. Make another person its owner first."]}
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)


def test_owner_may_leave_when_another_stays(boss, owner):
    OwnerFactory(vendor=owner.vendor)
    boss.post(f"{MEMBERS}{owner.pk}/change/", {"name": "Asha", "role": "helper", "is_active": "on"})
    owner.refresh_from_db()
    assert owner.role == "helper"


def test_helper_who_is_switched_off_leaves_follow_ups_to_give_away(boss, vendor, helper):
    for _ in range(2):
        PromiseFactory(customer__vendor=vendor, owner=helper)
    sent = {"name": "Ravi", "role": "helper"}
    page = boss.post(f"{MEMBERS}{helper.pk}/change/", sent, follow=True).content.decode()
    assert "2 follow-ups of Ravi have nobody now who looks after them." in page
    assert '<a href="/green-corner/counter/follow-ups/?of=nobodys">Give them to somebody</a>' in page
    for again in ({}, {"is_active": "on"}):
        page = boss.post(f"{MEMBERS}{helper.pk}/change/", sent | again, follow=True).content.decode()
        assert "nobody now" not in page


def test_helper_who_is_switched_off_with_nothing_to_do_is_told_nothing(boss, helper):
    page = boss.post(f"{MEMBERS}{helper.pk}/change/", {"name": "Ravi", "role": "helper"}, follow=True).content.decode()
    assert "nobody now" not in page


def test_helper_is_switched_off(boss, helper):
    boss.post(f"{MEMBERS}{helper.pk}/change/", {"name": "Ravi", "role": "helper"})
    helper.refresh_from_db()
    assert not helper.is_active


# The products


def test_product_is_added_with_names_and_season(boss, vendor):
    sent = {**PRODUCT, "name_hi": "हरा प्याज", "picture": "onion", "season_from": "11", "season_to": "2"}
    boss.post(f"{PRODUCTS}add/", sent)
    product = Product.objects.get(vendor=vendor)
    assert (product.name, product.name_hi, product.picture) == ("Leek", "हरा प्याज", "onion")
    assert (product.season_from, product.season_to, f"{product.step}") == (11, 2, "1.000")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 10_000}, ["name"]),
        ({"name": "Lee\0k"}, ["name"]),
        ({"name": "oNiOn"}, ["__all__"]),
        ({"step": "-1"}, ["step"]),
        ({"step": "0"}, ["step"]),
        ({"step": "NaN"}, ["step"]),
        ({"step": "9999999"}, ["step"]),
        ({"step": "some"}, ["step"]),
        ({"position": "-1"}, ["position"]),
        ({"position": "9" * 30}, ["position"]),
        ({"season_from": "4"}, ["__all__"]),
        ({"season_to": "4"}, ["__all__"]),
        ({"season_from": "13", "season_to": "1"}, ["season_from"]),
        ({"picture": "nothing-like-it"}, ["picture"]),
        ({"unit": "bag"}, ["unit"]),
    ],
)
def test_product_refuses_what_cannot_be_sold(boss, vendor, change, fields):
    ProductFactory(vendor=vendor, name="Onion")
    page = boss.post(f"{PRODUCTS}add/", {**PRODUCT, **change})
    assert list(errors_of(page)) == fields
    assert Product.objects.count() == 1


def test_product_name_may_be_used_in_another_shop_and_be_emoji(boss, vendor):
    ProductFactory(name="🍅")
    boss.post(f"{PRODUCTS}add/", {**PRODUCT, "name": "🍅"})
    assert Product.objects.filter(vendor=vendor, name="🍅").exists()


def test_product_list_shows_each_picture_of_the_sprite(boss, vendor):
    ProductFactory(vendor=vendor, picture="onion")
    ProductFactory(vendor=vendor, picture="no-such-view")
    page = boss.get(PRODUCTS).content.decode()
    assert page.count('src="/static/crm/goods.svg#') == 1
    assert 'src="/static/crm/goods.svg#onion"' in page


def test_product_form_offers_the_pictures_there_are(boss):
    choices = boss.get(f"{PRODUCTS}add/").context["adminform"].form.fields["picture"].choices
    assert [value for value, _label in choices] == ["", *pictures()]


@pytest.mark.parametrize("text", ["leek", "गाजर", "गाज", "kanda"])
def test_product_is_searched_by_its_three_names(boss, vendor, text):
    wanted = ProductFactory(vendor=vendor, name="Leek", name_hi="गाजर", name_mr="Kanda")
    ProductFactory(vendor=vendor, name="Mango")
    assert list(boss.get(PRODUCTS, {"q": text}).context["cl"].result_list) == [wanted]


def list_form(*products, **change):
    sent = {"form-TOTAL_FORMS": len(products), "form-INITIAL_FORMS": len(products), "_save": "Save"}
    for number, product in enumerate(products):
        row = {"id": product.pk, "position": 7, "unit": "dozen", "step": "2", "picture": "onion", "is_sold": ""}
        row |= {"season_from": "4", "season_to": "6"} | change
        sent |= {f"form-{number}-{name}": value for name, value in row.items()}
    return sent


def test_products_are_changed_in_the_list(boss, vendor):
    product = ProductFactory(vendor=vendor)
    boss.post(PRODUCTS, list_form(product))
    product.refresh_from_db()
    kept = (product.position, product.unit, product.step, product.picture, product.is_sold)
    assert kept == (7, "dozen", 2, "onion", False)
    assert (product.season_from, product.season_to) == (4, 6)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"step": "-1"}, "step"),
        ({"season_to": ""}, "__all__"),
        ({"picture": "x" * 10_000}, "picture"),
        ({"position": "9" * 30}, "position"),
    ],
)
def test_list_refuses_what_cannot_be_sold(boss, vendor, change, field):
    page = boss.post(PRODUCTS, list_form(ProductFactory(vendor=vendor), **change))
    assert page.status_code == 200
    assert [list(errors) for errors in page.context["cl"].formset.errors] == [[field]]


def test_list_does_not_change_a_product_of_another_shop(boss, vendor):
    own, stranger = ProductFactory(vendor=vendor), ProductFactory(name="Zanzibar clove")
    page = boss.post(PRODUCTS, list_form(own, stranger))
    stranger.refresh_from_db()
    assert (stranger.unit, stranger.position) == ("kg", 1000)
    assert "Zanzibar" not in page.content.decode()


def test_starter_list_is_one_button_and_twice_is_once(boss, vendor):
    path = reverse("admin:vendors_product_starter_list", args=[vendor.pk])
    assert path in boss.get(PRODUCTS).content.decode()
    first = boss.post(path, follow=True).content.decode()
    assert f"{len(goods())} products were added to Green Corner. Switch off what you do not sell." in first
    again = boss.post(path, follow=True).content.decode()
    assert "Green Corner has the whole starter list already." in again
    assert Product.objects.filter(vendor=vendor).count() == len(goods())


def test_starter_list_is_not_added_by_a_link(boss, vendor):
    assert boss.get(reverse("admin:vendors_product_starter_list", args=[vendor.pk])).status_code == 405
    assert not Product.objects.exists()


def test_starter_list_is_not_added_to_another_shop(boss, vendor):
    other = VendorFactory()
    assert boss.post(reverse("admin:vendors_product_starter_list", args=[other.pk])).status_code == 404
    assert not Product.objects.exists()


def test_starter_list_of_several_shops_names_the_shop(client, owner):
    second = OwnerFactory(user=owner.user, vendor__name="Second shop").vendor
    client.force_login(owner.user)
    text = client.get(PRODUCTS).content.decode()
    assert "Add the starter list to Second shop" in text
    client.post(reverse("admin:vendors_product_starter_list", args=[second.pk]))
    assert set(Product.objects.values_list("vendor", flat=True)) == {second.pk}


def test_superuser_of_many_shops_has_no_row_of_buttons(admin_client):
    VendorFactory.create_batch(2)
    assert "starter-list" not in admin_client.get(PRODUCTS).content.decode()


# Accounts


def test_superuser_changes_accounts_but_deletes_none(admin_client, helper):
    path = f"/admin/auth/user/{helper.user_id}/"
    assert admin_client.get(f"{path}change/").status_code == 200
    assert admin_client.get("/admin/auth/user/add/").status_code == 200
    assert admin_client.post(f"{path}delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=helper.user_id).exists()


# Products that are the same


@pytest.fixture
def tomatoes(vendor):
    """Beside "Tomato", after an import."""
    ProductFactory(vendor=vendor, name="Tomato", unit="kg")
    return ProductFactory(vendor=vendor, name="Tomatoes", unit="piece")


def choosing(*products, **more):
    return {"action": "merge", "_selected_action": [product.pk for product in products], **more}


def messages_of(page):
    return [str(message) for message in page.context["messages"]]


def test_merging_first_asks_into_which_and_says_what_moves(boss, tomatoes):
    VisitLineFactory(product=tomatoes, visit__customer__vendor=tomatoes.vendor)
    PreferenceFactory(product=tomatoes, customer__vendor=tomatoes.vendor)
    ProductFactory(vendor=tomatoes.vendor, name="Old", is_sold=False)
    ProductFactory(name="Strange")
    page = boss.post(PRODUCTS, choosing(tomatoes))
    assert [str(product) for product in page.context["form"].fields["into"].queryset] == ["Tomato"]
    assert (page.context["visits"], page.context["preferences"]) == (1, 1)
    assert "1 visit,\n1 preference." in page.content.decode()
    tomatoes.refresh_from_db()
    assert tomatoes.merged_into is None


def test_owner_merges_products_and_undoes_it(boss, owner, tomatoes):
    tomato = Product.objects.get(name="Tomato")
    other = ProductFactory(vendor=tomatoes.vendor, name="Tamatar")
    page = boss.post(PRODUCTS, choosing(tomatoes, other, into=tomato.pk, confirmed="yes"), follow=True)
    assert messages_of(page) == ["Tamatar is now part of Tomato.", "Tomatoes is now part of Tomato."]
    merges = ProductMerge.objects.order_by("pk").values_list("product", "into", "by")
    assert list(merges) == [(other.pk, tomato.pk, owner.pk), (tomatoes.pk, tomato.pk, owner.pk)]
    undo = f"{PRODUCTS}{tomatoes.pk}/undo-merge/"
    for address in (PRODUCTS, f"{PRODUCTS}{tomatoes.pk}/change/"):
        text = boss.get(address).content.decode()
        assert "Merged into Tomato on " in text
        assert f'<a href="{undo}">Undo…</a>' in text

    assert "Tomatoes was merged into Tomato." in boss.get(undo).content.decode()
    page = boss.post(undo, follow=True)
    assert messages_of(page) == ["Tomatoes is a product of its own again."]
    tomatoes.refresh_from_db()
    assert (tomatoes.merged_into, tomatoes.is_sold) == (None, True)
    assert ProductMerge.objects.get(product=tomatoes).undone_by == owner
    assert boss.get(undo).status_code == 404
    assert boss.post(undo).status_code == 404


def test_list_has_no_column_of_merges_while_there_are_none(boss, tomatoes):
    assert "column-merged" not in boss.get(PRODUCTS).content.decode()
    assert "Merged into" not in boss.get(f"{PRODUCTS}{tomatoes.pk}/change/").content.decode()


@pytest.mark.parametrize("into", ["", "Tomatoes", "Strange", "Old", "many\0"])
def test_merging_into_what_is_no_other_product_sold_here_is_refused(boss, tomatoes, into):
    ProductFactory(vendor=tomatoes.vendor, name="Old", is_sold=False)
    ProductFactory(name="Strange")
    found = Product.objects.filter(name=into.strip("\0")).first()
    page = boss.post(PRODUCTS, choosing(tomatoes, into=found.pk if found else into, confirmed="yes"))
    assert list(page.context["form"].errors) == ["into"]
    assert not ProductMerge.objects.exists()


def test_merging_what_is_merged_or_of_two_shops_says_why_not(admin_client, tomatoes):
    merge_products(product=tomatoes, into=Product.objects.get(name="Tomato"), by=None)
    other = ProductFactory(vendor=tomatoes.vendor)
    for products, said in [
        ([tomatoes, other], "Tomatoes is merged into Tomato already. Undo that first."),
        ([other, ProductFactory()], "Choose products of one shop. Nothing was merged."),
    ]:
        page = admin_client.post(PRODUCTS, choosing(*products), follow=True)
        assert messages_of(page) == [said]
    assert ProductMerge.objects.count() == 1


def test_merging_a_product_into_which_others_went_meanwhile_says_so(boss, tomatoes, monkeypatch):
    def refuse(**asked):
        raise MergingError("Somebody was quicker.")

    monkeypatch.setattr("customers.preferences.merging.merge_products", refuse)
    tomato = Product.objects.get(name="Tomato")
    page = boss.post(PRODUCTS, choosing(tomatoes, into=tomato.pk, confirmed="yes"), follow=True)
    assert messages_of(page) == ["Somebody was quicker."]


def test_merging_does_not_reach_another_shop(boss, tomatoes):
    strange = ProductFactory(name="Strange")
    merge_products(product=ProductFactory(vendor=strange.vendor), into=strange, by=None)
    page = boss.post(PRODUCTS, choosing(strange, tomatoes))
    assert page.context["products"] == [tomatoes]
    tomato = Product.objects.get(name="Tomato")
    boss.post(PRODUCTS, choosing(strange, into=tomato.pk, confirmed="yes"), follow=True)
    merged = Product.objects.get(merged_into=strange)
    assert boss.post(f"{PRODUCTS}{merged.pk}/undo-merge/").status_code == 404
    assert ProductMerge.objects.get().undone_at is None


def test_merged_product_cannot_be_sold_until_that_is_undone(boss, tomatoes):
    merge_products(product=tomatoes, into=Product.objects.get(name="Tomato"), by=None)
    page = boss.post(f"{PRODUCTS}{tomatoes.pk}/change/", {**PRODUCT, "name": "Tomatoes"})
    assert errors_of(page) == {"__all__": ["It is merged into another product. Undo that first, then sell it."]}
    tomatoes.refresh_from_db()
    assert not tomatoes.is_sold


def test_merged_product_is_offered_to_no_preference(boss, tomatoes):
    merge_products(product=tomatoes, into=Product.objects.get(name="Tomato"), by=None)
    about = {"app_label": "preferences", "model_name": "preference", "field_name": "product", "term": "tom"}
    answer = boss.get("/admin/autocomplete/", about).json()
    assert [each["text"] for each in answer["results"]] == ["Tomato"]


def test_list_of_products_asks_as_much_for_one_merged_as_for_three(boss, tomatoes):
    tomato = Product.objects.get(name="Tomato")
    asked = []
    for products in ([tomatoes], ProductFactory.create_batch(2, vendor=tomatoes.vendor)):
        for product in products:
            merge_products(product=product, into=tomato, by=None)
        with CaptureQueriesContext(connection) as queries:
            boss.get(PRODUCTS)
        asked.append(len(queries))
    assert asked[0] == asked[1]
