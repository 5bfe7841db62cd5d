import pytest
from tests.factories.customers import CustomerFactory

def test_x(vendor, evening):
    CustomerFactory(vendor=vendor, name="Sunita")
    print(evening.get("/green-corner/review/customers/?sort=-name").content.decode())
    assert 0
