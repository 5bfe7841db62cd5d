"""What the visits of everybody who came of late show often enough: read in one statement, however large the shop is."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from django.db import connection

from customers.preferences.noticing import MANNER, PRODUCT, Sign, clearest, manner_sign
from customers.preferences.remembering import LINES, VISITS
from customers.preferences.usual import PastLine
from customers.visits.models import Visit
from vendors.models import Vendor
from vendors.past import while_past_stands

OF_LATE = dt.timedelta(days=60)
"""Who has not come for longer is not asked about: nobody would see them soon to ask."""

# The visits and lines that a card reads of one person (`remembering.LATEST_LINES`), of all at once. Of 300,000 lines
# only those are fetched that may be a sign: how often a product was wanted is counted here, and the lines of a product
# come along if enough of them say a manner. `before` a visit so many lines are read of its person, one without any
# counting as one.
SIGNS = """
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT customer_id FROM visits_visit
        WHERE vendor_id = %(vendor)s AND voided_at IS NULL AND at >= %(since)s AND at < %(until)s
    ), counted AS MATERIALIZED (
        SELECT visit.id, visit.customer_id, visit.at,
               CASE WHEN visit.collected_by_id IS NULL THEN 1 ELSE 0 END AS own,
               (SELECT COUNT(*) FROM visits_visitline AS line WHERE line.visit_id = visit.id) AS lines
        FROM seen JOIN visits_visit AS visit ON visit.customer_id = seen.customer_id
        WHERE visit.voided_at IS NULL AND visit.at < %(until)s
    ), ranked AS MATERIALIZED (
        SELECT id, customer_id, own, ROW_NUMBER() OVER latest AS place, SUM(own) OVER latest AS own_place,
               SUM(CASE WHEN lines = 0 THEN 1 ELSE lines END) OVER latest
               - CASE WHEN lines = 0 THEN 1 ELSE lines END AS before
        FROM counted
        WINDOW latest AS (PARTITION BY customer_id ORDER BY at DESC, id DESC ROWS UNBOUNDED PRECEDING)
    ), latest AS MATERIALIZED (
        SELECT id, customer_id, own, own_place, before, SUM(own) OVER (PARTITION BY customer_id) AS visits
        FROM ranked WHERE place <= %(visits)s AND before < %(lines)s
    ), wanted AS MATERIALIZED (
        SELECT latest.customer_id, line.product_id, latest.before + line.position AS place, line.manner,
               CASE WHEN latest.own_place <= %(product_of)s THEN latest.id END AS recent, latest.visits
        FROM latest JOIN visits_visitline AS line ON line.visit_id = latest.id
        WHERE latest.own = 1 AND line.outcome IN ('taken', 'replaced', 'not-in-stock')
              AND latest.before + line.position < %(lines)s
    )
    SELECT customer_id, product_id, MIN(place), '', COUNT(DISTINCT recent), MAX(visits)
    FROM wanted WHERE recent IS NOT NULL
    GROUP BY customer_id, product_id HAVING COUNT(DISTINCT recent) >= %(product_seen)s
    UNION ALL
    SELECT customer_id, product_id, place, manner, 0, 0 FROM wanted
    WHERE (customer_id, product_id) IN (
        SELECT customer_id, product_id FROM wanted WHERE manner <> ''
        GROUP BY customer_id, product_id HAVING COUNT(*) >= %(manner_seen)s
    )
    ORDER BY 1, 2, 3"""


def signs_now(vendor: Vendor, now: dt.datetime) -> dict[int, list[Sign]]:
    """
    By customer (id) what the visits up to `now` of all who came of late show, as `noticing.signs` orders it.

    What is known from the days before today is kept while these stand; of whom was here today it is read with today's.
    """
    day, until = vendor.day_of(now), now + Visit.CLOCKS_DIFFER
    start = vendor.day_bounds(day)[0]
    here = Visit.objects.standing().filter(vendor=vendor, at__gte=start, at__lt=until).order_by()
    today = set(here.values_list("customer", flat=True))
    before = {who: signs for who, signs in _signs_before(vendor, day).items() if who not in today}
    return before | (_signs(vendor, start, until) if today else {})


@while_past_stands
def _signs_before(vendor: Vendor, day: dt.date) -> dict[int, list[Sign]]:
    start = vendor.day_bounds(day)[0]
    return _signs(vendor, start - OF_LATE, start)


def _signs(vendor: Vendor, since: dt.datetime, until: dt.datetime) -> dict[int, list[Sign]]:
    """Of all who came from `since` on, by their visits before `until`; who shows nothing is left out."""
    time = connection.ops.adapt_datetimefield_value
    said = {"vendor": vendor.pk, "since": time(since), "until": time(until), "visits": VISITS, "lines": LINES}
    enough = {"manner_seen": MANNER.seen, "product_seen": PRODUCT.seen, "product_of": PRODUCT.of}
    found: dict[int, list[tuple[int, Sign]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SIGNS, {**said, **enough})
        for (customer, product), rows in groupby(cursor.fetchall(), key=itemgetter(0, 1)):
            found[customer] += _of_product(product, list(rows))
    # Of what is equally clear the latest wanted comes first, as on the card.
    ordered = {customer: sorted(signs, key=itemgetter(0)) for customer, signs in found.items() if signs}
    return {customer: clearest(sign for _first, sign in signs) for customer, signs in ordered.items()}


def _of_product(product: int, rows: Sequence[tuple[int, int, int, str, int, int]]) -> Iterator[tuple[int, Sign]]:
    """What one person's rows of `SIGNS` say of `product`, each with the place of the latest line."""
    lines: list[PastLine] = []
    for _customer, _product, place, manner, seen, visits in rows:
        if seen:
            yield place, Sign(product, "", seen, min(visits, PRODUCT.of))
        else:
            lines.append(PastLine(product, Decimal(1), "", "", manner))  # what became of it tells nothing here
    if sign := manner_sign(product, lines):
        yield min(place for _customer, _product, place, *_rest in rows), sign
