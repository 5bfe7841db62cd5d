"""Every address of the review answers whatever it is asked, without an error."""

import pytest
from django.test import Client

from tests.test_isolation import filled, rows_of, shop_pages
from vendors.models import Member

FARTHEST = {"first": "9999-12-31", "last": "9999-12-31", "since": "9999-12-31", "until": "9999-12-31"}
EARLIEST = {"first": "0001-01-01", "last": "0001-01-01", "since": "0001-01-01", "until": "0001-01-01"}
STRANGE = "7c0e5a0e-0000-4000-8000-000000000000"
NOTHING = dict.fromkeys(
    ("first", "last", "since", "until", "who", "by", "hour", "product", "customer", "q", "sort"), ""
)
ASKED = {
    "nothing": {},
    "empty": NOTHING,
    "no words": {"page": "x", "sort": "zzz", "first": "abc", "last": "31.12.2026", "per_page": "x", "span": "year"},
    "far page": {"page": "99999999999999999999", "per_page": "99999999999999999999"},
    "below": {"page": "-1", "per_page": "0", "sort": "-"},
    "every page at once": {"per_page": "0.5", "sort": ",,--,-name,name"},
    "last day of all": FARTHEST,
    "last day of all as a file": {**FARTHEST, "as": "csv"},
    "first day of all": EARLIEST,
    "first day until the last": {**EARLIEST, "last": "9999-12-31", "until": "9999-12-31"},
    "the wrong way round": {"first": "2026-11-02", "last": "2026-11-01", "since": "2026-11-02", "until": "2026-11-01"},
    "strange things": dict.fromkeys(
        ("product", "products", "customer", "by", "whose", "owner", "list", "line"), STRANGE
    ),
    "no things": dict.fromkeys(("product", "products", "customer", "by", "whose", "owner", "done", "thing"), "x"),
    "numbers": dict.fromkeys(("product", "products", "customer", "by", "weekday", "hour", "opens", "closes"), "-1"),
    "choices": dict.fromkeys(
        (
            "who",
            "hour",
            "side",
            "state",
            "which",
            "about",
            "kind",
            "standing",
            "open",
            "list",
            "least",
            "paper",
            "span",
        ),
        "zzz",
    ),
    "nul": dict.fromkeys(("q", "product", "customer", "first", "lane", "sort", "page", "as", "by", "span"), "a\x00b"),
    "long": dict.fromkeys(("q", "product", "customer", "first", "lane", "sort", "page", "by", "hour"), "9" * 5000),
    "digits": dict.fromkeys(("first", "hour", "page", "q", "product", "weekday"), "२²"),
    "file": {"as": "csv", "sort": "zzz", "page": "x"},
}

pytestmark = pytest.mark.django_db


def pages():
    return [page for page in shop_pages() if "/review/" in page.template]


@pytest.fixture
def mine():
    """A shop with a row of everything."""
    return filled("mine")


@pytest.fixture
def reading(mine):
    """Its owner's client."""
    client = Client()
    client.force_login(Member.objects.get(vendor=mine, role=Member.Role.OWNER).user)
    return client


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_whatever_is_asked_has_an_answer(mine, reading, asked):
    rows = rows_of(mine)
    for page in pages():
        for address in page.addresses(rows):
            status = reading.get(address, asked).status_code
            assert status in (200, 302, 400, 404, 405, 422), f"{address} {asked}"


@pytest.mark.parametrize("day", ["2000-01-01", "2012-02-29", "2099-12-31"])
def test_the_first_and_the_last_day_have_an_answer(mine, reading, day):
    for page in pages():
        if page.places != ("shop", "day"):
            continue
        for span in ("", "?span=week", "?span=month"):
            status = reading.get(page.at(shop=mine.slug, day=day) + span).status_code
            assert status in (200, 404, 405), f"{page} {day} {span}"
