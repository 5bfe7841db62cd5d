"""The demo shop "Green Corner": invented people with a year of visits that ends now."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.db import transaction

from crm.demo.expectations import write_expectations
from crm.demo.habits import HOLIDAYS, OPEN
from crm.demo.regulars import draw_regulars
from crm.demo.writing import Progress, Writer, uid
from crm.opening import open_shop
from customers.models import Customer, Household
from customers.planning.models import BuyingList, Decision, LeftAlone
from customers.preferences.models import Preference
from customers.promises.models import Problem, Promise, StandingOrder, Supply, Wish
from customers.visits.models import Visit, VisitLine
from vendors.models import Member, Product, Vendor
from vendors.opening.models import Closure, OpeningHours

SLUG = "green-corner"
UNFINISHED = "green-corner-in-the-making"
"""The address until all is written: what an interrupted start leaves behind is known by it, and made anew."""
SEED = 7
DAYS = 365
EXPECTED = (Decision, BuyingList, LeftAlone, Problem, Wish, Promise, StandingOrder, Supply, Household)
"""What is planned and expected, each before what it names; what belongs to one of them goes with it."""
OWNER, HELPERS = "Asha", ("Ravi", "Meena", "Imran")


def make_demo(*, now: dt.datetime, seed: int = SEED, progress: Progress = lambda _done, _of: None) -> Vendor:
    """
    The new demo shop. Of the same `seed` and day it is the same shop, uids included, up to the minute `now`.

    Its people cannot sign in yet: they have no passwords.
    """
    _clear_unfinished()
    vendor = _open(seed)
    products = list(Product.objects.filter(vendor=vendor).order_by("position", "name"))
    today = vendor.day_of(now)
    days = [today - dt.timedelta(days=ago) for ago in range(DAYS, -1, -1)]
    _write_opening(vendor, seed, days)
    Writer(vendor, seed, now).write(draw_regulars(products=products, days=days, seed=seed), progress)
    write_expectations(vendor, seed, now)
    vendor.slug = SLUG
    vendor.save(update_fields=["slug"])
    return vendor


def _clear_unfinished() -> None:
    """Remove what an interrupted making left, in an order in which nothing is protected by what is still there."""
    users = list(User.objects.filter(memberships__vendor__slug=UNFINISHED))
    for model in (*EXPECTED, VisitLine, Visit, Preference, Customer, Member, Product, OpeningHours, Closure):
        model._base_manager.filter(vendor__slug=UNFINISHED).delete()
    Vendor.objects.filter(slug=UNFINISHED).delete()
    for user in users:
        user.delete()


@transaction.atomic
def _open(seed: int) -> Vendor:
    vendor = Vendor(name="Green Corner", slug=UNFINISHED)
    open_shop(vendor=vendor, owner=_account(OWNER), called=OWNER)
    for name in HELPERS:
        user = _account(name)
        user.save()
        Member.objects.create(vendor=vendor, user=user, name=name)
    for model in (Member, Product):
        rows = list(model.objects.filter(vendor=vendor))
        for row in rows:
            row.uid = uid(seed, model.__name__, row.name)
        model.objects.bulk_update(rows, ["uid"])
    return vendor


@transaction.atomic
def _write_opening(vendor: Vendor, seed: int, days: Sequence[dt.date]) -> None:
    """The hours of each weekday, and the holidays of the year that `days` are and of the next."""
    OpeningHours.objects.bulk_create(
        OpeningHours(
            vendor=vendor,
            uid=uid(seed, "hours", weekday, opens),
            weekday=weekday,
            opens=_clock(opens),
            closes=_clock(closes),
        )
        for weekday in range(7)
        for opens, closes in OPEN
    )
    Closure.objects.bulk_create(
        Closure(vendor=vendor, uid=uid(seed, "closure", day), first_day=day, last_day=day, reason=name, holiday=name)
        for day, name in _holidays(days)
    )


def _clock(hour: float) -> dt.time:
    return dt.time(int(hour), round(hour % 1 * 60))


def _holidays(days: Sequence[dt.date]) -> Iterator[tuple[dt.date, str]]:
    """As the market keeps them, which is open on the last of `days` whatever day it is."""
    first, today = days[0], days[-1]
    for year in range(first.year, today.year + 2):
        for (month, number), name in HOLIDAYS.items():
            day = dt.date(year, month, number)
            if first <= day <= today + dt.timedelta(days=DAYS) and day != today:
                yield day, name


def _account(name: str) -> User:
    """A new account called after `name`, with a number if there is one of that name already."""
    wanted = name.lower()
    taken = set(User.objects.filter(username__startswith=wanted).values_list("username", flat=True))
    numbered = (f"{wanted}{number}" for number in range(2, len(taken) + 3))
    user = User(username=next(each for each in (wanted, *numbered) if each not in taken), first_name=name)
    user.set_unusable_password()
    return user
