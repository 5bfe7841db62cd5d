import gzip

import pytest

from crm.counter.offline import BLANKS
from tests.factories.vendors import ProductFactory


@pytest.mark.parametrize("name", BLANKS)
def test_show(tablet, vendor, name):
    for n in range(76):
        ProductFactory(vendor=vendor, name=f"Product {n}")
    r = tablet.get(f"/green-corner/counter/blank/{name}/")
    print(r.status_code, name, len(r.content), len(gzip.compress(r.content)))
    __import__("pathlib").Path(f"/tmp/blank-{name}.html").write_bytes(r.content)
