"""The columns of the directory of customers."""

import datetime as dt

import django_tables2 as tables
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.counter import wording
from crm.review.customer_rows import Person
from customers.models import Customer
from customers.promises.open_counts import OpenCount
from customers.promises.rates import Rate
from customers.visits.expecting import Standing
from customers.visits.last_seen import DAYS
from customers.visits.rhythm import State
from vendors.models import Vendor

STATES = {
    State.STEADY: gettext_lazy("as usual"),
    State.OVERDUE: gettext_lazy("overdue"),
    State.WATCH: gettext_lazy("keep an eye"),
    State.LEFT: gettext_lazy("perhaps gone"),
}
"""What is said of how somebody stays away, of whom enough is known."""
SPEAKS = {"td": {"class": "speaks"}}
"""Of cells that need no label on a phone."""
OPEN_PAGES = {"promises": "counter:promises", "problems": "counter:problems_of", "wishes": "counter:ask"}


class CustomersTable(tables.Table):
    """All people of `vendor` as rows of `Person`; each of their numbers leads to what it counts."""

    name = tables.Column(order_by="called", verbose_name=gettext_lazy("Name"))
    kind = tables.Column(attrs=SPEAKS, verbose_name=gettext_lazy("Kind"))
    landmark = tables.Column(order_by="lane", attrs=SPEAKS, verbose_name=gettext_lazy("Lane or landmark"))
    standing = tables.Column(order_by="standing_rank", attrs=SPEAKS, verbose_name=gettext_lazy("Standing"))
    rhythm = tables.Column(order_by="gap", attrs=SPEAKS, verbose_name=gettext_lazy("Comes"))
    state = tables.Column(order_by="-urgency", attrs=SPEAKS, verbose_name=gettext_lazy("Rhythm"))
    away = tables.Column(verbose_name=gettext_lazy("Days since the last visit"))
    last = tables.Column(order_by="-last", verbose_name=gettext_lazy("Last visit"))
    visits = tables.Column(order_by="-visits", verbose_name=gettext_lazy("Visits in 90 days"))
    kept = tables.Column(order_by="kept_share", verbose_name=gettext_lazy("Promises they kept in a year"))
    open = tables.Column(order_by="-open_number", verbose_name=gettext_lazy("Open"))
    phones = tables.Column(orderable=False, attrs=SPEAKS, verbose_name=gettext_lazy("Phones"))
    household = tables.Column(verbose_name=gettext_lazy("Household"))
    added = tables.Column(order_by="-added", verbose_name=gettext_lazy("Added on"))

    usual = ("landmark", "standing", "rhythm", "state", "last", "open")

    class Meta:
        order_by = "name"
        default = ""
        template_name = "_table.html"
        empty_text = gettext_lazy("Nobody. Choose other filters, or remember somebody at the counter with New.")

    def __init__(self, *args: object, vendor: Vendor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.vendor, self.today = vendor, vendor.today()

    def _link(self, page: str, person: Person, text: str) -> SafeString:
        address = reverse(page, args=[self.vendor.slug, person.uid])
        return format_html('<a class="line" href="{}">{}</a>', address, text)

    def render_name(self, record: Person) -> SafeString:
        return self._link("counter:card", record, record.name)

    def value_name(self, value: str) -> str:
        return value

    def render_kind(self, value: str) -> str:
        return str(Customer.Kind(value).label)

    def render_standing(self, value: str, record: Person) -> SafeString:
        link = self._link("counter:standing", record, Customer.Standing(value).label)
        return format_html("{} <small>{}</small>", link, _("said by hand")) if record.said else link

    def value_standing(self, value: str) -> str:
        return str(Customer.Standing(value).label)

    def render_rhythm(self, value: Standing, record: Person) -> SafeString | str:
        said = self.value_rhythm(value)
        return self._link("counter:rhythm", record, said) if said else ""

    def value_rhythm(self, value: Standing | None) -> str:
        if not value:
            return ""
        return wording.every(value.gaps) if value.gaps else wording.too_early(value.visits)

    def render_state(self, value: State) -> SafeString | str:
        words = self.value_state(value)
        return words if value == State.STEADY else format_html('<span class="late">{}</span>', words)

    def value_state(self, value: State | None) -> str:
        return str(STATES[value]) if value else ""

    def render_last(self, value: dt.date) -> SafeString:
        said = date_format(value, "D j M" if value.year == self.today.year else "D j M Y")
        return format_html('<span class="whole">{}</span>', said)

    def value_last(self, value: dt.date | None) -> dt.date | None:
        return value

    def render_visits(self, value: int, record: Person) -> SafeString:
        if not value:
            return mark_safe('<span class="number">0</span>')
        first = self.today - dt.timedelta(days=DAYS - 1)
        rows = f"{reverse('review:visits', args=[self.vendor.slug])}?first={first}&last={self.today}"
        return format_html('<a class="number" href="{}&customer={}">{}</a>', rows, record.uid, value)

    def value_visits(self, value: int) -> int:
        return value

    def render_kept(self, value: Rate, record: Person) -> SafeString:
        return self._link("counter:promises", record, self.value_kept(value))

    def value_kept(self, value: Rate | None) -> str:
        return _("%(kept)s of %(of)s") % value._asdict() if value else ""

    def render_open(self, value: OpenCount, record: Person) -> SafeString:
        links = ((self._link(OPEN_PAGES[name], record, words),) for name, words in open_words(value).items())
        return format_html_join(", ", "{}", links)

    def value_open(self, value: OpenCount) -> str:
        return ", ".join(open_words(value).values())

    def render_household(self, value: str, record: Person) -> SafeString:
        return self._link("counter:household", record, value)

    def value_household(self, value: str | None) -> str | None:
        return value

    def render_added(self, value: dt.datetime) -> SafeString:
        return format_html('<span class="whole">{}</span>', date_format(self.vendor.day_of(value), "j M Y"))

    def value_added(self, value: dt.datetime) -> dt.date:
        return self.vendor.day_of(value)


def open_words(count: OpenCount) -> dict[str, str]:
    """What is open in words, by the name of its kind; nothing of what is not."""
    return {name: _counted(name, number) for name, number in count._asdict().items() if number}


def _counted(name: str, number: int) -> str:
    match name:
        case "promises":
            said = ngettext("%(number)d promise", "%(number)d promises", number)
        case "problems":
            said = ngettext("%(number)d problem", "%(number)d problems", number)
        case _:
            said = ngettext("%(number)d wish", "%(number)d wishes", number)
    return said % {"number": number}
