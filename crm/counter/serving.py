"""The card of one person, and the visit that is recorded from it."""

import json
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.forms import ModelChoiceField
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from crm.counter.households import at_counter
from crm.counter.person import person_of
from crm.counter.tiles import plain_tile, tiles, together
from crm.counter.wording import SILENCES, rhythm
from crm.lib.quantities import plain
from customers import merging
from customers.forms import SearchForm
from customers.models import Customer
from customers.preferences.remembering import Memory, PastProduct, remember
from customers.promises import serving
from customers.promises.due_orders import made_for
from customers.promises.models import Promise
from customers.promises.open_things import open_things
from customers.promises.serving_form import ServingForm
from customers.visits import recording
from customers.visits.models import Visit, VisitLine
from vendors import catalogue
from vendors.access import ShopRequest, counter
from vendors.models import Product


@require_http_methods(["GET", "HEAD", "POST"])
@counter
def card(request: ShopRequest, customer: UUID) -> HttpResponse:
    """What the shop remembers of a person, and the form of this visit. POST records it, unless it asks for more."""
    form = ServingForm(request.POST if request.method == "POST" else None, vendor=request.vendor)
    if request.method != "POST":
        made_for(request.vendor, request.vendor.today())
    person = Customer.objects.filter(vendor=request.vendor, uid=customer).first()
    if person is None:
        return render(request, "counter/gone.html", {"form": form}, status=404)
    form.customer = merging.stand_in(person).uid
    if request.method == "POST" and not _asks_for_more(request):
        return _done(request, person, form)
    if request.method != "POST" and person.merged_into_id is not None:
        return _to_the_one(request, person)
    return _card(request, person, form)


def _to_the_one(request: ShopRequest, merged: Customer) -> HttpResponse:
    one = merging.stand_in(merged)
    messages.info(request, _("%(name)s and %(other)s are one person here.") % {"name": merged.name, "other": one.name})
    return redirect("counter:card", request.vendor.slug, one.uid)


def _asks_for_more(request: ShopRequest) -> bool:
    """Without script, some buttons send the form to have it back with more in it: "same as last time", "find"."""
    return not {"same", "look", "fill"}.isdisjoint(request.POST)


def _done(request: ShopRequest, person: Customer, form: ServingForm) -> HttpResponse:
    if not form.is_valid():
        return _card(request, person, form, status=422)
    said = {name: form.cleaned_data[name] for name in ("uid", "note", "at", "channel", "collected_by")}
    person.vendor = request.vendor  # is the same, and was read already
    fulfils = {"keeps": form.keeps, "wishes": form.wishes}
    try:
        visit = serving.serve(customer=person, lines=form.lines, by=request.member, **fulfils, **said)
    except recording.RecordedOtherwise as error:
        return _recorded_otherwise(request, person, form, error.visit)
    except IntegrityError:
        # Forgotten on another tablet between our look and our write.
        return render(request, "counter/gone.html", {"form": form}, status=404)
    _tell_of_promises(request, visit, form)
    return _to_find(request)


def _tell_of_promises(request: ShopRequest, visit: Visit, form: ServingForm) -> None:
    """That what was ticked is kept now, or was closed by somebody else before."""
    if not form.keeps:
        return
    kept = visit.kept_promises.count()
    if kept:
        said = ngettext("%(kept)d promise is kept with it.", "%(kept)d promises are kept with it.", kept)
        messages.success(request, said % {"kept": kept})
    if kept < len(form.keeps):
        messages.info(request, _("A promise was closed on another page before. The visit is saved; look at the card."))


def _recorded_otherwise(request: ShopRequest, person: Customer, form: ServingForm, before: Visit) -> HttpResponse:
    form.renew()
    form.add_error(None, _("This page was saved before with other things. DONE now saves a second visit."))
    return _card(request, person, form, status=409, before=before)


def _to_find(request: ShopRequest) -> HttpResponse:
    address = reverse("counter:find", args=[request.vendor.slug])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _card(
    request: ShopRequest,
    person: Customer,
    form: ServingForm,
    *,
    status: int = 200,
    visit: Visit | None = None,
    before: Visit | None = None,
) -> HttpResponse:
    person = merging.stand_in(person)
    person.vendor = request.vendor  # is the same, and was read already
    now = timezone.now()
    things = open_things(person, now=now)
    ordered = {line.product.pk: None for promise in things.promises for line in promise.lines}
    memory = remember(person, now=now, also=ordered, shares_kitchen=bool(things.kin))
    if "same" in request.POST and memory.last_visits:
        form.fill(_had(memory))
    if "fill" in request.POST:
        _take_order(person, form, request.POST["fill"])
    also = memory.also + (_looked_for(request, request.POST)[1] if "look" in request.POST else [])
    context = {
        "customer": person,
        "memory": memory,
        "things": things,
        "form": form,
        "tiles": tiles(memory, form, request.vendor.language, also=also),
        "together": together(memory),
        "same": _same(memory),
        **_rhythm(person, memory),
        **at_counter(person, things.kin, _stands_here(request, visit), gone=visit and visit.collected_by),
        "visit": visit,
        "before": before,
        "new_uid": uuid4,
    }
    return render(request, "counter/card.html", context, status=status)


def _take_order(person: Customer, form: ServingForm, uid: str) -> None:
    """An order that is closed by now fills nothing: the page that goes back does not show it any more."""
    chosen = ModelChoiceField(Promise.objects.open().filter(customer=person), to_field_name="uid")
    try:
        form.take_order(chosen.clean(uid))
    except ValidationError:
        return


def _stands_here(request: ShopRequest, visit: Visit | None) -> UUID | str | None:
    """The uid of who was chosen, or came by a link for another; of a visit that is changed, who collected it."""
    if request.method == "POST":
        return request.POST.get("collected_by")
    if visit is not None:
        return visit.collected_by and visit.collected_by.uid
    return request.GET.get("collected_by") or request.GET.get("standing")


def _rhythm(person: Customer, memory: Memory) -> dict[str, Any]:
    """How often they come, and whether they stayed away longer than they use to; nothing new once they came today."""
    if not person.is_awaited:
        return {}
    today = person.vendor.today()
    if memory.last_visits and person.vendor.day_of(memory.last_visits[0].at) >= today:
        return {}
    return {"rhythm": rhythm(memory.rhythm), "is_overdue": memory.rhythm.state in SILENCES}


def _looked_for(request: ShopRequest, data: QueryDict) -> tuple[str, list[Product]]:
    """What was typed to find another product, and the products found: all that the shop sells for nothing typed."""
    form = SearchForm({"q": data.get("look_for", "")})
    text = form.cleaned_data["q"] if form.is_valid() else ""
    return text, catalogue.find(request.vendor, text)


def _same(memory: Memory) -> str:
    """The lines of the latest visit as the script fills them in: JSON `[[product uid, quantity, manner], ...]`."""
    return json.dumps([[str(line.product.uid), plain(line.quantity), line.manner] for line in _had(memory)])


def _had(memory: Memory) -> list[PastProduct]:
    """What they really had the last time they came."""
    return [
        line
        for visit in memory.last_visits[:1]
        for line in visit.lines
        if line.outcome in (VisitLine.Outcome.TAKEN, VisitLine.Outcome.REPLACED)
    ]


@require_safe
@counter
def products(request: ShopRequest, customer: UUID) -> HttpResponse:
    """Tiles of further products: all that the shop sells, or those whose name begins like what is typed."""
    person = person_of(request, customer)
    text, found = _looked_for(request, request.GET)
    found_tiles = [plain_tile(product, request.vendor.language) for product in found]
    return render(request, "counter/_products.html", {"customer": person, "tiles": found_tiles, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
@counter
def visit(request: ShopRequest, visit: UUID) -> HttpResponse:
    """Change a visit of today; what it said before is kept."""
    visits = Visit.objects.select_related("customer", "collected_by")
    found = get_object_or_404(visits, vendor=request.vendor, uid=visit)
    said = {"vendor": request.vendor, "customer": found.customer.uid, "collector": found.collected_by}
    if request.method == "POST" and not _asks_for_more(request):
        return _change(request, found, ServingForm(request.POST, **said))
    form = ServingForm(request.POST or None, **said, initial={"note": found.note, "seen": found.edits.count()})
    if not form.is_bound:
        form.fill(found.lines.select_related("product"))
    return _card(request, found.customer, form, visit=found)


def _change(request: ShopRequest, found: Visit, form: ServingForm) -> HttpResponse:
    if not form.is_valid():
        return _card(request, found.customer, form, visit=found, status=422)
    said: dict[str, Any] = {name: form.cleaned_data[name] for name in ("uid", "note", "seen")}
    if "collected_by" in request.POST:
        said["collected_by"] = form.cleaned_data["collected_by"]
    try:
        serving.change(visit=found, lines=form.lines, by=request.member, **said)
    except recording.NotToday:
        form.add_error(None, _("Only a visit of today can be changed here. Nothing was changed; ask the owner."))
        return _card(request, found.customer, form, visit=found, status=409)
    messages.success(request, _("Changed. What it said before is kept."))
    return _to_find(request)


@require_POST
@counter
def undo(request: ShopRequest, visit: UUID) -> HttpResponse:
    """Undo a visit; it can be put back."""
    found = get_object_or_404(Visit, vendor=request.vendor, uid=visit)
    serving.undo(visit=found, by=request.member)
    return redirect("counter:find", request.vendor.slug)


@require_POST
@counter
def put_back(request: ShopRequest, visit: UUID) -> HttpResponse:
    """Put an undone visit back."""
    found = get_object_or_404(Visit, vendor=request.vendor, uid=visit)
    serving.put_back(visit=found, by=request.member)
    return redirect("counter:find", request.vendor.slug)
