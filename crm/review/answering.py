"""What may be sent in answer to the things that the evening shows as noticed."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.preferences.forms import MANNER_LENGTH, TAP_AGAIN
from customers.preferences.models import NoticeAnswer
from customers.preferences.noticing import Noticed
from customers.preferences.remembering import VISITS
from customers.preferences.telling import YES
from vendors.models import Product, Vendor

Row = TypeVar("Row", Customer, Product)

MOST = 60
"""Rows that may be answered at once: more than are ever shown."""
ANSWERS = (YES, *NoticeAnswer.Answer.values)
ONE = re.compile(rf"({'|'.join(ANSWERS)})\.([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})")
"""What a button beside a row says: the answer, and the uid of the row."""


class UidsField(forms.Field):
    """Some uids, none twice."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: list[str] | None) -> list[UUID]:
        try:
            found = [UUID(each) for each in value or []]
        except ValueError as error:
            raise forms.ValidationError(TAP_AGAIN) from error
        if len(found) > MOST:
            raise forms.ValidationError(TAP_AGAIN)
        return list(dict.fromkeys(found))


class UidsForm(forms.Form):
    """Answers that were given, by the uids under which they were kept."""

    done = UidsField(required=False)


class RowForm(forms.Form):
    """One thing as it was shown when it was answered; its fields carry the uid of the row in their names."""

    customer = forms.UUIDField()
    product = forms.UUIDField()
    manner = forms.CharField(required=False, max_length=MANNER_LENGTH)
    seen = forms.IntegerField(min_value=1, max_value=VISITS)
    of = forms.IntegerField(min_value=1, max_value=VISITS)

    def add_prefix(self, field_name: str) -> str:
        return f"{field_name}.{self.prefix}"

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("seen", 0) > said.get("of", 0):
            raise forms.ValidationError(TAP_AGAIN)
        return said


class AnswersForm(forms.Form):
    """One `answer` to the rows that are ticked, or to `all` that are shown; or with `one` to one of them."""

    one = forms.CharField(required=False)
    answer = forms.ChoiceField(choices=[(each, each) for each in ANSWERS], required=False)
    chosen = UidsField(required=False)
    shown = UidsField(required=False)
    all = forms.BooleanField(required=False)

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor
        self.noticed: list[tuple[Customer, Noticed]] = []
        """Of a valid form what is answered."""
        self.not_here: list[str] = []
        """In words what cannot be answered, because its person or product is not here any more."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors:
            return data
        if tapped := ONE.fullmatch(data["one"]):
            data["answer"], data["chosen"] = tapped[1], [UUID(tapped[2])]
        elif data["all"]:
            data["chosen"] = data["shown"]
        if not data["answer"]:
            raise forms.ValidationError(_("Nothing was answered. Tap Yes, Later or No."))
        if not data["chosen"]:
            raise forms.ValidationError(_("Nothing is ticked. Tick what you mean, then tap once more."))
        self._look_up(data["chosen"])
        return data

    def _look_up(self, uids: Sequence[UUID]) -> None:
        rows = {uid: RowForm(self.data, prefix=str(uid)) for uid in uids}
        if not all(row.is_valid() for row in rows.values()):
            raise forms.ValidationError(TAP_AGAIN)
        said = [row.cleaned_data for row in rows.values()]
        people, products = Customer.objects.own(), Product.objects.sold()
        people = _by_uid(people.filter(vendor=self.vendor, uid__in=[each["customer"] for each in said]))
        products = _by_uid(products.filter(vendor=self.vendor, uid__in=[each["product"] for each in said]))
        for uid, each in zip(rows, said, strict=True):
            customer, product = people.get(each["customer"]), products.get(each["product"])
            if customer is None:
                self.not_here.append(_("Somebody is not here any more. Nothing was kept of them."))
            elif product is None:
                self.not_here.append(_("%(name)s: the shop does not sell this any more.") % {"name": customer.name})
            else:
                self.noticed.append((customer, Noticed(product, each["manner"], each["seen"], each["of"], uid)))


def _by_uid(rows: QuerySet[Row]) -> dict[UUID, Row]:
    return {row.uid: row for row in rows}
