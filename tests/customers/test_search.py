from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers import search
from customers.models import Customer, SearchKey
from tests.factories.customers import ContactPointFactory, CustomerFactory, HouseholdFactory, MembershipFactory


def keys_in_the_index(customer):
    return {bytes(row.key) for row in SearchKey.objects.filter(customer=customer)}


# --- keys


def test_customer_is_kept_under_words_sounds_places_and_digits_from_the_last():
    customer = Customer(name="Suneeta Rao", nickname="Sunu", landmark="3rd lane", description="green scooter")
    assert search.keys_of(customer, ["+919820012345", ""]) == {
        b"=suneeta", b"=rao", b"=sunu",
        b"~sunita", b"~rv", b"~sunu",
        b"@3rd", b"@lny", b"@grin", b"@skutyr",
        b"#543210028919",
    }  # fmt: skip


def test_name_in_devanagari_and_its_latin_spelling_share_a_sound():
    assert b"~sunita" in search.keys_of(Customer(name="सुनीता"), []) & search.keys_of(Customer(name="Sunita"), [])


def test_key_of_an_endless_word_fits_its_column():
    keys = search.keys_of(Customer(name="x" * 120, landmark="ab" * 80), ["+" + "1" * 60])
    assert max(map(len, keys)) == SearchKey._meta.get_field("key").max_length


@given(st.text(max_size=160), st.text(max_size=160))
def test_keys_are_ascii_and_fit_their_column(name, landmark):
    for key in search.keys_of(Customer(name=name, landmark=landmark), []):
        assert 1 < len(key) <= 40
        assert key.isascii()
        assert key[:1] in b"=~@#"


@pytest.mark.django_db
def test_index_writes_the_keys_of_each_customer_anew():
    point = ContactPointFactory(customer__name="Sunita", number="+919820012345")
    other = CustomerFactory(vendor=point.vendor, name="Ahmed")
    before = keys_in_the_index(other)
    point.customer.name = "Leela"
    search.index([point.customer, other])
    assert keys_in_the_index(point.customer) == search.keys_of(Customer(name="Leela"), ["+919820012345"])
    assert keys_in_the_index(other) == before


@pytest.mark.django_db
def test_index_keeps_the_phones_of_all_who_share_a_kitchen_now(vendor):
    kitchen = HouseholdFactory(vendor=vendor)
    mother, child = MembershipFactory.create_batch(2, household=kitchen)
    left = MembershipFactory(household=kitchen, left_at=timezone.now())
    for place, each in enumerate((mother, child, left)):
        ContactPointFactory(customer=each.customer, number=f"+91{place}")
    ContactPointFactory(customer=child.customer, number="+911", text="the same again")
    search.index([mother.customer, child.customer, left.customer])
    digits = {
        each.pk: {key for key in keys_in_the_index(each.customer) if key[:1] == b"#"} for each in (mother, child, left)
    }
    assert digits == {mother.pk: {b"#019", b"#119"}, child.pk: {b"#019", b"#119"}, left.pk: {b"#219"}}


@pytest.mark.django_db
def test_index_of_nobody_writes_nothing():
    CustomerFactory()
    before = SearchKey.objects.count()
    search.index([])
    assert SearchKey.objects.count() == before


@pytest.mark.django_db
def test_index_takes_as_many_queries_for_three_as_for_one(vendor, django_assert_num_queries):
    people = Customer.objects.bulk_create(Customer(vendor=vendor, name=f"Sunita {n}") for n in range(4))
    kitchen = HouseholdFactory(vendor=vendor)
    for customer in people:
        MembershipFactory(household=kitchen, customer=customer)
    for some in (people[:1], people[1:]):
        with django_assert_num_queries(
            6
        ):  # merged people, numbers, away with the old, the new; and the savepoint around them
            search.index(some)


# --- what is typed


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", []),
        ("  ...  ", []),
        ("Sunita R", ["sunita", "r"]),
        ("R Sunita", ["sunita", "r"]),
        ("सुनीता", ["sunita"]),
        ("98 76", ["9876"]),
        ("98-76 5", ["98765"]),
        ("९८ ७६", ["9876"]),
        ("3rd lane 12", ["lane", "3rd", "12"]),
        ("a b c d e f g h", ["a", "b", "c", "d", "e", "f"]),
    ],
)
def test_tokens_are_the_words_typed_the_longest_first(typed, words):
    assert [token.word for token in search.tokens(typed)] == words


def test_first_letter_alone_is_looked_for_as_a_letter_only():
    assert search.tokens("a")[0].beginnings == [b"=a"]


def test_digits_are_looked_for_from_the_last_and_as_a_house_number():
    assert search.tokens("345")[0].beginnings == [b"#543", b"=345", b"@345"]


@given(st.text())
def test_any_text_gives_few_tokens_whose_beginnings_have_a_rank(typed):
    tokens = search.tokens(typed)
    assert len(tokens) <= search.MOST_WORDS
    for token in tokens:
        assert {beginning[:1] for beginning in token.beginnings} <= token.begun.keys()


@given(st.text(min_size=1, max_size=60), st.data())
def test_the_beginning_of_each_word_of_a_name_meets_one_of_its_keys(name, data):
    """What `customers.visits.finding` relies on: whatever is typed of a word, one of its beginnings begins a key."""
    keys = search.keys_of(Customer(name=name, uid=uuid4()), [])
    for word in search.words(name):
        typed = word[: data.draw(st.integers(1, len(word)))]
        for token in search.tokens(typed):
            assert any(key.startswith(tuple(token.beginnings)) for key in keys)


@pytest.mark.django_db
def test_everybody_is_found_for_whom_each_word_begins_something(vendor):
    sunita = CustomerFactory(vendor=vendor, name="Sunita Rao")
    other = CustomerFactory(vendor=vendor, name="सुनीता", landmark="3rd lane")
    CustomerFactory(name="Sunita")
    assert search.everybody(vendor, "suneeta") == {sunita.pk, other.pk}
    assert search.everybody(vendor, "rao sun") == {sunita.pk}
    assert search.everybody(vendor, "lane sun") == {other.pk}
    assert search.everybody(vendor, "...") == set()
