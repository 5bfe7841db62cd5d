"""The promises between the shop and a person: made, changed and brought to their end, in the sheet and as pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from crm.counter.amended import Step, changed_said, steps
from crm.counter.due_words import Due, due_choices, due_said, late_said
from crm.counter.expectations import who_promises
from crm.counter.person import person_of
from crm.lib import moments
from crm.lib.once import OnceForm
from crm.lib.quantities import plain
from customers.models import Customer
from customers.preferences.remembering import remember
from customers.promises import amending, closing, promising
from customers.promises.amending import Amended
from customers.promises.choosing import Choice, choices_of
from customers.promises.closing import GIVEN
from customers.promises.forms import AmendForm, OutcomeForm, PromiseForm, TermsForm, initial_of
from customers.promises.models import Amendment, Promise
from customers.promises.open_things import open_things
from customers.promises.promising import PromisingError
from customers.promises.rates import KeptRate, kept_rates
from vendors.access import ShopRequest, counter

PROMISES, PROMISE, PROMISED = "counter/_promises.html", "counter/_promise.html", "counter/_promised.html"
OFFERED = 8
"""Products of their usual that a new promise offers with one tap each."""
MOST = 50
"""Open promises that the list shows, and amendments of one."""
CLOSED = 10
CHANGED = "promises-changed"


@dataclass(frozen=True)
class Row:
    """A promise as the list shows it."""

    promise: Promise
    what: str
    due: Due
    outcome: str


@require_safe
@vary_on_headers("HX-Request")
@counter
def promised(request: ShopRequest, customer: UUID) -> HttpResponse:
    """What is promised and open, for the card."""
    return _promised(request, person_of(request, customer))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def promises(request: ShopRequest, customer: UUID) -> HttpResponse:
    """The promises of a person; with `?add`, or where there are none, the form for one; POST makes it."""
    person = person_of(request, customer)
    if request.method == "POST":
        return _make(request, person)
    return _promises(request, person)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def promise(request: ShopRequest, customer: UUID, promise: UUID) -> HttpResponse:
    """One promise: how it came to say what it says, its change by POST, and what may become of it."""
    person = person_of(request, customer)
    found = _found(person, promise)
    if request.method == "POST":
        return _amend(request, person, found)
    return _promise(request, person, found)


@require_POST
@vary_on_headers("HX-Request")
@counter
def close_promise(request: ShopRequest, customer: UUID, promise: UUID) -> HttpResponse:
    """What became of it."""
    person = person_of(request, customer)
    found, form = _found(person, promise), OutcomeForm(request.POST)

    def write() -> Amendment | None:
        return closing.close(promise=found, by=request.member, **form.cleaned_data)

    return _ended(request, person, found, form, write)


@require_POST
@vary_on_headers("HX-Request")
@counter
def reopen_promise(request: ShopRequest, customer: UUID, promise: UUID) -> HttpResponse:
    """Take back what became of it."""
    person = person_of(request, customer)
    found, form = _found(person, promise), OnceForm(request.POST)

    def write() -> Amendment | None:
        return closing.reopen(promise=found, by=request.member, uid=form.cleaned_data["uid"])

    return _ended(request, person, found, form, write)


def _of(person: Customer) -> QuerySet[Promise]:
    found = Promise.objects.filter(vendor=person.vendor_id, customer=person)
    return found.select_related("vendor", "closed_by", "closed_in").prefetch_related("lines__product")


def _found(person: Customer, uid: UUID) -> Promise:
    return get_object_or_404(_of(person), uid=uid)


def _make(request: ShopRequest, person: Customer) -> HttpResponse:
    form = _new_form(request, person)
    if _asks_for_more(request, form):
        return _promises(request, person, form=form)

    def write() -> Promise:
        said = {name: form.cleaned_data[name] for name in ("side", "channel", "uid")}
        return promising.make(customer=person, terms=form.terms, by=request.member, **said)

    made = _kept(form, write)
    if form.errors:
        return _promises(request, person, status=422, form=form)
    text = _("Promised: %(what)s, %(due)s.") % _said(_row(_found(made.customer, made.uid)))
    if request.htmx:
        return trigger_client_event(_promises(request, person, said=text, made=made), CHANGED)
    messages.success(request, text)
    return redirect("counter:promises", request.vendor.slug, made.customer.uid)


def _amend(request: ShopRequest, person: Customer, found: Promise) -> HttpResponse:
    form = _change_form(person, found, request.POST)
    if _asks_for_more(request, form):
        return _promise(request, person, found, form=form)

    def write() -> Amended:
        said = {name: form.cleaned_data[name] for name in ("seen", "uid")}
        given = {"promise": found, "terms": form.terms, "by": request.member, "agreement": form.agreement}
        return amending.amend(**given, **said)

    amended = _kept(form, write)
    if form.errors:
        return _promise(request, person, found, status=422, form=form)
    found = _found(person, found.uid)
    return _saved(request, person, found, _amended_said(found, amended))


def _amended_said(promise: Promise, amended: Amended) -> str:
    """That it was saved, and who changed what while the page was open."""
    saved = _("Saved: %(what)s, %(due)s.") % _said(_row(promise))
    overlooked = {each.pk for each in amended.overlooked}
    if not overlooked:
        return saved
    told = [changed_said(step) for step in _steps(promise) if step.amendment.pk in overlooked]
    return " ".join([saved, *reversed(told), _("Yours stands now; both are kept.")])


def _ended(
    request: ShopRequest, person: Customer, found: Promise, form: OnceForm, write: Callable[[], object]
) -> HttpResponse:
    _kept(form, write)
    errors = form.all_errors
    found = _found(person, found.uid)
    if request.htmx and "from_card" in request.POST:
        return _promised(request, person, status=409 if errors else 200, errors=errors, done=_row(found))
    if errors:
        return _promise(request, person, found, status=422, outcome_form=form)
    return _saved(request, person, found, _ended_said(request, found))


def _ended_said(request: ShopRequest, promise: Promise) -> str:
    row = _row(promise)
    if promise.is_open:
        return _("It is open again: %(what)s, %(due)s.") % _said(row)
    if "mistake" in request.POST:
        return _("Taken back: %(what)s. It counts as released, neither kept nor broken.") % _said(row)
    return f"{row.what}: {row.outcome}."


def _saved(request: ShopRequest, person: Customer, found: Promise, text: str) -> HttpResponse:
    if request.htmx:
        undone = found if found.outcome else None
        return trigger_client_event(_promises(request, person, said=text, closed=undone), CHANGED)
    messages.success(request, text)
    return redirect("counter:promise", request.vendor.slug, person.uid, found.uid)


def _kept(form: OnceForm, write: Callable[[], Any]) -> Any:
    """What `write` kept if `form` was valid; why not is among the form's errors."""
    if not form.is_valid():
        return None
    try:
        return write()
    except PromisingError as error:
        form.add_error(None, error.said)
        form.renew()  # nothing was written under this uid
    except (IntegrityError, Promise.DoesNotExist) as error:
        # Forgotten on another tablet between our look and our write.
        raise Http404 from error
    return None


def _asks_for_more(request: ShopRequest, form: TermsForm) -> bool:
    """Whether the form is sent to have it back with one more product in it; it is judged when it is kept."""
    if "more" not in request.POST:
        return False
    form.choose_another()
    return True


def _new_form(request: ShopRequest, person: Customer) -> PromiseForm:
    data = request.POST if request.method == "POST" else None
    return PromiseForm(data, vendor=request.vendor, offered=_offered(person, []))


def _change_form(person: Customer, found: Promise, data: QueryDict | None = None) -> AmendForm:
    offered = _offered(person, choices_of(found.lines.all()))
    return AmendForm(data, vendor=person.vendor, offered=offered, initial=initial_of(found))


def _offered(person: Customer, chosen: list[Choice]) -> list[Choice]:
    """What is chosen, and of their usual what is not."""
    known = {choice.product.uid for choice in chosen}
    usual = remember(person, now=timezone.now()).usual[:OFFERED]
    more = [
        Choice(each.product, take=plain(each.quantity), manner=each.manner)
        for each in usual
        if each.product.uid not in known
    ]
    return [*chosen, *more]


def _row(promise: Promise) -> Row:
    now, vendor = timezone.now(), promise.vendor
    due = due_said(vendor, promise.due_at, any_time=promise.due_any_time, now=now)
    return Row(promise, who_promises(promise, vendor.currency), due, outcome_said(promise))


def outcomes() -> list[Promise.Outcome]:
    """What may be said to have become of one, besides that it was kept."""
    return [each for each in Promise.Outcome if each not in GIVEN]


def outcome_said(promise: Promise) -> str:
    """What became of it: "kept", "late by 2 hours"; nothing of an open one."""
    if promise.late_by:
        return late_said(promise.due_at, promise.closed_at)
    return str(promise.get_outcome_display())


def _said(row: Row) -> dict[str, str]:
    return {"what": row.what, "due": row.due.words}


def _steps(promise: Promise) -> list[Step]:
    amendments = promise.amendments.select_related("by").order_by("-pk")[:MOST]
    return list(steps(promise, amendments, now=timezone.now()))


def _promises(request: ShopRequest, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    found = list(_of(person).open().order_by("due_at", "pk")[: MOST + 1])
    ended = _of(person).exclude(outcome="").order_by("-closed_at", "-pk")[:CLOSED]
    if "form" not in context and ("add" in request.GET or not (found or "said" in context)):
        context["form"] = _new_form(request, person)
    rates = kept_rates(person.vendor, timezone.now(), customer=person)
    context |= {
        "rows": [_row(each) for each in found[:MOST]],
        "has_more": len(found) > MOST,
        "ended_rows": [_row(each) for each in ended],
        "rates": labelled_rates(rates),
    }
    return _show(request, PROMISES, person, status=status, **context)


def labelled_rates(rates: Mapping[str, KeptRate]) -> list[tuple[str, KeptRate]]:
    """The kept rate of each side after its name in the language of the page."""
    return [(Promise.Side(side).label, rate) for side, rate in rates.items()]


def _promise(
    request: ShopRequest, person: Customer, found: Promise, *, status: int = 200, **context: Any
) -> HttpResponse:
    if found.is_open and "form" not in context:
        context["form"] = _change_form(person, found)
    context |= {"row": _row(found), "steps": _steps(found), "is_late": found.due_at < timezone.now()}
    context["outcomes"] = outcomes()
    return _show(request, PROMISE, person, status=status, **context)


def _promised(request: ShopRequest, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"customer": person, "promises": open_things(person, now=timezone.now()).promises}
    template = PROMISED if request.htmx else "counter/promise.html"
    return render(request, template, {**context, "fragment": PROMISED}, status=status)


def _show(request: ShopRequest, fragment: str, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    """The fragment for htmx, and for a browser without script the same in a page."""
    context |= {
        "customer": person,
        "fragment": fragment,
        "due_choices": due_choices(person.vendor, moments.now()),
        "new_uid": uuid4,
    }
    template = fragment if request.htmx else "counter/promise.html"
    return render(request, template, context, status=status)
