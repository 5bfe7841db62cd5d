import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.lib.spreadsheet import open_sheet
from customers.importing import uid_of
from customers.preferences import merging, telling
from customers.preferences.merging import MergingError, merge_of, merge_products, undo_merge
from customers.preferences.models import NoticeAnswer, Preference, ProductMerge
from customers.preferences.noticing import Noticed, to_offer
from customers.preferences.remembering import remember
from customers.preferences.telling import Statement
from customers.preferences.usual import PastLine
from customers.visits import recording, tallying
from customers.visits.basket import BasketForm
from customers.visits.importing import COLUMNS, import_visits
from customers.visits.models import ProductDay, ShopDay, Visit, VisitEdit, VisitLine
from tests.factories.customers import CustomerFactory
from tests.factories.planning import BuyingLineFactory, DecisionProductFactory
from tests.factories.preferences import NoticeAnswerFactory, PreferenceFactory
from tests.factories.vendors import ProductFactory, VendorFactory
from vendors import catalogue
from vendors.models import Product, Vendor

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 14, 12, tzinfo=dt.UTC)


@pytest.fixture
def tomato(vendor):
    return ProductFactory(vendor=vendor, name="Tomato", unit="kg")


@pytest.fixture
def tomatoes(vendor):
    return ProductFactory(vendor=vendor, name="Tomatoes", unit="piece")


@pytest.fixture
def pomodoro(vendor):
    return ProductFactory(vendor=vendor, name="Pomodoro", unit="kg")


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita", uid=uid_of("customer", "17"))


@pytest.fixture
def serve(vendor, sunita):
    """Records a visit; of each product one, and None for at is now."""

    def record(*products, at=None, outcome="taken", uid=None):
        lines = [recording.Line(product, Decimal(1), outcome) for product in products]
        return recording.record(vendor=vendor, customer=sunita, lines=lines, by=None, uid=uid or uuid4(), at=at)

    return record


@pytest.fixture
def load(vendor, tmp_path):
    """Imports a file in which customer 17 took of a product, by name, on 14 March."""

    def write(*names, unit="kg", key="b"):
        path = tmp_path / "visits.csv"
        rows = [f"{key}{place},17,2026-03-14 09:{place:02},{name},2,{unit}\n" for place, name in enumerate(names)]
        path.write_text("visit,customer,time,product,quantity,unit\n" + "".join(rows), encoding="utf-8")
        return import_visits(vendor=vendor, sheet=open_sheet(path, COLUMNS))

    return write


def merge(product, into, by=None):
    """Both as they are now, as a page reads them."""
    return merge_products(product=Product.objects.get(pk=product.pk), into=Product.objects.get(pk=into.pk), by=by)


def undo(product, by=None):
    return undo_merge(merge=merge_of(product), by=by)


def lines():
    """Of each line what it is, as what it was sold, and in which unit."""
    return list(
        VisitLine.objects.order_by("visit_id", "position").values_list("product__name", "sold_as__name", "unit")
    )


def told():
    """Of each preference what it is about, of what it was told, and whether it stands."""
    found = Preference.objects.order_by("pk").values_list("kind", "product__name", "told_as__name", "removed_at")
    return [(*said, removed_at is None) for *said, removed_at in found]


def counted():
    days = list(ShopDay.objects.order_by("vendor", "day").values_list("vendor", "day", "visits"))
    of_product = ProductDay.objects.order_by("vendor", "day", "product")
    return days, list(of_product.values_list("vendor", "day", "product", "visits", "asked_at", "is_missing"))


def is_counted_right():
    kept = counted()
    for vendor in Vendor.objects.all():
        tallying.recount_shop(vendor)
    return counted() == kept


# Visits


def test_merge_moves_visits_and_undo_brings_them_back(serve, tomato, tomatoes, owner):
    serve(tomatoes, at=NOON)
    serve(tomato, at=NOON)
    serve(tomatoes, tomato, outcome="not-in-stock")
    before, kept = lines(), counted()

    done = merge(tomatoes, tomato, by=owner)

    tomatoes.refresh_from_db()
    assert (tomatoes.merged_into, tomatoes.is_sold) == (tomato, False)
    assert (done.product, done.into, done.by, done.was_sold, done.undone_at) == (tomatoes, tomato, owner, True, None)
    assert lines() == [
        ("Tomato", "Tomatoes", "piece"),
        ("Tomato", None, "kg"),
        ("Tomato", "Tomatoes", "piece"),
        ("Tomato", None, "kg"),
    ]
    assert sorted(ProductDay.objects.values_list("product__name", "visits")) == [("Tomato", 1), ("Tomato", 2)]
    assert is_counted_right()

    assert undo(tomatoes, by=owner)

    done.refresh_from_db()
    tomatoes.refresh_from_db()
    assert (tomatoes.merged_into, tomatoes.is_sold, done.undone_by) == (None, True, owner)
    assert lines() == before
    assert counted() == kept
    assert is_counted_right()


def test_merge_sent_twice_and_undone_twice_changes_nothing_more(serve, tomato, tomatoes):
    serve(tomatoes)
    first = merge(tomatoes, tomato)
    assert merge(tomatoes, tomato) == first
    assert ProductMerge.objects.count() == 1
    assert undo(tomatoes)
    assert not undo_merge(merge=first, by=None)
    assert lines() == [("Tomatoes", None, "piece")]


def test_merge_that_was_stopped_is_finished_by_calling_it_again(serve, tomato, tomatoes, monkeypatch):
    for days in range(4):
        serve(tomatoes, at=NOON - dt.timedelta(days=days))
    monkeypatch.setattr(merging, "BATCH", 2)
    recount, calls = tallying.recount_products, []

    def stop(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        recount(*args)

    monkeypatch.setattr(tallying, "recount_products", stop)
    with pytest.raises(KeyboardInterrupt):
        merge(tomatoes, tomato)
    assert [name for name, *_ in lines()].count("Tomato") == 2
    assert is_counted_right()

    merge(tomatoes, tomato)
    assert {name for name, *_ in lines()} == {"Tomato"}
    assert is_counted_right()


def test_merge_tells_that_the_past_has_changed(vendor, serve, tomato, tomatoes):
    serve(tomatoes, at=NOON)
    pasts = [Vendor.objects.get().past]
    for act in (lambda: merge(tomatoes, tomato), lambda: undo(tomatoes)):
        act()
        pasts.append(Vendor.objects.get().past)
    assert len(set(pasts)) == 3


def test_undone_visit_moves_too(serve, tomato, tomatoes):
    visit = serve(tomatoes, at=NOON)
    recording.void(visit=visit, by=None)
    merge(tomatoes, tomato)
    recording.restore(visit=visit)
    assert lines() == [("Tomato", "Tomatoes", "piece")]
    assert is_counted_right()


def test_merge_reaches_no_other_shop(serve, tomato, tomatoes):
    strange = ProductFactory(name="Tomatoes")
    for product, into in ((tomatoes, strange), (strange, tomatoes)):
        with pytest.raises(MergingError, match="of the same shop"):
            merge(product, into)
    assert not Product.objects.filter(merged_into__isnull=False).exists()


def test_merge_of_a_chain_is_undone_in_any_order(serve, tomato, tomatoes, pomodoro):
    for product in (pomodoro, tomatoes, tomato):
        serve(product, at=NOON)
    before = lines()
    for first, second in ((pomodoro, tomatoes), (tomatoes, pomodoro)):
        merge(pomodoro, tomatoes)
        merge(tomatoes, tomato)
        assert [line[:2] for line in lines()] == [("Tomato", "Pomodoro"), ("Tomato", "Tomatoes"), ("Tomato", None)]
        undo(first)
        apart = {pomodoro: ["Pomodoro", "Tomato", "Tomato"], tomatoes: ["Tomatoes", "Tomatoes", "Tomato"]}
        assert [line[0] for line in lines()] == apart[first]
        assert is_counted_right()
        undo(second)
        assert lines() == before
        assert is_counted_right()


@pytest.mark.parametrize(
    ("product", "into", "sentence"),
    [
        ("Tomatoes", "Tomatoes", "Choose another product of the same shop."),
        ("Tomato", "Tomatoes", "Tomatoes is merged into Tomato already. Undo that first."),
        ("Tomatoes", "Pomodoro", "Tomatoes is merged into Tomato already. Undo that first."),
        ("Pomodoro", "Tomatoes", "Tomatoes is merged into Tomato already. Undo that first."),
    ],
)
def test_merge_that_makes_no_sense_is_refused_with_a_sentence(tomato, tomatoes, pomodoro, product, into, sentence):
    merge(tomatoes, tomato)
    before = list(Product.objects.order_by("pk").values())
    with pytest.raises(MergingError) as refused:
        merge(Product.objects.get(name=product), Product.objects.get(name=into))
    assert str(refused.value) == sentence
    assert list(Product.objects.order_by("pk").values()) == before
    assert ProductMerge.objects.count() == 1


def test_product_that_was_not_sold_is_not_sold_after_undo(tomato, tomatoes):
    Product.objects.filter(pk=tomatoes.pk).update(is_sold=False)
    merge(tomatoes, tomato)
    undo(tomatoes)
    tomatoes.refresh_from_db()
    assert not tomatoes.is_sold


def test_merge_asks_as_much_for_one_line_of_a_day_as_for_many(serve, tomato, tomatoes):
    asked = []
    for number in (1, 30):
        for minute in range(number):
            serve(tomatoes, at=NOON + dt.timedelta(minutes=minute))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            merge(tomatoes, tomato)
        undo(tomatoes)
        asked.append(len(queries))
    assert asked[0] == asked[1]


# What is written after the merge


def test_counter_page_that_was_open_records_what_the_product_went_into(vendor, serve, tomato, tomatoes):
    uid = uuid4()
    merge(tomatoes, tomato)
    visit = serve(tomatoes, uid=uid)  # `tomatoes` as it was before
    assert serve(tomatoes, uid=uid) == visit
    assert lines() == [("Tomato", "Tomatoes", "piece")]
    assert is_counted_right()
    undo(tomatoes)
    assert lines() == [("Tomatoes", None, "piece")]
    assert is_counted_right()


def test_visit_sent_again_after_a_merge_is_still_the_same(serve, tomato, tomatoes):
    uid = uuid4()
    visit = serve(tomatoes, uid=uid)
    merge(tomatoes, tomato)
    assert serve(Product.objects.get(pk=tomatoes.pk), uid=uid) == visit
    assert Visit.objects.count() == 1


def test_changing_a_visit_leaves_what_was_not_touched_as_it_was_sold(vendor, serve, tomato, tomatoes, pomodoro):
    visit = serve(tomatoes)
    merge(tomatoes, tomato)
    kept = recording.Line(tomato, Decimal(1))
    more = recording.Line(pomodoro, Decimal(2))
    assert recording.change(visit=visit, lines=[kept], note="", by=None, uid=uuid4()) is None
    edit = recording.change(visit=visit, lines=[kept, more], note="", by=None, uid=uuid4())
    assert [line["unit"] for line in edit.after["lines"]] == ["piece", "kg"]
    assert lines() == [("Tomato", "Tomatoes", "piece"), ("Pomodoro", None, "kg")]
    undo(tomatoes)
    assert lines() == [("Tomatoes", None, "piece"), ("Pomodoro", None, "kg")]
    assert is_counted_right()


def test_changing_a_visit_on_a_page_that_was_open_makes_no_change_of_it(serve, tomato, tomatoes):
    visit = serve(tomatoes)
    merge(tomatoes, tomato)
    said = [recording.Line(tomatoes, Decimal(1))]
    assert recording.change(visit=visit, lines=said, note="", by=None, uid=uuid4()) is None
    assert not VisitEdit.objects.exists()


def test_form_adds_up_what_was_two_products(vendor, serve, tomato, tomatoes):
    Product.objects.filter(pk=tomatoes.pk).update(unit="kg")
    tomatoes.refresh_from_db()
    visit = serve(tomato, tomatoes)
    merge(tomatoes, tomato)
    form = BasketForm(vendor=vendor)
    form.fill(visit.lines.select_related("product"))
    assert {entry.product: entry.take for entry in form.entries.values()} == {tomato: "2"}


def test_later_file_with_the_old_name_is_of_the_product_it_went_into(load, sunita, tomato):
    assert load("Tomatoes", unit="piece").products == 1
    tomatoes = Product.objects.get(name="Tomatoes")
    merge(tomatoes, tomato)

    counts = load("Tomatoes", "TOMATOES", "Tomato", key="c", unit="")
    assert (counts.new, counts.products) == (3, 0)
    assert load("Tomatoes", unit="piece").same == 1

    moved = ("Tomato", "Tomatoes", "piece")
    assert lines() == [moved, moved, moved, ("Tomato", None, "kg")]
    assert is_counted_right()
    load("Tomato", unit="piece")  # the file says now what the shop says
    assert lines()[0] == ("Tomato", None, "piece")
    undo(tomatoes)
    assert [line[0] for line in lines()] == ["Tomato", "Tomatoes", "Tomatoes", "Tomato"]
    assert is_counted_right()


def test_import_that_runs_while_it_is_merged_follows(vendor, load, sunita, tomato, tomatoes, monkeypatch):
    from customers.visits import importing

    monkeypatch.setattr(importing, "BATCH", 2)
    written, write = [], importing._write

    def merging_between(*args):
        write(*args)
        written.append(args)
        if len(written) == 1:
            merge(tomatoes, tomato)
        if len(written) == 2:
            undo(tomatoes)

    monkeypatch.setattr(importing, "_write", merging_between)
    load("Tomatoes", "Tomatoes", "Tomatoes", unit="piece")
    assert lines() == [("Tomatoes", None, "piece")] * 3
    assert is_counted_right()


def test_starter_list_does_not_bring_a_merged_product_back(vendor, tomato, tomatoes):
    merge(tomatoes, tomato)
    assert catalogue.find(vendor, "tomato") == [tomato]
    assert catalogue.stand_in(Product.objects.get(pk=tomatoes.pk)) == tomato
    assert catalogue.stand_in(tomato) == tomato


def test_merge_leaves_what_was_to_be_bought_and_decided_as_it_was(vendor, tomato, tomatoes):
    """Also where a list has both: whoever reads several of them looks through the merge."""
    line = BuyingLineFactory(buying_list__vendor=vendor, product=tomatoes, unit="piece")
    other = BuyingLineFactory(buying_list=line.buying_list, product=tomato)
    decided = DecisionProductFactory(decision__vendor=vendor, product=tomatoes)
    merge(tomatoes, tomato)
    for row, product in ((line, tomatoes), (other, tomato), (decided, tomatoes)):
        row.refresh_from_db()
        assert row.product == product


@given(st.data())
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.generate],  # the steps fall apart when one is left out: what is made smaller is seldom told sooner
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_counts_and_lines_are_right_after_anything(load, vendor, sunita, data):
    """Each line is of what its product was merged into by then, and the counts equal those made anew."""
    for model in (VisitLine, VisitEdit, Visit, Preference, ProductMerge):
        model.objects.all().delete()
    for model in (ShopDay, ProductDay):
        model.objects.all().delete()
    Product.objects.update(merged_into=None)
    Product.objects.all().delete()
    products = [ProductFactory(vendor=vendor, name=name) for name in "ABC"]
    place = st.integers(0, 2)
    leaves = {}

    def record():
        chosen = data.draw(st.lists(st.sampled_from(products), unique=True, max_size=3))
        made = [
            recording.Line(each, Decimal(1), data.draw(st.sampled_from(["taken", "not-in-stock"]))) for each in chosen
        ]
        at = NOON + dt.timedelta(hours=data.draw(st.integers(0, 40)))
        visit = recording.record(vendor=vendor, customer=sunita, lines=made, by=None, uid=uuid4(), at=at)
        leaves[visit.uid] = [each.name for each in chosen]

    def put_together():
        try:
            merge(products[data.draw(place)], products[data.draw(place)])
        except MergingError:
            return

    def put_apart():
        if done := merge_of(products[data.draw(place)]):
            undo_merge(merge=done, by=None)

    def void_or_restore():
        if visit := Visit.objects.order_by("pk").first():
            (recording.restore if visit.is_voided else lambda visit: recording.void(visit=visit, by=None))(visit=visit)

    def take_over():
        names = data.draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=3))
        load(*names)
        leaves.update({uid_of("visit", f"b{number}"): [name] for number, name in enumerate(names)})

    def tell():
        kind = data.draw(st.sampled_from(["likes", "dislikes", "avoids"]))
        try:
            telling.tell(customer=sunita, statement=Statement(kind, products[data.draw(place)]), by=None, uid=uuid4())
        except telling.Contradicted:
            return

    steps = st.sampled_from([record, record, put_together, put_together, put_apart, void_or_restore, take_over, tell])
    for step in data.draw(st.lists(steps, max_size=14)):
        step()
        into = dict(Product.objects.values_list("pk", "merged_into"))
        for product, name, first in VisitLine.objects.values_list("product", "product__name", "sold_as"):
            assert into[product] is None, f"a line of {name}, which is merged"
            assert first is None or catalogue.stand_ins(vendor.pk)[first] == product
        assert not Preference.objects.filter(product__merged_into__isnull=False).exists()
        standing = Preference.objects.standing()
        for product in products:
            kinds = set(standing.filter(product=product).values_list("kind", flat=True))
            assert "likes" not in kinds or kinds == {"likes"}
        assert is_counted_right()
    for product in products:
        if done := merge_of(product):
            undo_merge(merge=done, by=None)
    said = {visit.uid: [line.product.name for line in visit.lines.all()] for visit in Visit.objects.with_lines()}
    assert said == leaves


# What is told


def test_merge_moves_what_was_told_and_undo_brings_it_back(sunita, tomato, tomatoes):
    PreferenceFactory(customer=sunita, product=tomatoes, kind="manner", text="firm")
    PreferenceFactory(customer=sunita, product=tomatoes)
    PreferenceFactory(customer=sunita, product=tomato)
    PreferenceFactory(customer=sunita, product=tomatoes, kind="dislikes", removed_at=timezone.now())
    before = told()

    merge(tomatoes, tomato)

    assert told() == [
        ("manner", "Tomato", "Tomatoes", True),
        ("likes", "Tomato", "Tomatoes", False),
        ("likes", "Tomato", None, True),
        ("dislikes", "Tomato", "Tomatoes", False),
    ]
    undo(tomatoes)
    assert told() == before
    assert not Preference.objects.filter(removed_in__isnull=False).exists()


@pytest.mark.parametrize(
    ("here", "there", "stands"),
    [
        ("likes", "avoids", "avoids"),
        ("allergy", "likes", "allergy"),
        ("dislikes", "avoids", "avoids"),
        ("dislikes", "likes", "likes"),
        ("likes", "dislikes", "dislikes"),
    ],
)
def test_of_opposites_never_stands_and_else_what_was_told_later(sunita, tomato, tomatoes, here, there, stands):
    for product, kind in ((tomatoes, here), (tomato, there)):
        PreferenceFactory(customer=sunita, product=product, kind=kind, consent_at=timezone.now())
    before = told()
    merge(tomatoes, tomato)
    assert [kind for kind, *_about, holds in told() if holds] == [stands]
    undo(tomatoes)
    assert told() == before


def test_what_is_told_meanwhile_stays_where_it_was_told(sunita, tomato, tomatoes):
    first = PreferenceFactory(customer=sunita, product=tomatoes, kind="manner", text="firm")
    merge(tomatoes, tomato)
    first.refresh_from_db()
    on_a_page_that_was_open = Statement("likes", tomatoes)
    telling.tell(customer=sunita, statement=on_a_page_that_was_open, by=None, uid=uuid4())
    telling.change(preference=first, statement=Statement("manner", tomato, "very firm"), by=None, uid=uuid4())
    undo(tomatoes)
    assert told() == [
        ("manner", "Tomatoes", None, False),
        ("likes", "Tomato", None, True),
        ("manner", "Tomatoes", None, True),
    ]


def test_what_was_put_back_by_hand_and_taken_back_again_stays_so(sunita, tomato, tomatoes):
    likes = PreferenceFactory(customer=sunita, product=tomatoes)
    never = PreferenceFactory(customer=sunita, product=tomato, kind="avoids")
    merge(tomatoes, tomato)
    for act in (lambda: telling.take_back(preference=never, by=None), lambda: telling.put_back(preference=likes)):
        assert act()
    likes.refresh_from_db()
    telling.take_back(preference=likes, by=None)
    undo(tomatoes)
    assert told() == [("likes", "Tomatoes", None, False), ("avoids", "Tomato", None, False)]


def test_answer_to_a_notice_holds_for_both_while_they_are_merged(sunita, tomato, tomatoes):
    NoticeAnswerFactory(customer=sunita, product=tomatoes)
    later = {"answer": "later", "until": dt.date(2026, 3, 1)}
    NoticeAnswerFactory(customer=sunita, product=tomato, **later)
    history = [[PastLine(tomato.pk, Decimal(1), "kg", "taken")]] * 10

    def offered():
        sign = to_offer(sunita, history, standing=[], sold={tomato.pk}, today=dt.date(2026, 3, 14))
        return sign and sign.product

    assert offered() == tomato.pk
    merge(tomatoes, tomato)
    assert offered() is None
    telling.answer_notice(customer=sunita, noticed=Noticed(tomato, "", 9, 10), answer="later", by=None)
    assert offered() is None
    undo(tomatoes)
    NoticeAnswer.objects.filter(product=tomato).update(until=dt.date(2026, 3, 1))
    assert offered() == tomato.pk


def test_card_knows_of_one_product(sunita, serve, tomato, tomatoes):
    for product in (tomato, tomatoes, tomatoes):
        serve(product)
    PreferenceFactory(customer=sunita, product=tomatoes)
    merge(tomatoes, tomato)
    memory = remember(sunita, now=timezone.now())
    assert [(each.product, each.times, each.of) for each in memory.usual] == [(tomato, 3, 3)]
    assert {line.product for visit in memory.last_visits for line in visit.lines} == {tomato}


def test_concerned_counts_visits_and_what_stands(serve, sunita, tomato, tomatoes):
    serve(tomato, tomatoes)
    serve(tomatoes)
    PreferenceFactory(customer=sunita, product=tomatoes)
    PreferenceFactory(customer=sunita, product=tomatoes, removed_at=timezone.now(), text="raw")
    assert merging.concerned([tomato, tomatoes]) == {"visits": 2, "preferences": 1}
    assert merging.concerned([ProductFactory(vendor=VendorFactory())]) == {"visits": 0, "preferences": 0}
