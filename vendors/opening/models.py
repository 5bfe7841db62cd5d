"""The days and hours on which the shop is open, as its owner keeps them."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vendors.opening.times import Span, overlap, reaches_over_the_day
from vendors.tenancy import VendorRow

IN_NO_TIME = _("It cannot close at the minute when it opens.")
OVERLAP = _("These hours overlap with others of the same day.")


def over_the_day(day_starts: dt.time) -> str:
    """What is said of hours that do not end before the shop's next day starts."""
    text = gettext("The shop's day starts at %(time)s: it cannot be open across that. Choose other times.")
    return text % {"time": time_format(day_starts, "H:i")}


class OpeningHours(VendorRow):
    """
    One stretch of a weekday on which the shop is open, by its own clock; morning and evening are two rows.

    A shop without any rows has not said when it is open, and is taken as open all day and every day. With rows, a
    weekday that has none is closed. What closes at an earlier time than it opens closes after midnight, at the latest
    when the shop's next day starts (`Vendor.day_starts`); for a whole day write 03:00 to 02:59.
    """

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS.items())
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("After midnight is still the same day of the shop."))

    class Meta(VendorRow.Meta):
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            *VendorRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["vendor", "weekday", "opens"],
                name="opening_hours_open_once_at_a_time",
                violation_error_message=_("The shop opens at this time already."),
            ),
            models.CheckConstraint(condition=models.Q(weekday__range=(0, 6)), name="opening_hours_on_a_weekday"),
            models.CheckConstraint(
                condition=~models.Q(opens=models.F("closes")),
                name="opening_hours_last_a_while",
                violation_error_message=IN_NO_TIME,
            ),
        ]

    def __str__(self) -> str:
        opens, closes = (time_format(time, "H:i") for time in self.span)
        return f"{self.get_weekday_display()}, {opens}–{closes}"

    @property
    def span(self) -> Span:
        return self.opens, self.closes

    def clean(self) -> None:
        """Refuse hours that reach over the shop's day, or that overlap with others of this weekday."""
        if None in (self.weekday, *self.span) or self.opens == self.closes:
            return  # the fields and the constraint say so themselves
        day_starts = self.vendor.day_starts
        if reaches_over_the_day(self.span, day_starts):
            raise ValidationError(over_the_day(day_starts))
        others = OpeningHours.objects.filter(vendor=self.vendor, weekday=self.weekday).exclude(pk=self.pk)
        if overlap([self.span, *(row.span for row in others)], day_starts):
            raise ValidationError(OVERLAP)


class Closure(VendorRow):
    """Days on which the shop is closed, whatever its hours: a holiday, a wedding, a flood."""

    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=120)
    holiday = models.CharField(_("public holiday"), max_length=120, blank=True, editable=False)
    """As the calendar of the country calls it, when it was proposed from there."""

    class Meta(VendorRow.Meta):
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["-first_day", "reason"]
        constraints = [
            *VendorRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["vendor", "first_day", "reason"],
                name="opening_closure_once_a_day_and_reason",
                violation_error_message=_("The shop is closed on this day for this reason already."),
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="opening_closure_ends_after_it_begins",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="opening_closure_has_a_reason"),
        ]

    def __str__(self) -> str:
        first, last = (date_format(day, "DATE_FORMAT") for day in (self.first_day, self.last_day))
        return f"{self.reason}, {first}" if first == last else f"{self.reason}, {first} – {last}"
