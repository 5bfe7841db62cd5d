import datetime as dt
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from customers.visits import tallying
from customers.visits.models import Visit, VisitLine
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, WishFactory
from tests.factories.vendors import MemberFactory, OwnerFactory, ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

PASSWORD = "carrots-and-peas"


@pytest.fixture(autouse=True)
def _database(transactional_db):
    """What a test writes, the server's threads see."""


@pytest.fixture
def shop():
    """Green Corner with a helper, products and Sunita, who took onions and bananas in each of the last nine weeks."""
    vendor = VendorFactory(name="Green Corner", slug="green-corner")
    helper = MemberFactory(vendor=vendor, name="Ravi", user__username="ravi")
    helper.user.set_password(PASSWORD)
    helper.user.save()
    OwnerFactory(vendor=vendor, name="Asha")
    onion = ProductFactory(vendor=vendor, name="Onion", name_hi="प्याज", step=Decimal("0.5"), picture="onion")
    banana = ProductFactory(vendor=vendor, name="Banana", unit="piece", step=6, picture="banana")
    ProductFactory(vendor=vendor, name="Mango", unit="dozen", picture="mango")
    ProductFactory(vendor=vendor, name="Elephant yam")
    sunita = CustomerFactory(vendor=vendor, name="Sunita Rao", landmark="3rd lane", greeting="Namaste Sunita-ji")
    ContactPointFactory(customer=sunita, number="+919820012345")
    CustomerFactory(vendor=vendor, name="सुनीता कुलकर्णी", description="हरा स्कूटर")
    for week in range(1, 10):
        visit = VisitFactory(customer=sunita, at=timezone.now() - dt.timedelta(weeks=week), by=helper)
        VisitLineFactory(visit=visit, product=onion, quantity=2)
        VisitLineFactory(visit=visit, product=banana, quantity=6, manner="half ripe")
    return vendor


@pytest.fixture
def signed_in(shop, context, base_url):
    """The tablet of the helper, signed in."""
    return sign_in(context, shop, "Ravi", base_url)


def sign_in(context, vendor, name, base_url):
    client = Client()
    client.force_login(vendor.member_set.get(name=name).user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": base_url}])
    return context


@pytest.fixture
def evening_shop(shop):
    """
    The same shop on an evening on which each panel of the review has something to say.

    Meena comes each day and was served today, Ahmed stays away, Sunita is promised something and waits for mangoes,
    and something is soft, something else hard to put right.
    """
    ravi, sunita = shop.member_set.get(name="Ravi"), shop.customer_set.get(name="Sunita Rao")
    onion, mango = shop.product_set.get(name="Onion"), shop.product_set.get(name="Mango")
    meena, ahmed = CustomerFactory(vendor=shop, name="Meena Iyer"), CustomerFactory(vendor=shop, name="Ahmed Khan")
    _came(CustomerFactory(vendor=shop, name="Mandi", kind="supplier"), ravi, range(70))
    _came(meena, ravi, range(40), onion, 2)
    _came(ahmed, ravi, range(11, 71, 3), onion, 3)
    tallying.recount_shop(shop)
    PromiseFactory(customer=sunita, due_at=shop.day_bounds(shop.today())[1] - dt.timedelta(minutes=1))
    WishFactory(customer=sunita, product=mango)
    ProblemFactory(customer=meena, product=onion)
    ProblemFactory(
        customer=sunita, product=mango, what="late", is_hard=True, opened_at=timezone.now() - dt.timedelta(days=4)
    )
    shop.past_changed()
    shop.refresh_from_db()
    return shop


def _came(customer, by, days_ago, product=None, quantity=0):
    """On each of those days at this hour."""
    now, vendor = timezone.now(), customer.vendor
    moments = [now - dt.timedelta(days=ago) for ago in days_ago]
    visits = Visit.objects.bulk_create(Visit(vendor=vendor, customer=customer, at=at, by=by) for at in moments)
    VisitLine.objects.bulk_create(
        VisitLineFactory.build(visit=visit, vendor=vendor, product=product, quantity=quantity, position=0)
        for visit in visits
        if product
    )


@pytest.fixture
def owner_signed_in(evening_shop, context, base_url):
    """The phone of the owner, signed in."""
    return sign_in(context, evening_shop, "Asha", base_url)


@pytest.fixture
def complaints(page, base_url):
    """What the browser complains of on any page of the test: script errors, policy reports, requests elsewhere."""
    return complaints_of(page, base_url)


def complaints_of(page, base_url):
    found = []

    def hear(message):
        if "Content Security Policy" in message.text:
            found.append(message.text)

    def see(request):
        if not request.url.startswith((base_url, "data:")):
            found.append(request.url)

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", hear)
    page.on("request", see)
    return found
