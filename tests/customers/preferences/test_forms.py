from uuid import uuid4

import pytest
from django.utils import translation

from customers.preferences.forms import NoticeForm, PreferenceForm
from customers.preferences.noticing import Noticed
from customers.preferences.telling import Statement
from tests.factories.vendors import ProductFactory

NOT_SOLD = "Choose a product that the shop sells."
TAP_AGAIN = "This was not saved. Tap once more."
IN_WORDS = "Write it in words: small, half ripe."
READABLE = "This has signs that cannot be kept. Write it once more."


@pytest.fixture
def banana(vendor):
    return ProductFactory(vendor=vendor, name="Banana", name_hi="केला")


def form(vendor, **data):
    return PreferenceForm({"uid": uuid4(), **data}, vendor=vendor)


def test_form_says_its_statement(vendor, banana):
    sent = form(vendor, kind="manner", product=banana.uid, text="  half \t ripe ", consent="on")
    assert sent.is_valid()
    assert sent.statement == Statement("manner", banana, "half ripe", consent=True)


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"kind": ""}, {"kind": ["Choose what it is: likes, never, allergy."]}),
        ({"kind": "loves"}, {"kind": ["Choose what it is: likes, never, allergy."]}),
        ({"text": "x" * 10_000}, {"text": ["Say it in fewer words: at most 120 letters."]}),
        ({"text": "a\0b"}, {"text": [READABLE]}),
        ({"product": "a\0b"}, {"product": [NOT_SOLD]}),
        ({"product": "17"}, {"product": [NOT_SOLD]}),
        ({"product": str(uuid4())}, {"product": [NOT_SOLD]}),
        ({"uid": "17"}, {"uid": [TAP_AGAIN]}),
        ({"uid": ""}, {"uid": [TAP_AGAIN]}),
        ({"text": ""}, {"product": ["Choose a product or write it in words."]}),
        ({"text": "\u200f\u200e \u200b"}, {"product": ["Choose a product or write it in words."]}),
        ({"kind": "wish", "text": ""}, {"text": [IN_WORDS]}),
        ({"kind": "manner"}, {"product": ["Choose the product that they like so."]}),
        (
            {"kind": "manner", "text": "x" * 61},
            {
                "product": ["Choose the product that they like so."],
                "text": ["Say it in fewer words: at most 60 letters."],
            },
        ),
        ({"kind": "allergy"}, {"consent": ["An allergy is kept only with the person's yes. Ask, then tick it."]}),
    ],
)
def test_form_says_what_is_wrong(vendor, data, errors):
    assert form(vendor, **{"kind": "likes", "text": "mango", **data}).errors == errors


@pytest.mark.parametrize("text", ["🥭🥭", "कोथिंबीर नको", "नहीं\u200d", "O'Brien <b>"])
def test_form_takes_words_in_any_script(vendor, text):
    sent = form(vendor, kind="avoids", text=text)
    assert sent.is_valid()
    assert sent.statement.text == text


def test_form_offers_what_this_shop_sells(vendor, banana):
    gone, strange = ProductFactory(vendor=vendor, is_sold=False), ProductFactory()
    assert list(form(vendor).fields["product"].queryset) == [banana]
    for product in (gone, strange):
        assert form(vendor, kind="likes", product=product.uid).errors == {"product": [NOT_SOLD]}


def test_form_of_a_change_takes_its_own_product_though_not_sold(vendor, banana):
    gone = ProductFactory(vendor=vendor, is_sold=False)
    sent = PreferenceForm({"uid": uuid4(), "kind": "likes", "product": gone.uid}, vendor=vendor, also=gone)
    assert sent.is_valid()
    assert set(sent.fields["product"].queryset) == {banana, gone}


def test_form_names_products_in_the_language_of_the_page(vendor, banana):
    with translation.override("hi"):
        assert "केला" in str(form(vendor)["product"])


def notice(vendor, banana, **data):
    said = {"answer": "yes", "product": banana.uid, "manner": "half ripe", "seen": "5", "of": "6", "uid": uuid4()}
    return NoticeForm({**said, **data}, vendor=vendor)


def test_notice_form_says_what_was_noticed(vendor, banana):
    uid = uuid4()
    sent = notice(vendor, banana, uid=uid)
    assert sent.is_valid()
    assert sent.noticed == Noticed(banana, "half ripe", 5, 6, uid)


@pytest.mark.parametrize(
    "data",
    [
        {"answer": "perhaps"},
        {"answer": "a\0"},
        {"seen": "7"},
        {"seen": "0"},
        {"of": "61"},
        {"seen": "five"},
        {"manner": "x" * 61},
        {"manner": "a\0b"},
        {"product": "17"},
        {"product": ""},
        {"uid": "17"},
    ],
)
def test_notice_form_refuses_what_was_not_shown(vendor, banana, data):
    assert not notice(vendor, banana, **data).is_valid()


def test_notice_form_refuses_a_product_of_another_shop(vendor):
    assert notice(vendor, ProductFactory()).errors == {"product": [NOT_SOLD]}
