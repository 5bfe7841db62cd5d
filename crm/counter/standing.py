"""A person's standing: what their visits say, what was said by hand, and what is missing until they are a regular."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from crm.counter import wording
from crm.counter.person import person_of
from customers import keeping
from customers.forms import READ_FROM_VISITS, MarksForm, StandingForm
from customers.models import Customer
from customers.promises.standing import Marks, Standing, standing_of
from vendors.access import ShopRequest, counter

NO = Customer.Mark.NO


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def standing(request: ShopRequest, customer: UUID) -> HttpResponse:
    """Look up and overrule a person's standing, take that back, and say what is known of a possible one."""
    person = person_of(request, customer)
    if request.method != "POST":
        return _standing(request, person)
    about_marks = any(name in request.POST for name in MarksForm.NAMES)
    form = MarksForm(request.POST) if about_marks else StandingForm(request.POST)
    if not form.is_valid():
        return _standing(request, person, **{"marks_form" if about_marks else "form": form})
    page = Customer.objects.get(vendor=request.vendor, uid=customer)
    said = {
        "fields": form.fields_said(),
        "numbers": None,
        **{name: form.cleaned_data[name] for name in ("uid", "seen")},
    }
    keeping.change(customer=person, page=page, by=request.member, **said)
    return _said(request, person)


def _said(request: ShopRequest, person: Customer) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(_standing(request, person), "standing-changed")
    messages.success(request, _("Saved."))
    return redirect("counter:card", request.vendor.slug, person.uid)


def _standing(
    request: ShopRequest, person: Customer, *, form: StandingForm | None = None, marks_form: MarksForm | None = None
) -> HttpResponse:
    """The fragment for htmx, and the page around it for a browser without script. Each `new_uid` is another uid."""
    known = standing_of(person, request.vendor.today())
    seen_changes = person.edits.count()
    chosen = {"seen": seen_changes, "standing": person.standing or None, "standing_reason": person.standing_reason}
    context = {
        "customer": person,
        "standing": known,
        "label": Customer.Standing(known.value).label,
        "read": read(known),
        "missing": list(missing(known.marks)) if known.marks else [],
        "seen": list(seen(known.marks)) if known.marks else [],
        "form": form or StandingForm(initial=chosen),
        "marks_form": marks_form
        or MarksForm(initial={"seen": seen_changes, **{name: getattr(person, name) for name in MarksForm.NAMES}}),
        "new_uid": uuid4,
        "seen_changes": seen_changes,
        "read_from_visits": READ_FROM_VISITS,
    }
    template = "counter/_standing.html" if request.htmx else "counter/standing.html"
    return render(request, template, context, status=422 if form or marks_form else 200)


def read(known: Standing) -> str:
    """What the visits say, with how they say it."""
    visits = known.rhythm.visits
    if said := wording.rhythm(known.rhythm):
        how = said
    elif visits:
        how = wording.too_early(visits)
    elif known.read == Customer.Standing.LAPSED:
        how = _("the last visit is more than a year ago")
    else:
        how = _("not here before today")
    return _("%(standing)s: %(how)s") % {"standing": Customer.Standing(known.read).label, "how": how}


class Missing(NamedTuple):
    """How it is said that a mark is not known, and that it is a no."""

    unknown: str
    no: str


MISSING = {
    "authority": Missing(
        gettext_lazy("who decides is not known yet"), gettext_lazy("somebody else decides: ask who it is")
    ),
    "means": Missing(gettext_lazy("whether they can pay is not known yet"), gettext_lazy("they cannot pay for now")),
    "intention": Missing(
        gettext_lazy("whether they mean to come is not known yet"), gettext_lazy("they do not mean to come for now")
    ),
}
SEEN = {
    "authority": gettext_lazy("they decide in a household"),
    "means": gettext_lazy("they took something here before"),
    "intention": gettext_lazy("they have an order, a promise or a wish open"),
}


def missing(marks: Marks) -> Iterator[str]:
    """In words, what a possible person lacks to become a regular."""
    for name in marks.missing:
        said = MISSING[name]
        yield str(said.no if getattr(marks, name).value == NO else said.unknown)


def seen(marks: Marks) -> Iterator[str]:
    """In words, what the shop has seen itself and nobody said."""
    for name, mark in zip(marks._fields, marks, strict=True):
        if mark.value and not mark.was_said:
            yield str(SEEN[name])
