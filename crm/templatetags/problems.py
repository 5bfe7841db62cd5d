"""What went wrong in words, in lists and on the card."""

from uuid import UUID, uuid4

from django import template

from crm.counter import problem_wording, wording
from customers.promises.models import Problem
from customers.visits.models import VisitLine
from vendors.models import Vendor

register = template.Library()

register.filter("state_of_problem", problem_wording.state)
register.filter("step_said", problem_wording.step_said)
register.filter("line_said", wording.said)


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


@register.filter
def may_be_wrong(line: wording.LineOfVisit) -> bool:
    """Whether they had it: of what was not here nothing can be soft."""
    return line.outcome in (VisitLine.Outcome.TAKEN, VisitLine.Outcome.REPLACED)


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
