"""What is thought of giving up, in words and in an address."""

from urllib.parse import urlencode

from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from crm.counter.wording import named
from customers.planning.missing_it import About

NAMED = 5
"""Products of a group that are called by name."""


def about_said(about: About) -> str:
    """Its products, or its day and hours: "Mango, Apple", "Wednesday", "every day, 18:00–20:00"."""
    if about.products:
        names = ", ".join(named(product) for product in about.products[:NAMED])
        more = len(about.products) - NAMED
        return _("%(names)s and %(more)d more") % {"names": names, "more": more} if more > 0 else names
    day = _("every day") if about.weekday is None else str(WEEKDAYS[about.weekday])
    if about.hours is None:
        return day
    opens, closes = (time_format(time, "H:i") for time in about.hours)
    return f"{day}, {opens}–{closes}"


def proposed(about: About) -> str:
    """A decision about it as it is most often written, to be changed."""
    if about.products:
        return _("No more: %(what)s") % {"what": about_said(about)}
    return _("Closed from now on: %(what)s") % {"what": about_said(about)}


def address_of(about: About) -> str:
    """What `forms.AskForm` reads again: "product=…&product=…", "weekday=2&opens=18:00&closes=20:00"."""
    said: list[tuple[str, str]] = [("product", str(product.uid)) for product in about.products]
    if about.weekday is not None:
        said.append(("weekday", str(about.weekday)))
    if about.hours is not None:
        said += zip(("opens", "closes"), (f"{time:%H:%M}" for time in about.hours), strict=True)
    return urlencode(said)
