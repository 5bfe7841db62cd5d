import django_tables2 as tables
import pytest

from crm.lib.stored_tables import StoredTable
from customers.models import Customer
from tests.factories.customers import CustomerFactory


class NamesTable(StoredTable):
    name = tables.Column()

    class Meta:
        order_by = "-name"


def test_rows_that_are_alike_stand_by_when_they_were_added(vendor):
    # PostgreSQL puts what is written again in another place, and gives it later if it isn't asked for an order.
    people = [CustomerFactory(vendor=vendor, name="Sunita") for _ in range(6)]
    for person in people[::2]:
        Customer.objects.filter(pk=person.pk).update(note="moved")
    table = NamesTable(Customer.objects.order_by("-pk"))
    assert [each.pk for each in table.data] == [each.pk for each in people]


@pytest.mark.parametrize(("asked", "kept"), [("name", ("name", "pk")), ("-name", ("-name", "pk")), (None, ())])
def test_what_is_asked_for_comes_first(asked, kept):
    assert NamesTable(Customer.objects.all(), order_by=asked or ()).data.data.query.order_by == kept


def test_rows_that_are_no_query_stay_as_they_are_given():
    assert [row["name"] for row in NamesTable([{"name": "Anu"}, {"name": "Zara"}], order_by=()).data] == ["Anu", "Zara"]
