"""How a person is shown in a list: a coloured face with initials, and what tells them from others of the name."""

import datetime as dt
import zlib

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.visits.finding import Found

register = template.Library()
HUES = 6


@register.filter
def face(name: str) -> SafeString:
    """The coloured initials of a person. A filter, because an included template would cost a search its speed."""
    return format_html('<span class="face face-{}" aria-hidden="true">{}</span>', hue(name), initials(name))


def initials(name: str) -> str:
    """The first letters of the first and last word; in Indic scripts the first whole syllable of the first word."""
    words = name.split()
    if not words:
        return "?"
    if words[0][0].isascii():
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
    return words[0][:2] if len(words[0]) > 1 and not words[0][1].isalpha() else words[0][0]


def hue(name: str) -> int:
    """One of `HUES` colours, the same for a name on every tablet."""
    return zlib.crc32(name.encode()) % HUES


@register.filter
def ago(moment: dt.datetime) -> str:
    """How long ago, from "just now" on."""
    if timezone.now() - moment < dt.timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment)}


@register.filter
def tags(found: Found) -> list[str]:
    """What they are besides a customer, another name, lane, looks, last digits and last visit, as far as known."""
    said = [*_signs(found), found.landmark, found.description]
    if found.number:
        said.append(f"…\u2060{found.number[-4:]}")  # the joiner keeps both on one line
    if found.last_at:
        said.append(_("last %(day)s") % {"day": date_format(timezone.localtime(found.last_at), "j M")})
    return [each for each in said if each]


def _signs(found: Found) -> list[str]:
    """Whom not to take for one of the people who are waited for, and by what other name this one is known."""
    signs = [] if found.kind == Customer.Kind.CUSTOMER else [str(Customer.Kind(found.kind).label)]
    if found.standing == Customer.Standing.CLOSED:
        signs.append(str(Customer.Standing.CLOSED.label))
    if found.merged:
        signs.append(_("also %(name)s") % {"name": found.merged})
    return signs
