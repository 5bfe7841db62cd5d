"""The demo shop's people beyond those who come: who shares a kitchen, who supplies, who works beside the shop."""

import datetime as dt
from typing import NamedTuple

from crm.demo.book import Book
from customers.households import called_after
from customers.models import Customer, CustomerEdit, Household, Membership
from customers.promises.models import Supply
from customers.visits.models import Visit

COLLECTED = 21
"""Days in which every other visit of the family was collected by the daughter."""
MARKET = "Mahesh Traders"
FARM = "Kisan Farm, Junnar"
DAIRY = "Gokul Dairy van"
OF_THE_FARM = ("Tomato", "Cauliflower", "Cabbage", "Spinach", "Fenugreek", "Carrot", "Strawberry")
OF_THE_DAIRY = ("Milk", "Eggs")


class Beside(NamedTuple):
    """Who is there besides the people who come: suppliers, by their names, and a colleague."""

    suppliers: dict[str, Customer]
    colleague: Customer


def write_beside(book: Book) -> Beside:
    long_ago = {"kind": "supplier", "added_at": book.at(-300)}
    suppliers = {
        MARKET: book.newcomer(MARKET, phone="55010 20304", landmark="Market yard, gate 3", **long_ago),
        FARM: book.newcomer(FARM, phone="55010 40506", description="comes at six", **long_ago),
        DAIRY: book.newcomer(DAIRY, phone="55010 60708", **long_ago),
    }
    looks = {"description": "repairs scales and shutters", "added_at": book.at(-150)}
    colleague = book.newcomer("Salim", phone="55010 80900", kind="colleague", **looks)
    return Beside(suppliers, colleague)


def write_supplies(book: Book, suppliers: dict[str, Customer]) -> None:
    """The market yard brings nearly all; since three weeks the farm brings the tomatoes, which it did not before."""
    for name, product in book.products.items():
        brings = FARM if name in OF_THE_FARM else DAIRY if name in OF_THE_DAIRY else MARKET
        since = book.day(-21 if name == "Tomato" else -190)
        book.add(Supply(uid=book.uid("supply", name), product=product, supplier=suppliers[brings], since=since))
    before = {"product": book.products["Tomato"], "supplier": suppliers[MARKET], "since": book.day(-300)}
    book.add(Supply(uid=book.uid("supply", "Tomato before"), **before))


def write_households(book: Book) -> list[Visit]:
    """
    A mother who decides, a daughter who collects for her, and a cook in their kitchen and in another one.

    The visits that the daughter collected, still to be saved.
    """
    mother, other = book.people[:2]
    daughter = book.newcomer("Anu", description="school bag, her mother’s list", added_at=book.at(-120))
    cook = book.newcomer("Lakshmi", nickname="Lakshmi tai", description="cooks in two kitchens", added_at=book.at(-110))
    first = _household(book, mother)
    _member(book, first, daughter, "eats", "collects", ask_first="Do not change the brand without asking her mother.")
    _member(book, first, cook, "helps", "collects", ask_first="Leaves the choice to the family: ring for anything new.")
    second = _household(book, other)
    _member(book, second, cook, "helps", "collects")
    collected = [visit for visit in book.visits(mother) if visit.at >= book.at(-COLLECTED)][::2]
    for visit in collected:
        visit.collected_by = daughter
    return collected


def _household(book: Book, first: Customer) -> Household:
    since = book.at(-100, 8)
    name = called_after(first, book.vendor)
    household = Household(uid=book.uid("household", first.uid), name=name, made_at=since, by=book.member(0))
    book.add(household)
    _member(book, household, first, "decides", "pays", "eats", is_first=True)
    return household


def _member(
    book: Book, household: Household, customer: Customer, *roles: str, ask_first: str = "", is_first: bool = False
) -> None:
    book.add(
        Membership(
            uid=book.uid("membership", household.uid, customer.uid),
            household=household,
            customer=customer,
            is_first=is_first,
            ask_first=ask_first,
            joined_at=household.made_at,
            by=household.by,
            **dict.fromkeys(roles, True),
        )
    )


def write_standings(book: Book) -> Customer | None:
    """A possible person with the marks that are known, and one who moved away, with the reason; that one, changed."""
    book.newcomer(
        "Dr Mehta",
        phone="55020 11223",
        landmark="Om Apartments, new in the B wing",
        authority="yes",
        means="yes",
        added_at=book.at(-6, 9),
    )
    gone = _lapsed(book)
    if gone is None:
        return None
    gone.standing, gone.standing_reason = "closed", "moved to Nashik to her son"
    said = {"standing": gone.standing, "standing_reason": gone.standing_reason}
    about = {"customer": gone, "at": book.at(-12, 9), "by": book.member(0)}
    book.add(
        CustomerEdit(
            uid=book.uid("closed", gone.uid), before={"standing": "", "standing_reason": ""}, after=said, **about
        )
    )
    return gone


def _lapsed(book: Book) -> Customer | None:
    """Who has not come for longest, and came before."""
    long_ago = book.at(-40)
    came = Visit.objects.filter(vendor=book.vendor).order_by("customer", "-at").values_list("customer", "at")
    last: dict[int, dt.datetime] = {}
    for customer, at in came.filter(at__gte=book.at(-200)).iterator():
        last.setdefault(customer, at)
    silent = sorted((at, customer) for customer, at in last.items() if at < long_ago)
    return Customer.objects.get(pk=silent[0][1]) if silent else None
