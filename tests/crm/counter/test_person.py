import datetime as dt
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.utils import timezone

from crm.counter.person import is_owner_here, person_of
from crm.lib import moments
from customers.merging import merge
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(vendor):
    request = RequestFactory().get("/")
    request.vendor = vendor
    return request


def test_person_is_the_one_of_the_uid(asked, vendor, django_assert_num_queries):
    sunita = CustomerFactory(vendor=vendor)
    with django_assert_num_queries(1):
        found = person_of(asked, sunita.uid)
        assert (found, found.vendor) == (sunita, vendor)


def test_person_who_was_merged_is_the_other(asked, vendor):
    sunita, mrs_rao = CustomerFactory(vendor=vendor), CustomerFactory(vendor=vendor)
    merge(customer=mrs_rao, into=sunita, by=None, uid=uuid4())
    assert person_of(asked, mrs_rao.uid) == sunita


def test_person_of_another_shop_is_nobody(asked):
    with pytest.raises(Http404):
        person_of(asked, CustomerFactory().uid)


@pytest.mark.parametrize(("minutes", "is_here"), [(0, True), (2, False)])
def test_owner_is_here_only_as_long_as_somebody_waits_for_the_answer(asked, minutes, is_here):
    asked.decides = True
    asked.tap = SimpleNamespace(is_claimed=False, is_later=False)
    with moments.tapped(timezone.now() - dt.timedelta(minutes=minutes)):
        assert is_owner_here(asked) is is_here
