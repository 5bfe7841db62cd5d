import uuid

import pytest
from django.urls import reverse

from customers.merging import merge
from customers.models import CustomerEdit
from customers.visits import finding
from tests.factories.customers import CustomerFactory


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def details(sunita):
    return reverse("counter:details", args=["green-corner", sunita.uid])


def said(**changes):
    return {
        "uid": uuid.uuid4(),
        "name": "Sunita Rao",
        "nickname": "",
        "greeting": "",
        "landmark": "",
        "description": "",
        "note": "",
        "phones": "",
        **changes,
    }


def test_details_are_kept_and_found_by(counter, details, vendor, sunita):
    counter.post(details, said(landmark="Ganesh mandir", phones="98200 12345, ०२२ २३४५ ६७८९"))
    sunita.refresh_from_db()
    assert sunita.landmark == "Ganesh mandir"
    assert list(sunita.contact_points.values_list("text", "number")) == [
        ("98200 12345", "+919820012345"),
        ("०२२ २३४५ ६७८९", "+912223456789"),
    ]
    assert [found.name for found in finding.find(vendor, "2345")] == ["Sunita Rao"]
    assert [found.name for found in finding.find(vendor, "ganes")] == ["Sunita Rao"]


def test_details_sent_twice_leave_one_trace(counter, details, helper):
    data = said(name="Sunita Kulkarni")
    for _ in range(2):
        assert counter.post(details, data).status_code == 302
    edit = CustomerEdit.objects.get()
    assert (edit.by, edit.before, edit.after) == (helper, {"name": "Sunita Rao"}, {"name": "Sunita Kulkarni"})


def test_details_show_what_was_changed_when_and_by_whom(counter, details):
    counter.post(details, said(name="Sunita Kulkarni"))
    page = counter.get(details)
    [edit] = page.context["edits"]
    assert (edit.by.name, edit.changes()) == ("Ravi", [("Name", "Sunita Rao", "Sunita Kulkarni")])
    assert "<del>Sunita Rao</del> Sunita Kulkarni" in page.content.decode()


def test_details_show_changes_made_in_set_up_too(counter, details, sunita):
    CustomerEdit.objects.create(
        vendor=sunita.vendor,
        customer=sunita,
        before={"whatsapp": "", "name": "S"},
        after={"whatsapp": "1", "name": "R"},
    )
    [edit] = counter.get(details).context["edits"]
    assert edit.changes() == [("Name", "S", "R"), ("WhatsApp", "", "1")]


def test_details_unchanged_leave_no_trace(counter, details):
    counter.post(details, said())
    assert not CustomerEdit.objects.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"phones": "12"}, "cannot be a phone number"),
        ({"phones": "98200 12345, hello"}, "cannot be a phone number"),
        ({"name": "\u200b"}, "required"),
        ({"name": "x" * 10_000}, "at most 120"),
        ({"note": "x" * 10_000}, "at most 2000"),
        ({"landmark": "a\0"}, "Null characters"),
        ({"uid": "x"}, "this page was not whole"),
    ],
)
def test_details_refuse_bad_input_and_keep_it(counter, details, changes, says):
    page = counter.post(details, said(**{"greeting": "keep me", **changes}))
    assert page.status_code == 422
    assert says in page.content.decode()
    assert "keep me" in page.content.decode()
    assert not CustomerEdit.objects.exists()


def test_details_of_another_shop_are_not_there(counter):
    stranger = CustomerFactory()
    assert counter.get(reverse("counter:details", args=["green-corner", stranger.uid])).status_code == 404


def test_details_make_a_supplier_of_somebody_and_keep_that(counter, details, sunita):
    counter.post(details, said(kind="supplier"))
    counter.post(details, said(landmark="market"))  # a form of before, which says nothing of it
    sunita.refresh_from_db()
    assert (sunita.kind, sunita.landmark) == ("supplier", "market")


def test_details_refuse_a_kind_that_is_none(counter, details, sunita):
    page = counter.post(details, said(kind="friend", landmark="market"))
    assert page.status_code == 422
    assert page.context["form"]["landmark"].value() == "market"


def test_details_show_who_was_put_together_with_them(counter, details, vendor, sunita, helper):
    other = CustomerFactory(vendor=vendor, name="Mrs Rao", landmark="blue gate", note="pays on Friday")
    merge(customer=other, into=sunita, by=helper, uid=uuid.uuid4())
    page = counter.get(details).content.decode()
    assert "Also kept here as" in page
    for said_of_her in ("<b>Mrs Rao</b> · blue gate", "pays on Friday", "Ravi"):
        assert said_of_her in page


def test_details_of_a_merged_person_are_written_of_the_other(counter, vendor, sunita):
    merged = CustomerFactory(vendor=vendor, name="Mrs Rao")
    merge(customer=merged, into=sunita, by=None, uid=uuid.uuid4())
    counter.post(reverse("counter:details", args=["green-corner", merged.uid]), said(landmark="blue gate"))
    sunita.refresh_from_db()
    assert (sunita.landmark, type(sunita).objects.get(pk=merged.pk).landmark) == ("blue gate", "")
