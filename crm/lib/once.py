"""Forms whose sending is recorded once, however often a wet finger taps."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _


class OnceForm(forms.Form):
    """
    A form with a `uid`, made when the page is made, under which the writer records what was sent.

    A missing or malformed one is refused, and replaced, so that the form that goes back can be sent again.
    """

    uid = forms.UUIDField(
        initial=uuid4,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ["required", "invalid"], _("Not saved yet: this page was not whole. All that you typed is here, tap again.")
        ),
    )

    def full_clean(self) -> None:
        super().full_clean()
        if "uid" in self.errors:
            self.renew()

    @property
    def all_errors(self) -> list[str]:
        """What is wrong with any of its fields, for a page that says it in one place."""
        return [error for told in self.errors.values() for error in told]

    def renew(self) -> None:
        """Give the form that goes back to the page a uid that was never used."""
        self.data = self.data.copy()
        self.data[self.add_prefix("uid")] = str(uuid4())


class SeenField(forms.IntegerField):
    """How many changes of the row the page knew of; None for a page that does not say."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, min_value=0, max_value=10**6)

    def clean(self, value: Any) -> int | None:
        try:
            return super().clean(value)
        except forms.ValidationError:
            return None
