import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import RequestFactory
from django.urls import reverse

from customers.models import Customer, Household
from customers.preferences.models import Preference
from customers.promises.models import Problem, Promise, StandingOrder, Supply, Wish
from customers.visits.models import Visit
from tests.factories.customers import ContactPointFactory, CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.promises import (
    ProblemFactory,
    PromiseFactory,
    StandingOrderFactory,
    SupplyFactory,
    WishFactory,
)
from tests.factories.vendors import (
    ClosureFactory,
    DeviceFactory,
    MemberFactory,
    OpeningHoursFactory,
    OwnerFactory,
    ProductFactory,
    UserFactory,
    VendorFactory,
)
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors.administration import CappedPaginator, QuickSelect, acting_member
from vendors.models import Device, Member, Product, Vendor
from vendors.opening.models import Closure, OpeningHours

pytestmark = pytest.mark.django_db
EXPECTED = [Household, Promise, StandingOrder, Wish, Problem, Supply]
MODELS = [Vendor, Member, OpeningHours, Closure, Product, Device, Customer, Preference, Visit, *EXPECTED]
NEVER_DELETED = [model for model in MODELS if model not in (OpeningHours, Closure, Supply)]
SECRET = "Zanzibar"
"""In every name of the other shop, and in nothing else."""


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


@pytest.fixture
def own(vendor, owner):
    """A row of each model in the owner's shop."""
    return _shop_rows(vendor, owner, "Own")


@pytest.fixture
def foreign():
    """A row of each model in a shop of somebody else, all of them with SECRET in their names."""
    vendor = VendorFactory(name=f"{SECRET} shop", slug="zanzibar-shop")
    user = UserFactory(username=f"{SECRET}-user")
    return _shop_rows(vendor, OwnerFactory(vendor=vendor, name=f"{SECRET} owner", user=user), SECRET)


def _shop_rows(vendor, owner, name):
    product = ProductFactory(vendor=vendor, name=f"{name} onion")
    customer = CustomerFactory(vendor=vendor, name=f"{name} Rao", added_by=owner)
    ContactPointFactory(customer=customer)
    preference = PreferenceFactory(customer=customer, product=product, text=f"{name} words", by=owner)
    visit = VisitFactory(customer=customer, by=owner, note=f"{name} note")
    VisitLineFactory(visit=visit, product=product)
    hours, closure = OpeningHoursFactory(vendor=vendor), ClosureFactory(vendor=vendor, reason=f"{name} wedding")
    set_up = {Vendor: vendor, Member: owner, OpeningHours: hours, Closure: closure, Product: product}
    household = HouseholdFactory(vendor=vendor, name=f"{name} kitchen")
    MembershipFactory(household=household, customer=customer, ask_first=f"{name} ask")
    of_customer = {"customer": customer, "by": owner}
    expected = {
        Household: household,
        Promise: PromiseFactory(**of_customer, owner=owner, text=f"{name} promise"),
        StandingOrder: StandingOrderFactory(**of_customer, text=f"{name} order"),
        Wish: WishFactory(**of_customer, owner=owner, product=product, text=f"{name} wish"),
        Problem: ProblemFactory(**of_customer, owner=owner, product=product, text=f"{name} problem"),
        Supply: SupplyFactory(product=product, supplier=customer),
        Device: DeviceFactory(vendor=vendor, name=f"{name} tablet", paired_by=owner),
    }
    return {**set_up, Customer: customer, Preference: preference, Visit: visit, **expected}


def page_of(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_list_shows_the_rows_of_the_own_shop_only(boss, own, foreign, model):
    page = boss.get(page_of(model, "changelist"))
    assert list(page.context["cl"].result_list) == [own[model]]
    assert SECRET not in page.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_forms_offer_nothing_of_another_shop(boss, own, foreign, model):
    page = boss.get(page_of(model, "change", own[model].pk))
    assert page.status_code == 200
    assert SECRET not in page.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["change", "history", "delete"])
@pytest.mark.parametrize("model", MODELS)
def test_row_of_another_shop_is_not_there(boss, own, foreign, model, name, method):
    LogEntry.objects.log_actions(foreign[Member].user_id, [foreign[model]], CHANGE)
    answer = getattr(boss, method)(page_of(model, name, foreign[model].pk))
    assert answer.status_code == 404
    assert SECRET not in answer.content.decode()


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "_00", "1;2"])
@pytest.mark.parametrize("model", MODELS)
def test_row_of_no_shop_is_not_there(boss, model, number):
    assert boss.get(page_of(model, "change", number)).status_code == 404


@pytest.mark.parametrize("model", NEVER_DELETED)
def test_nothing_is_deleted(boss, own, model, admin_client):
    for client in (boss, admin_client):
        assert client.post(page_of(model, "delete", own[model].pk), {"post": "yes"}).status_code == 403
        form = {"action": "delete_selected", "_selected_action": own[model].pk, "post": "yes"}
        client.post(page_of(model, "changelist"), form)
    assert model.objects.filter(pk=own[model].pk).exists()


@pytest.mark.parametrize("model", MODELS)
def test_superuser_sees_every_shop(admin_client, own, foreign, model):
    page = admin_client.get(page_of(model, "changelist"))
    assert set(page.context["cl"].result_list) >= {own[model], foreign[model]}
    assert admin_client.get(page_of(model, "change", foreign[model].pk)).status_code == 200


@pytest.mark.parametrize(
    ("source", "field"), [("preference", "customer"), ("preference", "product"), ("visit", "customer")]
)
def test_autocomplete_finds_in_the_own_shop_only(boss, own, foreign, source, field):
    where = {"app_label": f"{source}s", "model_name": source, "field_name": field}
    found = boss.get(reverse("admin:autocomplete"), {**where, "term": ""}).json()["results"]
    assert [each["text"] for each in found] == [str(own[Customer if field == "customer" else Product])]
    named = boss.get(reverse("admin:autocomplete"), {**where, "term": SECRET, "vendor": own[Vendor].pk})
    assert named.json()["results"] == []


def test_autocomplete_refuses_another_shop(boss, own, foreign):
    where = {"app_label": "preferences", "model_name": "preference", "field_name": "product", "term": ""}
    answer = boss.get(reverse("admin:autocomplete"), {**where, "vendor": foreign[Vendor].pk})
    assert answer.status_code == 404


def test_autocomplete_takes_any_sign(boss, own):
    where = {"app_label": "preferences", "model_name": "preference", "field_name": "product"}
    for term in ("\0", "Own\0", "🍅" * 5000, "%"):
        answer = boss.get(reverse("admin:autocomplete"), {**where, "term": term})
        assert len(answer.json()["results"]) == (1 if "\0" in term else 0)


@pytest.mark.parametrize(("app_label", "model_name"), [("vendors", "member"), ("admin", "logentry")])
def test_autocomplete_gives_no_accounts(boss, app_label, model_name):
    where = {"app_label": app_label, "model_name": model_name, "field_name": "user", "term": ""}
    assert boss.get(reverse("admin:autocomplete"), where).status_code == 403


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Visit, "by__id__exact={Member}"),
        (Visit, "customer__id__exact={Customer}"),
        (Product, "vendor__id__exact={Vendor}"),
        (Preference, "product={Product}"),
    ],
)
def test_filter_by_another_shops_row_finds_nothing(boss, own, foreign, model, query):
    numbers = {parent.__name__: row.pk for parent, row in foreign.items()}
    page = boss.get(f"{page_of(model, 'changelist')}?{query.format(**numbers)}")
    assert list(page.context["cl"].result_list) == []
    assert SECRET not in page.content.decode()


def test_search_in_another_shop_is_refused(boss, own, foreign):
    assert boss.get(page_of(Preference, "changelist"), {"vendor": foreign[Vendor].pk}).status_code == 404


@pytest.mark.parametrize("query", ["user__password__startswith=md5", "vendor__name__startswith=Z"])
def test_filter_does_not_look_through_parents(boss, own, query):
    assert boss.get(f"{page_of(Member, 'changelist')}?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["p=99999999999999999999", "o=x.9", "e=1&x=1", "at__year=" + "9" * 20, "at__year=0", "q=%00", "all=x"]
)
def test_list_answers_any_address(boss, own, query):
    assert boss.get(f"{page_of(Visit, 'changelist')}?{query}").status_code in (200, 302)


@pytest.mark.parametrize("model", [Product, Preference, Visit, Member])
def test_filters_offer_the_own_shops_only(client, own, foreign, owner, model):
    second = OwnerFactory(user=owner.user, vendor__name="Second shop", name="Second me")
    client.force_login(owner.user)
    text = client.get(page_of(model, "changelist")).content.decode()
    assert f"vendor__id__exact={second.vendor_id}" in text
    assert f"vendor__id__exact={foreign[Vendor].pk}" not in text
    assert SECRET not in text


@pytest.mark.parametrize("model", [Member, Closure, Product, Customer, Preference])
def test_add_form_of_one_shop_does_not_ask_which(boss, own, model):
    page = boss.get(page_of(model, "add"))
    assert "vendor" not in page.context["adminform"].form.fields
    assert "field-vendor" not in page.content.decode()


@pytest.mark.parametrize("model", [Member, OpeningHours, Closure, Product, Customer, Preference])
def test_add_form_of_several_shops_asks_which_first(client, own, foreign, owner, model):
    second = OwnerFactory(user=owner.user, vendor__name="Second shop")
    client.force_login(owner.user)
    page = client.get(page_of(model, "add"))
    assert [shop.pk for shop in page.context["shops"]] == [own[Vendor].pk, second.vendor_id]
    form = client.get(page_of(model, "add"), {"vendor": second.vendor_id})
    assert "Second shop" in form.content.decode()


@pytest.mark.parametrize("model", [Member, OpeningHours, Closure, Product, Customer, Preference])
@pytest.mark.parametrize("method", ["get", "post"])
def test_add_form_refuses_another_shop(boss, own, foreign, model, method):
    send = getattr(boss, method)
    assert send(f"{page_of(model, 'add')}?vendor={foreign[Vendor].pk}").status_code == 404
    assert send(f"{page_of(model, 'add')}?vendor=x").status_code == 404


def test_row_is_added_to_the_chosen_shop(client, own, owner):
    second = OwnerFactory(user=owner.user)
    client.force_login(owner.user)
    path = f"{page_of(Product, 'add')}?vendor={second.vendor_id}"
    client.post(path, {"name": "Leek", "unit": "kg", "step": "1", "position": "5", "is_sold": "on"})
    assert Product.objects.get(name="Leek").vendor == second.vendor


def test_row_is_added_to_the_only_shop_whatever_is_sent(boss, own, foreign):
    form = {"name": "Leek", "unit": "kg", "step": "1", "position": "5", "vendor": foreign[Vendor].pk}
    boss.post(page_of(Product, "add"), form)
    assert Product.objects.get(name="Leek").vendor == own[Vendor]


def test_shop_of_a_row_cannot_be_changed(client, own, owner):
    second = OwnerFactory(user=owner.user)
    client.force_login(owner.user)
    form = {"name": "Leek", "unit": "kg", "step": "1", "position": "5", "vendor": second.vendor_id}
    client.post(page_of(Product, "change", own[Product].pk), form)
    own[Product].refresh_from_db()
    assert (own[Product].name, own[Product].vendor) == ("Leek", own[Vendor])


def test_parents_of_the_owners_other_shop_are_refused(client, own, owner):
    other = OwnerFactory(user=owner.user).vendor
    product = ProductFactory(vendor=other)
    client.force_login(owner.user)
    path = f"{page_of(Preference, 'add')}?vendor={own[Vendor].pk}"
    page = client.post(path, {"customer": own[Customer].pk, "kind": "likes", "product": product.pk})
    assert list(page.context["adminform"].form.errors) == ["product"]
    change = page_of(Preference, "change", own[Preference].pk)
    page = client.post(change, {"kind": "likes", "product": product.pk})
    assert list(page.context["adminform"].form.errors) == ["product"]


def test_saving_as_new_needs_a_shop_too(client, own, owner):
    OwnerFactory(user=owner.user)
    client.force_login(owner.user)
    path = page_of(Product, "change", own[Product].pk)
    assert client.post(path, {"_saveasnew": "1", "name": "Leek"}).status_code == 404


@pytest.mark.parametrize("model", MODELS)
def test_list_takes_the_same_queries_for_any_number_of_rows(
    boss, own, vendor, owner, model, django_assert_max_num_queries
):
    path = page_of(model, "changelist")
    boss.get(path)
    with django_assert_max_num_queries(100) as one:
        boss.get(path)
    user = owner.user
    for number in range(2):
        _shop_rows(vendor, MemberFactory(vendor=vendor, name=f"M{number}"), f"Own {number}")
    if model is Vendor:
        OwnerFactory(user=user)
        OwnerFactory(user=user)
    with django_assert_max_num_queries(100) as three:
        boss.get(path)
    assert len(three) == len(one)
    assert len(three) <= 12


def test_paginator_counts_no_further_than_its_most(monkeypatch):
    monkeypatch.setattr(CappedPaginator, "MOST", 2)
    ProductFactory.create_batch(3)
    paginator = CappedPaginator(Product.objects.all(), 1)
    assert (paginator.count, paginator.num_pages, paginator.is_capped) == (2, 2, True)


def test_list_says_when_there_are_more_than_it_counts(boss, vendor, monkeypatch):
    ProductFactory(vendor=vendor)
    assert "There are more." not in boss.get(page_of(Product, "changelist")).content.decode()
    monkeypatch.setattr(CappedPaginator, "MOST", 1)
    assert "There are more." in boss.get(page_of(Product, "changelist")).content.decode()


def test_inputs_of_a_table_are_named_for_screen_readers(boss, own):
    products = boss.get(page_of(Product, "changelist")).content.decode()
    assert [name for name in ("Order", "Unit", "Picture", "Sold now") if f'aria-label="{name}"' not in products] == []
    contacts = boss.get(page_of(Customer, "change", own[Customer].pk)).content.decode()
    assert [name for name in ("Kind", "Delete") if f'aria-label="{name}"' not in contacts] == []


def test_quick_select_marks_what_is_chosen_and_escapes():
    select = QuickSelect(choices=[("", "none"), (4, "April"), ("<x>", "a & b")])
    options = '<option value="">none</option><option value="4"{}>April</option>'
    last = '<option value="&lt;x&gt;">a &amp; b</option>'
    assert select.render("month", 4, {"id": "m"}) == (
        f'<select id="m" name="month">{options.format(" selected")}{last}</select>'
    )
    assert select.render("month", None) == (
        '<select name="month"><option value="" selected>none</option><option value="4">April</option>'
        + last
        + "</select>"
    )


def test_acting_member_is_of_the_shop_of_the_row(owner):
    second = MemberFactory(user=owner.user)
    request = RequestFactory().get("/")
    request.user = owner.user
    assert acting_member(request, second.vendor_id) == second
    assert acting_member(request, VendorFactory().pk) is None
