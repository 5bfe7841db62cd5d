import django_tables2 as tables
import pytest
from django.urls import reverse
from django_tables2.data import TableQuerysetData

from crm.counter import urls as counter_urls
from crm.lib.stored_tables import StoredTable
from crm.review import urls as review_urls
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


@pytest.mark.parametrize(("asked", "kept"), [("name", ("name", "pk")), ("-name", ("-name", "pk")), ((), ())])
def test_what_is_asked_for_comes_first(asked, kept):
    assert NamesTable(Customer.objects.all(), order_by=asked).data.data.query.order_by == kept


def test_rows_that_are_no_query_stay_as_they_are_given():
    assert [row["name"] for row in NamesTable([{"name": "Anu"}, {"name": "Zara"}], order_by=()).data] == ["Anu", "Zara"]


def test_each_table_of_stored_rows_is_one(vendor, evening, monkeypatch):
    asked, plain, order_by = [], [], TableQuerysetData.order_by

    def noted(self, aliases):
        asked.append(type(self.table))
        plain.extend([type(self.table)] if type(self) is TableQuerysetData else [])
        order_by(self, aliases)

    monkeypatch.setattr(TableQuerysetData, "order_by", noted)
    for urls in (counter_urls, review_urls):
        for each in urls.urlpatterns:
            if "<" not in str(each.pattern):
                evening.get(reverse(f"{urls.app_name}:{each.name}", args=[vendor.slug]))
    assert plain == []
    assert len(set(asked)) >= 8
