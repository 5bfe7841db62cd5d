"""Who would miss it: asked of products, a day or an hour, answered with the people, and decided with them in view."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from crm.counter.wording import amount, named
from crm.review import rows
from crm.review.about_words import about_said, address_of, proposed
from crm.review.charts import Bar, Chart
from crm.review.missing_it_forms import AskForm, DecideForm, PeopleForm
from customers.planning import deciding
from customers.planning.missing_it import About, Touched, WhoWouldMiss, who_would_miss
from vendors.access import ShopRequest, owner
from vendors.models import Product, Vendor

SHOWN = 8
"""People whom the page names; all are behind its numbers."""


class MissingTable(tables.Table):
    """The regulars whom it touches, with how much of theirs."""

    customer = tables.TemplateColumn(
        template_name="review/_person.html", order_by="customer__name", verbose_name=gettext_lazy("Customer")
    )
    touched_visits = tables.Column(accessor="part__touched_visits", verbose_name=gettext_lazy("Visits touched"))
    visits = tables.Column(accessor="part__visits", verbose_name=gettext_lazy("of visits"))
    of_visits = tables.Column(accessor="part__of_visits", verbose_name=gettext_lazy("Share of visits"))
    touched_lines = tables.Column(accessor="part__touched_lines", verbose_name=gettext_lazy("Things touched"))
    lines = tables.Column(accessor="part__lines", verbose_name=gettext_lazy("of things"))
    of_lines = tables.Column(accessor="part__of_lines", verbose_name=gettext_lazy("Share of things"))
    amounts = tables.Column(orderable=False, verbose_name=gettext_lazy("How much"), empty_values=())

    class Meta:
        template_name = "_table.html"
        empty_text = gettext_lazy("Nobody of the regulars.")

    def render_amounts(self, record: Touched) -> str:
        return amounts_said(record)


def amounts_said(of: Touched | WhoWouldMiss) -> str:
    """What was taken of the products: "Mango 4 kg, Apple 500 g"; nothing of days and hours."""
    return ", ".join(f"{named(each.product)} {amount(each.quantity, each.product.unit)}" for each in of.amounts)


def choices_of(vendor: Vendor, form: AskForm) -> dict[str, Any]:
    """What `_missing_it_ask.html` needs: the products that can be chosen, and what was."""
    return {"ask": form, "products": list(Product.objects.sold().filter(vendor=vendor))}


@require_http_methods(["GET", "HEAD", "POST"])
@owner
def missing_it(request: ShopRequest) -> HttpResponse:
    """Whom it touches to give up what the address says; POST writes the decision down."""
    ask = AskForm(request.GET, vendor=request.vendor)
    if not ask.is_asked:
        return _show(request, AskForm(vendor=request.vendor), status=422 if request.method == "POST" else 200)
    if not ask.is_valid():
        return _show(request, ask, status=422)
    if request.method == "POST":
        return _decide(request, ask, DecideForm(request.POST))
    return _answer(request, ask, DecideForm(initial={"text": proposed(ask.about)}))


def _decide(request: ShopRequest, ask: AskForm, form: DecideForm) -> HttpResponse:
    if not form.is_valid():
        return _answer(request, ask, form, status=422)
    said = {"by": request.member, "day": request.vendor.today(), **form.cleaned_data}
    try:
        decision = deciding.decide(vendor=request.vendor, about=ask.about, **said)
    except deciding.DecidingError as error:
        form.add_error(None, error.said)
        form.renew()
        return _answer(request, ask, form, status=409)
    day = date_format(decision.look_on, "j F")
    messages.success(request, _("Written down. From %(day)s on the review asks what became of it.") % {"day": day})
    return redirect("review:decision", request.vendor.slug, decision.uid)


def _answer(request: ShopRequest, ask: AskForm, form: DecideForm, *, status: int = 200) -> HttpResponse:
    found = who_would_miss(request.vendor, ask.about, request.vendor.today())
    address = address_of(ask.about)
    people = f"{reverse('review:missing_people', args=[request.vendor.slug])}?{address}"
    context = {
        "found": found,
        "what": about_said(ask.about),
        "address": address,
        "people": people,
        "named": found.people[:SHOWN],
        "amounts": amounts_said(found),
        "chart": _chart(found) if found.people else None,
        "form": form,
    }
    return _show(request, ask, status=status, **context)


def _show(request: ShopRequest, ask: AskForm, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "review/missing_it.html", {**choices_of(request.vendor, ask), **context}, status=status)


def _chart(found: WhoWouldMiss) -> Chart:
    every, most = len(found.on_all_visits), len(found.on_most_visits)
    bars = [
        Bar(_("every visit"), every),
        Bar(_("most visits"), most - every),
        Bar(_("fewer"), len(found.people) - most),
    ]
    return Chart(_("On how many of their visits it touches them"), _("Of their visits"), _("Regulars"), bars)


@require_safe
@owner
def missing_people(request: ShopRequest) -> HttpResponse:
    """The people behind the numbers of `missing_it`, as rows."""
    form = PeopleForm(request.GET, vendor=request.vendor)
    if not form.is_valid():
        address = reverse("review:missing_it", args=[request.vendor.slug])
        return redirect(f"{address}?{request.GET.urlencode()}")
    found = who_would_miss(request.vendor, form.about, request.vendor.today())
    chosen = {PeopleForm.MOST: found.on_most_visits, PeopleForm.EVERY: found.on_all_visits}
    table = MissingTable(chosen.get(form.cleaned_data["who"], found.people), exclude=_unasked(form.about))
    title = _("Who would miss it: %(what)s") % {"what": about_said(form.about)}
    said = f"{date_format(found.first, 'D j M Y')} – {date_format(found.last, 'D j M Y')}"
    return rows.show(request, table, title=title, name=f"missing-{found.last}", form=form, said=said)


def _unasked(about: About) -> tuple[str, ...]:
    return () if about.products else ("amounts",)
