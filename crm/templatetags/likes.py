"""How something that is liked is known, in words."""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.preferences.models import Preference

register = template.Library()


@register.filter
def how_known(preference: Preference) -> SafeString:
    """How it is known, and when it was still so. A filter, because an included template would cost a card its speed."""
    words = _basis(preference)
    if preference.confirmed_at:
        words += _("; still so on %(day)s") % {"day": _day(preference.confirmed_at)}
    return format_html('<small class="said">{}</small>', words)


def _basis(preference: Preference) -> str:
    if preference.basis == Preference.Basis.SEEN:
        return _("seen, %(seen)s of %(of)s visits") % {"seen": preference.seen, "of": preference.seen_of}
    if preference.basis == Preference.Basis.GUESS:
        return _("a guess")
    day = _day(preference.at)
    if preference.by:
        return _("told to %(name)s, %(day)s") % {"name": preference.by.name, "day": day}
    return _("told, %(day)s") % {"day": day}


def _day(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y")
