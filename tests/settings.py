"""The shop's settings with a data folder of the tests' own, plain static files, and a hasher that costs nothing."""

import os
import tempfile

# The folder goes away with this object. A run that names its own folder keeps it.
_data = tempfile.TemporaryDirectory(prefix="regulars-tests-")
os.environ.setdefault("REGULARS_DATA", _data.name)

from crm.settings import *  # noqa: E402, F403 - the folder is chosen first
from crm.settings import STORAGES  # noqa: E402

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
