import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from django.utils.translation import get_language

from tests.conftest import TOKEN, entry_headers, tablet_of
from tests.factories.vendors import DeviceFactory, MemberFactory, VendorFactory
from vendors import access, pairing, turns
from vendors.models import Entry, Member
from vendors.pairing import digest_of


@access.counter
def serve(request, word=""):
    """Says what a view gets to know."""
    tell = [request.vendor.slug, request.member.name, word, get_language(), timezone.get_current_timezone_name()]
    return HttpResponse(" ".join(tell))


@access.owner
def decide(request):
    return HttpResponse("decided")


@access.device
def attend(request):
    return HttpResponse(request.member.name if request.member else "nobody")


@access.counter
def cached(request):
    return HttpResponse("fine", headers={"Cache-Control": "max-age=60"})


@access.counter
def may(request):
    return HttpResponse(request.decides)


urlpatterns = [
    path("", include("crm.urls")),
    path("<slug:shop>/serve/", serve),
    path("<slug:shop>/serve/<str:word>/", serve),
    path("<slug:shop>/decide/", decide),
    path("<slug:shop>/attend/", attend),
    path("<slug:shop>/cached/", cached),
    path("<slug:shop>/may/", may),
]
handler403 = "crm.errors.forbidden"
handler404 = "crm.errors.not_found"
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


def signed_in(member):
    client = Client()
    client.force_login(member.user)
    return client


def statuses(client, *, of):
    return [client.get(f"/{of}/{page}/").status_code for page in ("serve", "decide")]


def test_view_gets_the_shop_and_the_member_and_speaks_their_language_by_their_clock(counter, vendor):
    vendor.language, vendor.time_zone = "mr", "Asia/Kathmandu"
    vendor.save()
    response = counter.get("/green-corner/serve/hello/")
    assert response.content.decode() == "green-corner Ravi hello mr Asia/Kathmandu"


def test_language_and_clock_end_with_the_answer(counter, vendor):
    before = get_language(), timezone.get_current_timezone_name()
    vendor.language = "hi"
    vendor.save()
    counter.get("/green-corner/serve/")
    assert (get_language(), timezone.get_current_timezone_name()) == before


def test_owner_opens_everything(owner):
    assert statuses(signed_in(owner), of="green-corner") == [200, 200]


def test_helper_serves_and_is_told_that_the_rest_is_the_owners(counter):
    assert statuses(counter, of="green-corner") == [200, 403]
    page = counter.get("/green-corner/decide/").content.decode()
    assert "This page is for the owner" in page
    assert "decided" not in page


@pytest.mark.parametrize("role", Member.Role.values)
def test_member_of_another_shop_finds_nothing(vendor, role):
    assert statuses(signed_in(MemberFactory(role=role)), of="green-corner") == [404, 404]


def test_account_that_serves_nowhere_finds_nothing(vendor, django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create(username="nobody"))
    assert statuses(client, of="green-corner") == [404, 404]


def test_superuser_who_is_no_member_finds_nothing(vendor, django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("root"))
    assert statuses(client, of="green-corner") == [404, 404]


def test_unknown_shop_is_as_little_there_as_a_strange_one(counter, vendor):
    unknown, strange = counter.get("/nowhere/serve/"), counter.get(f"/{VendorFactory().slug}/serve/")
    assert unknown.status_code == strange.status_code == 404
    assert unknown.content == strange.content


def test_role_counts_in_its_own_shop_only(owner):
    there = MemberFactory(user=owner.user)
    client = signed_in(owner)
    assert statuses(client, of="green-corner") == [200, 200]
    assert statuses(client, of=there.vendor.slug) == [200, 403]


def test_member_switched_off_finds_nothing_from_the_next_tap_on(counter, helper):
    assert statuses(counter, of="green-corner") == [200, 403]
    Member.objects.filter(pk=helper.pk).update(is_active=False)
    assert statuses(counter, of="green-corner") == [404, 404]


def test_account_switched_off_has_to_sign_in_and_cannot(counter, helper):
    helper.user.is_active = False
    helper.user.set_password("right")
    helper.user.save()
    assert counter.get("/green-corner/serve/").status_code == 302
    response = counter.post("/sign-in/", {"username": helper.user.username, "password": "right"})
    assert "Please enter a correct username and password" in response.content.decode()


def test_stranger_is_asked_to_sign_in_and_brought_back(client, vendor):
    response = client.get("/green-corner/serve/?q=su")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=%2Fgreen-corner%2Fserve%2F%3Fq%3Dsu")


def test_unknown_shop_asks_a_stranger_to_sign_in_like_any_other(client, db):
    assert client.get("/nowhere/serve/").status_code == 302


def test_answer_is_kept_by_nobody(counter):
    assert counter.get("/green-corner/serve/")["Cache-Control"] == "no-store, private"


def test_view_may_say_otherwise_how_long_its_answer_keeps(counter):
    assert counter.get("/green-corner/cached/")["Cache-Control"] == "max-age=60"


def test_decorated_view_keeps_its_name_and_tells_its_roles():
    assert (serve.__name__, serve.__doc__) == ("serve", "Says what a view gets to know.")
    assert (serve.roles, decide.roles) == ({"owner", "helper"}, {"owner"})


def test_access_costs_one_query_besides_the_session_and_the_account(counter, django_assert_num_queries):
    with django_assert_num_queries(3):
        counter.get("/green-corner/serve/")


def test_access_of_a_tablet_costs_two_queries(tablet, django_assert_num_queries):
    with django_assert_num_queries(2):
        tablet.get("/green-corner/serve/")


def test_nothing_that_a_tablet_claims_opens_what_is_the_owners(counter, owner):
    assert counter.post("/green-corner/decide/", headers=entry_headers(owner, turn="")).status_code == 403
    assert not Entry.objects.exists()


@pytest.mark.parametrize("turn", ["", None])
def test_nothing_that_is_sent_under_an_owners_name_decides_but_by_that_owner(counter, evening, owner, paired, turn):
    headers = {"turn": turn} if turn is not None else {}
    assert counter.post("/green-corner/may/", headers=entry_headers(owner, **headers)).content == b"False"
    assert evening.post("/green-corner/may/", headers=entry_headers(owner, **headers)).content == b"True"
    headers = entry_headers(owner, device=paired, **headers)
    assert tablet_of(paired, owner).post("/green-corner/may/", headers=headers).content == b"False"


def test_paired_tablet_serves_and_decides_nothing(tablet):
    assert tablet.get("/green-corner/serve/").content.decode().startswith("green-corner Ravi")
    assert tablet.get("/green-corner/decide/")["Location"].startswith("/sign-in/")


def test_tablet_of_another_shop_is_a_stranger(tablet):
    VendorFactory(slug="blue-corner")
    assert tablet.get("/blue-corner/serve/")["Location"].startswith("/sign-in/")


def test_unpaired_tablet_is_told_so_at_the_next_request(tablet, paired):
    paired.revoked_at = timezone.now()
    paired.save()
    response = tablet.get("/green-corner/serve/")
    assert (response.status_code, response["Regulars-Unpaired"]) == (403, "1")


def test_who_is_switched_off_serves_on_no_tablet(tablet, paired, helper):
    helper.is_active = False
    helper.save()
    assert turns.COOKIE in tablet.cookies
    assert tablet.get("/green-corner/attend/").content == b"nobody"


def test_turn_of_one_tablet_is_none_on_another(vendor, paired, helper):
    DeviceFactory(vendor=vendor, token=digest_of("another"))
    other = tablet_of(paired, helper, token="another")
    assert other.get("/green-corner/attend/").content == b"nobody"


def test_cookie_of_a_tablet_is_set_anew_as_it_is_used(tablet, paired):
    answer = tablet.get("/green-corner/attend/")
    assert answer.cookies["regulars-device"].value == TOKEN
    assert answer.cookies["regulars-device"]["max-age"] > 400 * 24 * 60 * 60


def test_unpaired_tablet_gets_its_cookie_no_more(tablet, paired):
    pairing.revoke(paired, None)
    assert "regulars-device" not in tablet.get("/green-corner/attend/").cookies
