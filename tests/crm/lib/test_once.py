from uuid import UUID

import pytest
from django import forms
from django.http import QueryDict

from crm.lib.once import OnceForm


class Letter(OnceForm):
    text = forms.CharField()


@pytest.mark.parametrize("sent", ["text=hello", "uid=&text=hello", "uid=x&text=hello"])
def test_a_form_without_a_good_uid_is_refused_and_can_be_sent_again(sent):
    form = Letter(QueryDict(sent))
    assert not form.is_valid()
    assert list(form.errors) == ["uid"]
    assert form["text"].value() == "hello"
    assert UUID(form["uid"].value())
    assert Letter(form.data).is_valid()


def test_a_good_uid_is_kept():
    form = Letter(QueryDict("uid=c0ffee00-0000-4000-8000-000000000001&text=hello"))
    assert form.is_valid()
    assert form.cleaned_data["uid"] == UUID("c0ffee00-0000-4000-8000-000000000001")


def test_each_new_page_has_a_uid_of_its_own():
    assert Letter()["uid"].value() != Letter()["uid"].value()


def test_all_errors_are_those_of_every_field():
    form = Letter(QueryDict("uid=x&text="))
    assert form.all_errors == [*form.errors["uid"], *form.errors["text"]]
    assert len(form.all_errors) == 2
