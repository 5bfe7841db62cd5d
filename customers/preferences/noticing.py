"""What is worth asking "shall we remember this?": seen often enough, not said yet, not answered yet."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID, uuid4

from django.utils.translation import get_language

from customers.models import Customer
from customers.preferences.models import NoticeAnswer, Preference
from customers.preferences.usual import PastLine, PastVisit, leading_manner, wanted_lines
from vendors.catalogue import stand_ins
from vendors.models import Product

AGAINST = frozenset({Preference.Kind.ALLERGY, Preference.Kind.AVOIDS, Preference.Kind.DISLIKES})


class Enough(NamedTuple):
    """At least `seen` of the last `of`."""

    seen: int
    of: int


MANNER = Enough(5, 6)
"""A manner is written only when somebody asks for it, so five of a product's last six lines are no accident."""
PRODUCT = Enough(9, 10)
"""A product that is taken every other time has five of six in every ninth stretch of visits, and would be asked about
for no reason; nine of ten it has in every ninetieth."""
ASK_AGAIN_AFTER = dt.timedelta(days=14)


class Sign(NamedTuple):
    """A product (its id), or with `manner` that manner of it, in `seen` of the last `of`."""

    product: int
    manner: str
    seen: int
    of: int


@dataclass(frozen=True)
class Noticed:
    """A `Sign` with its product, to be offered at the counter; the answer is kept under `uid`."""

    product: Product
    manner: str
    seen: int
    of: int
    uid: UUID = field(default_factory=uuid4)

    @property
    def product_name(self) -> str:
        """The name of the product in the language of the page."""
        return self.product.name_in(get_language() or "")


def signs(history: Sequence[PastVisit]) -> list[Sign]:
    """What `history` (latest visit first) shows often enough: manners first, then products, the clearest first."""
    return clearest([*_manners(history), *_products(history)])


def to_offer(
    customer: Customer,
    history: Sequence[PastVisit],
    *,
    standing: Collection[Preference],
    sold: Container[int],
    today: dt.date,
) -> Sign | None:
    """The one thing to ask about now, if any. `standing` is every preference that holds; `sold` are product ids."""
    unsaid = [sign for sign in signs(history) if sign.product in sold and not is_said(sign, standing)]
    if not unsaid:
        return None
    answered = _answered(customer, today)
    return next((sign for sign in unsaid if (sign.product, sign.manner.casefold()) not in answered), None)


def _manners(history: Sequence[PastVisit]) -> Iterator[Sign]:
    for product, lines in wanted_lines(history).items():
        if sign := manner_sign(product, lines):
            yield sign


def manner_sign(product: int, lines: Sequence[PastLine]) -> Sign | None:
    """How `product` is wanted often enough, by the `lines` that wanted it, the latest first."""
    recent = lines[: MANNER.of]
    manner, seen = leading_manner(recent)
    return Sign(product, manner, seen, len(recent)) if seen >= MANNER.seen else None


def _products(history: Sequence[PastVisit]) -> Iterator[Sign]:
    recent = history[: PRODUCT.of]
    counts = Counter(product for visit in recent for product in wanted_lines([visit]))
    return (Sign(product, "", seen, len(recent)) for product, seen in counts.items() if seen >= PRODUCT.seen)


def clearest(found: Iterable[Sign]) -> list[Sign]:
    """Manners first, then products; of these the clearest first."""
    return sorted(found, key=clearness, reverse=True)


def clearness(sign: Sign) -> tuple[bool, float, int]:
    """The more, the clearer."""
    return bool(sign.manner), sign.seen / sign.of, sign.seen


def is_said(sign: Sign, standing: Collection[Preference]) -> bool:
    """Whether it is remembered already, or the opposite is: how they like a product says that they like it."""
    kinds = {preference.kind for preference in standing if preference.product_id == sign.product}
    says = {Preference.Kind.MANNER} if sign.manner else {Preference.Kind.MANNER, Preference.Kind.LIKES}
    return bool(kinds & (says | AGAINST))


def _answered(customer: Customer, today: dt.date) -> set[tuple[int, str]]:
    """Product and folded manner of what was answered "no", or "later" until after `today`."""
    answers = (
        NoticeAnswer.objects.filter(customer=customer)
        .select_related("product")
        .only("manner", "until", "product__merged_into", "product__vendor")
    )
    holding = [answer for answer in answers if answer.until is None or answer.until > today]
    # An answer stays with its product when that is merged, for what it went into may have another one.
    into = stand_ins(customer.vendor_id) if any(answer.product.merged_into_id for answer in holding) else {}
    return {(into.get(answer.product_id, answer.product_id), answer.manner.casefold()) for answer in holding}
