"""Products and lines of a visit in words."""

from django import template

from crm.counter import wording

register = template.Library()

register.filter("sentence", wording.sentence)
register.filter("named", wording.named)
