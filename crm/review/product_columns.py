"""The columns of the directory of products."""

import datetime as dt

import django_tables2 as tables
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.review.product_rows import Mostly, Sold, Trend
from customers.promises.troubles import PERIODS
from customers.visits.wanting import LONG, SHORT
from vendors.models import Vendor

SIGNS = {1: "▲", 0: "≈", -1: "▼"}
TRENDS = {
    1: gettext_lazy("more: %(before)d, now %(now)d"),
    0: gettext_lazy("as before: %(before)d, now %(now)d"),
    -1: gettext_lazy("less: %(before)d, now %(now)d"),
}
"""By `Trend.direction`."""
ZERO = mark_safe('<span class="number">0</span>')


class ProductsTable(tables.Table):
    """The products of `vendor` as rows of `Sold`; each of their numbers leads to what it counts."""

    name = tables.Column(order_by="called", verbose_name=gettext_lazy("Name"))
    is_sold = tables.Column(order_by="-is_sold", verbose_name=gettext_lazy("Sold now"))
    is_in_season = tables.Column(order_by="-is_in_season", verbose_name=gettext_lazy("In season"))
    unit = tables.Column(verbose_name=gettext_lazy("Unit"))
    takers = tables.Column(order_by="-takers", verbose_name=gettext_lazy("People in 90 days"))
    touched = tables.Column(order_by="-touched", verbose_name=gettext_lazy("Of the regulars"))
    short = tables.Column(order_by="-short", verbose_name=gettext_lazy("Visits in 30 days"))
    long = tables.Column(order_by="-long", verbose_name=gettext_lazy("Visits in 90 days"))
    trend = tables.Column(order_by="-change", verbose_name=gettext_lazy("Trend, 90 days"))
    last = tables.Column(order_by="-last", verbose_name=gettext_lazy("Last asked for"))
    missing = tables.Column(order_by="-missing", verbose_name=gettext_lazy("Asked and had none, 30 days"))
    waiting = tables.Column(order_by="-waiting", verbose_name=gettext_lazy("Wait for it"))
    problems = tables.Column(order_by="-problems", verbose_name=gettext_lazy("Problems in 90 days"))
    mostly = tables.Column(order_by="-mostly_share", verbose_name=gettext_lazy("Mostly one person"))

    usual = ("takers", "touched", "short", "trend", "missing", "problems", "mostly")

    class Meta:
        order_by = "name"
        default = ""
        template_name = "_table.html"
        empty_text = gettext_lazy("None. Choose other filters, or add products in Set up.")

    def __init__(self, *args: object, vendor: Vendor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.vendor, self.today = vendor, vendor.today()

    def render_name(self, record: Sold) -> SafeString:
        change = reverse("admin:vendors_product_change", args=[record.product.pk])
        link = '<a class="line" href="{}">{}</a>'
        said = format_html(link, change, record.name)
        return said if record.is_sold else format_html("{} <small>{}</small>", said, _("not sold now"))

    def value_name(self, value: str) -> str:
        return value

    def render_is_sold(self, value: bool) -> str:
        return _("yes") if value else _("no")

    render_is_in_season = render_is_sold

    def render_takers(self, value: int, record: Sold) -> SafeString | str:
        return self._visits(record, LONG, value)

    def render_touched(self, value: int, record: Sold) -> SafeString:
        return format_html('<span class="whole">{}</span>', self.value_touched(value, record))

    def value_touched(self, value: int, record: Sold) -> str:
        return _("%(some)d of %(all)d") % {"some": value, "all": record.regulars} if record.regulars else ""

    def render_short(self, value: int, record: Sold) -> SafeString | str:
        return self._visits(record, SHORT, value)

    def render_long(self, value: int, record: Sold) -> SafeString | str:
        return self._visits(record, LONG, value)

    def _visits(self, record: Sold, days: int, number: int) -> SafeString | str:
        """A number that leads to the visits of the last `days` that wanted the product."""
        first = self.today - dt.timedelta(days=days - 1)
        rows = f"{reverse('review:visits', args=[self.vendor.slug])}?first={first}&last={self.today}"
        return _number(f"{rows}&product={record.product.uid}", number)

    def render_trend(self, value: Trend) -> SafeString:
        said = '<span class="whole"><span aria-hidden="true">{}</span> {}</span>'
        return format_html(said, SIGNS[value.direction], self.value_trend(value))

    def value_trend(self, value: Trend) -> str:
        return TRENDS[value.direction] % value._asdict()

    def render_last(self, value: dt.date) -> SafeString:
        said = date_format(value, "D j M" if value.year == self.today.year else "D j M Y")
        return format_html('<span class="whole">{}</span>', said)

    def value_last(self, value: dt.date) -> dt.date:
        return value

    def render_missing(self, value: int, record: Sold) -> SafeString | str:
        return _number(reverse("counter:whom_to_tell", args=[self.vendor.slug, record.product.uid]), value, none="")

    render_waiting = render_missing

    def render_problems(self, value: int, record: Sold) -> SafeString | str:
        rows = reverse("counter:problem_rows", args=[self.vendor.slug])
        said = _number(f"{rows}?product={record.product.uid}&days={PERIODS[-1]}", value, none="")
        if not record.trouble:
            return said
        people = ngettext("%(number)d person", "%(number)d people", record.trouble.people)
        return format_html("{} <small>{}</small>", said, people % {"number": record.trouble.people})

    def render_mostly(self, value: Mostly) -> SafeString:
        card = reverse("counter:card", args=[self.vendor.slug, value.customer.uid])
        return format_html('<a class="line" href="{}">{}</a>', card, self.value_mostly(value))

    def value_mostly(self, value: Mostly) -> str:
        said = ngettext("%(name)s: %(visits)d of %(of)d visit", "%(name)s: %(visits)d of %(of)d visits", value.of)
        return said % {"name": value.customer.name, "visits": value.visits, "of": value.of}

    def value_takers(self, value: int) -> int:
        return value

    value_short = value_long = value_missing = value_waiting = value_problems = value_takers


def _number(address: str, number: int, *, none: SafeString | str = ZERO) -> SafeString | str:
    return format_html('<a class="number" href="{}">{}</a>', address, number) if number else none
