"""What was decided, and what became of the people whom it touched: said with care, because after is not because."""

from typing import Any
from uuid import UUID, uuid4

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from crm.counter.expectations import asked_for, went_wrong
from crm.counter.wording import rhythm
from crm.lib.stored_tables import StoredTable
from crm.review import rows
from crm.review.about_words import about_said, address_of
from crm.review.missing_it_forms import DecisionsForm, StepForm
from customers.planning import deciding
from customers.planning.looking_back import WEEKS, Became, LookedBack, ThenAndNow, as_of, look_back
from customers.planning.models import Decision
from vendors.access import ShopRequest, owner

SHOWN = 12
"""People whom the page of a decision names: of those who do not come as before; all are in its table."""
BECAME = {
    Became.AS_BEFORE: gettext_lazy("as before"),
    Became.LESS: gettext_lazy("comes less"),
    Became.GONE: gettext_lazy("quietly gone"),
    Became.CLOSED: gettext_lazy("not waited for any more"),
}
STEPS = {
    deciding.LOOK: gettext_lazy("Kept. It is not asked again."),
    deciding.LOOK_AGAIN: gettext_lazy("It is to be looked at again."),
    deciding.TAKE_BACK: gettext_lazy("Taken back."),
    deciding.PUT_BACK: gettext_lazy("It holds again."),
}


# --- all of them


class DecisionsTable(StoredTable):
    """What was decided, the latest first."""

    decided_on = tables.DateColumn(format="D j M Y", verbose_name=gettext_lazy("Decided"))
    text = tables.TemplateColumn(template_name="review/_decision_link.html", verbose_name=gettext_lazy("Decision"))
    about = tables.Column(orderable=False, verbose_name=gettext_lazy("What about"))
    reason = tables.Column(orderable=False, verbose_name=gettext_lazy("Why"))
    touched = tables.Column(verbose_name=gettext_lazy("Regulars touched"))
    state = tables.Column(empty_values=(), order_by=("looked_at", "look_on"), verbose_name=gettext_lazy("How far"))

    class Meta:
        model = Decision
        fields = ("decided_on", "text", "about", "reason", "touched", "state")
        order_by = "-decided_on"
        template_name = "_table.html"
        empty_text = gettext_lazy("Nothing was decided yet. Ask who would miss it, then write it down.")

    def render_about(self, record: Decision) -> str:
        return about_said(deciding.about_by(record, [row.product for row in record.products.all()]))

    def render_touched(self, record: Decision) -> str:
        return _("%(k)d of %(n)d regulars") % {"k": record.touched, "n": record.regulars}

    def render_state(self, record: Decision) -> str:
        return how_far(record)


def how_far(decision: Decision) -> str:
    """Whether it was taken back or looked at, or from when on it is to be."""
    if decision.undone_at:
        return pgettext("decision", "taken back")
    if decision.looked_at:
        return _("looked at: %(conclusion)s") % {"conclusion": decision.conclusion}
    return _("to be looked at from %(day)s on") % {"day": date_format(decision.look_on, "j M Y")}


@require_safe
@owner
def decisions(request: ShopRequest) -> HttpResponse:
    """All that was decided, as rows."""
    form = DecisionsForm(request.GET)
    found = _chosen(Decision.objects.filter(vendor=request.vendor), form)
    table = DecisionsTable(found.prefetch_related("products__product"))
    return rows.show(request, table, title=_("Decisions"), name="decisions", form=form)


def _chosen(found: QuerySet[Decision], form: DecisionsForm) -> QuerySet[Decision]:
    which = form.cleaned_data["which"] if form.is_valid() else DecisionsForm.ALL
    if which == DecisionsForm.BACK:
        return found.filter(undone_at__isnull=False)
    if which in (DecisionsForm.WAITING, DecisionsForm.LOOKED):
        return found.filter(undone_at__isnull=True, looked_at__isnull=which == DecisionsForm.WAITING)
    return found


# --- one of them


class PeopleTable(tables.Table):
    """The people of a decision: as they were counted then, and how they have come since."""

    customer = tables.TemplateColumn(
        template_name="review/_person.html", order_by="customer__name", verbose_name=gettext_lazy("Customer")
    )
    became = tables.Column(order_by="became", verbose_name=gettext_lazy("Since then"))
    before = tables.Column(accessor="days__before", verbose_name=gettext_lazy("Days here, before"))
    after = tables.Column(accessor="days__after", verbose_name=gettext_lazy("Days here, since"))
    rhythm = tables.Column(empty_values=(), orderable=False, verbose_name=gettext_lazy("Rhythm"))
    touched_visits = tables.Column(accessor="then__touched_visits", verbose_name=gettext_lazy("Visits touched then"))
    visits = tables.Column(accessor="then__visits", verbose_name=gettext_lazy("of visits"))
    touched_lines = tables.Column(accessor="then__touched_lines", verbose_name=gettext_lazy("Things touched then"))
    lines = tables.Column(accessor="then__lines", verbose_name=gettext_lazy("of things"))

    class Meta:
        template_name = "_table.html"
        empty_text = gettext_lazy("It touched nobody of the regulars.")

    def render_became(self, record: ThenAndNow) -> str:
        return str(BECAME[record.became])

    def render_rhythm(self, record: ThenAndNow) -> str:
        return rhythm(record.standing)


class BecameForm(forms.Form):
    """Which of the people."""

    became = forms.ChoiceField(
        choices=[("", gettext_lazy("all")), *BECAME.items()], required=False, label=gettext_lazy("Since then")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@owner
def decision(request: ShopRequest, decision: UUID) -> HttpResponse:
    """A decision with what became of its people; POST takes a step of it."""
    found = _decision(request, decision)
    if request.method != "POST":
        return _show(request, found, StepForm())
    form = StepForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    try:
        found = _stepped(request, found, form)
    except deciding.DecidingError as error:
        form.add_error(None, error.said)
        form.renew()
        return _show(request, _decision(request, decision), form, status=409)
    done = STEPS[form.cleaned_data["step"]]
    if request.htmx:
        return _show(request, found, StepForm(), done=done)
    messages.success(request, done)
    return redirect("review:decision", request.vendor.slug, found.uid)


def _decision(request: ShopRequest, uid: UUID) -> Decision:
    known = Decision.objects.select_related("by", "looked_by", "undone_by")
    return get_object_or_404(known, vendor=request.vendor, uid=uid)


def _stepped(request: ShopRequest, found: Decision, form: StepForm) -> Decision:
    said = form.cleaned_data
    step = {"decision": found, "by": request.member, "uid": said["uid"]}
    if said["step"] == deciding.LOOK:
        return deciding.look(conclusion=said["conclusion"], **step)
    steps = {
        deciding.LOOK_AGAIN: deciding.look_again,
        deciding.TAKE_BACK: deciding.take_back,
        deciding.PUT_BACK: deciding.put_back,
    }
    return steps[said["step"]](**step)


def _show(request: ShopRequest, found: Decision, form: StepForm, *, status: int = 200, **context: Any) -> HttpResponse:
    """The decision, as a fragment for htmx; each `new_uid` is another uid."""
    back = _looked_back(request, found)
    context |= {
        "decision": found,
        "back": back,
        "about": about_said(back.about),
        "address": address_of(back.about),
        "named": [(each, BECAME[each.became], rhythm(each.standing)) for each in back.changed[:SHOWN]],
        "told": [
            *((each.customer, went_wrong(each), each.opened_at) for each in back.problems),
            *((each.customer, asked_for(each), each.asked_at) for each in back.wishes),
        ],
        "can_look": not (found.looked_at or found.undone_at),
        "is_due": found.look_on <= request.vendor.today(),
        "all_weeks": WEEKS,
        "form": form,
        "new_uid": uuid4,
    }
    name = "review/_decision.html" if request.htmx else "review/decision.html"
    return render(request, name, context, status=status)


def _looked_back(request: ShopRequest, found: Decision) -> LookedBack:
    [back] = look_back(request.vendor, [found], as_of(found, request.vendor.today()))
    return back


@require_safe
@owner
def decision_people(request: ShopRequest, decision: UUID) -> HttpResponse:
    """The people of a decision, then and now, as rows."""
    found = _decision(request, decision)
    back, form = _looked_back(request, found), BecameForm(request.GET)
    became = form.cleaned_data["became"] if form.is_valid() else ""
    table = PeopleTable(back.of(Became(became)) if became else back.people)
    name = f"decision-{found.decided_on}"
    return rows.show(request, table, title=found.text, name=name, form=form, said=found.reason)
