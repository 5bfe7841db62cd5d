from uuid import uuid4

import pytest

from customers.forms import DetailsForm, NewCustomerForm, SearchForm
from tests.factories.customers import ContactPointFactory, CustomerFactory

INVISIBLE = [
    "",
    "   ",
    "\u200e",
    "\u200b\u2060",
    "\u202e \u200f",
    "\u200d",
    "\ufeff",
    "\u00ad",
    "\u3164",
    "\u2800",
    "\u0301",
]


def new_customer(**typed):
    return NewCustomerForm({"uid": str(uuid4()), **typed})


def details(customer, **typed):
    said = {"uid": str(uuid4()), "name": customer.name, "nickname": "", "greeting": "", "landmark": "", "note": ""}
    return DetailsForm({**said, "description": "", "phones": "", **typed}, instance=customer)


# --- a name


@pytest.mark.parametrize("name", ["Sunita Rao", "सुनीता", "محمد", "🥕", "👩‍🌾", "क्‍ष", "O'Neil & Sons", "42"])
def test_name_that_can_be_seen_is_taken_as_it_is(name):
    form = new_customer(name=name)
    assert form.is_valid()
    assert form.cleaned_data["name"] == name


@pytest.mark.parametrize("name", INVISIBLE, ids=ascii)
def test_name_that_cannot_be_seen_is_refused(name):
    assert new_customer(name=name).errors == {"name": ["Write a name that you can call them by."]}


def test_direction_marks_are_taken_out_of_a_name():
    form = new_customer(name="\u200fمحمد\u202e Ali ")
    assert form.is_valid()
    assert form.cleaned_data["name"] == "محمد Ali"


def test_nul_in_a_name_is_refused_once_and_kept():
    form = new_customer(name="Sun\0ita")
    assert form.errors == {"name": ["Null characters are not allowed."]}
    assert form["name"].value() == "Sun\0ita"


def test_name_of_10_000_letters_is_refused_and_kept():
    form = new_customer(name="x" * 10_000)
    assert form.errors == {"name": ["Ensure this value has at most 120 characters (it has 10000)."]}
    assert form["name"].value() == "x" * 10_000


@pytest.mark.parametrize("uid", ["", "7", "x" * 36, "\0", "1" * 10_000], ids=lambda uid: ascii(uid[:9]))
def test_malformed_uid_is_refused_and_the_form_can_be_sent_again(uid):
    form = new_customer(uid=uid, name="Sunita")
    assert list(form.errors) == ["uid"]
    again = NewCustomerForm({"uid": form["uid"].value(), "name": form["name"].value()})
    assert again.is_valid()


# --- details


@pytest.mark.django_db
def test_details_split_phones_at_any_sign_and_keep_how_they_were_written():
    form = details(CustomerFactory(), phones="98200 12345, ९८२०० ५४३२१;+44 20 7946 0958 / 022 2345 6789,")
    assert form.is_valid()
    assert form.cleaned_data["phones"] == ["98200 12345", "९८२०० ५४३२१", "+44 20 7946 0958", "022 2345 6789"]


@pytest.mark.django_db
def test_details_start_with_the_phones_that_are_known():
    point = ContactPointFactory(text="98200 12345")
    ContactPointFactory(customer=point.customer, kind="email", text="sunita@example.org", number="")
    assert DetailsForm(instance=point.customer)["phones"].value() == "98200 12345"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["123", "Ravi's", "9" * 400, "98200" + " " * 150 + "12345", "98200 12345 ext. " + "0" * 130 + "7"]
)
def test_what_cannot_be_a_phone_is_named_and_kept(typed):
    form = details(CustomerFactory(), phones=f"98200 12345, {typed}")
    assert form.errors == {"phones": [f"“{typed[:40]}” cannot be a phone number. Look at the digits once more."]}
    assert form["phones"].value() == f"98200 12345, {typed}"


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["name", "nickname", "greeting", "landmark", "description", "note", "phones"])
@pytest.mark.parametrize("typed", ["x" * 10_000, "\0"], ids=["long", "nul"])
def test_bad_text_in_any_detail_is_refused_with_the_text_kept(field, typed):
    form = details(CustomerFactory(), **{field: typed})
    assert list(form.errors) == [field]
    assert len(form.errors[field]) == 1
    assert form[field].value() == typed


@pytest.mark.django_db
@pytest.mark.parametrize("name", INVISIBLE, ids=ascii)
def test_details_refuse_a_name_that_cannot_be_seen(name):
    assert list(details(CustomerFactory(), name=name).errors) == ["name"]


@pytest.mark.django_db
def test_details_give_the_fields_as_they_were_said():
    form = details(CustomerFactory(), name="Sunita Rao", landmark="3rd lane", note="pays on Saturday")
    assert form.is_valid()
    assert form.fields_said() == {
        "name": "Sunita Rao",
        "nickname": "",
        "kind": "customer",
        "greeting": "",
        "landmark": "3rd lane",
        "description": "",
        "note": "pays on Saturday",
    }


# --- search


@pytest.mark.parametrize(
    ("typed", "text"),
    [(" suni ", "suni"), ("", ""), ("सु\0नी", "सुनी"), ("x" * 10_000, "x" * 200), ("\0", "")],
    ids=ascii,
)
def test_search_takes_whatever_is_typed(typed, text):
    form = SearchForm({"q": typed})
    assert form.is_valid()
    assert form.cleaned_data["q"] == text
