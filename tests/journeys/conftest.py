import datetime as dt
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.factories.customers import ContactPointFactory, CustomerFactory
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
    client = Client()
    client.force_login(shop.member_set.get(name="Ravi").user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": base_url}])
    return context


@pytest.fixture
def complaints(page, base_url):
    """What the browser complains of on any page of the test: script errors, policy reports, requests elsewhere."""
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
