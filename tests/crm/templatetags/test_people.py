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


def test_tags_say_what_is_known_in_the_shops_time():
    late = dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC)  # already the 21st in the shop
    found = Found(uuid.uuid4(), "Sunita", "", "3rd lane", "", "+919820012345", late)
    with timezone.override("Asia/Kolkata"):
        assert people.tags(found) == ["3rd lane", "…\u20602345", "last 21 Nov"]


def test_tags_of_somebody_unknown_are_none():
    assert people.tags(Found(uuid.uuid4(), "Sunita", "", "", "", None, None)) == []


def test_face_shows_the_initials_and_escapes_them():
    assert ">SR</span>" in people.face("Sunita Rao")
    assert "&lt;" in people.face("<b>")
