"""Lines of a visit in words."""

from django import template

from crm.counter import wording

register = template.Library()

register.filter("sentence", wording.sentence)
