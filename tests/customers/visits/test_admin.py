from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.visits import recording
from customers.visits.models import Visit, VisitEdit
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

pytestmark = pytest.mark.django_db
VISITS = "/admin/visits/visit/"


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


@pytest.fixture
def visit(vendor, helper):
    visit = VisitFactory(customer=CustomerFactory(vendor=vendor, name="Sunita Rao"), by=helper, note="bag")
    product = ProductFactory(vendor=vendor, name="Onion")
    VisitLineFactory(visit=visit, product=product, quantity=Decimal("1.500"), manner="small")
    return visit


def test_visit_is_read_with_its_lines(boss, visit):
    page = boss.get(f"{VISITS}{visit.pk}/change/")
    text = page.content.decode()
    assert "Sunita Rao" in page.context["title"].name
    assert [word for word in ("Onion", "1.5 kg", "small", "taken", "bag", "Ravi") if word not in text] == []
    assert 'name="_save"' not in text


def test_visit_is_read_with_what_it_said_before(boss, visit, helper):
    line = recording.Line(ProductFactory(vendor=visit.vendor, name="Leek"), Decimal(2), "refused", "thin")
    edit = recording.change(visit=visit, lines=[line], note="no bag", by=helper, uid=visit.uid)
    assert edit is not None
    text = boss.get(f"{VISITS}{visit.pk}/change/").content.decode()
    assert "<div>Onion 1.5 kg small</div><div>bag</div>" in text
    assert "<div>Leek 2 kg thin refused</div><div>no bag</div>" in text


def test_visit_is_not_added_or_changed(boss, visit):
    assert boss.get(f"{VISITS}add/").status_code == 403
    assert boss.post(f"{VISITS}add/", {"customer": visit.customer_id}).status_code == 403
    assert boss.post(f"{VISITS}{visit.pk}/change/", {"note": "forged"}).status_code == 403
    visit.refresh_from_db()
    assert (visit.note, Visit.objects.count(), VisitEdit.objects.count()) == ("bag", 1, 0)


def test_undo_and_put_back(boss, owner, visit):
    undone = boss.post(VISITS, {"action": "undo", "_selected_action": visit.pk}, follow=True)
    visit.refresh_from_db()
    assert (visit.is_voided, visit.voided_by) == (True, owner)
    assert "1 visit was undone." in undone.content.decode()
    back = boss.post(VISITS, {"action": "put_back", "_selected_action": visit.pk}, follow=True)
    visit.refresh_from_db()
    assert (visit.is_voided, visit.voided_by) == (False, None)
    assert "1 visit was put back." in back.content.decode()


def test_undo_twice_keeps_the_first(boss, helper, visit):
    recording.void(visit=visit, by=helper)
    page = boss.post(VISITS, {"action": "undo", "_selected_action": visit.pk}, follow=True)
    visit.refresh_from_db()
    assert visit.voided_by == helper
    assert "0 visits were undone." in page.content.decode()


@pytest.mark.parametrize("action", ["undo", "put_back"])
def test_actions_do_not_reach_another_shop(boss, visit, action):
    stranger = VisitFactory(voided_at=timezone.now() if action == "put_back" else None)
    boss.post(VISITS, {"action": action, "_selected_action": [visit.pk, stranger.pk]})
    assert Visit.objects.get(pk=stranger.pk).voided_at == stranger.voided_at


@pytest.mark.parametrize(("asked", "stands"), [("yes", [True]), ("no", [False]), ("x", [False, True])])
def test_list_is_narrowed_to_what_stands(boss, visit, asked, stands):
    recording.void(visit=VisitFactory(customer=visit.customer), by=None)
    listed = boss.get(VISITS, {"stands": asked}).context["cl"].result_list
    assert sorted(not each.is_voided for each in listed) == stands


def test_search_finds_by_the_customer(boss, visit):
    VisitFactory(customer=CustomerFactory(vendor=visit.vendor, name="Ahmed"))
    assert list(boss.get(VISITS, {"q": "suneeta"}).context["cl"].result_list) == [visit]


def test_days_are_those_of_the_own_shop(boss, visit):
    VisitFactory(at=timezone.now().replace(year=1999))
    page = boss.get(VISITS)
    assert "1999" not in page.content.decode()
    assert list(boss.get(VISITS, {"at__year": "1999"}).context["cl"].result_list) == []


def test_page_of_a_visit_takes_the_same_queries_for_any_number_of_lines(boss, visit, django_assert_max_num_queries):
    path = reverse("admin:visits_visit_change", args=[visit.pk])
    boss.get(path)
    with django_assert_max_num_queries(30) as one:
        boss.get(path)
    for _number in range(2):
        VisitLineFactory(visit=visit)
        VisitEdit.objects.create(vendor=visit.vendor, visit=visit, before=recording.contents(visit), after={})
    VisitEdit.objects.update(after=recording.contents(visit))
    with django_assert_max_num_queries(30) as three:
        boss.get(path)
    assert len(three) == len(one)
