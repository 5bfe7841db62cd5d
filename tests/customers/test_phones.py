import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import phones


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("98200 12345", "IN", "+919820012345"),
        ("098200-12345", "IN", "+919820012345"),
        ("+91 98200 12345", "IN", "+919820012345"),
        ("0091 9820012345", "IN", "+919820012345"),
        ("९८२०० १२३४५", "IN", "+919820012345"),
        ("(022) 2345 6789", "IN", "+912223456789"),
        ("+44 20 7946 0958", "IN", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
    ],
)
def test_number_as_people_write_it_becomes_one_form(text, region, number):
    assert phones.e164(text, region) == number


@pytest.mark.parametrize(
    "text", ["", "Ravi", "123", "98200 12345 678901", "+0 12", "\0", "9" * 10_000, "98200" + " " * 116 + "12345"]
)
def test_what_cannot_be_a_phone_is_refused(text):
    with pytest.raises(phones.NotAPhoneNumber):
        phones.e164(text, "IN")


def test_new_kind_of_number_is_kept_though_nobody_knows_it_yet():
    assert phones.e164("50000 12345", "IN") == "+915000012345"


@given(st.text() | st.text(alphabet="+0123456789 ()-.;extx९१", max_size=300))
def test_any_text_is_a_number_that_fits_its_column_or_refused(text):
    try:
        number = phones.e164(text, "IN")
    except phones.NotAPhoneNumber:
        return
    assert number.startswith("+")
    assert number[1:].isascii()
    assert number[1:].isdigit()
    assert len(number) <= 20
