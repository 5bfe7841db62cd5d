#!/usr/bin/env python
"""Django's command line, with a wrong setting told in one sentence."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reading one setting loads them all, before a command is looked for
    except ImproperlyConfigured as error:
        sys.exit(f"Regulars cannot start: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
