from uuid import uuid4

import pytest

from crm.lib.spreadsheet import open_sheet
from customers import importing, keeping
from customers.importing import COLUMNS, Counts, Fault, Watcher, import_customers, uid_of
from customers.models import ContactPoint, Customer, CustomerEdit, SearchKey
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import VendorFactory

TABLE = """\
key,name,phones,landmark,note
17,Sunita Patil,98200 12345; +91 98200 54321,Lane 4,Likes a chat
18,सुनीता कुलकर्णी,,Temple,
"""


@pytest.fixture
def sheet_of(tmp_path):
    def write(text):
        path = tmp_path / "customers.csv"
        path.write_text(text, encoding="utf-8")
        return open_sheet(path, COLUMNS)

    return write


def load(vendor, sheet, **options):
    """Import and give the counts and the bad rows."""
    faults = []
    counts = import_customers(vendor=vendor, sheet=sheet, watcher=Watcher(fault=faults.append), **options)
    return counts, faults


def test_import_customers_keeps_what_the_file_says(vendor, owner, sheet_of):
    counts, faults = load(vendor, sheet_of(TABLE), by=owner)

    assert (counts, faults) == (Counts(new=2), [])
    assert list(
        Customer.objects.order_by("name").values_list("uid", "name", "landmark", "note", "vendor", "added_by")
    ) == [
        (uid_of("customer", "17"), "Sunita Patil", "Lane 4", "Likes a chat", vendor.pk, owner.pk),
        (uid_of("customer", "18"), "सुनीता कुलकर्णी", "Temple", "", vendor.pk, owner.pk),
    ]
    assert list(ContactPoint.objects.values_list("customer__name", "kind", "text", "number", "vendor")) == [
        ("Sunita Patil", "phone", "98200 12345", "+919820012345", vendor.pk),
        ("Sunita Patil", "phone", "+91 98200 54321", "+919820054321", vendor.pk),
    ]


def test_import_customers_writes_the_keys_of_the_search(vendor, sheet_of):
    load(vendor, sheet_of(TABLE))

    keys = {bytes(key) for key in SearchKey.objects.filter(customer__name="Sunita Patil").values_list("key", flat=True)}
    assert {b"=sunita", b"=patil"} <= keys
    assert any(key.startswith(b"#54321") for key in keys)


def test_import_customers_twice_changes_nothing(vendor, sheet_of):
    load(vendor, sheet_of(TABLE))
    before = list(Customer.objects.order_by("pk").values())

    assert load(vendor, sheet_of(TABLE)) == (Counts(same=2), [])
    assert list(Customer.objects.order_by("pk").values()) == before
    assert (ContactPoint.objects.count(), CustomerEdit.objects.count()) == (2, 0)


def test_import_customers_changes_with_a_trace(vendor, owner, sheet_of):
    load(vendor, sheet_of(TABLE))

    counts, _faults = load(vendor, sheet_of("key,name,phones\n17,Sunita Rane,98200 12345\n"), by=owner)

    assert counts == Counts(changed=1)
    customer = Customer.objects.get(uid=uid_of("customer", "17"))
    assert (customer.name, customer.landmark, keeping.phones_of(customer)) == ("Sunita Rane", "Lane 4", ["98200 12345"])
    edit = CustomerEdit.objects.get()
    assert (edit.by, edit.before, edit.after) == (
        owner,
        {"name": "Sunita Patil", "phones": "98200 12345, +91 98200 54321"},
        {"name": "Sunita Rane", "phones": "98200 12345"},
    )


def test_import_customers_without_a_phones_column_leaves_the_phones(vendor, sheet_of):
    load(vendor, sheet_of(TABLE))

    assert load(vendor, sheet_of("key,name\n17,Sunita\n"))[0] == Counts(changed=1)
    assert ContactPoint.objects.count() == 2


def test_import_customers_never_undoes_what_the_shop_changed_since(vendor, sheet_of):
    load(vendor, sheet_of(TABLE))
    customer = Customer.objects.get(uid=uid_of("customer", "17"))
    keeping.change(customer=customer, fields={"name": "Sunita-tai"}, numbers=[], by=None, uid=uuid4())

    assert load(vendor, sheet_of(TABLE))[0] == Counts(same=2)
    assert Customer.objects.get(pk=customer.pk).name == "Sunita-tai"


def test_import_customers_says_a_change_only_once(vendor, sheet_of):
    load(vendor, sheet_of(TABLE))
    changed = "key,name\n17,Sunita Rane\n"
    load(vendor, sheet_of(changed))
    customer = Customer.objects.get(uid=uid_of("customer", "17"))
    keeping.change(customer=customer, fields={"name": "Tai"}, numbers=keeping.phones_of(customer), by=None, uid=uuid4())

    assert load(vendor, sheet_of(changed))[0] == Counts(same=1)
    assert Customer.objects.get(pk=customer.pk).name == "Tai"


def test_import_customers_dry_run_counts_and_writes_nothing(vendor, sheet_of):
    load(vendor, sheet_of(TABLE))

    counts, faults = load(vendor, sheet_of("key,name\n17,Sunita Rane\n18,\n19,Ravi\n"), dry_run=True)

    assert (counts, faults) == (Counts(new=1, changed=1, bad=1), [Fault(3, "name", "is empty")])
    assert set(Customer.objects.values_list("name", flat=True)) == {"Sunita Patil", "सुनीता कुलकर्णी"}
    assert not CustomerEdit.objects.exists()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",Ravi,,,", ("key", "is empty")),
        (f"{'x' * 201},Ravi,,,", ("key", "is longer than 200 characters")),
        ("1,,,,", ("name", "is empty")),
        (f"1,{'x' * 121},,,", ("name", "is longer than 120 characters")),
        (f"1,Ravi,,{'x' * 161},", ("landmark", "is longer than 160 characters")),
        (f"1,Ravi,,,{'x' * 2001}", ("note", "is longer than 2000 characters")),
        ("1,Ravi,12,,", ("phones", "“12” is not a phone number")),
        ("1,Ravi,98200 12345 / none,,", ("phones", "“none” is not a phone number")),
        ("1,Ra\0vi,,,", ("", "it holds a NUL character, which no text should")),
        ("1,Ravi", ("", "the row has 2 cells, but there are 5 columns")),
        ("9,Anil,,,", ("key", "stands on line 2 already")),
    ],
)
def test_import_customers_names_a_bad_row_and_loads_the_others(vendor, sheet_of, row, fault):
    counts, faults = load(vendor, sheet_of(f"key,name,phones,landmark,note\n9,Usha,,,\n{row}\n10,Asha,,,\n"))

    assert (counts, faults) == (Counts(new=2, bad=1), [Fault(3, *fault)])
    assert set(Customer.objects.values_list("name", flat=True)) == {"Usha", "Asha"}


@pytest.mark.parametrize("name", ["🙂🥭", "\u202eravi", "O'Brien; DROP TABLE", "=1+1", "محمد"])
def test_import_customers_takes_any_name_that_people_have(vendor, sheet_of, name):
    assert load(vendor, sheet_of(f'key,name\n1,"{name}"\n'))[0] == Counts(new=1)
    assert Customer.objects.get().name == name


def test_import_customers_straightens_line_breaks_but_in_notes(vendor, sheet_of):
    load(vendor, sheet_of('key,name,note\n1,"Ravi\n  Kumar","one\ntwo"\n'))

    assert Customer.objects.values_list("name", "note").get() == ("Ravi Kumar", "one\ntwo")


def test_import_customers_of_two_shops_stay_apart(vendor, sheet_of):
    other = VendorFactory()
    load(other, sheet_of(TABLE))

    assert load(vendor, sheet_of(TABLE))[0] == Counts(new=2)
    assert load(other, sheet_of("key,name\n17,Changed\n"))[0] == Counts(changed=1)
    assert Customer.objects.get(vendor=vendor, uid=uid_of("customer", "17")).name == "Sunita Patil"


def test_import_customers_leaves_the_people_of_the_counter_alone(vendor, sheet_of):
    CustomerFactory(vendor=vendor, name="Sunita Patil")

    assert load(vendor, sheet_of(TABLE))[0] == Counts(new=2)
    assert Customer.objects.filter(name="Sunita Patil").count() == 2


def test_import_customers_tells_how_far_it_is(vendor, sheet_of, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    lines = []
    sheet = sheet_of("key,name\n" + "".join(f"{number},Ravi\n" for number in range(5)))

    import_customers(vendor=vendor, sheet=sheet, watcher=Watcher(reached=lines.append))

    assert lines == [3, 5, 6]


def test_import_customers_asks_as_much_of_the_database_for_one_as_for_many(vendor, sheet_of, django_assert_num_queries):
    for count in (1, 50):
        sheet = sheet_of("key,name,phones\n" + "".join(f"{count}-{n},Ravi,98200 {n:05}\n" for n in range(count)))
        with django_assert_num_queries(11):
            load(vendor, sheet)


@pytest.mark.sqlite
def test_import_customers_looks_for_known_customers_by_uid_alone(vendor):
    rows = importing._known(vendor, [uuid4() for _customer in range(100)])

    assert "(vendor_id=? AND uid=?)" in rows.explain()
