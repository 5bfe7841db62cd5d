import datetime as dt
import uuid

import pytest
from django.utils import timezone

from crm.templatetags import people
from customers.visits.finding import Found


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Sunita Rao", "SR"),
        ("leela", "L"),
        ("D. Shinde", "DS"),
        ("सुनीता कुलकर्णी", "सु"),
        ("अ", "अ"),
        ("🛵", "🛵"),
        ("", "?"),
        ("  ", "?"),
    ],
)
def test_initials(name, letters):
    assert people.initials(name) == letters


def test_hue_is_one_of_the_colours_and_stays():
    assert people.hue("Sunita Rao") == people.hue("Sunita Rao")
    assert {people.hue(f"name {number}") for number in range(100)} == set(range(people.HUES))


def somebody(**known):
    nothing = {"nickname": "", "landmark": "", "description": "", "kind": "customer", "standing": ""}
    nobody = {"merged": None, "number": None, "last_at": None}
    return Found(**{"uid": uuid.uuid4(), "name": "Sunita", **nothing, **nobody, **known})


def test_tags_say_what_is_known_in_the_shops_time():
    late = dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC)  # already the 21st in the shop
    found = somebody(landmark="3rd lane", number="+919820012345", last_at=late)
    with timezone.override("Asia/Kolkata"):
        assert people.tags(found) == ["3rd lane", "…\u20602345", "last 21 Nov"]


def test_tags_of_somebody_unknown_are_none():
    assert people.tags(somebody()) == []


def test_tags_say_who_is_no_customer_closed_or_known_by_another_name():
    found = somebody(kind="supplier", standing="closed", merged="Mrs Rao", landmark="3rd lane")
    assert people.tags(found) == ["Supplier", "closed", "also Mrs Rao", "3rd lane"]


def test_tags_say_no_standing_that_changes_nothing_at_the_counter():
    assert people.tags(somebody(standing="regular")) == []


def test_face_shows_the_initials_and_escapes_them():
    assert ">SR</span>" in people.face("Sunita Rao")
    assert "&lt;" in people.face("<b>")
