import pytest
from django.test import Client

from tests.factories.vendors import MemberFactory, UserFactory
from vendors import pairing

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_home_opens_the_counter_of_ones_only_shop(helper):
    assert signed_in(helper.user).get("/").url == "/green-corner/counter/"


def test_home_lets_one_choose_between_shops(helper):
    other = MemberFactory(user=helper.user, vendor__name="Blue Corner")
    page = signed_in(helper.user).get("/").content.decode()
    assert "Green Corner" in page
    assert f"/{other.vendor.slug}/counter/" in page


def test_home_tells_who_serves_nowhere_what_to_do():
    assert "Ask the owner to add you" in signed_in(UserFactory()).get("/").content.decode()


def test_home_leaves_out_shops_where_one_serves_no_more(helper):
    MemberFactory(user=helper.user, is_active=False)
    assert signed_in(helper.user).get("/").url == "/green-corner/counter/"


def test_home_asks_strangers_to_sign_in():
    assert Client().get("/").url == "/sign-in/?next=%2F"


def test_home_of_a_tablet_is_the_counter_of_its_shop(tablet):
    assert tablet.get("/").url == "/green-corner/counter/"


def test_home_of_an_unpaired_tablet_says_so(tablet, paired):
    pairing.revoke(paired, None)
    assert "not paired any more" in tablet.get("/", follow=True).content.decode()


def test_home_of_who_signed_in_on_a_tablet_is_theirs(tablet):
    other = MemberFactory()
    tablet.force_login(other.user)
    assert tablet.get("/").url == f"/{other.vendor.slug}/counter/"
