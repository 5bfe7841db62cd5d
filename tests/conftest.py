import os
import tempfile

# Set before Django reads its settings: tests keep their secret key and database in a folder of their own.
os.environ.setdefault("REGULARS_DATA", tempfile.mkdtemp(prefix="regulars-tests-"))

import pytest
from django.test import Client

from tests.factories.vendors import MemberFactory, OwnerFactory, VendorFactory


@pytest.fixture(autouse=True)
def _quick(settings):
    """Plain static files (a manifest needs collectstatic) and a hasher that does not cost half a second."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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
