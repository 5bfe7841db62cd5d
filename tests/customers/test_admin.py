from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection

from customers.admin import FORGET_AT_ONCE, meeting
from customers.merging import merge
from customers.models import ContactPoint, Customer, CustomerEdit, SearchKey
from customers.visits.finding import find
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

pytestmark = pytest.mark.django_db
CUSTOMERS = "/admin/customers/customer/"


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao", landmark="Blue gate")


def form(*contacts, **fields):
    """What the page sends: `contacts` are (kind, text) or (kind, text, extra fields)."""
    known = [contact for contact in contacts if len(contact) > 2]
    sent = {"name": "Sunita Rao", "landmark": "Blue gate", **fields}
    sent |= {"contact_points-TOTAL_FORMS": len(contacts), "contact_points-INITIAL_FORMS": len(known)}
    sent |= {"edits-TOTAL_FORMS": 0, "edits-INITIAL_FORMS": 0}
    for number, (kind, text, *more) in enumerate(contacts):
        row = {"kind": kind, "text": text, **(more[0] if more else {})}
        sent |= {f"contact_points-{number}-{name}": value for name, value in row.items()}
    return sent


def errors_of(page):
    assert page.status_code == 200
    return list(page.context["errors"])


def test_customer_is_added_with_a_phone_and_found_by_it(boss, vendor, owner):
    boss.post(f"{CUSTOMERS}add/", form(("phone", "98200 12345"), ("email", "sunita@example.org")))
    customer = Customer.objects.get()
    points = list(customer.contact_points.values_list("kind", "text", "number", "vendor"))
    assert points == [
        ("phone", "98200 12345", "+919820012345", vendor.pk),
        ("email", "sunita@example.org", "", vendor.pk),
    ]
    assert customer.added_by == owner
    assert [found.uid for text in ("12345", "suneeta", "blue") for found in find(vendor, text)] == [customer.uid] * 3


def test_row_for_another_contact_may_stay_empty(boss, sunita):
    boss.post(f"{CUSTOMERS}{sunita.pk}/change/", form(("phone", ""), note="Pays on Friday"))
    sunita.refresh_from_db()
    assert (sunita.note, sunita.contact_points.count()) == ("Pays on Friday", 0)


def test_number_is_read_as_in_the_country_of_the_shop(boss, vendor):
    vendor.phone_region = "AE"
    vendor.save()
    boss.post(f"{CUSTOMERS}add/", form(("whatsapp", "050 123 4567")))
    assert ContactPoint.objects.get().number == "+971501234567"


def test_customer_that_was_changed_is_found_anew(boss, vendor, sunita):
    point = ContactPointFactory(customer=sunita, text="98200 11111", number="+919820011111")
    known = ("phone", "98200 22222", {"id": point.pk, "customer": sunita.pk})
    boss.post(f"{CUSTOMERS}{sunita.pk}/change/", form(known, name="Lata Rao"))
    assert [len(find(vendor, text)) for text in ("lata", "22222", "sunita", "11111")] == [1, 1, 0, 0]


def test_change_leaves_a_trace(boss, owner, sunita):
    kept = ContactPointFactory(customer=sunita, text="98200 11111", number="+919820011111")
    gone = ContactPointFactory(customer=sunita, kind="email", text="old@example.org", number="")
    first = ("phone", "98200 11111", {"id": kept.pk, "customer": sunita.pk})
    second = ("email", "old@example.org", {"id": gone.pk, "customer": sunita.pk, "DELETE": "on"})
    sent = form(first, second, ("phone", "98200 22222"), note="Pays on Friday")
    boss.post(f"{CUSTOMERS}{sunita.pk}/change/", sent)
    edit = CustomerEdit.objects.get()
    assert (edit.customer, edit.by, edit.vendor) == (sunita, owner, sunita.vendor)
    assert edit.before == {"note": "", "phones": "98200 11111", "email": "old@example.org"}
    assert edit.after == {"note": "Pays on Friday", "phones": "98200 11111, 98200 22222", "email": ""}


def test_change_without_a_difference_leaves_none(boss, sunita):
    boss.post(f"{CUSTOMERS}{sunita.pk}/change/", form())
    assert not CustomerEdit.objects.exists()


def test_trace_is_read_below_the_customer(boss, sunita):
    sent = form(("whatsapp", "98200 22222"), ("phone", "98200 11111"), nickname="Sunu")
    boss.post(f"{CUSTOMERS}{sunita.pk}/change/", sent)
    page = boss.get(f"{CUSTOMERS}{sunita.pk}/change/").content.decode()
    known = "<div>Also called: Sunu</div><div>Phones: 98200 11111</div><div>WhatsApp: 98200 22222</div>"
    assert known in page
    assert "<div>Also called: –</div>" in page


@pytest.mark.parametrize("text", ["12", "not a number", "9" * 60, "1" * 10_000, "98200\0 12345", "🍅"])
def test_phone_that_cannot_be_one_is_a_form_error(boss, text):
    assert errors_of(boss.post(f"{CUSTOMERS}add/", form(("phone", text))))
    assert not Customer.objects.exists()


@pytest.mark.parametrize("text", ["sunita", "a@b", "@", "x" * 10_000 + "@example.org"])
def test_email_that_cannot_be_one_is_a_form_error(boss, text):
    assert errors_of(boss.post(f"{CUSTOMERS}add/", form(("email", text))))


def test_same_number_twice_is_a_form_error(boss, sunita):
    assert errors_of(boss.post(f"{CUSTOMERS}add/", form(("phone", "98200 12345"), ("phone", "98200 12345"))))
    point = ContactPointFactory(customer=sunita, text="98200 12345")
    known = ("phone", point.text, {"id": point.pk, "customer": sunita.pk})
    path = f"{CUSTOMERS}{sunita.pk}/change/"
    assert errors_of(boss.post(path, form(known, ("phone", "98200 12345"))))


def test_contact_of_another_customer_is_not_touched(boss, sunita):
    stranger = ContactPointFactory(text="98200 99999", customer__name="Zanzibar")
    forged = ("phone", "98200 00000", {"id": stranger.pk, "customer": sunita.pk})
    page = boss.post(f"{CUSTOMERS}{sunita.pk}/change/", form(forged), follow=True)
    stranger.refresh_from_db()
    assert (stranger.text, sunita.contact_points.count()) == ("98200 99999", 0)
    assert "99999" not in page.content.decode()


def test_contact_cannot_be_moved_to_another_customer(boss, sunita):
    stranger = CustomerFactory()
    boss.post(f"{CUSTOMERS}{sunita.pk}/change/", form(("phone", "98200 12345", {"customer": stranger.pk})))
    assert not ContactPoint.objects.filter(customer=stranger).exists()


def test_form_without_its_parts_is_an_error_not_a_failure(boss, sunita):
    assert errors_of(boss.post(f"{CUSTOMERS}{sunita.pk}/change/", {"name": "Sunita"}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200f\u200b"),
        ("name", "x" * 10_000),
        ("name", "Sun\0ita"),
        ("landmark", "x" * 10_000),
        ("note", "x" * 10_000),
        ("note", "\0"),
    ],
)
def test_customer_refuses_what_cannot_be_kept(boss, field, value):
    page = boss.post(f"{CUSTOMERS}add/", form(**{field: value}))
    assert errors_of(page)
    assert list(page.context["adminform"].form.errors) == [field]


def test_customer_may_be_called_by_emoji(boss):
    boss.post(f"{CUSTOMERS}add/", form(name="🛵🛵"))
    assert Customer.objects.get().name == "🛵🛵"


@pytest.mark.parametrize("text", ["rao", "suneeta", "सुनीता", "blue", "345", "00 123 45", "rao sun"])
def test_search_finds_by_the_beginning_of_any_word(boss, sunita, text):
    ContactPointFactory(customer=sunita, number="+919820012345")
    CustomerFactory(vendor=sunita.vendor, name="Ahmed")
    assert list(boss.get(CUSTOMERS, {"q": text}).context["cl"].result_list) == [sunita]


@pytest.mark.parametrize("text", ["unita", "sunita ahmed", "🍅", "!?", "x" * 5000])
def test_search_finds_nobody_by_anything_else(boss, sunita, text):
    CustomerFactory(vendor=sunita.vendor, name="Ahmed")
    assert list(boss.get(CUSTOMERS, {"q": text}).context["cl"].result_list) == []


@pytest.mark.sqlite
def test_search_looks_keys_up_instead_of_reading_them_all(sunita):
    plan = meeting(Customer.objects.all(), "sunita rao", own=[sunita.vendor]).explain()
    assert plan.count("customers_searchkey_by_key (vendor_id=? AND key>? AND key<?)") >= 2
    assert "SCAN customers_searchkey" not in plan


def test_search_keeps_to_the_shop(boss, sunita):
    CustomerFactory(name="Sunita Zanzibar")
    assert list(boss.get(CUSTOMERS, {"q": "sunita"}).context["cl"].result_list) == [sunita]


def test_log_says_nothing_of_a_person(boss, sunita):
    boss.post(f"{CUSTOMERS}{sunita.pk}/change/", form(("phone", "98200 12345"), name="Lata"))
    boss.post(f"{CUSTOMERS}add/", form())
    assert Customer.objects.count() == 2
    assert not LogEntry.objects.exists()


def forgetting(*customers, **more):
    return {"action": "forget", "_selected_action": [customer.pk for customer in customers], **more}


def test_forgetting_first_says_what_goes(boss, sunita):
    VisitFactory.create_batch(2, customer=sunita)
    PreferenceFactory.create_batch(3, customer=sunita)
    page = boss.post(CUSTOMERS, forgetting(sunita))
    text = " ".join(page.content.decode().split())
    assert "Sunita Rao, Blue gate" in text
    assert "2 visits, 3 preferences, and every phone number" in text
    assert Customer.objects.filter(pk=sunita.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_forgetting_removes_truly_and_outside_of_a_transaction(boss, sunita, monkeypatch):
    other = CustomerFactory(vendor=sunita.vendor)
    ContactPointFactory(customer=sunita)
    VisitLineFactory(visit__customer=sunita)
    PreferenceFactory(customer=sunita)
    inside = []
    from customers import admin

    real = admin.forget
    monkeypatch.setattr(admin, "forget", lambda people: inside.append(connection.in_atomic_block) or real(people))
    page = boss.post(CUSTOMERS, forgetting(sunita, confirmed="yes"), follow=True)
    assert inside == [False]
    assert list(Customer.objects.all()) == [other]
    assert not SearchKey.objects.filter(customer_id=sunita.pk).exists()
    assert "1 person was forgotten." in page.content.decode()
    assert "Sunita" not in page.content.decode()


def test_forgetting_does_not_reach_another_shop(boss, sunita):
    stranger = CustomerFactory(name="Zanzibar")
    page = boss.post(CUSTOMERS, forgetting(sunita, stranger))
    assert "Zanzibar" not in page.content.decode()
    boss.post(CUSTOMERS, forgetting(sunita, stranger, confirmed="yes"))
    assert list(Customer.objects.all()) == [stranger]


def test_forgetting_too_many_at_once_forgets_nobody(boss, vendor):
    people = CustomerFactory.create_batch(FORGET_AT_ONCE + 1, vendor=vendor)
    page = boss.post(CUSTOMERS, forgetting(*people, confirmed="yes"), follow=True)
    assert "These are too many to forget at once. Nobody was." in page.content.decode()
    assert Customer.objects.count() == len(people)


def test_list_is_narrowed_by_kind_and_standing(boss, vendor, sunita):
    CustomerFactory(vendor=vendor, name="Anil Traders", kind="supplier")
    CustomerFactory(vendor=vendor, name="Mrs Rao", standing="closed", standing_reason="moved to Pune")
    listed = {
        query: [each.name for each in boss.get(f"{CUSTOMERS}?{query}").context["cl"].result_list]
        for query in ("kind__exact=supplier", "standing__exact=closed")
    }
    assert listed == {"kind__exact=supplier": ["Anil Traders"], "standing__exact=closed": ["Mrs Rao"]}


def test_standing_is_shown_and_not_written_here(boss, vendor):
    closed = CustomerFactory(vendor=vendor, name="Mrs Rao", standing="closed", standing_reason="moved to Pune")
    assert "moved to Pune" in boss.get(f"{CUSTOMERS}{closed.pk}/change/").content.decode()
    boss.post(f"{CUSTOMERS}{closed.pk}/change/", form(name="Mrs Rao", standing="", standing_reason="", kind="supplier"))
    closed.refresh_from_db()
    assert (closed.standing, closed.kind) == ("closed", "customer")


def test_merged_person_is_listed_and_changed_as_the_other(boss, vendor, sunita):
    merged = CustomerFactory(vendor=vendor, name="Mrs Rao")
    merge(customer=merged, into=sunita, by=None, uid=uuid4())
    assert [each.name for each in boss.get(CUSTOMERS).context["cl"].result_list] == ["Sunita Rao"]
    assert [each.name for each in boss.get(f"{CUSTOMERS}?q=mrs").context["cl"].result_list] == ["Sunita Rao"]
    assert boss.get(f"{CUSTOMERS}{merged.pk}/change/").status_code == 404
