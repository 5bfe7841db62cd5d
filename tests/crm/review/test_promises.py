import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.promises.due import due_moment
from tests.factories.customers import CustomerFactory
from tests.factories.promises import PromiseFactory, PromiseLineFactory
from tests.factories.vendors import MemberFactory

DAY = dt.date(2026, 11, 18)
ONE_DAY = dt.timedelta(days=1)
ADDRESS = "/green-corner/review/promises/"


@pytest.fixture(autouse=True)
def noon(vendor, monkeypatch):
    """It is noon in the shop."""
    now = due_moment(vendor, DAY, dt.time(12))
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


def promised(customer, *, ago=0, at=dt.time(18), outcome="", **more):
    due_at = due_moment(customer.vendor, DAY - ago * ONE_DAY, at)
    closed = {"closed_at": due_at + 2 * ONE_DAY if outcome == "late" else due_at} if outcome else {}
    more |= {"due_at": due_at, "due_any_time": at is None, "outcome": outcome}
    return PromiseFactory(customer=customer, **more, **closed)


def texts(client, query=""):
    return [row.record.text for row in client.get(f"{ADDRESS}{query}").context["table"].rows]


def as_file(client, query):
    text = client.get(f"{ADDRESS}{query}").content.decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text)))


def test_promises_are_the_open_ones_by_when_they_are_due(sunita, evening):
    promised(sunita, text="second")
    promised(sunita, text="first", ago=3)
    promised(sunita, text="closed", outcome="kept")
    promised(CustomerFactory(), text="of another shop")
    assert texts(evening) == ["first", "second"]
    assert texts(evening, "?page=1") == ["first", "second"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=", ["broken", "theirs", "late", "tonight", "tomorrow"]),
        ("?state=overdue", ["theirs"]),
        ("?state=judged", ["broken", "late"]),
        ("?state=broken", ["broken"]),
        ("?side=theirs", ["theirs"]),
        ("?first=2026-11-18", ["tonight", "tomorrow"]),
        ("?first=2026-11-18&last=2026-11-18", ["tonight"]),
        ("?last=2026-11-17&state=", ["broken", "theirs", "late"]),
        ("?whose=nobody&state=", ["broken", "theirs", "late", "tomorrow"]),
        ("?sort=-due_at", ["tomorrow", "tonight", "theirs"]),
        ("?sort=outcome&state=", ["theirs", "tonight", "tomorrow", "broken", "late"]),
    ],
)
def test_promises_are_filtered_and_sorted(sunita, evening, helper, query, found):
    promised(sunita, text="broken", ago=4, outcome="broken")
    promised(sunita, text="theirs", ago=3, side="theirs")
    promised(sunita, text="late", ago=2, outcome="late")
    promised(sunita, text="tonight", owner=helper)
    promised(sunita, text="tomorrow", ago=-1, at=None)
    assert texts(evening, query) == found


def test_promises_of_one_who_looks_after_them(vendor, sunita, evening, helper):
    gone = MemberFactory(vendor=vendor, name="Meena", is_active=False)
    promised(sunita, text="of Ravi", owner=helper)
    promised(sunita, text="of Meena", owner=gone)
    assert texts(evening, f"?whose={helper.uid}") == ["of Ravi"]
    assert texts(evening, f"?whose={gone.uid}") == ["of Meena"]
    assert texts(evening, "?whose=nobody") == ["of Meena"]


@pytest.mark.parametrize(
    "query",
    [
        *("?first=soon", "?first=2026-11-18&last=2026-11-17", "?first=0001-01-01", "?last=9999-12-31"),
        *("?state=eaten", "?side=mine", "?whose=1"),
    ],
)
def test_what_cannot_be_asked_for_is_told(sunita, evening, query):
    promised(sunita)
    answer = evening.get(f"{ADDRESS}{query}")
    assert 'class="errors"' in answer.content.decode()
    assert len(answer.context["table"].rows) == 0


def test_row_says_by_when_what_and_what_became_of_it(sunita, evening, helper):
    late = promised(sunita, ago=3, outcome="late", has_lines=True, text="at the gate", amount=120, owner=helper)
    PromiseLineFactory(promise=late, product__name="Mango", manner="ripe")
    promised(sunita, ago=1)
    promised(sunita, at=None)
    page = " ".join(evening.get(f"{ADDRESS}?state=").content.decode().split())
    for words in ("Sun 15 Nov 18:00", "Mango 2 kg ripe, ₹120, at the gate", "late by 2 days", "We promise", "Ravi"):
        assert f">{words}</td>" in page
    assert '<b class="late">! late by 18 hours</b>' in page
    assert ">open</td>" in page
    assert ">nobody yet</td>" in page
    assert f'href="/green-corner/counter/{sunita.uid}/"' in page


def test_file_says_the_same_and_runs_nothing(vendor, evening):
    ahmed = CustomerFactory(vendor=vendor, name="=Ahmed")
    promised(ahmed, ago=1, text="+1")
    promised(ahmed, at=None, text="any time", side="theirs")
    promised(ahmed, at=dt.time(2, 30), text="in the night", outcome="kept")
    assert as_file(evening, "?as=csv&state=") == [
        ["By when", "Customer", "Who promises", "What", "What became of it", "Looked after by"],
        ["2026-11-17 18:00", "'=Ahmed", "We promise", "'+1", "late by 18 hours", ""],
        ["2026-11-19 02:30", "'=Ahmed", "We promise", "in the night", "kept", ""],
        ["2026-11-18", "'=Ahmed", "They promise", "any time", "open", ""],
    ]


def test_statements_do_not_grow_with_the_rows(vendor, sunita, evening):
    PromiseLineFactory(promise=promised(sunita, has_lines=True))
    evening.get(ADDRESS)
    with CaptureQueriesContext(connection) as one:
        evening.get(ADDRESS)
    for _each in range(2):
        owner = MemberFactory(vendor=vendor)
        PromiseLineFactory(promise=promised(CustomerFactory(vendor=vendor), has_lines=True, owner=owner))
    with CaptureQueriesContext(connection) as three:
        evening.get(ADDRESS)
    assert len(three) == len(one)


def test_promises_are_for_the_owner(counter):
    assert counter.get(ADDRESS).status_code == 403
