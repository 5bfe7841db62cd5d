"""The shop's settings with the bare app beside it; `shops.environment` gives the rest."""

from crm.settings import *  # noqa: F403 - all of them
from crm.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.bare"]
ROOT_URLCONF = "tests.benchmarks.urls"
