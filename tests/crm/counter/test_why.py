import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.counter import habits, reasons
from customers.visits import tallying
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.vendors import ClosureFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

HTMX = {"HX-Request": "true"}
NOW = timezone.now()


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", name_hi="प्याज़", step=Decimal("0.5"))


def visit(customer, *products, days=0, **line):
    made = VisitFactory(customer=customer, at=NOW - dt.timedelta(days=days))
    for position, product in enumerate(products):
        VisitLineFactory(visit=made, product=product, position=position, **line)
    return made


def address(name, customer, *uids, shop="green-corner"):
    return reverse(f"counter:{name}", args=[shop, customer.uid, *uids])


def body(response):
    return " ".join(response.content.decode().split())


def why(counter, customer, product, headers=HTMX):
    tallying.recount_shop(customer.vendor)
    return body(counter.get(address("why", customer, product.uid), headers=headers))


def rhythm(counter, customer, headers=HTMX):
    tallying.recount_shop(customer.vendor)
    return body(counter.get(address("rhythm", customer), headers=headers))


def calendar_day(days):
    """The day that a clock on the wall showed at a visit."""
    return reasons.when(timezone.localtime(NOW - dt.timedelta(days=days), CALCUTTA).date())


def shop_day(days):
    """The shop's day of a visit, which began at three."""
    return reasons.when(timezone.localtime(NOW - dt.timedelta(days=days, hours=3), CALCUTTA).date())


def row(days, words, sign="", day=calendar_day):
    """A row as the page has it."""
    mark = f'<b class="sign" aria-hidden="true">{sign}</b> ' if sign else ""
    return f'<span class="day">{day(days)}</span><span>{mark}{words}</span>'


CALCUTTA = dt.timezone(dt.timedelta(hours=5, minutes=30))


def test_why_shows_the_visits_that_the_tile_counts(counter, sunita, onion):
    for days in range(6):
        visit(sunita, *([] if days == 2 else [onion]), days=days, quantity=Decimal(2), manner="small")
    page = why(counter, sunita, onion)
    assert "Why Onion?" in page
    assert '5 of the last 6 visits <span class="basis">seen</span>' in page
    assert row(0, "took 2 kg small", "✓") in page
    assert row(2, "did not take it", "–") in page
    assert page.count("took 2 kg small") == 5
    assert "One tap adds 2 kg, the middle one of the last 5 amounts." in page
    assert row(0, "2 kg, the middle one", "✓") in page
    assert row(1, "2 kg") in page
    assert "“small” in 5 of the last 5 times." in page
    assert "Asked for in 5 of 6 visits of the last two weeks." in page


def test_why_says_what_became_of_each_wish(counter, sunita, onion):
    for days, outcome in enumerate(["not-in-stock", "refused", "replaced", "taken", "taken"]):
        visit(sunita, onion, days=days, outcome=outcome, quantity=Decimal("0.25"))
    page = why(counter, sunita, onion)
    assert row(0, "asked for it, there was none", "✓") in page
    assert row(1, "did not want it: 250 g", "–") in page
    assert row(2, "took 250 g in place of something else", "✓") in page


def test_why_of_what_is_popular_is_a_guess(counter, vendor, sunita, onion):
    neighbour = CustomerFactory(vendor=vendor)
    for days in (1, 8, 20):
        visit(neighbour, onion, days=days)
    for days in range(5):
        visit(sunita, days=days)
    page = why(counter, sunita, onion)
    assert 'Popular here <span class="basis">a guess</span>' in page
    assert "Asked for in 2 of 7 visits of the last two weeks. Before that in 1 of 1." in page
    assert "It is what others take, not what this person does." in page
    assert page.count("<meter") == 3
    assert "In none of their last 5 visits." in page


def test_why_of_a_season(counter, vendor, sunita):
    mango = ProductFactory(vendor=vendor, name="Mango", season_from=3, season_to=6)
    neighbour = CustomerFactory(vendor=vendor)
    for days in range(1, 90):
        for _twice in range(2):
            visit(neighbour, *([mango] * (days < 20)), days=days)
    for days in range(5):
        visit(sunita, days=days)
    page = why(counter, sunita, mango)
    assert "In season, the shop sells much of it" in page
    assert "The owner has set its season: March to June." in page


def test_why_of_somebody_hardly_known_is_too_early(counter, sunita, onion):
    visit(sunita, onion, quantity=Decimal(2))
    page = why(counter, sunita, onion)
    assert "The last visit. Too early to say what they like: 1 visit so far." in page
    assert "One tap adds 2 kg, as the last time." in page


def test_why_without_any_visits(counter, sunita, onion):
    page = why(counter, sunita, onion)
    assert "New here: popular today. Too early to say what they like: 0 visits so far." in page
    assert "The shop has no visits yet in the last weeks." in page


def test_why_of_a_product_that_is_now_sold_in_another_unit(counter, sunita, onion):
    visit(sunita, onion, quantity=Decimal(3), unit="piece")
    assert "One tap adds 500 g, as the shop has set it." in why(counter, sunita, onion)


def test_why_of_what_was_told_says_who_heard_it(counter, sunita, onion, helper):
    at = dt.datetime(2026, 3, 12, 9, tzinfo=dt.UTC)
    PreferenceFactory(customer=sunita, product=onion, kind="likes", by=helper, at=at)
    PreferenceFactory(customer=sunita, product=onion, kind="manner", text="small", basis="guess")
    for days in range(5):
        visit(sunita, days=days)
    page = why(counter, sunita, onion)
    assert 'Likes it <span class="basis">told</span>' in page
    assert '<b>Likes</b> <small class="said">told to Ravi, 12 March 2026</small>' in page
    assert '<b>Likes it so</b> small <small class="said">a guess</small>' in page


def test_why_of_what_was_noticed_is_a_guess(counter, sunita, onion):
    for days in range(10):
        visit(sunita, onion, days=days, manner="" if days == 1 else "small")
    page = why(counter, sunita, onion)
    assert 'Noticed <span class="basis">a guess</span>' in page
    assert "“small” in 5 of the last 6. It is known only once somebody says yes." in page
    assert "In 10 of the last 10. It is known only once somebody says yes." in page
    assert row(1, "nothing said", "–") in page


def test_why_puts_first_what_was_asked_about(counter, sunita, onion):
    for days in range(6):
        visit(sunita, onion, days=days, manner="small")
    url = address("why", sunita, onion.uid)
    for asked, first in (("", "Their visits"), ("?noticed=1", "Noticed")):
        page = body(counter.get(url + asked, headers=HTMX))
        assert page.split("<h3>")[1].startswith(first)


def test_why_does_not_notice_what_was_said(counter, sunita, onion):
    for days in range(6):
        visit(sunita, onion, days=days, manner="small")
    PreferenceFactory(customer=sunita, product=onion, kind="manner", text="small")
    assert "Noticed" not in why(counter, sunita, onion)


def test_why_of_what_is_missing_shows_what_they_take_instead(counter, vendor, sunita, onion):
    shallot = ProductFactory(vendor=vendor, name="Shallot")
    for days in (3, 5):
        VisitLineFactory(visit=visit(sunita, onion, days=days, outcome="not-in-stock"), product=shallot, position=1)
    visit(sunita, days=9)
    visit(CustomerFactory(vendor=vendor), onion, outcome="not-in-stock")
    page = why(counter, sunita, onion)
    assert f"Last asked for at {timezone.localtime(NOW, vendor.tz):%H:%M}, and there was none." in page
    assert "It was missing in 2 visits, and Shallot was taken in 2 of them." in page
    assert row(3, "took Shallot 1 kg", "✓") in page


def test_why_says_when_nothing_was_taken_instead(counter, vendor, sunita, onion):
    shallot = ProductFactory(vendor=vendor, name="Shallot")
    visit(sunita, onion, days=1, outcome="not-in-stock")
    past = visit(sunita, onion, days=2, outcome="not-in-stock")
    VisitLineFactory(visit=past, product=shallot, position=1, outcome="replaced")
    assert row(1, "took nothing else", "–") in why(counter, sunita, onion)


def test_why_escapes_what_was_typed(counter, sunita, onion):
    for days in range(6):
        visit(sunita, onion, days=days, manner="<b>big</b>")
    assert "<b>big" not in why(counter, sunita, onion)


def test_why_speaks_the_language_of_the_shop(counter, vendor, sunita, onion):
    vendor.language = "hi"
    vendor.save()
    assert "प्याज़" in why(counter, sunita, onion)


@pytest.mark.parametrize("name", ["why", "rhythm"])
def test_each_is_a_fragment_for_htmx_and_a_page_without(counter, sunita, onion, name):
    url = address(name, sunita, *([onion.uid] if name == "why" else []))
    fragment = counter.get(url, headers=HTMX)
    assert body(fragment).startswith('<section class="panel evidence" id="why"')
    assert 'tabindex="-1" autofocus' in body(fragment)
    page = counter.get(url)
    assert "<h1>Sunita Rao</h1>" in body(page)
    assert 'id="why"' in body(page)
    assert "autofocus" not in body(page)
    assert 'href="/green-corner/how-we-know/"' in body(fragment)
    assert fragment.headers["Vary"].startswith("HX-Request")
    assert counter.post(url).status_code == 405


def test_about_product_and_what_is_noticed_lead_to_why(counter, sunita, onion):
    for days in range(6):
        visit(sunita, onion, days=days, manner="small")
    link = f'hx-get="{address("why", sunita, onion.uid)}'
    assert f'{link}"' in body(counter.get(address("about_product", sunita, onion.uid), headers=HTMX))
    card = body(counter.get(address("card", sunita)))
    assert "Noticed: Onion small" in card
    assert f'{link}?noticed=1"' in card


def test_rhythm_shows_the_gaps(counter, sunita):
    for days in (30, 27, 24, 21, 10, 7, 4, 3):
        visit(sunita, days=days)
    page = rhythm(counter, sunita)
    assert "Every 3 days; last 3 days ago" in page
    assert "Of the last 7 gaps 5 lie within." in page
    assert row(4, "3 days, as usual", "✓", day=shop_day) in page
    assert row(3, "1 day, shorter", "–", day=shop_day) in page
    assert row(10, "11 days, longer", "–", day=shop_day) in page
    assert row(30, f"came, {timezone.localtime(NOW, CALCUTTA):%H:%M}", day=shop_day) in page
    assert "The shop was open on 2 days since they came last; today does not count yet." in page
    assert page.count(": not yet") == 3


def test_rhythm_says_from_when_on_it_is_long(counter, sunita):
    for days in range(60, 90, 3):
        visit(sunita, days=days)
    page = rhythm(counter, sunita)
    assert "Perhaps quietly left: away for 60 days, usually every 3 days" in page
    assert page.count("it is so long now") == 3


def test_rhythm_names_closed_days_and_counts_many(counter, vendor, sunita):
    for days in (50, 45, 30, 9, 1):
        visit(sunita, days=days)
    today = vendor.today()
    ClosureFactory(vendor=vendor, first_day=today - dt.timedelta(days=48), reason="Wedding")
    first, last = today - dt.timedelta(days=20), today - dt.timedelta(days=11)
    ClosureFactory(vendor=vendor, first_day=first, last_day=last, reason="Flood")
    page = rhythm(counter, sunita)
    assert f"closed on {shop_day(48)} (Wedding)" in page
    assert f"closed on 10 days, {shop_day(20)} to {shop_day(11)}" in page
    assert "They came on the last open day before today." in page


def test_rhythm_names_closed_days_of_the_silence_and_of_this_weekday(counter, vendor, sunita):
    for days in (23, 20, 17, 14, 10):
        visit(sunita, days=days)
    ClosureFactory(vendor=vendor, first_day=vendor.today() - dt.timedelta(days=7), reason="Diwali")
    page = rhythm(counter, sunita)
    assert f"today does not count yet. Closed on {shop_day(7)} (Diwali)." in page
    assert row(7, f"closed on {shop_day(7)} (Diwali)", "–", day=shop_day) in page
    assert row(14, f"came, {timezone.localtime(NOW, CALCUTTA):%H:%M}", "✓", day=shop_day) in page
    assert row(21, "did not come", "–", day=shop_day) in page
    assert "here in 1 of the last 8 weeks." in page


@pytest.mark.parametrize(
    ("chance", "said"),
    [(0.9, "likely today"), (0.5, "likely today"), (0.3, "perhaps today"), (0.1, "not likely today")],
)
def test_chance_is_said_in_words(chance, said):
    assert habits.chance_said(chance) == said


def test_rhythm_says_how_likely_and_never_more(counter, sunita):
    for days in range(1, 40):
        visit(sunita, days=days)
    page = rhythm(counter, sunita)
    assert "Likely today: by how often they come" in page
    assert "the middle one of the last 5 times." in page
    assert " will " not in page


def test_rhythm_of_who_was_here_today(counter, vendor, sunita):
    for days in range(5):
        visit(sunita, days=days)
    page = rhythm(counter, sunita)
    assert f"They were here at {timezone.localtime(NOW, vendor.tz):%H:%M}. From tomorrow on it counts" in page


def test_rhythm_on_a_closed_day(counter, vendor, sunita):
    for days in range(1, 8):
        visit(sunita, days=days)
    ClosureFactory(vendor=vendor, first_day=vendor.today(), reason="Flood")
    assert "The shop is closed today: Flood." in rhythm(counter, sunita)


@pytest.mark.parametrize(
    ("visits", "said"),
    [
        (0, "Nothing is known from before today."),
        (1, "1 visit: too early to say how often they come"),
        (2, "2 visits: too early to say how often they come"),
        (4, "4 visits: too early to say how often they come"),
    ],
)
def test_rhythm_of_somebody_hardly_known_is_too_early(counter, sunita, visits, said):
    for days in range(visits):
        visit(sunita, days=1 + 2 * days)
    page = rhythm(counter, sunita)
    assert said in page
    assert "later than usual" not in page
    assert "as usual" not in page
    assert ("Too early to say." in page) is bool(visits)


def test_rhythm_of_who_was_here_long_ago_judges_nothing_of_today(counter, sunita):
    for days in range(150, 160):
        visit(sunita, days=days)
    assert "Today?" not in rhythm(counter, sunita)


def test_when_names_the_year_of_another_one():
    this = timezone.localtime().date()
    assert str(this.year) not in reasons.when(this)
    assert "2019" in reasons.when(dt.date(2019, 5, 4))


@pytest.mark.parametrize("name", ["why", "rhythm"])
def test_stranger_gets_404(counter, vendor, sunita, onion, name):
    """The people of another shop are not here, under its address or under ours."""
    theirs = CustomerFactory()
    uids = [ProductFactory(vendor=theirs.vendor).uid] if name == "why" else []
    for shop in ("green-corner", theirs.vendor.slug):
        assert counter.get(address(name, theirs, *uids, shop=shop)).status_code == 404


def test_why_of_a_product_of_another_shop_is_not_found(counter, sunita):
    assert counter.get(address("why", sunita, ProductFactory().uid)).status_code == 404


def test_anonymous_is_asked_to_sign_in(sunita, onion):
    for url in (address("why", sunita, onion.uid), address("rhythm", sunita)):
        assert "sign-in" in Client().get(url).url


@pytest.mark.parametrize("name", ["why", "rhythm"])
def test_queries_are_as_many_for_three_rows_as_for_one(counter, vendor, sunita, onion, name):
    url = address(name, sunita, *([onion.uid] if name == "why" else []))
    counts = []
    for days in range(1, 4):
        visit(sunita, onion, days=days)
        PreferenceFactory(customer=sunita, product=onion, kind="manner", text=f"so {days}", by=None)
        tallying.recount_shop(vendor)
        counter.get(url, headers=HTMX)  # the first of the day also reads what the shop wanted before
        with CaptureQueriesContext(connection) as queries:
            counter.get(url, headers=HTMX)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 12
