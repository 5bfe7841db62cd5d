"""What went wrong: noted with one tap on a line of a visit, put right step by step, and asked about on the card."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from crm.counter import problem_wording
from crm.counter.person import person_of
from crm.counter.problem_tables import OpenTable, ProblemTable, SolvedTable, shown
from crm.lib.once import OnceForm
from customers.models import Customer, Membership
from customers.promises import problems as writing
from customers.promises.models import Problem
from customers.promises.open_things import SHOWN
from customers.promises.problem_forms import (
    BACK,
    EASY,
    ENTRUST,
    HARD,
    UNDO,
    AboutForm,
    PersonsProblemForm,
    ProblemForm,
    RowsForm,
    SmallThingForm,
    StepForm,
)
from customers.promises.troubles import LEAST_PEOPLE, PERIODS, counted_problems, troubles
from customers.visits.models import Visit
from vendors.access import ShopRequest, counter
from vendors.catalogue import family
from vendors.models import Member

PUT_RIGHT, NEW, ONE = "counter/_put_right.html", "counter/_new_problem.html", "counter/_problem.html"


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def problems(request: ShopRequest) -> HttpResponse:
    """What is open in the shop, what was not asked yet, and what repeats; POST notes a small thing."""
    form = SmallThingForm(request.POST if request.method == "POST" else None, vendor=request.vendor)
    if request.method == "POST" and _noted(request, form):
        messages.success(request, _("Noted."))
        return redirect("counter:problems", request.vendor.slug)
    rows = RowsForm(request.GET, vendor=request.vendor)
    days = rows.cleaned_data["days"] if rows.is_valid() else PERIODS[0]
    unclosed = Problem.objects.filter(vendor=request.vendor).select_related("customer", "product", "owner")
    context = {
        "form": form,
        "hard": shown(
            OpenTable, unclosed.open().filter(is_hard=True), request, prefix="hard-", called=_("Open and hard")
        ),
        "easy": shown(
            OpenTable, unclosed.open().filter(is_hard=False), request, prefix="easy-", called=_("Open and easy")
        ),
        "solved": shown(SolvedTable, unclosed.to_ask(), request, prefix="ask-", called=_("Put right, not asked yet")),
        "days": days,
        "periods": PERIODS,
        "least": LEAST_PEOPLE,
        "troubles": troubles(request.vendor, days=days),
    }
    return render(request, "counter/problems.html", context, status=422 if form.is_bound else 200)


@require_safe
@counter
def problem_rows(request: ShopRequest) -> HttpResponse:
    """The problems behind a number: of some days, perhaps of one product or supplier."""
    form = RowsForm(request.GET, vendor=request.vendor)
    rows = counted_problems(request.vendor).select_related("customer", "product", "owner")
    if not form.is_valid():
        return redirect("counter:problems", request.vendor.slug)
    said = form.cleaned_data
    rows = rows.filter(happened_on__gte=form.since, happened_on__lte=request.vendor.today())
    if said["product"]:
        rows = rows.filter(product__in=family(said["product"]))
    if said["supplier"]:
        rows = rows.filter(supplier=said["supplier"])
    if said["day"]:
        rows = rows.filter(happened_on=said["day"])
    table = shown(ProblemTable, rows, request)
    return render(request, "counter/problem_rows.html", {"table": table, "about": said})


@require_safe
@counter
def problems_of(request: ShopRequest, customer: UUID) -> HttpResponse:
    """All that went wrong for a person."""
    person = person_of(request, customer)
    own = person.problems.filter(is_undone=False).select_related("customer", "product", "owner")
    return render(request, "counter/problems_of.html", {"customer": person, "table": shown(ProblemTable, own, request)})


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def new_problem(request: ShopRequest, customer: UUID) -> HttpResponse:
    """One tap on what was wrong with a product that they had, or have in the hand; POST keeps it."""
    person = person_of(request, customer)
    offered = {"vendor": request.vendor, "visits": _visits(person), "by": request.member}
    if request.method == "POST":
        said = request.POST.copy()
        # A page made for nobody cannot offer who serves.
        said.setdefault("owner", str(request.member.uid))
        return _note(request, person, PersonsProblemForm(said, **offered))
    about = AboutForm(request.GET)
    about.offer_things(request.vendor, offered["visits"])
    said = about.cleaned_data if about.is_valid() else {}
    initial = {name: row and row.uid for name, row in {**said, "owner": request.member}.items()}
    form = PersonsProblemForm(**offered, initial=initial)
    return _show_new(request, person, form, said)


def _note(request: ShopRequest, person: Customer, form: PersonsProblemForm) -> HttpResponse:
    noted = _noted(request, form, customer=person)
    if noted is None:
        return _show_new(request, person, form, form.cleaned_data, status=422)
    if request.htmx:
        return _changed(_show_one(request, _again(noted), is_new=True))
    messages.success(request, _("Noted. Say here what was done, or go on."))
    return redirect(_address(request, _again(noted)))


def _noted(request: ShopRequest, form: ProblemForm, customer: Customer | None = None) -> Problem | None:
    """The problem that `form` tells, kept; None if it could not be, and why is among the form's errors."""

    def write() -> Problem:
        said = dict(form.cleaned_data)
        uid, was_said = said.pop("uid"), not said.pop("unsaid", False)
        told = writing.Told(**said, customer=customer, was_said=was_said)
        return writing.note(vendor=request.vendor, told=told, by=request.member, uid=uid)

    return kept(form, write)


def _show_new(
    request: ShopRequest, person: Customer, form: PersonsProblemForm, about: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    visit, product = about.get("visit"), about.get("product")
    today = request.vendor.today()
    day = request.vendor.day_of(visit.at) if visit else today
    title = problem_wording.about(product, day, today)
    noted = person.problems.filter(product=product, happened_on=day, is_undone=False).select_related("product")
    return _show(request, NEW, status=status, customer=person, form=form, title=title, noted=noted)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def problem(request: ShopRequest, customer: UUID, problem: UUID) -> HttpResponse:
    """One problem of a person, with its steps; POST takes the next one, or one back."""
    return _problem(request, _found(request, problem, customer=person_of(request, customer)))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def small_thing(request: ShopRequest, problem: UUID) -> HttpResponse:
    """One of those of which nobody complained; as `problem`."""
    return _problem(request, _found(request, problem, customer=None))


@require_safe
@vary_on_headers("HX-Request")
@counter
def put_right(request: ShopRequest, customer: UUID) -> HttpResponse:
    """What the card asks about and what is still to be put right; its answers are steps of `problem`."""
    return _show_put_right(request, person_of(request, customer))


def _problem(request: ShopRequest, found: Problem) -> HttpResponse:
    if request.method != "POST":
        return _show_one(request, found)
    form, is_of_card = StepForm(request.POST, vendor=request.vendor, also=found.owner), "from_card" in request.POST
    if not kept(form, lambda: take(found, form, request.member)):
        errors = form.all_errors
        if is_of_card and found.customer:
            return _show_put_right(request, found.customer, status=422, errors=errors)
        return _show_one(request, found, status=422, form=form, errors=errors)
    if is_of_card and found.customer:
        return _asked(request, found, form.cleaned_data["step"])
    if request.htmx:
        return _changed(_show_one(request, _again(found)))
    messages.success(request, _("Noted."))
    return redirect(_address(request, found))


def _asked(request: ShopRequest, found: Problem, step: str) -> HttpResponse:
    """Back on the card after a step; what was just said of `found` can be undone there."""
    if request.htmx:
        return _show_put_right(request, found.customer, done=None if step == BACK else _again(found))
    messages.success(request, _("Noted."))
    return redirect("counter:card", request.vendor.slug, found.customer.uid)


def take(found: Problem, form: StepForm, by: Member) -> Problem:
    """The step that a valid `form` names."""
    step, said = form.cleaned_data["step"], {"problem": found, "by": by, "uid": form.cleaned_data["uid"]}
    seen = {"seen": form.cleaned_data["seen"]}
    if step in Problem.Remedy.values:
        return writing.remedy(**said, **seen, remedy=step)
    if step in Problem.Answer.values:
        return writing.answer(**said, answer=step)
    if step == ENTRUST:
        return writing.entrust(**said, **seen, owner=form.cleaned_data["owner"], due_on=form.cleaned_data["due_on"])
    if step in (HARD, EASY):
        return writing.set_hard(**said, **seen, is_hard=step == HARD)
    return {BACK: writing.step_back, UNDO: writing.undo}[step](**said)


def kept(form: OnceForm, write: Callable[[], Problem]) -> Problem | None:
    """What `write` kept; None if not, and then why is among the form's errors, and its uid is a new one."""
    if not form.is_valid():
        return None
    try:
        return write()
    except writing.ProblemError as error:
        said = error.said
    except IntegrityError:
        # The customer was forgotten on another tablet between our look and our write.
        said = writing.ProblemError.said
    form.renew()
    form.add_error(None, said)
    return None


def _found(request: ShopRequest, uid: UUID, *, customer: Customer | None) -> Problem:
    rows = Problem.objects.select_related("customer", "visit", "product", "supplier", "owner", "by", "promise")
    found = get_object_or_404(rows, vendor=request.vendor, customer=customer, uid=uid)
    found.vendor = request.vendor  # is the same, and was read already
    return found


def _again(found: Problem) -> Problem:
    """`found` as it is kept now."""
    return Problem.objects.select_related("vendor", "customer", "product", "supplier", "owner", "by").get(pk=found.pk)


def _visits(person: Customer) -> QuerySet[Visit]:
    """Those of a person: their own, what they collected, and those of the kitchens they belong to."""
    kitchens = Membership.objects.standing().filter(customer=person).values("household")
    first = Membership.objects.standing().filter(household__in=kitchens, is_first=True).values("customer")
    theirs = Q(customer=person) | Q(collected_by=person) | Q(customer__in=first)
    return Visit.objects.standing().filter(theirs, vendor=person.vendor_id)


def _address(request: ShopRequest, found: Problem) -> str:
    if found.customer is None:
        return reverse("counter:small_thing", args=[request.vendor.slug, found.uid])
    return reverse("counter:problem", args=[request.vendor.slug, found.customer.uid, found.uid])


def _changed(response: HttpResponse) -> HttpResponse:
    return trigger_client_event(response, "problems-changed")


def _show_one(request: ShopRequest, found: Problem, *, status: int = 200, **context: Any) -> HttpResponse:
    form = context.pop("form", None) or StepForm(
        vendor=request.vendor,
        also=found.owner,
        initial={"owner": found.owner and found.owner.uid, "due_on": found.due_on},
    )
    steps = list(found.edits.select_related("by"))
    context |= {
        "problem": found,
        "form": form,
        "address": _address(request, found),
        "steps": steps,
        "knows": len(steps),
        "last": next(reversed(writing.standing_steps(found)), None),
    }
    return _show(request, ONE, status=status, customer=found.customer, **context)


def _show_put_right(
    request: ShopRequest, person: Customer, *, done: Problem | None = None, status: int = 200, **context: Any
) -> HttpResponse:
    open_ones = person.problems.unclosed().select_related("product").order_by("opened_at", "id")[:SHOWN]
    context |= {"problems": [each for each in open_ones if each != done], "done": done}
    return _show(request, PUT_RIGHT, status=status, customer=person, **context)


def _show(
    request: ShopRequest, fragment: str, *, customer: Customer | None, status: int = 200, **context: Any
) -> HttpResponse:
    """The fragment for htmx, and for a browser without script the same in a page."""
    template = fragment if request.htmx else "counter/problem.html"
    return render(request, template, context | {"customer": customer, "fragment": fragment}, status=status)
