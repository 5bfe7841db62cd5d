"""The catalogues: whole, as their sources say, and enough for a counter without an English word."""

import datetime as dt
import itertools
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import django
import polib
import pytest
from django.urls import reverse
from django.utils import timezone

from crm.counter import urls as counter_urls
from crm.review import urls as review_urls
from customers import merging
from customers.models import Membership
from customers.promises import amending
from customers.promises.models import Problem, Promise
from customers.promises.terms import Terms
from customers.visits.models import Visit, VisitLine
from tests.conftest import TOKEN, tablet_of
from tests.factories.customers import (
    ClashFactory,
    ContactPointFactory,
    CustomerFactory,
    HouseholdFactory,
    MembershipFactory,
)
from tests.factories.planning import (
    BuyingEditFactory,
    BuyingLineFactory,
    BuyingListFactory,
    DecisionEditFactory,
    DecisionFactory,
    DecisionPersonFactory,
    DecisionProductFactory,
    LeftAloneFactory,
)
from tests.factories.preferences import PreferenceFactory
from tests.factories.promises import (
    ProblemFactory,
    PromiseFactory,
    PromiseLineFactory,
    StandingOrderFactory,
    StandingOrderLineFactory,
    WishFactory,
)
from tests.factories.vendors import DeviceFactory, EntryFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors import pairing
from vendors.models import Pairing, Product

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "crm" / "locale"
LANGUAGES = ("hi", "mr")

needs_gettext = pytest.mark.skipif(
    shutil.which("xgettext") is None and os.environ.get("CI") != "true",
    reason="no xgettext found: install the package gettext to compare the catalogues with the sources",
)
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


# --- the files


def catalogue(language):
    return polib.pofile(LOCALE / language / "LC_MESSAGES" / "django.po")


def borrowed():
    return polib.pofile(LOCALE / "borrowed.pot")


def keys(entries):
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in entries}


def forms(entry):
    """The translations of an entry, each with the English that it stands for."""
    if entry.msgid_plural:
        return [(entry.msgid, entry.msgstr_plural[0]), (entry.msgid_plural, entry.msgstr_plural[1])]
    return [(entry.msgid, entry.msgstr)]


def placeholders(text):
    return sorted(re.findall(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}", text))


def edges(text):
    """What a sentence begins and ends with besides words: spaces, a semicolon, an ellipsis."""
    return re.match(r"\s*;?", text).group(), re.search(r"[\s…]*$", text).group()


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """What the sources say, taken out of a copy: makemessages writes beside what it reads."""
    copy = tmp_path_factory.mktemp("sources") / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "data", "locale", "tests"))
    (copy / "locale").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "hi", "--keep-pot", "--verbosity", "0"]
    subprocess.run(command, cwd=copy, env=environment, check=True)
    return polib.pofile(copy / "locale" / "django.pot")


@needs_gettext
@in_each_language
def test_catalogue_has_what_the_sources_say_and_what_is_borrowed(language, sources):
    assert keys(catalogue(language)) == keys(sources) | keys(borrowed())


def test_borrowed_messages_are_djangos():
    english = polib.pofile(Path(django.__file__).parent / "conf" / "locale" / "en" / "LC_MESSAGES" / "django.po")
    assert keys(borrowed()) - keys(english) == set()


@in_each_language
def test_every_message_is_translated(language):
    entries = list(catalogue(language))
    assert entries
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete or not entry.translated()] == []


@in_each_language
def test_translation_keeps_the_placeholders(language):
    pairs = [pair for entry in catalogue(language) for pair in forms(entry)]
    assert [(said, says) for said, says in pairs if placeholders(said) != placeholders(says)] == []


@in_each_language
def test_translation_begins_and_ends_as_the_english(language):
    pairs = [pair for entry in catalogue(language) for pair in forms(entry)]
    assert [(said, says) for said, says in pairs if edges(said) != edges(says)] == []


@in_each_language
def test_compiled_catalogue_is_the_written_one(language):
    compiled = polib.mofile(LOCALE / language / "LC_MESSAGES" / "django.mo")

    def contents(entries):
        return {(entry.msgctxt, entry.msgid): forms(entry) for entry in entries}

    assert contents(compiled) == contents(catalogue(language)), "run manage.py compilemessages"
    assert compiled.metadata["Plural-Forms"] == catalogue(language).metadata["Plural-Forms"]


@in_each_language
def test_header_names_language_and_plurals(language):
    header = catalogue(language).metadata
    # As Django's own catalogues count, so that a message of theirs and one of ours are looked up in the same way.
    assert (header["Language"], header["Plural-Forms"]) == (language, "nplurals=2; plural=(n != 1);")


# --- the counter


class Words(HTMLParser):
    """Everything of a page that is read, seen or said."""

    SAID = ("aria-label", "alt", "title", "placeholder", "data-on", "data-label")

    def __init__(self, page):
        super().__init__()
        self.said = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.said += [text for name, text in attrs if name in self.SAID]
        if tag == "script":  # its own words reach it as data attributes, with {places}; so do addresses and marks
            words = [text for name, text in attrs if name.startswith("data-") and text and not text.startswith("/")]
            self.said += [re.sub(r"\{\w+\}", "", text) for text in words]

    def handle_data(self, data):
        self.said.append(data)


NAMES = {"Regulars", "WhatsApp", "SMS", "CSV"}
"""Written so everywhere."""


def english_words(page):
    return sorted(set(re.findall("[A-Za-z]{2,}", " ".join(Words(page).said))) - NAMES)


@pytest.fixture
def new_shop(vendor, helper, owner, language):
    """A shop in `language`, and not a Latin letter in anything that people wrote."""
    vendor.language, vendor.name, helper.name, owner.name = language, "हरा कोना", "रवि", "आशा"
    for row in (vendor, helper, owner):
        row.save()
    return vendor


@pytest.fixture
def shop(new_shop, helper):
    """The ids of one row of each kind, by the place that they take in an address."""
    fruit = {"vendor": new_shop, "name_hi": "केला", "name_mr": "केळं"}
    products = [ProductFactory(**fruit, name=unit, unit=unit) for unit in Product.Unit]
    customer = CustomerFactory(vendor=new_shop, name="सुनीता", landmark="गली ३", description="हरा स्कूटर")
    customer.edits.create(vendor=new_shop, by=helper, before={"name": "सुनिता"}, after={"name": "सुनीता"})
    ContactPointFactory(customer=customer)
    for said in kinds_of_preference(helper):
        known = PreferenceFactory(customer=customer, text="छोटा", **{"product": products[0]} | said)
    visits(customer, products, days=[0, 7, 14, 21, 28, 200], by=helper)
    visits(CustomerFactory(vendor=new_shop, name="मीरा"), products, days=[7, 14], by=helper)
    visits(CustomerFactory(vendor=new_shop, name="अमित"), products, days=[100], by=helper)
    ids = {"shop": new_shop.slug, "customer": customer.uid, "product": products[0].uid, "preference": known.uid}
    ids["day"] = new_shop.today()
    rows = [*shares(customer), *expects(customer, products[0], helper), *plans(customer, products, helper), helper]
    rows += [not_accepted(helper), changed_twice(customer, helper)]
    return ids | {row._meta.model_name: row.uid for row in rows} | {"name": "card"}


def not_accepted(helper):
    """What was tapped on a tablet and refused."""
    device = DeviceFactory(vendor=helper.vendor, name="दरवाज़ा")
    refused = {"outcome": "refused", "body": urlencode({"name": "मीरा"}), "said": "नाम?", "is_open": True}
    return EntryFactory(vendor=helper.vendor, device=device, by=helper, is_claimed=True, **refused)


def changed_twice(customer, helper):
    """Where they are found was said on two tablets."""
    said = {"stands": ["मंदिर के पीछे"], "aside": ["स्कूल के पास"], "stands_by": helper, "aside_by": helper}
    return ClashFactory(customer=customer, **said)


def shares(customer):
    """A household of two, and somebody who was found to be the same person."""
    home = HouseholdFactory(vendor=customer.vendor, name="सुनीता की रसोई")
    roles = dict.fromkeys(Membership.ROLES, True)
    MembershipFactory(household=home, customer=customer, is_first=True, **roles)
    anu = MembershipFactory(household=home, customer__name="अनु", ask_first="माँ से पूछें")
    same = CustomerFactory(vendor=customer.vendor, name="श्रीमती राव")
    return home, anu, merging.merge(customer=same, into=customer, by=None, uid=uuid4())


def expects(customer, product, helper):
    """What is promised, wished for and went wrong, in each of its states."""
    now, said = timezone.now(), {"customer": customer, "by": helper}
    order = StandingOrderFactory(**said, text="दूध")
    StandingOrderLineFactory(standing_order=order, product=product)
    for outcome in Promise.Outcome:
        due = now - dt.timedelta(days=1 if outcome == Promise.Outcome.LATE else -1)
        PromiseFactory(**said, text="आम", due_at=due, outcome=outcome, closed_at=now)
    for days in (-1, 1, 2, 30):
        promise = PromiseFactory(**said, text="आम", owner=helper, due_at=now + dt.timedelta(days=days), amount=120)
    PromiseLineFactory(promise=promise, product=product)
    Promise.objects.filter(pk=promise.pk).update(has_lines=True)
    agreed = {"asked_by": "सुनीता", "agreed_by": "रवि", "charge": 10, "charge_for": "जल्दी"}
    amending.amend(
        promise=promise,
        terms=Terms(due_at=now + dt.timedelta(days=3), text="पके आम"),
        seen=0,
        by=helper,
        uid=uuid4(),
        agreement=amending.Agreement(**agreed),
    )
    WishFactory(**said, product=None, text="कटहल")
    wish = WishFactory(**said, product=product, came_in_at=now)
    for what in Problem.What:
        problem = ProblemFactory(**said, product=product, what=what, text="थोड़ा", is_hard=what == "rude", owner=helper)
    for remedy in Problem.Remedy:
        ProblemFactory(**said, product=product, remedy=remedy, remedied_at=now)
    return order, promise, wish, problem


def plans(customer, products, helper):
    """Lists of yesterday, today and tomorrow; who is left alone; and a decision of each kind, fresh and to look at."""
    vendor, now = customer.vendor, timezone.now()
    said, today = {"vendor": vendor, "by": helper}, vendor.today()
    alone = LeftAloneFactory(customer=customer, by=helper, reason="यात्रा पर")
    LeftAloneFactory(customer__vendor=vendor, customer__name="गीता", reason="बीमार", ended_at=now, ended_by=helper)
    for days in (-1, 0, 1):
        buying_list = BuyingListFactory(**said, day=today + dt.timedelta(days=days))
        line = BuyingLineFactory(buying_list=buying_list, product=products[0], foreseen=2, low=1, high=3, got_at=now)
        BuyingEditFactory(line=line, by=helper)
        for product in products[1:]:
            line = BuyingLineFactory(buying_list=buying_list, product=product, usual=1, promised=1, wished=2)
    decided = {**said, "text": "सोमवार को बंद", "reason": "कोई नहीं आया"}
    hours = {"about": "hours", "opens": dt.time(20), "closes": dt.time(21)}
    for about in ({"about": "weekday"}, hours, {"about": "products", "weekday": None}):
        for days in (31, 1):
            decision = DecisionFactory(**decided, **about, decided_on=today - dt.timedelta(days=days))
            DecisionPersonFactory(decision=decision, customer=customer)
    DecisionProductFactory(decision=decision, product=products[0])
    DecisionEditFactory(decision=decision, by=helper)
    DecisionFactory(**decided, looked_at=now, looked_by=helper, conclusion="सब आए")
    return alone, buying_list, line, decision


def visits(customer, products, *, days, by):
    now = timezone.now()
    for ago in days:
        visit = VisitFactory(customer=customer, by=by, at=now - dt.timedelta(days=ago), recorded_at=now)
        for product, outcome in zip(products, itertools.cycle(VisitLine.Outcome), strict=False):
            VisitLineFactory(visit=visit, product=product, outcome=outcome, manner="पका")


def kinds_of_preference(helper):
    long_ago = timezone.now() - dt.timedelta(days=300)
    yield {"kind": "dislikes", "at": long_ago, "confirmed_at": long_ago}
    yield {"kind": "avoids", "basis": "guess"}
    yield {"kind": "manner", "basis": "seen", "seen": 5, "seen_of": 6}
    yield {"kind": "wish", "product": None}
    yield {"kind": "allergy", "consent_at": timezone.now()}
    yield {"kind": "likes", "by": helper, "at": long_ago}


def addresses(shop, urls):
    """Every address of the counter or of the review, filled from `shop`."""
    ids = {**shop, "visit": Visit.objects.order_by("at").last().uid}
    for pattern in urls.urlpatterns:
        places = {place: ids[place] for place in pattern.pattern.converters}
        yield pattern.name, reverse(f"{urls.app_name}:{pattern.name}", kwargs={**places, "shop": ids["shop"]})


def is_html(answer):
    return answer.headers.get("Content-Type", "").startswith("text/html")


def answers(client, shop, ask, urls=counter_urls, least=5):
    """The words left in English, by the name of the page that still says them; `least` so many pages answer."""
    found = {name: ask(client, address) for name, address in addresses(shop, urls)}
    read = {name: page for name, page in found.items() if page.status_code not in (302, 405) and is_html(page)}
    pages = {name: page.content.decode() for name, page in read.items()}
    assert len(pages) >= least
    return {name: words for name, page in pages.items() if (words := english_words(page))}


@in_each_language
@pytest.mark.parametrize("query", ["?q=सुनी&look_for=केला", "?q=कोई+नहीं&look_for=सेब&add=1"], ids=["found", "not found"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_counter_has_no_english_word(counter, shop, query, headers):
    assert answers(counter, shop, lambda client, address: client.get(address + query, headers=headers)) == {}


@in_each_language
@pytest.mark.parametrize("query", ["", "?span=week&q=कोई", "?span=month&first=&last="], ids=["day", "week", "month"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_review_has_no_english_word(evening, shop, query, headers):
    asked = answers(evening, shop, lambda client, at: client.get(at + query, headers=headers), review_urls, 4)
    assert asked == {}


@in_each_language
def test_review_says_without_an_english_word_what_is_wrong(evening, shop):
    said = [{}, dict.fromkeys(["uid", "until", "reason", "text", "quantity", "day", "about", "what"], TOO_MUCH)]
    for data in said:
        asked = answers(evening, shop, lambda client, at, data=data: client.post(at, data), review_urls, 0)
        assert asked == {}


@in_each_language
def test_first_evening_of_a_new_shop_has_no_english_word(evening, new_shop):
    page = evening.get(reverse("review:today", args=[new_shop.slug]))
    assert english_words(page.content.decode()) == []


@in_each_language
def test_first_page_of_a_new_shop_has_no_english_word(counter, new_shop):
    pages = [counter.get(reverse(f"counter:{name}", args=[new_shop.slug])) for name in ("find", "today")]
    assert [english_words(page.content.decode()) for page in pages] == [[], []]


TOO_MUCH = "क" * 10_000
WRONG = {
    "nothing": {},
    "too much": dict.fromkeys(["name", "nickname", "note", "text", "phones", "uid", "kind", "at", "channel"], TOO_MUCH),
    "unreadable": dict.fromkeys(["name", "nickname", "note", "text", "phones", "uid", "kind", "at", "channel"], "\0"),
    "without consent": {"kind": "allergy", "text": "मूँगफली"},
    "like without a product": {"kind": "manner"},
}


@in_each_language
@pytest.mark.parametrize("wrong", WRONG)
def test_counter_says_without_an_english_word_what_is_wrong(counter, shop, wrong):
    data = {"uid": uuid4(), **WRONG[wrong]}
    assert answers(counter, shop, lambda client, address: client.post(address, data)) == {}


@in_each_language
@pytest.mark.parametrize("typed", ["0", "9999999", "दो", "1.23456"])
def test_card_says_without_an_english_word_what_is_wrong_with_an_amount(counter, shop, typed):
    card = reverse("counter:card", args=[shop["shop"], shop["customer"]])
    page = counter.post(card, {"uid": uuid4(), f"take.{shop['product']}": typed})
    assert page.status_code == 422
    assert english_words(page.content.decode()) == []


# --- on the way to be a tablet


@in_each_language
def test_page_to_pair_a_tablet_has_no_english_word(client, new_shop, owner, language):
    page, old, wrong = f"/{new_shop.slug}/pair/", {"ends_at": timezone.now()}, {"wrong": pairing.MOST_WRONG}
    codes = [pairing.invite(vendor=new_shop, device_name="दरवाज़ा", by=owner) for _time in range(3)]
    for (made, _code), change in zip(codes, [old, wrong, {"device": DeviceFactory(vendor=new_shop)}], strict=True):
        Pairing.objects.filter(pk=made.pk).update(**change)
    browser = {"headers": {"Accept-Language": language}, "SERVER_NAME": "localhost"}
    answers = [client.post(page, **browser), client.get(page, **browser)]
    answers += [client.post(page, {"code": code}, **browser) for code in ["", "0", "0000-0000", *dict(codes).values()]]
    assert [english_words(_without_codes(answer)) for answer in answers] == [[]] * 8


def _without_codes(answer):
    return re.sub(r"\b\w{4}-\w{4}\b", "", answer.content.decode())


@in_each_language
@pytest.mark.parametrize("unpaired", [False, True], ids=["paired", "unpaired"])
def test_tablet_has_no_english_word(new_shop, owner, language, unpaired):
    new_shop.refresh_from_db()
    device = DeviceFactory(vendor=new_shop, name="दरवाज़ा", token=pairing.digest_of(TOKEN))
    browser = tablet_of(device)
    browser.defaults |= {"SERVER_NAME": "localhost", "HTTP_ACCEPT_LANGUAGE": language}
    if unpaired:
        pairing.revoke(device, owner)
    addresses = [f"/{new_shop.slug}/counter/", f"/{new_shop.slug}/pair/"]
    assert [english_words(browser.get(at, follow=True).content.decode()) for at in addresses] == [[], []]
