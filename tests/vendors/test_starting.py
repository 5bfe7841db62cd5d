from decimal import Decimal

import pytest

from tests.factories.vendors import ProductFactory, VendorFactory
from vendors.goods import goods
from vendors.models import Product
from vendors.starting import add_starter_list

pytestmark = pytest.mark.django_db


def test_add_starter_list_adds_every_good_in_order():
    vendor = VendorFactory()
    added = add_starter_list(vendor=vendor)
    names = list(Product.objects.filter(vendor=vendor).values_list("name", flat=True))
    assert (added, names) == (len(goods()), [good.name for good in goods()])


def test_add_starter_list_takes_over_what_is_known_of_a_good():
    vendor = VendorFactory()
    add_starter_list(vendor=vendor)
    peas = next(good for good in goods() if good.key == "peas")
    product = Product.objects.get(vendor=vendor, name=peas.name)
    product.full_clean()
    kept = (product.name_hi, product.name_mr, product.unit, product.step, product.picture)
    assert kept == (peas.name_hi, peas.name_mr, peas.unit, Decimal(peas.step), peas.picture)
    assert (product.season_from, product.season_to) == peas.season


def test_add_starter_list_sent_twice_adds_once():
    vendor = VendorFactory()
    add_starter_list(vendor=vendor)
    assert add_starter_list(vendor=vendor) == 0
    assert Product.objects.filter(vendor=vendor).count() == len(goods())


def test_add_starter_list_leaves_the_shops_own_products_alone():
    own = ProductFactory(name="oNiOn", unit="bunch", step=3, is_sold=False)
    assert add_starter_list(vendor=own.vendor) == len(goods()) - 1
    kept = Product.objects.get(vendor=own.vendor, name__iexact="onion")
    assert (kept.name, kept.unit, kept.step, kept.is_sold) == ("oNiOn", "bunch", 3, False)


def test_add_starter_list_minds_one_shop_only():
    other = ProductFactory(name="Onion").vendor
    vendor = VendorFactory()
    assert add_starter_list(vendor=vendor) == len(goods())
    assert Product.objects.filter(vendor=other).count() == 1
