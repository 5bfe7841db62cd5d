import pytest
from django.test import Client, RequestFactory

from crm import errors

pytestmark = pytest.mark.django_db


def test_a_missing_page_says_so_and_shows_the_way_back():
    page = Client().get("/nowhere/")
    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()
    assert "To the counter" in page.content.decode()


def test_a_missing_page_of_a_shop_speaks_its_language(counter, vendor):
    vendor.language = "hi"
    vendor.save()
    page = counter.get("/green-corner/counter/c0ffee00-0000-4000-8000-000000000001/details/")
    assert page.status_code == 404
    assert '<html lang="hi"' in page.content.decode()


def test_a_form_without_its_token_says_that_nothing_was_saved(helper):
    client = Client(enforce_csrf_checks=True)
    client.force_login(helper.user)
    client.get("/sign-in/")
    page = client.post("/green-corner/counter/new/", {"name": "Zubeda"})
    assert page.status_code == 403
    assert "This page was open for too long" in page.content.decode()
    assert "Nothing was saved" in page.content.decode()


def test_a_form_of_a_browser_without_cookies_says_that_it_needs_them():
    page = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "ravi"})
    assert page.status_code == 403
    assert "This browser keeps no cookies" in page.content.decode()
    assert "Nothing was saved" in page.content.decode()


@pytest.mark.parametrize(
    ("view", "status", "says"),
    [
        (errors.bad_request, 400, "could not be read"),
        (errors.forbidden, 403, "for the owner"),
        (errors.server_error, 500, "will not be recorded twice"),
    ],
)
def test_each_error_has_a_page_in_kind_words(view, status, says):
    page = view(RequestFactory().get("/"))
    assert page.status_code == status
    assert says in page.content.decode()
