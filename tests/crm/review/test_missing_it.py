import csv
import datetime as dt
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.planning.models import Decision
from customers.visits import tallying
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

PAGE = "/green-corner/review/who-would-miss-it/"
PEOPLE = f"{PAGE}people/"


def came(person, ago, *taken, time="10:00", **line):
    """So many days of the shop ago."""
    vendor = person.vendor
    at = dt.datetime.combine(vendor.today() - dt.timedelta(days=ago), dt.time.fromisoformat(time), vendor.tz)
    visit = VisitFactory(customer=person, at=at)
    for product in taken:
        VisitLineFactory(visit=visit, product=product, **line)


def a_regular(vendor, *taken, name="Sunita", visits=5, with_it=5):
    """Who came on so many days, and took it on the latest of them."""
    person = CustomerFactory(vendor=vendor, name=name)
    for ago in range(1, visits + 1):
        came(person, 2 * ago, *taken if ago <= with_it else ())
    tallying.recount_shop(vendor)
    return person


def about(*products, **said):
    return {"product": [str(product.uid) for product in products], **said}


def asked(client, *products, address=PAGE, **said):
    return client.get(address, about(*products, **said))


def text(answer):
    return " ".join(answer.content.decode().split())


def test_page_tells_how_many_regulars_would_miss_a_product_and_who(vendor, evening):
    mango = ProductFactory(vendor=vendor, name="Mango")
    sunita = a_regular(vendor, mango)
    a_regular(vendor, mango, name="Ahmed", with_it=2)
    a_regular(vendor, name="Leela")
    came(CustomerFactory(vendor=vendor), 1, mango)
    page = text(asked(evening, mango))
    assert "<h1>Who would miss it: Mango</h1>" in page
    assert "<b>2</b> of 3 regulars" in page
    assert "<b>1</b> lose something on most visits" in page
    assert "<b>100 %</b> of what they take<small>7 of 7 things</small>" in page
    assert "<b>70 %</b> of their visits<small>7 of 10 visits</small>" in page
    assert "More than half of it is Sunita alone: 5 of 7 things." in page
    assert "Taken by them in 90 days: Mango 7 kg." in page
    assert "And 1 other who is no regular." in page
    assert f'href="/green-corner/counter/{sunita.uid}/">Sunita</a>' in page
    assert "Leela" not in page
    assert 'value="No more: Mango"' in page


def test_group_of_products_names_them(vendor, evening):
    products = [ProductFactory(vendor=vendor, name=name) for name in "ABCDEFG"]
    a_regular(vendor, products[0])
    page = text(asked(evening, *products))
    assert "<h1>Who would miss it: A, B, C, D, E and 2 more</h1>" in page
    assert page.count(" checked>") == 7


def test_three_people_of_whom_nobody_has_most_are_no_chance(vendor, evening):
    mango = ProductFactory(vendor=vendor)
    for name in ("Sunita", "Ahmed"):
        a_regular(vendor, mango, name=name)
    chance = "So few people may be chance: look at each of them."
    assert chance in text(asked(evening, mango))
    a_regular(vendor, mango, name="Leela")
    page = text(asked(evening, mango))
    assert chance not in page
    assert "alone" not in page


def test_weekday_and_hours_are_said(vendor, evening):
    sunita = a_regular(vendor)
    weekday = (vendor.today() - dt.timedelta(days=1)).weekday()
    came(sunita, 1, time="18:30")
    page = text(asked(evening, weekday=weekday, opens="18:00", closes="20:00"))
    assert "<b>1</b> of 1 regulars" in page
    assert "<b>0</b> come then on most visits" in page
    assert ", 18:00–20:00</h1>" in page
    assert 'value="18:00"' in page
    assert "<h1>Who would miss it: every day, 18:00–20:00</h1>" in text(asked(evening, opens="18:00", closes="20:00"))
    assert "<h1>Who would miss it: Monday</h1>" in text(asked(evening, weekday=0))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"product": "none"}, "Choose a product that the shop sells."),
        ({"product": str(uuid4())}, "Choose a product that the shop sells."),
        ({"product": "\x00"}, "Choose a product that the shop sells."),
        ({"weekday": ""}, "Choose a product, a weekday, or hours."),
        ({"weekday": "7"}, "Select a valid choice."),
        ({"opens": "18:00"}, "Write both from when and until when, or neither."),
        ({"opens": "18:00", "closes": "18:00"}, "It cannot close at the minute when it opens."),
        ({"opens": "25:00", "closes": "18:00"}, "Enter a valid time."),
        ({"opens": "02:00", "closes": "04:00"}, "starts at 03:00: it cannot be open across that."),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_told(vendor, evening, said, error):
    answer = evening.get(PAGE, said)
    assert answer.status_code == 422
    assert error in text(answer)
    again = evening.get(PEOPLE, said)
    assert again.status_code == 302
    assert again.headers["Location"] == f"{PAGE}?{urlencode(said)}"


def test_products_and_a_day_are_asked_one_after_the_other(vendor, evening):
    answer = asked(evening, ProductFactory(vendor=vendor), weekday=1)
    assert answer.status_code == 422
    assert "One after the other: choose products, or a day and hours." in text(answer)


def test_without_a_question_the_page_asks(vendor, evening):
    ProductFactory(vendor=vendor, name="Mango")
    ProductFactory(vendor=vendor, name="Old", is_sold=False)
    page = text(evening.get(PAGE))
    assert "<h1>Who would miss it?</h1>" in page
    assert "Mango</label>" in page
    assert "Old</label>" not in page
    assert 'class="errors"' not in page


def test_first_day_says_from_when_on(vendor, evening):
    page = text(asked(evening, weekday=0))
    assert "From the first regulars on (who came on 5 days) you see here whom it would touch." in page
    a_regular(vendor)
    assert "No regular would miss it." in text(asked(evening, ProductFactory(vendor=vendor)))


# --- the rows


def rows_of(answer):
    return list(csv.reader(answer.content.decode().removeprefix("\ufeff").splitlines()))


def test_rows_are_the_people_with_all_numbers(vendor, evening):
    mango = ProductFactory(vendor=vendor, name="Mango")
    a_regular(vendor, mango, with_it=3)
    a_regular(vendor, mango, name="=Ahmed", with_it=2)
    a_regular(vendor, mango, name="Leela")
    found = rows_of(asked(evening, mango, address=PEOPLE, **{"as": "csv"}))
    head = "Customer,Visits touched,of visits,Share of visits,Things touched,of things,Share of things,How much"
    assert found == [
        head.split(","),
        ["Leela", "5", "5", "100", "5", "5", "100", "Mango 5 kg"],
        ["Sunita", "3", "5", "60", "3", "3", "100", "Mango 3 kg"],
        ["'=Ahmed", "2", "5", "40", "2", "2", "100", "Mango 2 kg"],
    ]
    for who, names in (("most", ["Leela", "Sunita"]), ("every", ["Leela"])):
        rows = rows_of(asked(evening, mango, address=PEOPLE, who=who, **{"as": "csv"}))
        assert [row[0] for row in rows[1:]] == names
    page = text(asked(evening, mango, address=PEOPLE, sort="customer"))
    assert page.index("=Ahmed</a>") < page.index("Leela</a>") < page.index("Sunita</a>")
    assert f'<input type="hidden" name="product" value="{mango.uid}"' in page


def test_rows_of_a_day_say_no_amounts(vendor, evening):
    a_regular(vendor)
    assert "How much" not in text(asked(evening, address=PEOPLE, weekday=0))
    assert "who&#x27;" not in text(asked(evening, address=PEOPLE, weekday=0, opens="10:00", closes="11:00"))


def test_page_for_helpers_is_none(vendor, counter):
    assert counter.get(PAGE).status_code == 403
    assert counter.get(PEOPLE).status_code == 403


@pytest.mark.parametrize("address", [PAGE, PEOPLE])
def test_number_of_statements_does_not_grow_with_the_people(vendor, evening, address):
    mango = ProductFactory(vendor=vendor)
    a_regular(vendor, mango)
    asked(evening, mango, address=address)
    with CaptureQueriesContext(connection) as one:
        asked(evening, mango, address=address)
    for name in ("Ahmed", "Leela"):
        a_regular(vendor, mango, name=name)
    asked(evening, mango, address=address)
    with CaptureQueriesContext(connection) as many:
        asked(evening, mango, address=address)
    assert len(one) == len(many)


# --- deciding


def decided(client, *products, uid=None, **said):
    body = {"uid": uid or str(uuid4()), "text": "No more mango", "reason": "too soft, too dear", **said}
    return client.post(f"{PAGE}?{urlencode(about(*products), doseq=True)}", body)


def test_decision_is_written_down_once(vendor, evening, owner):
    mango, uid = ProductFactory(vendor=vendor), str(uuid4())
    a_regular(vendor, mango)
    for _each in range(2):
        answer = decided(evening, mango, uid=uid)
        found = Decision.objects.get()
        assert answer.headers["Location"] == f"/green-corner/review/decisions/{found.uid}/"
    assert (found.text, found.reason, found.by) == ("No more mango", "too soft, too dear", owner)
    assert (found.decided_on, found.regulars, found.touched) == (vendor.today(), 1, 1)
    assert "Written down. From" in text(evening.get(answer.headers["Location"]))


def test_other_words_under_the_same_uid_are_refused_and_can_be_sent_again(vendor, evening):
    mango, uid = ProductFactory(vendor=vendor), str(uuid4())
    decided(evening, mango, uid=uid)
    answer = decided(evening, mango, uid=uid, text="Less mango")
    page = text(answer)
    assert answer.status_code == 409
    assert "This form was saved before with other words." in page
    assert 'value="Less mango"' in page
    assert uid not in page
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"reason": ""}, "Write why, in a few words."),
        ({"reason": "\u200b"}, "Write why, in a few words."),
        ({"text": " "}, "Write what you decide, in a few words."),
        ({"text": "x" * 201}, "Say it in fewer words: at most 200 letters."),
        ({"uid": "none"}, "Not saved yet: this page was not whole."),
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_told_with_all_that_was_typed(vendor, evening, said, error):
    answer = decided(evening, ProductFactory(vendor=vendor), **said)
    assert answer.status_code == 422
    assert error in text(answer)
    assert ("too soft, too dear" in text(answer)) is ("reason" not in said)
    assert Decision.objects.count() == 0


def test_decision_about_nothing_is_refused(vendor, evening):
    assert decided(evening).status_code == 422
    assert Decision.objects.count() == 0
