"""Which columns of a table are shown, as its reader chose them; and in which order its rows stand."""

from collections.abc import Collection
from typing import Any

import django_tables2 as tables
from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vendors.access import ShopRequest

KEPT = "columns"
"""Under this name the session keeps what was chosen, by shop and table."""
USUAL = "usual"
"""What the button sends that takes back every choice."""


class ColumnsForm(forms.Form):
    """
    The columns of `table` (a class): all that it has, its `usual` ones unless others were chosen, and its first always.

    What is chosen is sent with POST, and kept in the session for the shop and the table called `name`.
    """

    columns = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label=gettext_lazy("Columns"),
        error_messages={"invalid_choice": gettext_lazy("One of these columns is not there any more. Choose again.")},
    )

    def __init__(self, request: ShopRequest, table: type[tables.Table], *, name: str) -> None:
        sent = request.POST if request.method == "POST" else None
        self.session, self.key, self.usual = request.session, f"{request.vendor.pk} {name}", table.usual
        first, *self.names = table.base_columns
        super().__init__(sent, initial={"columns": self._kept()})
        self.first, self.all = first, [first, *self.names]
        labels = {name: column.verbose_name for name, column in table.base_columns.items()}
        self.fields["columns"].choices = [(name, labels[name]) for name in self.names]

    def _kept(self) -> Collection[str]:
        return self.session.get(KEPT, {}).get(self.key, self.usual)

    @cached_property
    def shown(self) -> list[str]:
        """The names of those that are shown, in their order."""
        kept = self._kept()
        return [name for name in self.all if name == self.first or name in kept]

    @property
    def left_out(self) -> list[str]:
        return [name for name in self.all if name not in self.shown]

    def keep(self) -> bool:
        """Whether what was sent is kept from now on; when not, `errors` say why."""
        kept = dict(self.session.get(KEPT, {}))
        if USUAL in self.data:
            kept.pop(self.key, None)
        elif self.is_valid():
            kept[self.key] = self.cleaned_data["columns"]
        else:
            return False
        self.session[KEPT] = kept
        return True


class RowsForm(forms.Form):
    """
    What the rows of `table` (a class) are filtered by, and their order: on a phone the table has no heads to tap.

    The fields named in `folded` stand behind "More filters" until one of them says something.
    """

    sort = forms.ChoiceField(required=False, label=gettext_lazy("Sorted by"))

    folded: Collection[str] = ()

    def __init__(self, *args: Any, table: type[tables.Table], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sortable = [(name, column) for name, column in table.base_columns.items() if column.orderable is not False]
        heads = {name: column.verbose_name for name, column in sortable}
        asked, more = self.data.get("sort", ""), []
        if asked.startswith("-") and asked[1:] in heads:  # as a tap on the head of a column turns it
            more = [(asked, _("%(column)s, the other way round") % {"column": heads[asked[1:]]})]
        self.fields["sort"].choices = [*heads.items(), *more]
        self.order_fields([name for name in self.fields if name not in ("sort", *self.folded)] + ["sort"])

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.folded]

    @property
    def folded_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in self.folded]

    @property
    def is_unfolded(self) -> bool:
        return any(field.errors or self.data.get(field.name) for field in self.folded_fields)
