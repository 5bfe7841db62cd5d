import datetime as dt

import pytest

from crm.demo.regulars import draw_regulars
from vendors.goods import goods
from vendors.models import Product

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="session")
def year():
    return [TODAY - dt.timedelta(days=ago) for ago in range(365, -1, -1)]


@pytest.fixture(scope="session")
def products():
    seasons = [good.season or (None, None) for good in goods()]
    return [
        Product(name=good.name, step=good.step, season_from=first, season_to=last)
        for good, (first, last) in zip(goods(), seasons, strict=True)
    ]


@pytest.fixture(scope="session")
def drawn(products, year):
    return draw_regulars(products=products, days=year, seed=7)


@pytest.fixture(scope="session")
def outings(drawn):
    return [outing for regular in drawn for outing in regular.outings]
