"""
No shop learns anything of another: every address is asked for by everybody, with every id of a strange shop.

The pages are read from the URLconf, so a new one is walked without being named here. One whose places nobody knows how
to fill, or that nobody could ever open, fails.
"""

import itertools
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection, models
from django.test import Client
from django.urls import get_resolver, resolve
from django.utils import timezone
from django.utils.regex_helper import normalize

from crm.counter.blanks import BLANKS
from customers import search
from customers.merging import merge
from customers.models import Clash, Customer, CustomerEdit
from customers.preferences.merging import merge_products
from customers.preferences.models import Preference
from customers.visits import tallying
from customers.visits.models import Visit, VisitEdit
from tests.conftest import TOKEN, entry_headers, tablet_of
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
from tests.factories.preferences import NoticeAnswerFactory, PreferenceFactory
from tests.factories.promises import (
    AmendmentFactory,
    ProblemEditFactory,
    ProblemFactory,
    PromiseFactory,
    PromiseLineFactory,
    StandingOrderEditFactory,
    StandingOrderFactory,
    StandingOrderLineFactory,
    SupplyFactory,
    WishEditFactory,
    WishFactory,
)
from tests.factories.vendors import (
    ClosureFactory,
    DeviceFactory,
    EntryFactory,
    MemberFactory,
    OpeningHoursFactory,
    OwnerFactory,
    PairingFactory,
    ProductFactory,
    VendorFactory,
)
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors import pairing
from vendors.models import Device, Product, Vendor

MARK = "zanzibar"
"""In every text of the strange shop, and nowhere else."""
BEGINNING = "zanzi"
"""What a stranger types to find it: pages may say it again."""
FOR_EVERYBODY = {"home", "sign_in", "sign_out"}
"""Pages of no shop, besides the admin."""
BEFORE_PAIRING = "pair"
"""The page on which a browser without a sign-in becomes a tablet: it tells nobody whether there is such a shop."""
FOR_TABLETS = {"sign_in", "sign_out", BEFORE_PAIRING}
"""Pages that a paired tablet opens besides those of the counter."""

pytestmark = pytest.mark.django_db


# --- the pages


class Page(NamedTuple):
    template: str
    """The address, with a %(name)s for each place."""
    places: tuple[str, ...]
    view: Callable
    name: str | None

    def __str__(self):
        return self.template

    @property
    def is_of_a_shop(self):
        return "shop" in self.places

    @property
    def is_admin(self):
        return self.template.startswith("/admin/")

    @property
    def model(self):
        """The model whose rows an address of the admin is about."""
        kept = {f"/admin/{model._meta.app_label}/{model._meta.model_name}/": model for model in admin.site._registry}
        return next((model for beginning, model in kept.items() if self.template.startswith(beginning)), None)

    def model_in(self, place):
        """The model of which a row is named in `place`."""
        if place in ("object_id", "id"):
            return self.model
        named = [model for model in our_models() if model._meta.model_name == place.removesuffix("_id")]
        return named[0] if named else None

    def ids(self, place, rows):
        """What of `rows` fits into `place`."""
        if place == "shop":
            return [vendor.slug for vendor in rows[Vendor]]
        if place == "day":
            return [vendor.today().isoformat() for vendor in rows[Vendor]]
        if place == "app_label":
            return sorted({model._meta.app_label for model in admin.site._registry})
        if place == "url":
            return ["nowhere/"]
        if place == "name":
            return list(BLANKS)
        model = self.model_in(place)
        assert model is not None, f"nobody knows what to put into {place} of {self}"
        by_number = self.is_admin or place.endswith("_id")
        return [str(row.pk if by_number else row.uid) for row in rows[model]]

    def at(self, **ids):
        return self.template % {place: quote(str(value)) for place, value in ids.items()}

    def addresses(self, rows):
        """The address with each fitting id of `rows` in each place."""
        for values in itertools.product(*(self.ids(place, rows) for place in self.places)):
            yield self.at(**dict(zip(self.places, values, strict=True)))


def pages():
    return list(_walk(get_resolver().url_patterns, "/", ()))


def _walk(patterns, before, places_before):
    for pattern in patterns:
        # As Django's own `reverse` reads a pattern of either kind; it gives several where a part may be left out.
        for bit, places in normalize(pattern.pattern.regex.pattern):
            found = before + bit, (*places_before, *places)
            if hasattr(pattern, "url_patterns"):
                yield from _walk(pattern.url_patterns, *found)
            else:
                yield Page(*found, pattern.callback, pattern.name)


def shop_pages():
    return [page for page in pages() if page.is_of_a_shop and page.name != BEFORE_PAIRING]


def admin_pages():
    return [page for page in pages() if page.is_admin]


# --- the shops


def our_models():
    return [model for model in apps.get_models() if model.__module__.split(".")[0] in ("vendors", "customers")] + [User]


def rows_of(vendor):
    """All rows of a shop, by model."""
    reach = {Vendor: {"pk": vendor.pk}, User: {"memberships__vendor": vendor}}
    return {
        model: list(model._base_manager.filter(**reach.get(model, {"vendor": vendor})).order_by("pk"))
        for model in our_models()
    }


def contents_of(vendor):
    """Every value of every row of a shop, to be compared."""
    return {
        model.__name__: [{field.attname: getattr(row, field.attname) for field in model._meta.fields} for row in rows]
        for model, rows in rows_of(vendor).items()
    }


def filled(slug):
    """A shop with at least one row of each model."""
    vendor = VendorFactory(slug=slug)
    owner, helper = OwnerFactory(vendor=vendor), MemberFactory(vendor=vendor)
    OpeningHoursFactory(vendor=vendor)
    ClosureFactory(vendor=vendor)
    product = ProductFactory(vendor=vendor)
    merge_products(product=ProductFactory(vendor=vendor), into=product, by=owner)
    customer = CustomerFactory(vendor=vendor, added_by=helper)
    ContactPointFactory(customer=customer)
    CustomerEdit.objects.create(vendor=vendor, customer=customer, by=owner, before={"name": "A"}, after={"name": "B"})
    ClashFactory(customer=customer, stands_by=owner, aside_by=helper)
    visit = VisitFactory(customer=customer, by=helper)
    VisitLineFactory(visit=visit, product=product)
    undone = VisitFactory(customer=customer, by=helper, voided_at=timezone.now(), voided_by=owner)
    said = {"note": "", "lines": []}
    VisitEdit.objects.create(vendor=vendor, visit=undone, by=helper, before=said, after=said)
    PreferenceFactory(customer=customer, product=product, kind="manner", text="small", by=helper)
    PreferenceFactory(customer=customer, product=None, kind="allergy", text="nuts", by=owner, consent_at=timezone.now())
    NoticeAnswerFactory(customer=customer, product=product, manner="ripe", by=helper)
    tallying.recount_shop(vendor)
    also = CustomerFactory(vendor=vendor, standing="closed", standing_reason="moved away")
    merge(customer=also, into=customer, by=owner, uid=uuid4())
    _fill_household(customer, helper)
    _fill_expectations(customer, visit, product, owner)
    _fill_plans(customer, product, owner)
    _fill_tablets(vendor, owner, helper)
    return vendor


def _fill_household(customer, helper):
    household = HouseholdFactory(vendor=customer.vendor, by=helper)
    MembershipFactory(household=household, customer=customer, decides=True, is_first=True, by=helper)
    MembershipFactory(household=household, collects=True, ask_first="not the other brand", by=helper)


def _fill_expectations(customer, visit, product, owner):
    order = StandingOrderFactory(customer=customer, by=owner)
    StandingOrderLineFactory(standing_order=order, product=product)
    StandingOrderEditFactory(standing_order=order, by=owner)
    promise = PromiseFactory(customer=customer, has_lines=True, by=owner, owner=owner)
    PromiseLineFactory(promise=promise, product=product)
    AmendmentFactory(promise=promise, by=owner)
    wish = WishFactory(customer=customer, product=product, by=owner)
    WishEditFactory(wish=wish, by=owner)
    SupplyFactory(product=product)
    problem = ProblemFactory(customer=customer, visit=visit, product=product, by=owner)
    ProblemEditFactory(problem=problem, by=owner)
    ProblemFactory(vendor=customer.vendor, customer=None, product=product, was_said=False, by=owner)


def _fill_tablets(vendor, owner, helper):
    device = DeviceFactory(vendor=vendor, paired_by=owner)
    PairingFactory(vendor=vendor, made_by=owner, device=device)
    EntryFactory(vendor=vendor, device=device, by=helper, outcome="refused", body="name=", said="A name", is_open=True)


def _fill_plans(customer, product, owner):
    LeftAloneFactory(customer=customer, by=owner)
    line = BuyingLineFactory(buying_list=BuyingListFactory(vendor=customer.vendor, by=owner), product=product)
    BuyingEditFactory(line=line, by=owner)
    decision = DecisionFactory(vendor=customer.vendor, about="products", weekday=None, by=owner)
    DecisionProductFactory(decision=decision, product=product)
    DecisionPersonFactory(decision=decision, customer=customer)
    DecisionEditFactory(decision=decision, by=owner)


@pytest.fixture
def theirs():
    """The shop whose every text has the mark in it."""
    vendor = filled("theirs")
    for model, rows in rows_of(vendor).items():
        assert rows, f"{model.__name__} is not in `filled` yet"
        for row in rows:
            model._base_manager.filter(pk=row.pk).update(**_marked(model, row))
    search.index(Customer.objects.filter(vendor=vendor))
    vendor.refresh_from_db()
    return vendor


def _marked(model, row):
    values = {
        field.attname: f"{MARK} {model._meta.model_name} {field.name} {row.pk}"
        for field in model._meta.fields
        if isinstance(field, models.CharField | models.TextField) and _is_free_text(field)
    }
    if model is CustomerEdit:
        values |= {"before": {"name": f"{MARK} before"}, "after": {"name": f"{MARK} after"}}
    if model is Clash:
        values |= {"stands": [f"{MARK} clash stands"], "aside": [f"{MARK} clash aside"]}
    if model is VisitEdit:
        line = {"product": f"{MARK} product", "quantity": "1", "unit": "kg", "outcome": "taken", "manner": MARK}
        values |= {name: {"note": f"{MARK} note", "lines": [line]} for name in ("before", "after")}
    return values


def _is_free_text(field):
    """Not a choice, not part of an address, and not something that a program reads."""
    read = {"time_zone", "currency", "phone_region", "number", "digest", "password", "rule", "of", "field"}
    return not field.choices and not isinstance(field, models.SlugField) and field.name not in read


@pytest.fixture
def ours():
    return filled("ours")


@pytest.fixture
def sign_in(theirs, ours):
    """Gives a new browser, signed in as the one asked for."""
    root = User.objects.create_superuser("root")
    users = {
        "anonymous": lambda: None,
        "owner of another shop": lambda: ours.member_set.get(role="owner").user,
        "helper of another shop": lambda: ours.member_set.get(role="helper").user,
        "superuser": lambda: root,
        "owner": lambda: theirs.member_set.get(role="owner").user,
        "helper": lambda: theirs.member_set.get(role="helper").user,
    }

    def browser(who):
        client = Client()
        if user := users[who]():
            client.force_login(user)
        return client

    return browser


STRANGERS = ["anonymous", "owner of another shop", "helper of another shop", "superuser"]


# --- asking


def asked(browser, address, *, body):
    """The answers to an address: GET and POST, of a page and of htmx. Redirects are followed."""
    for headers in ({}, {"HX-Request": "true"}):
        yield browser.get(address, headers=headers, follow=True)
        yield browser.post(address, body, headers=headers, follow=True)


def a_body(rows, model=None, **more):
    """All that a form of ours could be sent with, naming `rows`; for the admin's lists the rows of `model` chosen."""
    product, customer, visit = rows[Product][0], rows[Customer][0], rows[Visit][0]
    return {
        **{"uid": str(uuid4()), "name": "Somebody", "note": "changed", "kind": "likes", "text": "changed"},
        **{"product": str(product.uid), "answer": "no", "manner": "ripe", "phones": "98200 99999", "q": BEGINNING},
        **{f"take.{product.uid}": "1", f"manner.{product.uid}": "ripe", "about": str(product.uid)},
        **{"vendor": product.vendor_id, "customer": customer.pk, "visit": visit.pk, "_save": "1", "post": "yes"},
        **{"weekday": "2", "opens": "09:00", "closes": "12:00", "opens_3_0": "09:00", "closes_3_0": "12:00"},
        **{"first_day": "2026-12-01", "reason": "changed", "days": [f"{timezone.now().year + 1}-01-26"]},
        **{"standing": "possible", "standing_reason": "changed", "other": str(customer.uid), "keep": str(customer.uid)},
        **{"what": "soft", "step": "replaced"},
        **{"confirmed": "1", "into": product.pk, "_selected_action": [row.pk for row in rows[model]] if model else []},
        **more,
    }


def said(response):
    """Everything that an answer says, its headers and the messages that the next page would show too."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{body.decode()} {response.headers} {[str(message) for message in get_messages(response.wsgi_request)]}"


def is_sign_in_page(response):
    asks = 'action="/sign-in/"' in response.content.decode()
    return asks or response.headers.get("HX-Redirect", response.headers.get("Location", "")).startswith("/sign-in/")


def shuts_out(response):
    return response.status_code == 404 or is_sign_in_page(response)


# --- every page is known and can be reached


def test_every_page_is_of_a_shop_or_of_the_admin_or_for_everybody():
    assert {page.name for page in pages() if not page.is_of_a_shop and not page.is_admin} == FOR_EVERYBODY


def test_every_page_of_a_shop_says_who_may_open_it():
    open_pages = [page for page in pages() if page.is_of_a_shop and not getattr(page.view, "roles", None)]
    assert [page.name for page in open_pages] == [BEFORE_PAIRING]


def test_every_page_is_reached_by_somebody(sign_in, theirs):
    """With the ids of their shop its owner, or in the admin the superuser, gets another answer than "nothing here"."""
    rows = rows_of(theirs)
    for page in pages():
        who = "superuser" if page.is_admin else "owner"
        addresses = list(page.addresses(rows))
        assert all(resolve(address).func is page.view for address in addresses), f"{page} is hidden by another"
        if page.places != ("url",):  # the admin's answer to addresses that are none
            assert any(opens(sign_in(who), address, rows) for address in addresses), f"the {who} never opened {page}"


def opens(browser, address, rows):
    return any(answer.status_code not in (404, 405) for answer in asked(browser, address, body=a_body(rows)))


def test_page_with_a_place_that_nobody_knows_fails(theirs):
    page = Page("/%(shop)s/counter/%(parcel)s/", ("shop", "parcel"), lambda: None, "parcel")
    with pytest.raises(AssertionError, match="nobody knows what to put into parcel"):
        list(page.addresses(rows_of(theirs)))


def test_members_of_the_shop_see_its_marks(sign_in, theirs):
    """What strangers must not see is there to be seen."""
    for who in ("owner", "helper"):
        marks = set()
        for page in shop_pages():
            for address in page.addresses(rows_of(theirs)):
                answer = sign_in(who).get(address, {"q": BEGINNING}, follow=True)
                marks |= set(re.findall(rf"{MARK} (\w+ \w+)", answer.content.decode()))
        assert {
            "vendor name",
            "member name",
            "product name",
            "customer name",
            "customer landmark",
            "customer note",
            "customer standing_reason",
        } <= marks
        assert {"contactpoint text", "visit note", "visitline manner", "preference text"} <= marks


# --- strangers


@pytest.mark.parametrize("who", STRANGERS)
def test_stranger_at_the_counter_finds_nothing(sign_in, theirs, who):
    rows, before = rows_of(theirs), contents_of(theirs)
    for page in shop_pages():
        for address in page.addresses(rows):
            answers = list(asked(sign_in(who), address, body=a_body(rows)))
            assert any(map(shuts_out, answers)), f"{address} lets the {who} in"
            for answer in answers:
                assert shuts_out(answer) or answer.status_code == 405, f"{address} lets the {who} in"
                assert MARK not in said(answer), f"{address} tells the {who}"
    assert contents_of(theirs) == before


@pytest.mark.parametrize("who", ["owner of another shop", "helper of another shop"])
def test_id_of_another_shop_under_ones_own_is_nothing(sign_in, theirs, ours, who):
    """Each of their ids, of whatever it is, in each place of an address of one's own shop."""
    own, strange, before = rows_of(ours), rows_of(theirs), contents_of(theirs)
    uids = [str(row.uid) for rows in strange.values() for row in rows if hasattr(row, "uid")]
    browser = sign_in(who)
    for page in shop_pages():
        first = {place: page.ids(place, own)[0] for place in page.places}
        # A page that is not theirs even at home tells a helper no more than that.
        shut = 403 if "helper" in who and "helper" not in page.view.roles else 404
        for place in set(page.places) - {"shop", "day"}:
            for uid in uids:
                address = page.at(**{**first, place: uid})
                answers = list(asked(browser, address, body=a_body(own)))
                assert {answer.status_code for answer in answers} <= {shut, 405}, f"{address} is found by the {who}"
                assert any(answer.status_code == shut for answer in answers)
                assert not any(MARK in said(answer) for answer in answers), f"{address} tells the {who}"
    assert contents_of(theirs) == before


@pytest.mark.parametrize("who", ["owner of another shop", "helper of another shop"])
def test_form_that_names_another_shops_rows_changes_and_tells_nothing_of_it(sign_in, theirs, ours, who):
    own, strange, before = rows_of(ours), rows_of(theirs), contents_of(theirs)
    for page in shop_pages():
        for address in page.addresses(own):
            body = a_body(strange, next=f"/theirs/counter/{strange[Customer][0].uid}/")
            for answer in asked(sign_in(who), address, body=body):
                assert MARK not in said(answer), f"{address} tells the {who}"
    connection.check_constraints()
    assert contents_of(theirs) == before
    assert not Preference.objects.filter(vendor=ours, product__vendor=theirs).exists()


def test_search_at_the_counter_meets_nobody_of_another_shop(sign_in, theirs, ours):
    strange = rows_of(theirs)
    browser = sign_in("helper of another shop")
    for page in shop_pages():
        for address in page.addresses(rows_of(ours)):
            for text in (BEGINNING, "B", strange[Customer][0].contact_points.get().number[-4:]):
                assert MARK not in said(browser.get(address, {"q": text, "look_for": text}, follow=True)), address


@pytest.mark.parametrize("field", ["take", "none", "manner"])
def test_product_of_another_shop_in_a_basket_records_nothing_and_is_told(sign_in, theirs, ours, field):
    strange, own, customer = theirs.product_set.first(), ours.product_set.first(), ours.customer_set.earliest("pk")
    visits = Visit.objects.count()
    answer = sign_in("helper of another shop").post(
        f"/ours/counter/{customer.uid}/",
        {"uid": str(uuid4()), f"{field}.{strange.uid}": "1", f"take.{own.uid}": "2", "note": "for Anu"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "A product is not in this shop and was left out." in page
    assert 'value="for Anu"' in page
    assert f'name="take.{own.uid}"' in page
    assert Visit.objects.count() == visits


def test_same_uids_in_two_shops_stay_apart(sign_in, theirs, ours):
    """A uid is once a shop: with the one of the other shop's customer each shop gets its own."""
    own, strange = ours.customer_set.earliest("pk"), theirs.customer_set.earliest("pk")
    Customer.objects.filter(pk=own.pk).update(uid=strange.uid)
    answer = sign_in("helper of another shop").get(f"/ours/counter/{strange.uid}/")
    assert own.name in answer.content.decode()
    assert MARK not in said(answer)


@pytest.mark.parametrize("who", STRANGERS)
def test_page_to_pair_a_tablet_tells_no_stranger_of_the_shop(sign_in, theirs, who):
    before = contents_of(theirs)
    for code in ("", "0000", "0000-0000"):
        for host in ("localhost", "testserver"):
            browser = sign_in(who)
            browser.defaults["SERVER_NAME"] = host
            for answer in asked(browser, "/theirs/pair/", body={"code": code}):
                assert MARK not in said(answer)
                assert pairing.COOKIE not in answer.cookies
    assert contents_of(theirs) == before


# --- tablets


def paired(vendor, role):
    """A new browser that is a paired tablet of the shop, on which somebody of this role serves."""
    device = DeviceFactory(vendor=vendor, token=pairing.digest_of(TOKEN))
    return tablet_of(device, vendor.member_set.get(role=role))


@pytest.mark.parametrize("role", ["owner", "helper"])
def test_tablet_opens_the_counter_and_nothing_else_whoever_serves_on_it(theirs, role):
    rows, opened = rows_of(theirs), set()
    browser = paired(theirs, role)
    for page in pages():
        for address in page.addresses(rows):
            answer = browser.get(address)
            if not shuts_out(answer) and answer.status_code != 405 and page.name not in FOR_TABLETS:
                opened.add(page)
    assert {page for page in opened if page.is_admin} == set()
    assert {page for page in opened if page.is_of_a_shop and "helper" not in page.view.roles} == set()
    assert {page.template.split("/")[2] for page in opened if page.is_of_a_shop} == {"counter", "how-we-know"}
    assert {page.name for page in opened if not page.is_of_a_shop} == {"home"}


@pytest.mark.parametrize("role", ["owner", "helper"])
def test_tablet_writes_nothing_of_the_review_or_of_set_up(theirs, role):
    browser, rows, before = paired(theirs, role), rows_of(theirs), contents_of(theirs)
    for page in pages():
        if page.is_admin or (page.is_of_a_shop and "helper" not in getattr(page.view, "roles", ["helper"])):
            for address in page.addresses(rows):
                for headers in ({}, {"HX-Request": "true"}, entry_headers(theirs.member_set.get(role=role))):
                    answer = browser.post(address, a_body(rows, page.model), headers=headers)
                    assert shuts_out(answer) or answer.status_code == 405, f"{address} lets a tablet in"
                    assert MARK not in said(answer)
    assert contents_of(theirs) == before


def test_tablet_of_another_shop_finds_nothing(theirs, ours):
    browser, rows, before = paired(ours, "owner"), rows_of(theirs), contents_of(theirs)
    for page in shop_pages():
        for address in page.addresses(rows):
            for answer in asked(browser, address, body=a_body(rows)):
                assert shuts_out(answer) or answer.status_code == 405, f"{address} lets a tablet of another shop in"
                assert MARK not in said(answer)
    assert contents_of(theirs) == before


def test_unpaired_tablet_finds_nothing(theirs):
    browser, rows = paired(theirs, "owner"), rows_of(theirs)
    pairing.revoke(Device.objects.latest("pk"), None)
    before = contents_of(theirs)
    for page in shop_pages():
        for address in page.addresses(rows):
            for answer in asked(browser, address, body=a_body(rows)):
                assert shuts_out(answer) or answer.status_code in (403, 405), f"{address} lets an unpaired tablet in"
                assert not re.search(rf"{MARK} (?!vendor name)", said(answer)), f"{address} tells an unpaired tablet"
    assert contents_of(theirs) == before


# --- the admin


@pytest.mark.parametrize("who", ["anonymous", "owner of another shop", "helper of another shop"])
def test_stranger_in_the_admin_sees_and_changes_nothing(sign_in, theirs, who):
    rows, before = rows_of(theirs), contents_of(theirs)
    for page in admin_pages():
        for address in page.addresses(rows):
            for body in bodies(page, rows):
                for answer in asked(sign_in(who), address, body=body):
                    assert MARK not in said(answer), f"{address} tells the {who}"
                    if page.model and page.places:
                        shut = shuts_out(answer) or answer.status_code in (403, 405)
                        assert shut, f"{address} lets the {who} in"
    assert contents_of(theirs) == before


def bodies(page, rows):
    """Forms for a page of the admin; for a list one for each of its actions, with all rows of `rows` chosen."""
    yield a_body(rows, page.model)
    if page.model and not page.places:
        actions = admin.site._registry[page.model].actions or []
        for action in (*actions, "delete_selected"):
            yield a_body(rows, page.model, action=getattr(action, "__name__", action), index="0", select_across="1")


@pytest.mark.parametrize("who", ["owner of another shop", "helper of another shop"])
def test_lists_of_the_admin_tell_no_stranger(sign_in, theirs, who):
    vendor, customer = theirs.pk, theirs.customer_set.earliest("pk").pk
    browser = sign_in(who)
    for page in admin_pages():
        if page.places:
            continue
        for query in (
            {"q": BEGINNING},
            {"vendor": vendor},
            {"vendor__id__exact": vendor},
            {"customer__id__exact": customer},
        ):
            assert MARK not in said(browser.get(page.at(), query, follow=True)), f"{page} {query}"


@pytest.mark.parametrize("who", ["owner of another shop", "helper of another shop"])
def test_choices_of_the_admin_offer_no_strange_rows(sign_in, theirs, ours, who):
    browser, offered = sign_in(who), 0
    for model, field in foreign_keys():
        for query in (
            {"term": BEGINNING},
            {"term": ""},
            {"term": "", "vendor": theirs.pk},
            {"term": "", "vendor": ours.pk},
        ):
            about = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            answer = browser.get("/admin/autocomplete/", {**about, **query})
            assert MARK not in said(answer), f"{model.__name__}.{field.name} {query}"
            offered += answer.status_code == 200
    assert bool(offered) is (who == "owner of another shop")


def foreign_keys():
    return [
        (model, field)
        for model in our_models()
        for field in model._meta.fields
        if field.many_to_one and field.related_model in admin.site._registry
    ]


def test_superuser_sees_every_shop_in_the_admin(sign_in, theirs, ours):
    browser, marked = sign_in("superuser"), set()
    for page in admin_pages():
        if page.model and page.name and page.name.endswith("_changelist"):
            text = browser.get(page.at()).content.decode()
            marked |= {page.model.__name__} if MARK in text else set()
    assert marked == {
        *("Vendor", "Member", "OpeningHours", "Closure", "Product", "Device"),
        *("User", "Customer", "Visit", "Preference"),
        *("Household", "Promise", "StandingOrder", "Wish", "Problem", "Supply"),
        *("LeftAlone", "BuyingList", "Decision"),
    }


# --- what the walk relies on


def test_walk_finds_pages_of_every_kind():
    templates = {page.template for page in pages()}
    assert {"/", "/%(shop)s/counter/%(customer)s/", "/admin/customers/customer/%(object_id)s/change/"} <= templates
    assert len(templates) == len(pages()) > 40


def test_answer_that_tells_is_noticed(sign_in, theirs):
    """The mark is found in the answer to somebody who may see it, wherever in the answer it is."""
    address = f"/theirs/counter/{theirs.customer_set.earliest('pk').uid}/"
    assert MARK in said(sign_in("owner").get(address))
    browser = sign_in("owner")
    answer = browser.post("/theirs/counter/new/", {"uid": str(uuid4()), "name": f"{MARK} new"})
    assert answer.status_code == 302
    assert MARK in said(answer)
