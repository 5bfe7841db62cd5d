"""Everything that was noticed and is to be asked, or was answered, as rows."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.review import rows
from crm.review.days_form import AnyDaysForm
from customers.models import Customer
from customers.preferences.forms import ProductField
from customers.preferences.noticed_in_shop import noticed_in_shop, refused, remembered
from vendors.access import ShopRequest, owner
from vendors.models import Member, Product, Vendor

ASKED, YES, NO = "asked", "yes", "no"


@dataclass(frozen=True)
class Row:
    """One thing of one person, with its evidence if it is known, and when and by whom it was answered."""

    customer: Customer
    product: Product
    manner: str
    seen: int | None = None
    of: int | None = None
    at: dt.datetime | None = None
    by: Member | None = None

    @property
    def name(self) -> str:
        return self.product.name_in(get_language() or "")


class NoticedTable(tables.Table):
    customer = tables.TemplateColumn(
        template_name="review/_noticed_customer.html", order_by="customer__name", verbose_name=gettext_lazy("Customer")
    )
    name = tables.Column(verbose_name=gettext_lazy("Product"))
    manner = tables.Column(verbose_name=gettext_lazy("How"))
    seen = tables.Column(verbose_name=gettext_lazy("Seen"))
    of = tables.Column(verbose_name=gettext_lazy("Of the last"))
    at = rows.MomentColumn(format="D j M, H:i", verbose_name=gettext_lazy("Answered"))
    by = tables.Column(order_by="by__name", verbose_name=gettext_lazy("By"))
    why = tables.TemplateColumn(
        template_name="review/_noticed_why.html",
        orderable=False,
        exclude_from_export=True,
        verbose_name=gettext_lazy("Why?"),
    )

    class Meta:
        template_name = "_table.html"
        empty_text = gettext_lazy("Nothing of this kind. Choose another product, or other days.")

    def value_customer(self, record: Row) -> str:
        return record.customer.name


class NoticedForm(AnyDaysForm):
    """What is to be asked now, or what was answered on some days; manners or products, and which product."""

    field_order = ("about", "kind", "product")

    about = forms.ChoiceField(
        choices=[
            (ASKED, gettext_lazy("to be asked")),
            (YES, gettext_lazy("remembered")),
            (NO, gettext_lazy("answered no")),
        ],
        label=gettext_lazy("What"),
    )
    kind = forms.ChoiceField(
        choices=[
            ("", "—"),
            ("manner", gettext_lazy("how they want it")),
            ("product", gettext_lazy("what they take")),
        ],
        required=False,
        label=gettext_lazy("Kind"),
    )
    product = ProductField(required=False, label=gettext_lazy("Product"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor
        self.fields["first"].label = _("Answered from")
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into=None)

    def clean(self) -> dict[str, Any]:
        """With both days: today where none is named."""
        data, today = self.cleaned_data, self.vendor.today()
        data["last"] = data.get("last") or today
        data["first"] = data.get("first") or min(today, data["last"])
        return super().clean()


@require_safe
@owner
def noticed_rows(request: ShopRequest) -> HttpResponse:
    """What is to be asked, with `?about=yes` and `?about=no` what was answered."""
    form = NoticedForm({"about": ASKED, **request.GET.dict()}, vendor=request.vendor)
    if not form.is_valid():
        return rows.show(request, NoticedTable([]), title=_("Noticed"), name="noticed", form=form)
    said = form.cleaned_data
    if said["about"] == ASKED:
        said_in_words, hidden = _("As of now; the clearest first."), ("at", "by")
    else:
        days = [date_format(said[each], "D j M Y") for each in ("first", "last")]
        said_in_words, hidden = " – ".join(days), ("seen", "of") if said["about"] == NO else ()
    found = [row for row in _rows(request.vendor, said) if _is_wanted(row, said)]
    table = NoticedTable(found, exclude=hidden)
    return rows.show(request, table, title=_("Noticed"), name=f"noticed-{said['about']}", form=form, said=said_in_words)


def _rows(vendor: Vendor, said: dict[str, Any]) -> list[Row]:
    if said["about"] == ASKED:
        offers = noticed_in_shop(vendor, timezone.now())
        return [Row(who, what.product, what.manner, what.seen, what.of) for who, what in offers]
    whose = ("customer", "product", "by")
    if said["about"] == YES:
        kept = remembered(vendor, said["first"], said["last"]).select_related(*whose)
        return [Row(each.customer, each.product, each.text, each.seen, each.seen_of, each.at, each.by) for each in kept]
    answers = refused(vendor, said["first"], said["last"]).select_related(*whose).order_by("at", "pk")
    return [Row(each.customer, each.product, each.manner, at=each.at, by=each.by) for each in answers]


def _is_wanted(row: Row, said: dict[str, Any]) -> bool:
    """Whether the filter lets it through."""
    kind = "manner" if row.manner else "product"
    return said["kind"] in ("", kind) and said["product"] in (None, row.product)
