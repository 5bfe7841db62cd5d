"""Time zones in which a day was left out, doubled, shortened or lengthened, and some that never change."""

import datetime as dt
from zoneinfo import ZoneInfo

ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
]
YEARS = {"Pacific/Apia": (2011, 2012, 2020)}
"""Years of the changes of those that have none any more; Apia had no 30 December 2011."""


def years(zone):
    return YEARS.get(zone, (2025, 2026, 2027))


def days_of_year(year):
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=n) for n in range((dt.date(year + 1, 1, 1) - first).days)]


def changes(zone):
    """The days of the calendar on which the clock is put forward or back, and the days beside them."""
    found = set()
    for year in years(zone):
        for day in days_of_year(year):
            noons = (dt.datetime.combine(each, dt.time(12), ZoneInfo(zone)) for each in (day, day + dt.timedelta(1)))
            if len({noon.utcoffset() for noon in noons}) == 2:
                found |= {day + dt.timedelta(days=n) for n in (-1, 0, 1, 2)}
    return sorted(found)
