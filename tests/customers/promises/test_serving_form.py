from decimal import Decimal
from uuid import uuid4

import pytest
from django.http import QueryDict

from customers.promises.serving_form import ServingForm
from tests.factories.promises import PromiseLineFactory
from tests.factories.vendors import ProductFactory


def sent(*pairs):
    data = QueryDict(mutable=True)
    for name, value in pairs:
        data.appendlist(name, str(value))
    return data


@pytest.mark.django_db
def test_form_reads_what_is_kept_and_what_was_wished_for(vendor):
    kept, wished = uuid4(), uuid4()
    data = sent(("uid", uuid4()), ("keep", kept), ("keep", "no uid"), ("wish", wished), ("keep", kept))
    form = ServingForm(data, vendor=vendor)
    assert form.is_valid()
    assert (form.keeps, form.wishes) == ({kept}, {wished})


@pytest.mark.django_db
def test_form_that_is_not_sent_keeps_nothing(vendor):
    assert ServingForm(vendor=vendor).keeps == set()


@pytest.mark.django_db
def test_order_fills_the_basket_over_what_is_typed(vendor):
    mango = ProductFactory(vendor=vendor, unit="dozen")
    line = PromiseLineFactory(promise__customer__vendor=vendor, product=mango, quantity=2, manner="ripe")
    form = ServingForm(sent(("uid", uuid4()), (f"take.{mango.uid}", "1")), vendor=vendor)
    form.take_order(line.promise)
    assert form.keeps == {line.promise.uid}
    assert (form.entries[mango.uid].take, form.entries[mango.uid].manner) == ("2", "ripe")


@pytest.mark.django_db
def test_order_in_a_unit_of_before_fills_the_step_of_today(vendor):
    mango = ProductFactory(vendor=vendor, unit="kg", step=Decimal("0.5"))
    line = PromiseLineFactory(promise__customer__vendor=vendor, product=mango, quantity=2, unit="dozen")
    form = ServingForm(vendor=vendor)
    form.take_order(line.promise)
    assert form.entries[mango.uid].take == "0.5"
