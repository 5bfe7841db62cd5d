"""What the owner of a reviewed shop looks through besides the visits: promises, problems, wishes, lists, decisions."""

import datetime as dt
from collections.abc import Iterator
from itertools import cycle, islice

from django.db.models import Model

from customers.models import Customer
from customers.planning.models import BuyingLine, BuyingList, Decision, DecisionPerson, DecisionProduct, LeftAlone
from customers.promises.models import Problem, Promise, PromiseLine, Wish
from tests.benchmarks.shapes import Evening
from vendors.models import Member, Product, Vendor

LINES = 40
"""Products on a buying list."""
HOUR = dt.timedelta(hours=1)


def write_evening(vendor: Vendor, evening: Evening) -> None:
    """Everything of `evening`, of the first people of the shop in turn, and of two products in three."""
    shop = _Shop(vendor)
    for rows in (
        shop.promises(evening.promises, evening.open_promises),
        shop.problems(evening.problems),
        shop.wishes(evening.wishes),
        shop.left_alone(evening.left_alone),
    ):
        _write(rows)
    promises = Promise.objects.filter(vendor=vendor, has_lines=True).order_by("pk")
    _write(shop.promised(promise, place) for place, promise in enumerate(promises))
    lists = BuyingList.objects.bulk_create(shop.lists(evening.lists))
    _write(line for each in lists for line in shop.lines(each))
    decisions = Decision.objects.bulk_create(shop.decisions())
    _write(row for decision in decisions for row in shop.touched(decision))
    _write(shop.dropped(decision, place) for place, decision in enumerate(decisions))


def _write(rows: Iterator[Model]) -> None:
    kept = list(rows)
    type(kept[0]).objects.bulk_create(kept)


class _Shop:
    def __init__(self, vendor: Vendor) -> None:
        self.vendor, self.today = vendor, vendor.today()
        self.people = list(Customer.objects.filter(vendor=vendor).order_by("pk"))
        self.products = list(Product.objects.filter(vendor=vendor).order_by("position"))
        self.owner = Member.objects.get(vendor=vendor, role=Member.Role.OWNER)

    def at(self, days: int, hours: int = 8) -> dt.datetime:
        """So many hours after the beginning of a day, so many days from today on."""
        return self.vendor.day_bounds(self.today + dt.timedelta(days=days))[0] + hours * HOUR

    def some(self, many: int) -> Iterator[tuple[int, Customer, Product]]:
        return islice(zip(range(many), cycle(self.people), cycle(self.products), strict=False), many)

    def promises(self, many: int, are_open: int) -> Iterator[Promise]:
        """The open ones due from five days ago until in five days; one of five is theirs."""
        outcomes = cycle([*["kept"] * 7, "late", "broken", "part"])
        for place, customer, _product in self.some(many):
            due = self.at(place % 10 - 5 if place < are_open else -6 - place % 80, 12)
            promise = Promise(vendor=self.vendor, customer=customer, due_at=due, made_at=due - 48 * HOUR)
            promise.side = Promise.Side.THEIRS if place % 5 == 4 else Promise.Side.OURS
            promise.has_lines, promise.text = place % 2 == 0, "as always"
            promise.by = promise.owner = self.owner
            if place >= are_open:
                promise.outcome = next(outcomes)
                promise.closed_at = due + (HOUR if promise.outcome == "late" else -HOUR)
            yield promise

    def promised(self, promise: Promise, place: int) -> PromiseLine:
        product = self.products[place % len(self.products)]
        said = {"product": product, "quantity": product.step, "unit": product.unit}
        return PromiseLine(vendor=self.vendor, promise=promise, position=0, **said)

    def problems(self, many: int) -> Iterator[Problem]:
        """A fifth open, a quarter of these hard; a tenth put right and not yet asked; the others closed."""
        for place, customer, product in self.some(many):
            days = -(place % 60)
            problem = Problem(vendor=self.vendor, customer=customer, product=product, by=self.owner)
            problem.what, problem.opened_at = "soft", self.at(days)
            problem.happened_on = self.today + dt.timedelta(days=days)
            problem.is_hard = place % 20 == 0
            if place % 5:
                problem.remedy, problem.remedied_at = "replaced", self.at(days, 9)
            if place % 5 and place % 10 != 1:
                problem.asked_at = problem.closed_at = self.at(days, 10)
                problem.answer = "right"
            yield problem

    def wishes(self, many: int) -> Iterator[Wish]:
        """A third waits, of twelve products; a tenth came in; the others have it."""
        for place, customer, product in self.some(many):
            waits = place % 3 == 0
            wish = Wish(vendor=self.vendor, customer=customer, by=self.owner, asked_at=self.at(-1 - place % 20))
            wish.product = self.products[place // 3 % 12] if waits else product
            wish.until = self.today + dt.timedelta(days=7 if waits or place % 10 == 1 else -1)
            if place % 10 == 1:
                wish.came_in_at = self.at(-1, 9)
            elif not waits:
                wish.outcome, wish.closed_at = "took", wish.asked_at + 24 * HOUR
            yield wish

    def left_alone(self, many: int) -> Iterator[LeftAlone]:
        until = self.today + dt.timedelta(days=14)
        for _place, customer, _product in self.some(many):
            yield LeftAlone(vendor=self.vendor, customer=customer, until=until, reason="on a journey", by=self.owner)

    def lists(self, many: int) -> Iterator[BuyingList]:
        """Of the last days and of tomorrow, each kept on the evening before."""
        for days in range(1 - many, 2):
            day = self.today + dt.timedelta(days=days)
            yield BuyingList(vendor=self.vendor, day=day, made_at=self.at(days - 1, 17), by=self.owner)

    def lines(self, buying_list: BuyingList) -> Iterator[BuyingLine]:
        for place, product in enumerate(self.products[:LINES]):
            steps = {"foreseen": 8, "low": 4, "high": 12, "quantity": 9 if place % 5 == 0 else 8}
            said = {name: number * product.step for name, number in steps.items()}
            got_at = buying_list.made_at + 10 * HOUR if place % 3 else None
            about = {"product": product, "unit": product.unit, "usual": 20, "got_at": got_at}
            yield BuyingLine(vendor=self.vendor, buying_list=buying_list, position=place, **about, **said)

    def decisions(self) -> Iterator[Decision]:
        """One to be looked at today, one of last week."""
        regulars, touched = len(self.people), len(self.people) // 10
        for days, text in ((-30, "No more peas"), (-7, "No more beans")):
            day = self.today + dt.timedelta(days=days)
            said = {"about": "products", "text": text, "reason": "half of it was thrown away"}
            when = {"decided_on": day, "look_on": day + Decision.LOOK_AFTER, "made_at": self.at(days, 17)}
            yield Decision(vendor=self.vendor, regulars=regulars, touched=touched, by=self.owner, **said, **when)

    def touched(self, decision: Decision) -> Iterator[DecisionPerson]:
        counted = {"days": 90, "visits": 6, "touched_visits": 2, "lines": 36, "touched_lines": 2}
        for customer in self.people[: decision.touched]:
            yield DecisionPerson(vendor=self.vendor, decision=decision, customer=customer, **counted)

    def dropped(self, decision: Decision, place: int) -> DecisionProduct:
        return DecisionProduct(vendor=self.vendor, decision=decision, product=self.products[place])
