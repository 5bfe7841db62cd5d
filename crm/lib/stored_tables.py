"""Tables of rows that the database orders."""

from typing import Any

import django_tables2 as tables
from django_tables2.data import TableQuerysetData


class _InOneOrder(TableQuerysetData):
    def order_by(self, aliases: tuple[str, ...]) -> None:
        super().order_by(aliases)
        if sorted_by := self.data.query.order_by:
            self.data = self.data.order_by(*sorted_by, "pk")


class StoredTable(tables.Table):
    """
    A table whose rows have one order, also those that are alike in what they are sorted by.

    PostgreSQL gives such rows in any order, anew for each page: turned over, one could be seen twice and another never.
    """

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(_InOneOrder(data) if TableQuerysetData.validate(data) else data, **kwargs)
