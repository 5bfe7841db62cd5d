"""The lines of a buying list as its page tells them: what is kept, and what is foreseen since."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from crm.counter.wording import named
from crm.lib import quantities
from crm.review.behind import behind, between, heap, in_short, unit_said
from customers.planning.list_accuracy import Outcome
from customers.planning.models import BuyingLine
from customers.planning.whole_list import WholeLine


@dataclass(frozen=True)
class Row:
    """One line of a kept list as its page tells it; `typed` is what stands in its field."""

    line: BuyingLine
    typed: str
    errors: list[str] = field(default_factory=list)
    was: Decimal | None = None
    """What the quantity was before the change that was just made."""
    now: WholeLine | None = None
    outcome: Outcome | None = None

    @property
    def name(self) -> str:
        return named(self.line.product)

    @property
    def much(self) -> str:
        return heap(self.line.quantity, self.line.unit)

    @property
    def unit(self) -> str:
        return unit_said(self.line.unit)

    @property
    def seen(self) -> str:
        return quantities.plain(self.line.quantity)

    @property
    def step(self) -> str:
        return quantities.plain(self.line.product.step)

    @property
    def foreseen(self) -> str:
        """The range that was foreseen when the list was kept, with the quantity if the owner wants another one."""
        if self.line.foreseen is None or self.line.low is None or self.line.high is None:
            return _("added by hand")
        span = between(self.line.low, self.line.high, self.line.unit)
        if self.line.foreseen == self.line.quantity:
            return _("probably %(range)s") % {"range": span}
        return _("foreseen %(much)s (%(range)s)") % {"much": heap(self.line.foreseen, self.line.unit), "range": span}

    @property
    def was_said(self) -> str:
        return "" if self.was is None else heap(self.was, self.line.unit)

    @property
    def was_plain(self) -> str:
        return "" if self.was is None else quantities.plain(self.was)

    @property
    def in_short(self) -> str:
        return in_short(self.now) if self.now else ""

    @property
    def mostly(self) -> str:
        return str(self.now.mostly or "") if self.now else ""

    @property
    def behind(self) -> list[str]:
        return behind(self.now) if self.now else []

    @property
    def changed_to(self) -> str:
        """What is foreseen now, if that is neither what was foreseen nor what is wanted; in the line's unit."""
        if self.now is None or self.now.product.unit != self.line.unit:
            return ""
        return "" if self.now.order in (self.line.foreseen, self.line.quantity) else quantities.plain(self.now.order)

    @property
    def changed_to_said(self) -> str:
        return heap(self.now.order, self.line.unit) if self.now else ""

    @property
    def wanted(self) -> str:
        return heap(self.outcome.wanted, self.outcome.unit) if self.outcome else ""


@dataclass(frozen=True)
class Foreseen:
    """A line that is foreseen now and on no list yet."""

    line: WholeLine

    @property
    def name(self) -> str:
        return named(self.line.product)

    @property
    def much(self) -> str:
        return heap(self.line.order, self.line.product.unit)

    @property
    def plain(self) -> str:
        return quantities.plain(self.line.order)

    @property
    def between(self) -> str:
        return between(self.line.low, self.line.high, self.line.product.unit)

    @property
    def in_short(self) -> str:
        return in_short(self.line)

    @property
    def mostly(self) -> str:
        return str(self.line.mostly or "")

    @property
    def behind(self) -> list[str]:
        return behind(self.line)
