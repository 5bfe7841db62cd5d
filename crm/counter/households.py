"""Who shares a kitchen: who stands at the counter and for whom, and the household's page in the card's sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from crm.counter.person import person_of
from crm.lib.once import OnceForm
from customers import households, keeping, merging
from customers.forms import JoinForm, MakeForm, PartForm, SearchForm
from customers.households import HouseholdError, Part
from customers.models import Customer, Household, Membership
from customers.promises.open_things import Kin
from customers.visits import collecting, finding
from customers.visits.finding import Found
from vendors.access import ShopRequest, counter

PANEL, MEMBER, PEOPLE = "counter/_household.html", "counter/_household_member.html", "counter/_household_people.html"
ADD, NEW = "add", "new"
LEAST_ROLES = {"own_roles": ["decides", "pays", "eats"], "roles": ["eats"]}
"""What is ticked from the start."""


@dataclass(frozen=True)
class Standing:
    """One who may stand at the counter for a kitchen; `value` is what the card's form sends for them."""

    value: str
    name: str
    roles: str
    ask_first: str
    is_chosen: bool


@dataclass(frozen=True)
class ForWhom:
    """A kitchen that somebody comes for who is not the one whose name its visits stand under."""

    first: Kin
    own: Kin


def at_counter(person: Customer, kin: Sequence[Kin], chosen: UUID | str | None, gone: Customer | None = None) -> dict:
    """
    For the card: `who_stands`, all who may stand here for `person`'s kitchen, and `collects_for`, whose they come for.

    `chosen` is the uid of who stands here, if it is another. `gone` collected the visit that is changed, and is one of
    them even if they left.
    """
    own = [each for each in kin if each.customer == person.uid]
    homes = {each.household for each in own if each.is_first}
    others = {each.customer: each for each in kin if each.household in homes and each.customer != person.uid}
    here = [_standing(each, chosen) for each in others.values()]
    if gone and gone.uid not in others:
        here.append(Standing(str(gone.uid), gone.name, "", "", str(chosen or "") == str(gone.uid)))
    first = next((_standing(each, None) for each in own if each.is_first), Standing("", person.name, "", "", False))
    themselves = Standing("", person.name, first.roles, "", not any(each.is_chosen for each in here))
    firsts = {each.household: each for each in kin if each.is_first}
    return {
        "who_stands": [themselves, *here] if here else [],
        "collects_for": [ForWhom(firsts[each.household], each) for each in own if not each.is_first],
        "homes": list({each.household: each.household_name for each in own}.values()),
    }


def _standing(kin: Kin, chosen: UUID | str | None) -> Standing:
    is_chosen = str(kin.customer) == str(chosen or "")
    return Standing(str(kin.customer), kin.name, Membership.in_words(kin.roles), kin.ask_first, is_chosen)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def household(request: ShopRequest, customer: UUID) -> HttpResponse:
    """Who shares a kitchen with a person; with `?add=` a household's uid or "new" the form for one more. POST adds."""
    person = person_of(request, customer)
    home = _asked_home(request, person)
    if request.method == "POST" and "look" not in request.POST:
        return _join(request, person, home) if home else _make(request, person)
    typed = _typed(request.POST) if request.method == "POST" else LEAST_ROLES
    form = (JoinForm if home else MakeForm)(vendor=request.vendor, initial=typed)
    return _panel(request, person, home=home, form=form)


@require_safe
@counter
def household_people(request: ShopRequest, customer: UUID) -> HttpResponse:
    """Who is meant: the people found for what is typed, to choose one of."""
    person, people = person_of(request, customer), _found(request, request.GET)
    return _show(request, PEOPLE, person, people=people, **_query(request.GET))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def household_member(request: ShopRequest, customer: UUID, membership: UUID) -> HttpResponse:
    """What somebody is in a household: POST changes it. One who left can be put back here."""
    person = person_of(request, customer)
    found = _membership(person, membership)
    if request.method != "POST":
        return _member(request, person, found, _part_form(found))
    form = PartForm(request.POST)
    said = {"membership": found, "by": request.member}
    if _kept(form, lambda: households.change(**said, **_cleaned(form, "roles", "ask_first", "uid"))):
        return _changed(request, person)
    return _member(request, person, found, form, status=422)


@require_POST
@counter
def household_first(request: ShopRequest, customer: UUID, membership: UUID) -> HttpResponse:
    """From now on the visits stand under this member's name; with `brings_past` those so far as well."""
    person = person_of(request, customer)
    found = _membership(person, membership)
    form, past = OnceForm(request.POST), "brings_past" in request.POST
    said = {"membership": found, "brings_past": past, "by": request.member}
    if _kept(form, lambda: collecting.make_first(**said, **_cleaned(form, "uid"))):
        return _changed(request, person)
    return _refused(request, person, found, form)


@require_POST
@counter
def household_leave(request: ShopRequest, customer: UUID, membership: UUID) -> HttpResponse:
    """Somebody is in a household no more; with the field `put_back` they are again."""
    person = person_of(request, customer)
    found = _membership(person, membership)
    form, past = OnceForm(request.POST), "past" in request.POST
    if "put_back" in request.POST:
        kept = _kept(form, lambda: collecting.put_back(membership=found, brings_past=past))
        return _changed(request, person) if kept else _refused(request, person, found, form)
    if not _kept(form, lambda: collecting.leave(membership=found, takes_past=past, by=request.member)):
        return _refused(request, person, found, form)
    return _left(request, person, found, past=past)


@require_POST
@counter
def household_end(request: ShopRequest, customer: UUID, household: UUID) -> HttpResponse:
    """Nobody is in this household any more; it can be put back with any of its members."""
    person = person_of(request, customer)
    homes = Household.objects.filter(vendor=request.vendor, memberships__customer=person)
    found = get_object_or_404(homes.distinct(), uid=household)
    households.end(household=found, by=request.member)
    own = found.memberships.select_related("household", "customer").filter(customer=person).latest("pk")
    return _left(request, person, own, past=False)


def _homes(person: Customer) -> QuerySet[Household]:
    """The households that a person is in now, with all who are."""
    members = Membership.objects.standing().select_related("customer")
    mine = Membership.objects.standing().filter(customer=person).values("household")
    found = Household.objects.filter(vendor=person.vendor_id, pk__in=mine).order_by("name", "pk")
    return found.prefetch_related(Prefetch("memberships", members, to_attr="members"))


def _membership(person: Customer, uid: UUID) -> Membership:
    """One of a household that `person` is or was in."""
    homes = Membership.objects.filter(customer=person).values("household")
    found = Membership.objects.select_related("household", "customer", "vendor").filter(household__in=homes)
    return get_object_or_404(found, vendor=person.vendor_id, uid=uid)


def _asked_home(request: ShopRequest, person: Customer) -> Household | None:
    """The household that somebody is added to: 404 for one that `person` is not in; None for a new one."""
    asked = request.POST.get(ADD) or request.GET.get(ADD) or NEW
    if asked == NEW:
        return None
    try:
        return get_object_or_404(_homes(person), uid=UUID(asked))
    except ValueError as error:
        raise Http404 from error


def _join(request: ShopRequest, person: Customer, home: Household) -> HttpResponse:
    form = JoinForm(request.POST, vendor=request.vendor)

    def write() -> None:
        part = Part(_meant(request, form), *_cleaned(form, "roles", "ask_first").values())
        said = _cleaned(form, "uid", "brings_past")
        collecting.join(household=home, part=part, by=request.member, **said)

    if _kept(form, write):
        return _changed(request, person)
    return _panel(request, person, home=home, form=form, status=422)


def _make(request: ShopRequest, person: Customer) -> HttpResponse:
    form = MakeForm(request.POST, vendor=request.vendor)

    def write() -> None:
        said, own_is_first = form.cleaned_data, form.cleaned_data["first"] == MakeForm.OWN
        own = Part(person, said["own_roles"] | ({"decides"} if own_is_first else set()))
        other_roles = said["roles"] | (set() if own_is_first else {"decides"})
        other = Part(_meant(request, form), other_roles, said["ask_first"])
        first, second = (own, other) if own_is_first else (other, own)
        named = {"vendor": request.vendor, "name": said["household_name"], "by": request.member}
        collecting.make(first=first, others=[second], **named, **_cleaned(form, "uid", "brings_past"))

    if _kept(form, write):
        return _changed(request, person)
    return _panel(request, person, form=form, status=422)


def _meant(request: ShopRequest, form: JoinForm) -> Customer:
    """Who was chosen, or the new one who was typed: the same one, whenever the form is sent again."""
    if form.person:
        return merging.stand_in(form.person)
    uid = uuid5(form.cleaned_data["uid"], "person")
    return keeping.add(vendor=request.vendor, name=form.name, by=request.member, uid=uid)


def _typed(data: QueryDict) -> dict[str, Any]:
    """What was typed so far, for a form that is not sent yet."""
    lists = {name: data.getlist(name) for name in LEAST_ROLES}
    return {name: data.get(name, "") for name in ("uid", "q", "ask_first", "first", "household_name")} | lists


def _query(data: QueryDict) -> dict[str, str]:
    form = SearchForm(data)
    return {"text": form.cleaned_data["q"].strip() if form.is_valid() else "", "who": data.get("who", "")}


def _found(request: ShopRequest, data: QueryDict) -> list[Found]:
    return finding.find(request.vendor, _query(data)["text"])


def _cleaned(form: OnceForm, *names: str) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


def _kept(form: OnceForm, write: Callable[[], object]) -> bool:
    """Whether `form` was valid and `write` kept it; why not is among the form's errors."""
    if not form.is_valid():
        return False
    try:
        write()
    except households.ToldOtherwise as error:
        form.renew()
        form.add_error(None, error.said)
    except HouseholdError as error:
        form.add_error(None, error.said)
    return form.is_valid()


def _changed(request: ShopRequest, person: Customer, **context: Any) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(_panel(request, person, **context), "household-changed")
    messages.success(request, _("Remembered."))
    return redirect("counter:household", request.vendor.slug, person.uid)


def _left(request: ShopRequest, person: Customer, found: Membership, *, past: bool) -> HttpResponse:
    if request.htmx:
        return _changed(request, person, left=found, past=past)
    messages.success(request, _("Removed. It can be put back here."))
    return redirect("counter:household_member", request.vendor.slug, person.uid, found.uid)


def _panel(
    request: ShopRequest,
    person: Customer,
    *,
    home: Household | None = None,
    form: JoinForm | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    homes, data = list(_homes(person)), request.POST or request.GET
    if form and homes and ADD not in data:
        form = None  # nobody asked for it yet
    context |= {
        "homes": homes,
        "adding_to": home,
        "form": form,
        "is_first_already": any(each.is_first for home in homes for each in home.members if each.customer == person),
        "people": _found(request, data) if form else [],
        **_query(data),
    }
    return _show(request, PANEL, person, status=status, **context)


def _refused(request: ShopRequest, person: Customer, found: Membership, form: OnceForm) -> HttpResponse:
    errors = form.non_field_errors() or form.errors["uid"]
    return _member(request, person, found, _part_form(found), status=422, errors=errors)


def _part_form(found: Membership) -> PartForm:
    return PartForm(initial={"roles": found.roles, "ask_first": found.ask_first})


def _member(
    request: ShopRequest, person: Customer, found: Membership, form: PartForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    found = Membership.objects.select_related("household", "customer", "vendor").get(pk=found.pk)
    context |= {"membership": found, "form": form, "has_past": collecting.has_past(found)}
    return _show(request, MEMBER, person, status=status, **context)


def _show(request: ShopRequest, fragment: str, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    """The fragment for htmx, and for a browser without script the same in a page. Each `new_uid` is another uid."""
    context |= {"customer": person, "fragment": fragment, "new_uid": uuid4}
    template = fragment if request.htmx else "counter/household.html"
    return render(request, template, context, status=status)
