import os

# Playwright's own event loop runs in the tests' thread, beside the ORM calls of the tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from hypothesis import settings

from tests import browser
from tests.factories.vendors import DeviceFactory, MemberFactory, OwnerFactory, VendorFactory
from tests.nothing_skipped import pytest_sessionfinish, pytest_terminal_summary  # noqa: F401 - hooks
from vendors import pairing, turns
from vendors.pairing import digest_of

TOKEN = "the token of a tablet, long and random"

# How long one example takes says more of what else the machine does than of the code.
settings.register_profile("anywhere", deadline=None)
settings.load_profile("anywhere")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Who asks for a page, or for what opens one, needs a browser; without it is skipped, but not under CI."""
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        if item.get_closest_marker("browser") and browser.may_be_skipped():
            item.add_marker(pytest.mark.skip(reason=browser.MISSING))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": browser.chromium(), "args": browser.FLAGS}


@pytest.fixture(scope="session")
def base_url(live_server):
    """`page.goto("/sign-in/")` asks the live server; each test with a page gets a database that other threads see."""
    return live_server.url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """A file, not memory: threads and processes meet in it as they do in a shop."""
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        settings.DATABASES["default"]["TEST"]["NAME"] = str(tmp_path_factory.mktemp("db") / "test.sqlite3")


@pytest.fixture
def vendor(db):
    return VendorFactory(name="Green Corner", slug="green-corner")


@pytest.fixture
def helper(vendor):
    return MemberFactory(vendor=vendor, name="Ravi")


@pytest.fixture
def owner(vendor):
    return OwnerFactory(vendor=vendor, name="Asha")


@pytest.fixture
def counter(helper):
    """A browser in which a helper is signed in."""
    client = Client()
    client.force_login(helper.user)
    return client


@pytest.fixture
def evening(owner):
    """A browser in which the owner is signed in."""
    client = Client()
    client.force_login(owner.user)
    return client


@pytest.fixture
def paired(vendor):
    return DeviceFactory(vendor=vendor, name="Counter", token=digest_of(TOKEN))


@pytest.fixture
def tablet(paired, helper):
    """A paired tablet on which a helper serves."""
    return tablet_of(paired, helper)


def tablet_of(device, member=None, token=TOKEN):
    """A browser that is the `device` of this token; `member` has chosen their name there."""
    client = Client()
    client.cookies[pairing.COOKIE] = token
    if member is not None:
        answer = HttpResponse()
        turns.begin(answer, device, member)
        client.cookies[turns.COOKIE] = answer.cookies[turns.COOKIE].value
    return client


def entry_headers(by, *, device=None, uid=None, tapped=None, turn=None, later=False, **more):
    """The headers of an entry that `by` tapped at `tapped`, by a clock that is right and on a page made for them."""
    now = timezone.now()
    said = {
        "Regulars-Entry": str(uid or uuid4()),
        "Regulars-By": str(by.uid),
        "Regulars-Turn": turns.page_token(by, device) if turn is None else turn,
        "Regulars-Tapped": str(round((tapped or now).timestamp() * 1000)),
        "Regulars-Clock": str(round(now.timestamp() * 1000)),
    }
    return said | ({"Regulars-Later": "1"} if later else {}) | more
