"""Promises on the card: by when, who promises what, and what of it goes into the basket."""

import json

from django import template
from django.utils import timezone

from crm.counter import due_words, expectations
from crm.lib.quantities import plain
from customers.promises.models import Promise
from customers.promises.open_things import OpenPromise
from vendors.models import Vendor

register = template.Library()


@register.filter
def due(promise: OpenPromise, vendor: Vendor) -> due_words.Due:
    """How urgent it is, with a sign and in words."""
    return due_words.due_said(vendor, promise.due_at, any_time=promise.due_any_time, now=timezone.now())


@register.filter
def who_promises(promise: OpenPromise | Promise, vendor: Vendor) -> str:
    return expectations.who_promises(promise, vendor.currency)


@register.filter
def basket_lines(promise: OpenPromise) -> str:
    """What was ordered as the counter's script takes it: JSON `[[product uid, quantity, manner], ...]`."""
    return json.dumps([[str(line.product.uid), plain(line.quantity), line.manner] for line in promise.lines])
