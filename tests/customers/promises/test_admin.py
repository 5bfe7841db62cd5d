import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from customers.promises.models import Supply
from tests.factories.customers import CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.promises import (
    ProblemFactory,
    PromiseFactory,
    StandingOrderFactory,
    SupplyFactory,
    WishFactory,
)
from tests.factories.vendors import ProductFactory

pytestmark = pytest.mark.django_db
SUPPLIES, HOUSEHOLDS = "/admin/promises/supply/", "/admin/customers/household/"
READ = {
    "promises/problem": ProblemFactory,
    "promises/wish": WishFactory,
    "promises/promise": PromiseFactory,
    "promises/standingorder": StandingOrderFactory,
}


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def patil(vendor):
    return CustomerFactory(vendor=vendor, name="Patil", kind="supplier")


def listed(page):
    return list(page.context["cl"].result_list)


def test_supply_is_added_changed_and_deleted_without_a_trace(boss, onion, patil):
    sent = {"product": onion.pk, "supplier": patil.pk, "since": "2026-11-01"}
    assert "Saved." in boss.post(f"{SUPPLIES}add/", sent, follow=True).content.decode()
    supply = Supply.objects.get()
    assert (supply.product, supply.supplier, supply.since) == (onion, patil, dt.date(2026, 11, 1))
    page = boss.post(f"{SUPPLIES}{supply.pk}/change/", {**sent, "since": "2026-11-02"}, follow=True)
    assert "Saved." in page.content.decode()
    assert Supply.objects.get().since == dt.date(2026, 11, 2)
    assert "Onion: Patil" in boss.get(f"{SUPPLIES}{supply.pk}/change/").content.decode()
    boss.post(f"{SUPPLIES}{supply.pk}/delete/", {"post": "yes"})
    assert not Supply.objects.exists()
    assert not LogEntry.objects.exists()


def test_supply_is_of_a_supplier_and_one_at_a_time(boss, vendor, onion, patil):
    sent = {"product": onion.pk, "supplier": CustomerFactory(vendor=vendor).pk, "since": "2026-11-01"}
    page = boss.post(f"{SUPPLIES}add/", sent)
    assert list(page.context["adminform"].form.errors) == ["supplier"]
    SupplyFactory(product=onion, supplier=patil, since=dt.date(2026, 11, 1))
    page = boss.post(f"{SUPPLIES}add/", {**sent, "supplier": patil.pk})
    assert "From this day on somebody brings this product already." in page.content.decode()
    assert Supply.objects.count() == 1


@pytest.mark.parametrize(("address", "factory"), READ.items())
def test_row_is_found_by_its_customer_and_only_read(boss, vendor, address, factory):
    row = factory(customer=CustomerFactory(vendor=vendor, name="Sunita Rao"))
    factory(customer=CustomerFactory(vendor=vendor))
    assert listed(boss.get(f"/admin/{address}/", {"q": "sunita"})) == [row]
    assert boss.get(f"/admin/{address}/add/").status_code == 403
    page = boss.get(f"/admin/{address}/{row.pk}/change/")
    assert "Sunita Rao" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


@pytest.mark.parametrize("address", [*READ, "customers/household"])
def test_filter_tells_open_from_closed(boss, vendor, address):
    now = timezone.now()
    closed = {
        "promises/problem": {"closed_at": now, "is_undone": True},
        "promises/wish": {"closed_at": now, "outcome": "took"},
        "promises/promise": {"closed_at": now, "outcome": "broken"},
    }
    factory = {**READ, "customers/household": HouseholdFactory}[address]
    of_shop = {"vendor": vendor} if factory is HouseholdFactory else {"customer": CustomerFactory(vendor=vendor)}
    still, over = factory(**of_shop), factory(**of_shop, **closed.get(address, {"ended_at": now}))
    assert listed(boss.get(f"/admin/{address}/", {"open": "yes"})) == [still]
    assert listed(boss.get(f"/admin/{address}/", {"open": "no"})) == [over]
    assert len(listed(boss.get(f"/admin/{address}/", {"open": "perhaps"}))) == 2


def test_household_is_found_by_who_is_in_it(boss, vendor):
    home = HouseholdFactory(vendor=vendor)
    HouseholdFactory(vendor=vendor)
    MembershipFactory(household=home, customer__name="Sunita Rao")
    MembershipFactory(household__vendor=CustomerFactory().vendor, customer__name="Sunita of another shop")
    assert listed(boss.get(HOUSEHOLDS, {"q": "suni"})) == [home]
    assert len(listed(boss.get(HOUSEHOLDS))) == 2
    assert "Sunita Rao" in boss.get(f"{HOUSEHOLDS}{home.pk}/change/").content.decode()
