"""What bench_review.py runs with a database chosen: the statements that the review and its parts take."""

import django

django.setup()

from django.db import connection  # noqa: E402 - after the set-up above
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from tests.benchmarks.panels import panels  # noqa: E402
from tests.benchmarks.server import WrongAnswer  # noqa: E402
from tests.benchmarks.shapes import OWNER, SLUG  # noqa: E402

PAGE = "page"


def measure() -> dict[str, int]:
    """All statements that Django reports, by the id of the part; what is kept of the past was asked for before."""
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = OWNER
    page = f"/{SLUG}/review/"
    later = panels(client.get(page).content)
    htmx = {"hx-request": "true"}
    return {PAGE: _counted(client, page, {}), **{name: _counted(client, at, htmx) for name, at in later.items()}}


def _counted(client: Client, address: str, headers: dict[str, str]) -> int:
    client.get(address, headers=headers)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address, headers=headers)
    if response.status_code != 200:
        raise WrongAnswer(f"{address}: {response.status_code}")
    return len(captured)
