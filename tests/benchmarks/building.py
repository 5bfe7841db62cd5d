"""
Writes one of `shapes.SHAPES` into the empty database of the environment, by plain SQL: a million lines in seconds.

python -m tests.benchmarks.building NAME
"""

import csv
import datetime as dt
import random
import sys
import uuid
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate, repeat
from typing import Any

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402 - after the set-up above
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import CharField, Field, Model, TextField  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers import search  # noqa: E402
from customers.models import ContactPoint, Customer, SearchKey  # noqa: E402
from customers.preferences.models import Preference  # noqa: E402
from customers.visits import tallying  # noqa: E402
from customers.visits.models import Visit, VisitLine  # noqa: E402
from tests.benchmarks import rhythms  # noqa: E402
from tests.benchmarks.evenings import write_evening  # noqa: E402
from tests.benchmarks.shapes import LINES_EACH, NEIGHBOUR, OWNER, SESSIONS, SHAPES, SLUG, Shape, uid_of  # noqa: E402
from tests.benchmarks.shops import ROOT  # noqa: E402
from vendors.goods import goods  # noqa: E402
from vendors.models import Member, Product, Vendor  # noqa: E402

FIRST_SHOP = 1
GOODS = goods()[:60]
FAVOURITES = 15
"""Products that one customer chooses from."""
YEARS = dt.timedelta(days=730)
SIGNED_IN_FOR = dt.timedelta(days=3650)
CARELESS = ("journal_mode=OFF", "synchronous=OFF", "secure_delete=OFF", "foreign_keys=OFF", "cache_size=-2000000")
"""A build that is interrupted starts over: nothing needs to be safe, and 2 GB of pages may wait in memory."""
TOLD = (
    (Preference.Kind.ALLERGY, None, "peanuts"),
    (Preference.Kind.AVOIDS, 3, ""),
    (Preference.Kind.LIKES, 5, ""),
    (Preference.Kind.LIKES, 8, ""),
    (Preference.Kind.MANNER, 2, "half ripe"),
    (Preference.Kind.WISH, None, "always a paper bag"),
)
"""What the first customer has told: kind, product and words."""

Rows = Iterable[tuple[Any, ...]]


def build(shape: Shape) -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    with connection.cursor() as cursor:
        for switch in CARELESS:
            cursor.execute(f"PRAGMA {switch}")
    with transaction.atomic():
        Builder([shape, *repeat(NEIGHBOUR, shape.neighbours)]).build()
        if shape.bare:
            copy_to_bare()
    vendor = Vendor.objects.get(pk=FIRST_SHOP)
    tallying.recount_shop(vendor)
    if shape.evening:
        write_evening(vendor, shape.evening)
    connection.check_constraints()
    connection.close()


class Builder:
    """The rows of shops of the given shapes; ids of customers and products are counted through all of them from 1."""

    def __init__(self, shapes: list[Shape]) -> None:
        self.shapes = shapes
        self.random = random.Random(2026)
        self.started = timezone.now().replace(tzinfo=None, microsecond=0) - YEARS

    def build(self) -> None:
        self._shops()
        self._products()
        people = list(self._people())
        customer = "id vendor_id uid name landmark added_at kind"
        _insert(Customer, customer, ((*row[:-1], str(self.started), "customer") for row in people))
        _insert(ContactPoint, "vendor_id uid customer_id kind text number", self._phones(people))
        _insert(SearchKey, "vendor_id customer_id key", self._keys(people))
        visits = sorted(self._visits())
        visit = "id at vendor_id customer_id by_id uid recorded_at channel note digest"
        _insert(Visit, visit, self._visit_rows(visits))
        line = "vendor_id visit_id position product_id quantity unit outcome manner"
        _insert(VisitLine, line, self._lines(visits))
        with connection.cursor() as cursor:
            for count in COUNTS:
                cursor.execute(count)
        self._preferences()

    def _shops(self) -> None:
        """Shop 1 has its owner and four people who serve, all signed in; each of the others has one who serves."""
        shops = range(len(self.shapes))
        vendors = Vendor.objects.bulk_create(
            Vendor(name=f"Shop {shop}", slug=f"{SLUG}-{shop}" if shop else SLUG) for shop in shops
        )
        serving = [*repeat(vendors[0], len(SESSIONS)), *vendors[1:]]
        users = User.objects.bulk_create(User(username=f"user{number}") for number in range(len(serving)))
        members = [Member(vendor=vendor, user=user, name="Ravi") for vendor, user in zip(serving, users, strict=True)]
        Member.objects.bulk_create(members)
        self.member_of = {member.vendor_id: member.pk for member in members}
        for key, user in zip(SESSIONS, users, strict=False):
            _sign_in(user, key)
        owner = User.objects.create(username="owner")
        Member.objects.create(vendor=vendors[0], user=owner, name="Asha", role=Member.Role.OWNER)
        _sign_in(owner, OWNER)

    def _products(self) -> None:
        Product.objects.bulk_create(
            Product(
                vendor_id=shop,
                uid=uid_of("product", place) if shop == FIRST_SHOP else uuid.UUID(self._uid()),
                name=good.name,
                name_hi=good.name_hi,
                name_mr=good.name_mr,
                unit=good.unit,
                step=good.step,
                picture=good.picture,
                position=place,
            )
            for shop in range(FIRST_SHOP, FIRST_SHOP + len(self.shapes))
            for place, good in enumerate(GOODS)
        )

    def _people(self) -> Iterator[tuple[Any, ...]]:
        """Id, shop, uid, name, landmark and phone: seven of ten have one. Of shop 1 the same in every shape."""
        number = 0
        for shop, shape in enumerate(self.shapes, start=FIRST_SHOP):
            chance = random.Random(f"people of {shop}")
            for _each in range(shape.customers):
                uid = uid_of("customer", number).hex if shop == FIRST_SHOP else self._uid()
                number += 1
                phone = f"+9198{chance.randrange(10**8):08}" if chance.random() < 0.7 else ""
                yield number, shop, uid, _name(chance), f"Lane {chance.randrange(60)}, blue gate", phone

    def _phones(self, people: Rows) -> Rows:
        for number, shop, _uid, _name, _landmark, phone in people:
            if phone:
                yield shop, self._uid(), number, ContactPoint.Kind.PHONE.value, phone, phone

    def _keys(self, people: Rows) -> Rows:
        """As `search.keys_of` gives them; the same few words come so often that their keys are kept."""
        for number, shop, _uid, name, landmark, phone in people:
            for key in {*_keys_of_name(name), *_keys_of_landmark(landmark), *search.keys_of(NOBODY, [phone])}:
                yield shop, number, key

    def _visits(self) -> Iterator[tuple[str, int, int]]:
        """Time, shop and customer of every visit, those of the histories evenly through the years."""
        customer = 1
        for shop, shape in enumerate(self.shapes, start=FIRST_SHOP):
            for offset, many in enumerate(shape.histories):
                for number in range(many):
                    yield self._at((number + 0.5) / many), shop, customer + offset
            chance = random.Random(f"visits of {shop}")
            if shape.evening:
                yield from self._regular_visits(chance, shop, shape)
                continue
            others = range(customer + len(shape.histories), customer + shape.customers)
            for _each in range(shape.lines // LINES_EACH - sum(shape.histories)):
                yield self._at(chance.random()), shop, chance.choice(others)
            customer += shape.customers

    def _regular_visits(self, chance: random.Random, shop: int, shape: Shape) -> Iterator[tuple[str, int, int]]:
        """As `_visits`, of the only shop of its database."""
        today = Vendor.objects.get(pk=shop).today()
        visits = shape.lines // LINES_EACH
        for at, person in rhythms.comings(chance, people=shape.customers, visits=visits, today=today):
            yield at, shop, person + 1

    def _visit_rows(self, visits: Rows) -> Rows:
        for number, (at, shop, customer) in enumerate(visits, start=1):
            uid = self._uid()
            yield number, at, shop, customer, self.member_of[shop], uid, at, Visit.Channel.COUNTER.value, "", uid * 2

    def _lines(self, visits: Rows) -> Rows:
        for number, (_at, shop, customer) in enumerate(visits, start=1):
            first = customer % (len(GOODS) - FAVOURITES)
            before = (shop - FIRST_SHOP) * len(GOODS) + 1
            for position, place in enumerate(self.random.sample(range(first, first + FAVOURITES), LINES_EACH)):
                good, manner = GOODS[place], "half ripe" if place % 7 == 0 else ""
                yield shop, number, position, before + place, float(good.step), good.unit, "taken", manner

    def _preferences(self) -> None:
        products = Product.objects.filter(vendor=FIRST_SHOP).order_by("position")
        now = timezone.now()
        Preference.objects.bulk_create(
            Preference(
                vendor_id=FIRST_SHOP,
                customer_id=1,
                kind=kind,
                product=None if place is None else products[place],
                text=text,
                by_id=self.member_of[FIRST_SHOP],
                consent_at=now if kind == Preference.Kind.ALLERGY else None,
            )
            for kind, place, text in TOLD
        )

    def _at(self, part: float) -> str:
        """The moment at which that part of the years had gone by, as SQLite keeps it."""
        return str(self.started + YEARS * part)

    def _uid(self) -> str:
        return f"{self.random.getrandbits(128):032x}"


COUNTS = (
    f"""
    INSERT INTO visits_shopday (vendor_id, day, visits)
    SELECT vendor_id, date(at), count(*) FROM visits_visit WHERE vendor_id != {FIRST_SHOP} GROUP BY 1, 2""",
    f"""
    INSERT INTO visits_productday (vendor_id, day, product_id, visits, asked_at, is_missing)
    SELECT v.vendor_id, date(v.at), l.product_id, count(*), max(v.at), 0
    FROM visits_visit v JOIN visits_visitline l ON l.visit_id = v.id
    WHERE v.vendor_id != {FIRST_SHOP} GROUP BY 1, 2, 3""",
)
"""What is kept of the neighbours' days, which begin at midnight in Greenwich here: nobody looks at them."""
NOBODY = Customer()
COPIES = (
    "INSERT INTO bare_shop (id, name, slug) SELECT id, name, slug FROM vendors_vendor",
    "INSERT INTO bare_shop_staff (shop_id, user_id) SELECT vendor_id, user_id FROM vendors_member",
    "INSERT INTO bare_good (id, shop_id, name, unit) SELECT id, vendor_id, name, unit FROM vendors_product",
    """
    INSERT INTO bare_person (id, shop_id, name, landmark, phone)
    SELECT c.id, c.vendor_id, c.name, c.landmark, coalesce(p.number, '')
    FROM customers_customer c LEFT JOIN customers_contactpoint p ON p.customer_id = c.id""",
    """
    INSERT INTO bare_stay (id, person_id, at, by_id, note)
    SELECT v.id, v.customer_id, v.at, m.user_id, v.note FROM visits_visit v JOIN vendors_member m ON m.id = v.by_id""",
    """
    INSERT INTO bare_item (stay_id, good_id, quantity)
    SELECT visit_id, product_id, quantity FROM visits_visitline ORDER BY id""",
)
"""The same rows under the same ids in the tables of the bare app."""


@cache
def _keys_of_name(name: str) -> set[bytes]:
    return search.keys_of(Customer(name=name), [])


@cache
def _keys_of_landmark(landmark: str) -> set[bytes]:
    return search.keys_of(Customer(landmark=landmark), [])


def _name(chance: random.Random) -> str:
    """First and last name, three of ten in Devanagari."""
    script = "devanagari" if chance.random() < 0.3 else "latin"
    return " ".join(chance.choices(names, cum_weights=weights)[0][script] for names, weights in _known_names())


@cache
def _known_names() -> list[tuple[list[dict[str, str]], list[float]]]:
    """First and last names with their cumulated weights: as in life a few of them make up most."""
    with (ROOT / "tests/customers/common_names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = [[row for row in rows if row["kind"] == kind] for kind in ("first", "surname")]
    for names in kinds:
        random.Random(2026).shuffle(names)
    # The second name is borne by half as many as the first, the third by a third: Zipf's law.
    return [(names, list(accumulate(1 / rank for rank in range(1, len(names) + 1)))) for names in kinds]


def _sign_in(user: User, key: str) -> None:
    said = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    data = SessionStore().encode(said)
    Session.objects.create(session_key=key, session_data=data, expire_date=timezone.now() + SIGNED_IN_FOR)


def _insert(model: type[Model], columns: str, rows: Rows) -> None:
    """Write `rows` of the named `columns`; each text that is not named stays empty."""
    named = columns.split()
    unsaid = [field.column for field in model._meta.fields if _is_text(field) and field.column not in named]
    names, places = [*named, *unsaid], ", ".join([*"?" * len(named), *["''"] * len(unsaid)])
    # Past Django's cursor, which would look at every value of every row.
    connection.connection.executemany(
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) VALUES ({places})", rows
    )


def _is_text(field: Field) -> bool:
    return isinstance(field, CharField | TextField)


def copy_to_bare() -> None:
    with connection.cursor() as cursor:
        for copy in COPIES:
            cursor.execute(copy)


if __name__ == "__main__":
    build(SHAPES[sys.argv[1]])
