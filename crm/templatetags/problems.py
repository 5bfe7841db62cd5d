"""What went wrong in words, in lists and on the card."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from crm.counter import problem_wording, wording
from customers.promises.models import Problem
from customers.visits.models import VisitLine
from vendors.models import Vendor

register = template.Library()

register.filter("state_of_problem", problem_wording.state)
register.filter("step_said", problem_wording.step_said)


@register.filter
def wrong(problem: problem_wording.Wrong, vendor: Vendor) -> str:
    """What went wrong, on the shop's present day."""
    return problem_wording.wrong(problem, vendor.today())


@register.filter
def kind_said(what: str) -> str:
    return str(Problem.What(what).label)


@register.filter
def remedy_said(remedy: str) -> str:
    return str(Problem.Remedy(remedy).label)


@register.simple_tag
def lines_to_tap(lines: Sequence[wording.LineOfVisit], visit: UUID, address: str) -> SafeString:
    """
    The lines of a `visit`, each a link to the form at `address` that notes what was wrong with it.

    Here and not in a template, because a card has sixty of them.
    """
    last = len(lines) - 1
    told = (_line_to_tap(line, visit, address, "" if place == last else ",") for place, line in enumerate(lines))
    return format_html_join(" ", "{}", ((each,) for each in told)) or escape(wording.sentence(()))


def _line_to_tap(line: wording.LineOfVisit, visit: UUID, address: str, comma: str) -> SafeString:
    """Of what was not here nothing can be soft: that is no link."""
    if line.outcome not in (VisitLine.Outcome.TAKEN, VisitLine.Outcome.REPLACED):
        return format_html("<span>{}{}</span>", wording.said(line), comma)
    about = f"{address}?visit={visit}&product={line.product.uid}"
    return format_html('<span><a class="line" href="{}">{}</a>{}</span>', about, wording.said(line), comma)


@register.simple_tag
def remedies() -> list[tuple[str, str]]:
    return Problem.Remedy.choices


@register.simple_tag
def kinds_of_problem() -> list[tuple[str, str]]:
    return Problem.What.choices


@register.simple_tag
def new_uid() -> UUID:
    """Another one for each form."""
    return uuid4()
