import csv
import datetime as dt
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.visits import tallying
from tests.factories.customers import ContactPointFactory, CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.planning import LeftAloneFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, WishFactory
from tests.factories.vendors import OwnerFactory, VendorFactory
from tests.factories.visits import VisitFactory

PAGE = "/green-corner/review/customers/"
ALL = [
    *("kind", "landmark", "standing", "rhythm", "state", "away", "last", "visits"),
    *("kept", "open", "phones", "household", "added"),
]


def person(vendor, name="Sunita", came=(), **values):
    """Somebody who came so many days ago each, at noon."""
    customer = CustomerFactory(vendor=vendor, name=name, **values)
    for ago in came:
        start, _end = vendor.day_bounds(vendor.today() - dt.timedelta(days=ago))
        VisitFactory(customer=customer, at=start + dt.timedelta(minutes=1))
    tallying.recount_shop(vendor)
    return customer


def choose(client, *columns):
    return client.post(PAGE, {"columns": columns})


def rows(client, **asked):
    content = client.get(PAGE, {**asked, "as": "csv"}).content.decode("utf-8-sig")
    return list(csv.reader(StringIO(content)))


def names(client, **asked):
    return [name for name, *_rest in rows(client, **asked)[1:]]


def told(client, *columns, **asked):
    """What the file says of the first person in `columns`."""
    choose(client, *columns)
    return rows(client, **asked)[1][1:]


def test_everybody_is_there_by_name(vendor, evening):
    person(vendor, "Sunita")
    person(vendor, "ahmed")
    person(vendor, "Joshi Traders", kind="supplier")
    assert names(evening) == ["ahmed", "Joshi Traders", "Sunita"]


def test_who_was_put_together_with_another_has_no_row(vendor, evening):
    person(vendor, "Suneeta", merged_into=person(vendor, "Sunita"))
    assert names(evening) == ["Sunita"]


def test_nobody_of_another_shop_is_there(vendor, evening):
    other = VendorFactory()
    stranger = person(other, "Stranger", came=[1, 2, 3])
    ProblemFactory(customer=stranger)
    assert names(evening) == []
    assert "Stranger" not in evening.get(PAGE).content.decode()
    assert "Nobody. Choose other filters" in evening.get(PAGE).content.decode()


def test_helper_may_not_open_it(vendor, counter):
    assert counter.get(PAGE).status_code == 403


def test_rhythm_and_standing_are_read_from_the_visits(vendor, evening):
    person(vendor, came=range(1, 40, 3))
    today = vendor.today()
    assert told(evening, "standing", "rhythm", "state", "away", "last", "visits") == [
        *("regular", "every 3 days", "as usual", "1", (today - dt.timedelta(days=1)).isoformat(), "13"),
    ]


def test_visit_of_today_is_the_last_one_and_counted(vendor, evening):
    person(vendor, came=[0, 100])
    assert told(evening, "away", "last", "visits") == ["0", vendor.today().isoformat(), "1"]


def test_voided_visit_was_none(vendor, evening, helper):
    customer = person(vendor, came=[5])
    customer.visits.update(voided_at=timezone.now(), voided_by=helper)
    tallying.recount_shop(vendor)
    assert told(evening, "standing", "last", "visits") == ["possible", "", "0"]


def test_standing_said_by_hand_holds_and_says_so(vendor, evening):
    person(vendor, came=range(1, 40, 3), standing="closed", standing_reason="moved away")
    assert told(evening, "standing", "state") == ["closed", ""]
    assert "said by hand" in evening.get(PAGE).content.decode()


def test_who_came_long_ago_is_lapsed_and_who_came_today_for_the_first_time_possible(vendor, evening):
    person(vendor, "Old", came=[500])
    person(vendor, "New", came=[0])
    assert names(evening, standing="lapsed") == ["Old"]
    assert names(evening, standing="possible") == ["New"]


def test_supplier_has_no_standing_of_a_customer(vendor, evening):
    person(vendor, kind="supplier", came=range(1, 40, 3))
    assert told(evening, "kind", "standing", "rhythm", "visits") == ["Supplier", "", "", "13"]
    assert names(evening, standing="possible") == []


def test_few_visits_are_too_early_to_say(vendor, evening):
    person(vendor, "Few", came=[1, 2, 3])
    person(vendor, "Steady", came=range(1, 40, 3))
    person(vendor, "Supplier", kind="supplier")
    assert names(evening, state="early") == ["Few"]
    assert told(evening, "rhythm", "state", state="early") == ["3 visits: too early to say how often they come", ""]


@pytest.mark.parametrize(
    ("state", "away", "said"),
    [("steady", 2, "as usual"), ("overdue", 8, "overdue"), ("watch", 14, "keep an eye"), ("left", 60, "perhaps gone")],
)
def test_state_of_the_rhythm_is_said_and_filtered(vendor, evening, state, away, said):
    person(vendor, came=range(away, away + 60, 3))
    assert told(evening, "state", state=state) == [said]
    assert names(evening, state="early") == []


def test_kept_promises_are_theirs_of_a_year_with_the_count(vendor, evening):
    customer, now = person(vendor), timezone.now()
    theirs = {"customer": customer, "side": "theirs", "due_at": now - dt.timedelta(days=9)}
    PromiseFactory(**theirs, outcome="kept", closed_at=now - dt.timedelta(days=10))
    PromiseFactory(**theirs, outcome="broken", closed_at=now)
    PromiseFactory(**theirs, outcome="released", closed_at=now)
    PromiseFactory(customer=customer, due_at=now - dt.timedelta(days=9), outcome="broken", closed_at=now)
    PromiseFactory(**{**theirs, "due_at": now - dt.timedelta(days=400)}, outcome="broken", closed_at=now)
    assert told(evening, "kept") == ["1 of 2"]


def test_open_things_are_counted_and_lead_to_their_pages(vendor, evening):
    customer = person(vendor)
    PromiseFactory(customer=customer)
    PromiseFactory(customer=customer, outcome="released", closed_at=timezone.now())
    ProblemFactory.create_batch(2, customer=customer)
    ProblemFactory(customer=customer, closed_at=timezone.now(), is_undone=True)
    WishFactory(customer=customer)
    WishFactory(customer=customer, until=vendor.today() - dt.timedelta(days=1))
    WishFactory(vendor=vendor, customer=None)
    assert told(evening, "open") == ["1 promise, 2 problems, 1 wish"]
    page = evening.get(PAGE).content.decode()
    for way in ("promises", "problems", "wishes"):
        assert f'href="/green-corner/counter/{customer.uid}/{way}/"' in page


def test_open_things_are_filtered_by_kind(vendor, evening):
    PromiseFactory(customer=person(vendor, "Promise"))
    ProblemFactory(customer=person(vendor, "Problem"))
    WishFactory(customer=person(vendor, "Wish"))
    person(vendor, "Nothing")
    assert names(evening, open="anything") == ["Problem", "Promise", "Wish"]
    assert names(evening, open="promises") == ["Promise"]
    assert names(evening, open="problems") == ["Problem"]
    assert names(evening, open="wishes") == ["Wish"]
    assert names(evening, open="nothing") == ["Nothing"]


def test_phones_household_and_the_day_they_were_added(vendor, evening):
    day = vendor.today() - dt.timedelta(days=3)
    customer = person(vendor, added_at=vendor.day_bounds(day)[0])
    ContactPointFactory(customer=customer, text="98200 11111")
    ContactPointFactory(customer=customer, text="98200 22222", kind="whatsapp")
    ContactPointFactory(customer=customer, text="s@example.com", number="", kind="email")
    MembershipFactory(household=HouseholdFactory(vendor=vendor, name="Rao"), customer=customer)
    left = MembershipFactory(household=HouseholdFactory(vendor=vendor, name="Left"), customer=customer)
    type(left).objects.filter(pk=left.pk).update(left_at=timezone.now())
    assert told(evening, "phones", "household", "added") == ["98200 11111, 98200 22222", "Rao", day.isoformat()]
    page = evening.get(PAGE).content.decode()
    assert f'href="/green-corner/counter/{customer.uid}/household/"' in page


def test_search_finds_in_any_script_by_each_word(vendor, evening):
    person(vendor, "Sunita Rao")
    person(vendor, "सुनीता", landmark="3rd lane")
    person(vendor, "Ahmed")
    assert names(evening, q="suneeta") == ["Sunita Rao", "सुनीता"]
    assert names(evening, q="sunita lane") == ["सुनीता"]
    assert names(evening, q="...") == []


def test_filters_by_kind_and_lane(vendor, evening):
    person(vendor, "Sunita", landmark="3rd Lane, blue gate")
    person(vendor, "Ahmed")
    person(vendor, "Joshi", kind="supplier", landmark="Mandi")
    assert names(evening, kind="supplier") == ["Joshi"]
    assert names(evening, lane="LANE") == ["Sunita"]


def test_filters_by_the_last_visit(vendor, evening):
    today = vendor.today()
    for ago in (0, 5, 9):
        person(vendor, f"Ago {ago}", came=[ago])
    person(vendor, "Never")
    assert names(evening, since=today - dt.timedelta(days=5)) == ["Ago 0", "Ago 5"]
    assert names(evening, until=today - dt.timedelta(days=5)) == ["Ago 5", "Ago 9"]


def test_filters_by_left_alone(vendor, evening):
    LeftAloneFactory(customer=person(vendor, "Alone"))
    LeftAloneFactory(customer=person(vendor, "Again"), until=vendor.today())
    assert names(evening, alone="yes") == ["Alone"]
    assert names(evening, alone="no") == ["Again"]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"standing": "famous"}, "Select a valid choice."),
        ({"sort": "secret"}, "Select a valid choice."),
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "The first day is after the last one. Turn them round."),
        ({"q": "x\0"}, "Null characters are not allowed."),
    ],
)
def test_invalid_filter_is_told_and_lists_nobody(vendor, evening, asked, error):
    person(vendor)
    answer = evening.get(PAGE, asked)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert error in page
    assert "Sunita" not in page


def test_filters_that_say_something_are_not_folded(vendor, evening):
    assert "<details open>" not in evening.get(PAGE).content.decode()
    assert "<details open>" in evening.get(PAGE, {"lane": "3rd"}).content.decode()


SORTS = {
    "name": ["Ann", "bob", "Cid"],
    "-name": ["Cid", "bob", "Ann"],
    "landmark": ["Cid", "Ann", "bob"],
    "-landmark": ["Ann", "Cid", "bob"],
    "visits": ["Ann", "Cid", "bob"],
    "-visits": ["bob", "Cid", "Ann"],
    "last": ["Ann", "Cid", "bob"],
    "-last": ["Cid", "Ann", "bob"],
    "away": ["Ann", "Cid", "bob"],
    "rhythm": ["Ann", "Cid", "bob"],
    "state": ["Cid", "Ann", "bob"],
    "standing": ["Ann", "bob", "Cid"],
    "open": ["bob", "Ann", "Cid"],
    "kept": ["Ann", "bob", "Cid"],
    "household": ["Cid", "Ann", "bob"],
    "kind": ["Ann", "bob", "Cid"],
    "added": ["Cid", "bob", "Ann"],
}


@pytest.mark.parametrize("sort", SORTS)
def test_rows_are_sorted_by_each_column_and_what_says_nothing_comes_last(vendor, evening, sort):
    now = timezone.now()
    ann = person(vendor, "Ann", came=range(1, 60), landmark="sunny lane", added_at=now - dt.timedelta(days=3))
    bob = person(vendor, "bob", added_at=now - dt.timedelta(days=2))
    cid = person(vendor, "Cid", came=range(30, 90, 3), landmark="East lane")
    WishFactory(customer=bob)
    PromiseFactory(customer=ann, side="theirs", outcome="broken", due_at=now, closed_at=now)
    MembershipFactory(customer=cid, household=HouseholdFactory(vendor=vendor, name="C"))
    assert names(evening, sort=sort) == SORTS[sort]


def test_columns_are_the_usual_ones_until_others_are_chosen(vendor, evening):
    person(vendor)
    assert rows(evening)[0] == ["Name", "Lane or landmark", "Standing", "Comes", "Rhythm", "Last visit", "Open"]
    answer = choose(evening, "phones", "kind")
    assert answer.status_code == 302
    assert rows(evening)[0] == ["Name", "Kind", "Phones"]
    evening.post(PAGE, {"usual": "1", "columns": ["kind"]})
    assert len(rows(evening)[0]) == 7


def test_choosing_columns_keeps_the_filters(vendor, evening):
    answer = evening.post(f"{PAGE}?q=sun&sort=-visits", {"columns": ["kind"]})
    assert (answer.status_code, answer.url) == (302, f"{PAGE}?q=sun&sort=-visits")


def test_no_column_at_all_leaves_the_name(vendor, evening):
    person(vendor)
    choose(evening)
    assert rows(evening) == [["Name"], ["Sunita"]]


def test_unknown_column_is_told_and_changes_nothing(vendor, evening):
    choose(evening, "kind")
    answer = choose(evening, "password")
    assert answer.status_code == 422
    assert "One of these columns is not there any more. Choose again." in answer.content.decode()
    assert rows(evening)[0] == ["Name", "Kind"]


def test_columns_are_kept_for_each_shop_and_table(vendor, evening, owner):
    OwnerFactory(vendor=VendorFactory(slug="other"), user=owner.user)
    choose(evening, "kind")
    usual = evening.get("/other/review/customers/", {"as": "csv"}).content.decode()
    assert "Last visit" in usual
    assert "Visits in 30 days" in evening.get("/green-corner/review/products/", {"as": "csv"}).content.decode()


def test_page_shows_the_chosen_columns_and_ticks_them(vendor, evening):
    person(vendor, came=[1, 2])
    choose(evening, *ALL)
    page = evening.get(PAGE).content.decode()
    assert page.count("checked") == len(ALL)
    assert page.count("data-label=") == len(ALL) + 1


def test_file_has_texts_that_no_spreadsheet_computes(vendor, evening):
    person(vendor, '=HYPERLINK("http://x")', landmark="@SUM(A1)")
    choose(evening, "landmark")
    assert rows(evening)[1] == ['\'=HYPERLINK("http://x")', "'@SUM(A1)"]


def test_file_has_what_is_filtered_and_sorted(vendor, evening):
    for name in ("Ann", "Anil", "Bob"):
        person(vendor, name)
    choose(evening, "kind")
    assert rows(evening, q="an", sort="-name") == [["Name", "Kind"], ["Ann", "Customer"], ["Anil", "Customer"]]


def test_visits_lead_to_their_rows(vendor, evening):
    customer = person(vendor, came=[1, 2])
    choose(evening, "visits")
    today = vendor.today()
    first = today - dt.timedelta(days=89)
    way = f"/green-corner/review/visits/?first={first}&last={today}&customer={customer.uid}"
    assert f'href="{way}"' in evening.get(PAGE).content.decode().replace("&amp;", "&")
    page = evening.get(way).content.decode()
    assert "2 rows" in page
    assert "Sunita, " in page


def test_markup_in_a_name_is_text(vendor, evening):
    person(vendor, "<b>Sunita")
    assert "<b>Sunita" not in evening.get(PAGE).content.decode()


def test_number_of_statements_does_not_grow_with_the_people(vendor, evening):
    choose(evening, *ALL)
    _somebody(vendor)
    evening.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        evening.get(PAGE, {"q": "sunita", "alone": "no"})
    for _each in range(2):
        _somebody(vendor)
    evening.get(PAGE)
    with CaptureQueriesContext(connection) as three:
        page = evening.get(PAGE, {"q": "sunita", "alone": "no"})
    assert "3 rows" in page.content.decode()
    assert len(one) == len(three)


def _somebody(vendor):
    customer = person(vendor, came=range(1, 20, 3))
    ContactPointFactory(customer=customer)
    WishFactory(customer=customer)
    ProblemFactory(customer=customer)
    PromiseFactory(customer=customer, side="theirs", outcome="broken", closed_at=timezone.now())
    MembershipFactory(customer=customer, household=HouseholdFactory(vendor=vendor))


@pytest.mark.parametrize(
    ("sort", "said"),
    [("name", "ascending"), ("-name", "descending"), ("visits", "descending"), ("-visits", "ascending")],
)
def test_head_of_the_sorted_column_says_which_way(vendor, evening, sort, said):
    choose(evening, "visits")
    page = evening.get(PAGE, {"sort": sort}).content.decode()
    assert page.count("aria-sort") == 1
    assert f'aria-sort="{said}"' in page


def test_owner_finds_the_directories_in_the_menu(vendor, evening, counter):
    ways = [f'href="{PAGE}"', 'href="/green-corner/review/products/"']
    assert all(way in evening.get("/green-corner/counter/").content.decode() for way in ways)
    assert not any(way in counter.get("/green-corner/counter/").content.decode() for way in ways)
