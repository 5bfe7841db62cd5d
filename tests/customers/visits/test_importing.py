import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from crm.lib.spreadsheet import open_sheet
from customers.importing import Fault, Watcher, uid_of
from customers.merging import merge
from customers.models import Customer
from customers.visits import importing, recording
from customers.visits.importing import COLUMNS, VisitCounts, import_visits
from customers.visits.models import Visit, VisitEdit, VisitLine
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory, VendorFactory
from vendors.models import Product

KOLKATA, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")
HEADER = "visit,customer,time,product,quantity,unit,outcome"
TABLE = f"""{HEADER}
b1,17,2026-03-14 18:30,Onion,2,kg,
b1,17,2026-03-14 18:30,कोथिंबीर,1,bunch,not in stock
b2,18,2026-03-15,onion,"0,5",,taken
"""


@pytest.fixture
def shop(vendor):
    """Green Corner with two customers whom a file calls 17 and 18, and with onions."""
    CustomerFactory(vendor=vendor, uid=uid_of("customer", "17"), name="Sunita")
    CustomerFactory(vendor=vendor, uid=uid_of("customer", "18"), name="Ravi")
    ProductFactory(vendor=vendor, name="Onion", name_hi="प्याज", name_mr="कांदा", unit="kg")
    return vendor


@pytest.fixture
def sheet_of(tmp_path):
    def write(text):
        path = tmp_path / "visits.csv"
        path.write_text(text, encoding="utf-8")
        return open_sheet(path, COLUMNS)

    return write


def load(vendor, sheet, **options):
    """Import and give the counts and the bad rows."""
    faults = []
    counts = import_visits(vendor=vendor, sheet=sheet, watcher=Watcher(fault=faults.append), **options)
    return counts, faults


def said():
    """All visits with their lines, as plain values."""
    return [
        (visit.customer.name, visit.at, [(line.product.name, line.quantity, line.unit, line.outcome) for line in lines])
        for visit in Visit.objects.select_related("customer").order_by("at")
        for lines in [visit.lines.select_related("product").order_by("position")]
    ]


def test_import_visits_keeps_what_the_file_says(shop, owner, sheet_of):
    counts, faults = load(shop, sheet_of(TABLE), by=owner)

    assert (counts, faults) == (VisitCounts(new=2, lines=3, products=1), [])
    assert said() == [
        (
            "Sunita",
            dt.datetime(2026, 3, 14, 13, 0, tzinfo=dt.UTC),
            [("Onion", Decimal(2), "kg", "taken"), ("कोथिंबीर", Decimal(1), "bunch", "not-in-stock")],
        ),
        ("Ravi", dt.datetime(2026, 3, 15, 6, 30, tzinfo=dt.UTC), [("Onion", Decimal("0.5"), "kg", "taken")]),
    ]
    assert set(Visit.objects.values_list("uid", "vendor", "by", "channel", "note", "voided_at")) == {
        (uid_of("visit", "b1"), shop.pk, owner.pk, "counter", "", None),
        (uid_of("visit", "b2"), shop.pk, owner.pk, "counter", "", None),
    }
    assert set(VisitLine.objects.values_list("vendor", "manner", "position")) == {(shop.pk, "", 0), (shop.pk, "", 1)}


@pytest.mark.sqlite
def test_import_visits_lines_equal_those_of_the_counter(shop, sheet_of):
    """The lines are inserted by plain SQL: each stored byte must be what the ORM would have stored."""
    load(shop, sheet_of(f"{HEADER}\nb1,17,2026-03-14,Onion,1250.50,kg,\nb2,17,2026-03-14,Onion,20,kg,\n"))
    onion, customer = Product.objects.get(), Customer.objects.get(name="Sunita")
    for quantity in ("1250.50", "20"):
        line = recording.Line(product=onion, quantity=Decimal(quantity))
        recording.record(vendor=shop, customer=customer, lines=[line], by=None, uid=uuid4())

    stored = VisitLine.objects.extra(select={"type": "typeof(quantity)", "raw": "CAST(quantity AS TEXT)"})
    values = [
        tuple(row)
        for row in stored.order_by("pk").values_list("raw", "type", "unit", "outcome", "manner", "product", "vendor")
    ]
    assert values[:2] == values[2:]


def test_import_visits_creates_unknown_products_in_the_unit_of_their_first_row(shop, sheet_of):
    table = (
        f"{HEADER}\nb1,17,2026-03-14,Red  Chard,1,bunch,\nb1,17,2026-03-14,red chard,2,,\nb2,17,2026-03-14,KALE,1,g,\n"
    )

    counts, _faults = load(shop, sheet_of(table))

    assert counts.products == 2
    assert list(
        Product.objects.exclude(name="Onion").order_by("name").values_list("name", "unit", "step", "vendor")
    ) == [
        ("KALE", "g", Decimal(1), shop.pk),
        ("Red Chard", "bunch", Decimal(1), shop.pk),
    ]
    assert [line[2] for line in said()[0][2]] == ["bunch", "bunch"]


@pytest.mark.parametrize("name", ["Onion", "ONION", " onion ", "प्याज", "कांदा"])
def test_import_visits_knows_a_product_by_each_of_its_names(shop, sheet_of, name):
    assert load(shop, sheet_of(f"{HEADER}\nb1,17,2026-03-14,{name},1,,\n"))[0].products == 0


def test_import_visits_never_uses_a_product_of_another_shop(shop, sheet_of):
    ProductFactory(vendor=VendorFactory(), name="Kale")

    assert load(shop, sheet_of(f"{HEADER}\nb1,17,2026-03-14,Kale,1,kg,\n"))[0].products == 1
    assert VisitLine.objects.get().product.vendor == shop


def test_import_visits_twice_changes_nothing(shop, sheet_of):
    load(shop, sheet_of(TABLE))
    before = list(Visit.objects.values()), list(VisitLine.objects.values()), list(Product.objects.values())

    assert load(shop, sheet_of(TABLE)) == (VisitCounts(same=2, lines=3), [])
    assert (list(Visit.objects.values()), list(VisitLine.objects.values()), list(Product.objects.values())) == before
    assert not VisitEdit.objects.exists()


def test_import_visits_twice_leaves_what_the_shop_did_meanwhile(shop, sheet_of):
    load(shop, sheet_of(TABLE))
    Product.objects.filter(name="Onion").update(name="Onions", name_hi="", name_mr="", unit="g")
    recording.void(visit=Visit.objects.get(uid=uid_of("visit", "b1")), by=None)
    table = TABLE.replace("onion", "Onion").replace('"0,5"', "0.50")

    counts, _faults = load(shop, sheet_of(table.replace(',"0,5",,', ",0.5,,").replace("Onion,2,kg", "Onion,2.0,KG")))

    assert (counts.same, counts.products) == (2, 0)
    assert Visit.objects.get(uid=uid_of("visit", "b1")).is_voided


def test_import_visits_changes_with_a_trace(shop, owner, sheet_of):
    load(shop, sheet_of(TABLE))

    counts, _faults = load(shop, sheet_of(f"{HEADER}\nb1,18,2026-03-14 19:30,Onion,3,kg,\n"), by=owner)

    assert (counts.new, counts.same, counts.changed) == (0, 0, 1)
    assert said()[0] == (
        "Ravi",
        dt.datetime(2026, 3, 14, 14, 0, tzinfo=dt.UTC),
        [("Onion", Decimal(3), "kg", "taken")],
    )
    edit = VisitEdit.objects.get()
    assert (edit.by, edit.vendor, edit.visit.uid) == (owner, shop, uid_of("visit", "b1"))
    assert [line["quantity"] for line in edit.before["lines"]] == ["2", "1"]
    assert [line["quantity"] for line in edit.after["lines"]] == ["3"]
    assert (edit.before["at"], edit.after["at"]) == ("2026-03-14T13:00:00+00:00", "2026-03-14T14:00:00+00:00")
    assert (edit.before["customer"], edit.after["customer"]) == (
        str(uid_of("customer", "17")),
        str(uid_of("customer", "18")),
    )


def test_import_visits_that_say_the_same_in_other_words_are_the_same(shop, sheet_of):
    load(shop, sheet_of(f"{HEADER}\nb1,17,2026-03-14,Onion,2,kg,\n"))

    assert load(shop, sheet_of(f"{HEADER}\nb1,17,2026-03-14T06:30Z,कांदा,2.000,,taken\n"))[0].same == 1
    assert not VisitEdit.objects.exists()


def test_import_visits_dry_run_counts_and_writes_nothing(shop, sheet_of):
    load(shop, sheet_of(TABLE))
    before = list(VisitLine.objects.values()), list(Product.objects.values())
    table = TABLE.replace("Onion,2", "Onion,3") + "b3,17,2026-03-16,Kale,1,kg,\nb4,17,2026-03-16,kale,1,,\nb5,,,,,,x\n"

    counts, faults = load(shop, sheet_of(table), dry_run=True)

    assert counts == VisitCounts(new=2, same=1, changed=1, bad=1, lines=5, products=1)
    assert len(faults) == 1
    assert (list(VisitLine.objects.values()), list(Product.objects.values())) == before
    assert (Visit.objects.count(), VisitEdit.objects.count()) == (2, 0)


def test_import_visits_brings_scattered_rows_together(shop, sheet_of):
    table = f"{HEADER}\nb1,17,2026-03-14,Onion,1,,\nb2,18,2026-03-15,Onion,2,,\nb1,17,2026-03-14,Onion,3,,\n"

    counts, faults = load(shop, sheet_of(table))

    assert (counts.new, faults) == (2, [])
    assert [[line[1] for line in lines] for _name, _at, lines in said()] == [[1, 3], [2]]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",17,2026-03-14,Onion,1,,", ("visit", "is empty")),
        ("b,,2026-03-14,Onion,1,,", ("customer", "is empty")),
        ("b,99,2026-03-14,Onion,1,,", ("customer", "no customer of the shop has the key “99”")),
        ("b,17,,Onion,1,,", ("time", "“” is not a time. Write it like 2026-11-21 18:30.")),
        ("b,17,14/03/2026,Onion,1,,", ("time", "“14/03/2026” is not a time. Write it like 2026-11-21 18:30.")),
        ("b,17,2999-01-01,Onion,1,,", ("time", "is in the future")),
        ("b,17,0026-03-14,Onion,1,,", ("time", "is too long ago")),
        ("b,17,2026-03-14,,1,,", ("product", "is empty")),
        (f"b,17,2026-03-14,{'x' * 81},1,kg,", ("product", "is longer than 80 characters")),
        ("b,17,2026-03-14,Kale,1,,", ("unit", "is needed, because the shop does not know this product yet")),
        ("b,17,2026-03-14,Onion,0,,", ("quantity", "must be more than 0 and at most 99999.999")),
        ("b,17,2026-03-14,Onion,-1,,", ("quantity", "must be more than 0 and at most 99999.999")),
        ("b,17,2026-03-14,Onion,9999999,,", ("quantity", "must be more than 0 and at most 99999.999")),
        ("b,17,2026-03-14,Onion,0.0001,,", ("quantity", "has more than three decimals")),
        ("b,17,2026-03-14,Onion,,,", ("quantity", "“” is not a quantity. Write it like 2 or 0.5.")),
        ("b,17,2026-03-14,Onion,NaN,,", ("quantity", "“NaN” is not a quantity. Write it like 2 or 0.5.")),
        ("b,17,2026-03-14,Onion,1,sack,", ("unit", "“sack” is not one of: kg, g, piece, dozen, bunch, packet, l, ml")),
        (
            "b,17,2026-03-14,Onion,1,,eaten",
            ("outcome", "“eaten” is not one of: taken, replaced, not in stock, refused"),
        ),
        ("b,17,2026-03-14,Oni\0on,1,,", ("", "it holds a NUL character, which no text should")),
        ("b,17,2026-03-14,Onion", ("", "the row has 4 cells, but there are 7 columns")),
        ("b1,18,2026-03-14,Onion,1,,", ("customer", "is not what line 2 says of the same visit")),
        ("b1,17,2026-03-15,Onion,1,,", ("time", "is not what line 2 says of the same visit")),
    ],
)
def test_import_visits_names_a_bad_row_and_loads_the_others(shop, sheet_of, row, fault):
    table = f"{HEADER}\nb1,17,2026-03-14,Onion,1,,\n{row}\nb2,18,2026-03-15,Onion,2,,\n"

    counts, faults = load(shop, sheet_of(table))

    assert (counts.new, counts.bad, faults) == (2, 1, [Fault(3, *fault)])
    assert [[line[1] for line in lines] for _name, _at, lines in said()] == [[1], [2]]


def test_import_visits_names_each_row_of_a_visit_without_customer(shop, sheet_of):
    table = f"{HEADER}\nb,99,2026-03-14,Onion,1,,\nb,99,2026-03-14,Onion,2,,\n"

    counts, faults = load(shop, sheet_of(table))

    assert (counts, [fault.line for fault in faults]) == (VisitCounts(bad=2), [2, 3])
    assert not Visit.objects.exists()


def test_import_visits_keeps_no_visit_of_bad_rows_only(shop, sheet_of):
    table = f"{HEADER}\nb,17,2026-03-14,Onion,0,,\nb,17,2026-03-14,Onion,x,,\n"

    assert load(shop, sheet_of(table))[0] == VisitCounts(bad=2)
    assert not Visit.objects.exists()


def test_import_visits_meets_a_product_added_at_the_counter_meanwhile(shop, sheet_of, monkeypatch):
    def batches(visits):
        for said_visit in visits:
            ProductFactory(vendor=shop, name="KALE", unit="g")  # after we looked, before we write
            yield [said_visit]

    monkeypatch.setattr(importing, "_batches", batches)

    counts, _faults = load(shop, sheet_of(f"{HEADER}\nb1,17,2026-03-14,Kale,1,kg,\n"))

    assert (counts.new, counts.products) == (1, 0)
    assert VisitLine.objects.values_list("product__name", "unit").get() == ("KALE", "kg")


@pytest.mark.django_db(transaction=True)
def test_import_visits_names_the_visit_of_someone_forgotten_meanwhile(shop, sheet_of, monkeypatch):
    original = importing._batches

    def batches(visits):
        for batch in original(visits):
            Customer.objects.filter(name="Sunita").delete()
            yield batch

    monkeypatch.setattr(importing, "_batches", batches)

    counts, faults = load(shop, sheet_of(TABLE))

    assert faults == [Fault(2, "customer", "was removed from the shop meanwhile")]
    assert (counts.new, counts.bad, [name for name, _at, _lines in said()]) == (1, 2, ["Ravi"])


@pytest.mark.django_db(transaction=True)
def test_import_visits_does_not_hold_up_the_counter(shop, sheet_of):
    rows = [f"b{n // 5},17,2026-03-14,Onion,1,," for n in range(60_000)]
    customer, onion = Customer.objects.get(name="Ravi"), Product.objects.get()
    sheet, done, waits = sheet_of("\n".join([HEADER, *rows, ""])), threading.Event(), []

    def serve():
        while not done.is_set():
            started = time.monotonic()
            line = recording.Line(product=onion, quantity=Decimal(2))
            visit = recording.record(vendor=shop, customer=customer, lines=[line], by=None, uid=uuid4())
            recording.void(visit=visit, by=None)
            waits.append(time.monotonic() - started)
            time.sleep(0.01)
        connection.close()

    with ThreadPoolExecutor() as pool:
        counter = pool.submit(serve)
        try:
            counts, _faults = load(shop, sheet)
        finally:
            done.set()
        counter.result()  # raises what the counter met, such as "database is locked"

    assert counts.new == 12_000
    assert Visit.objects.filter(customer=customer, voided_at__isnull=False).count() == len(waits)
    assert len(waits) >= 5
    assert max(waits) < 2  # seconds; in one transaction it would be the whole import


def test_import_visits_writes_whole_visits_in_small_transactions(shop, sheet_of, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 6)
    sizes = []
    write = importing._write
    monkeypatch.setattr(
        importing,
        "_write",
        lambda shop, batch, *rest: sizes.append([len(v.lines) for v in batch]) or write(shop, batch, *rest),
    )
    reached = []
    rows = [
        f"b{visit},17,2026-03-14,Onion,1,," for visit, lines in enumerate([2, 2, 1, 9, 5]) for _line in range(lines)
    ]

    import_visits(vendor=shop, sheet=sheet_of("\n".join([HEADER, *rows, ""])), watcher=Watcher(reached=reached.append))

    assert sizes == [[2, 2], [1], [9], [5]]
    assert reached == [4, 6, 7, 16]


def test_import_visits_asks_as_much_of_the_database_for_one_as_for_many(shop, sheet_of, django_assert_num_queries):
    for count in (1, 50):
        rows = [f"{count}-{n},17,2026-03-14,Onion,1,," for n in range(count)]
        sheet = sheet_of("\n".join([HEADER, *rows, ""]))
        with django_assert_num_queries(12):
            load(shop, sheet)


@pytest.mark.sqlite
def test_import_visits_looks_for_known_visits_by_uid_alone(shop):
    rows = importing._known_rows(importing.Shop(shop), [uuid4() for _visit in range(200)])

    assert "(vendor_id=? AND uid=?)" in rows.explain()


def test_import_visits_of_two_shops_stay_apart(shop, sheet_of):
    other = VendorFactory()
    CustomerFactory(vendor=other, uid=uid_of("customer", "17"), name="Other Sunita")
    CustomerFactory(vendor=other, uid=uid_of("customer", "18"), name="Other Ravi")
    ProductFactory(vendor=other, name="Onion", unit="kg")
    load(other, sheet_of(TABLE))

    assert load(shop, sheet_of(TABLE))[0] == VisitCounts(new=2, lines=3, products=1)
    assert {visit.customer.vendor for visit in Visit.objects.filter(vendor=shop)} == {shop}
    assert load(other, sheet_of(TABLE))[0].same == 2


def test_import_visits_of_a_merged_person_are_those_of_the_other(shop, sheet_of):
    ravi, sunita = Customer.objects.order_by("name")
    merge(customer=ravi, into=sunita, by=None, uid=uuid4())
    load(shop, sheet_of(TABLE))
    assert set(Visit.objects.values_list("customer__name", flat=True)) == {"Sunita"}
    counts, faults = load(shop, sheet_of(TABLE))
    assert (counts.same, faults) == (2, [])
