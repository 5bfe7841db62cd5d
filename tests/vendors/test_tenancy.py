import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from customers.models import ContactPoint, Customer
from customers.visits.models import Visit, VisitLine
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.vendors import MemberFactory, ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def strict():
    """Check foreign keys at the end of each statement's own transaction, as outside of a test."""

    def save(write):
        with transaction.atomic():
            write()
            connection.check_constraints()

    return save


def test_same_vendor_refuses_child_of_other_shop(strict):
    other = VendorFactory()
    customer = CustomerFactory()
    with pytest.raises(IntegrityError):
        strict(lambda: ContactPoint.objects.create(vendor=other, customer=customer, text="98200 12345"))


def test_same_vendor_holds_for_bulk_create(strict):
    visit, stranger = VisitFactory(), ProductFactory()
    line = VisitLine(vendor=visit.vendor, visit=visit, position=0, product=stranger, quantity=1, unit="kg")
    with pytest.raises(IntegrityError):
        strict(lambda: VisitLine.objects.bulk_create([line]))


def test_same_vendor_holds_for_update(strict):
    visit, stranger = VisitFactory(), CustomerFactory()
    with pytest.raises(IntegrityError):
        strict(lambda: Visit.objects.filter(pk=visit.pk).update(customer=stranger))


def test_same_vendor_lets_a_missing_parent_pass(strict):
    customer = CustomerFactory()
    strict(lambda: Visit.objects.create(vendor=customer.vendor, customer=customer, by=None))
    assert Visit.objects.get().by is None


def test_same_vendor_is_told_in_forms():
    customer, stranger = CustomerFactory(), MemberFactory()
    visit = Visit(vendor=customer.vendor, customer=customer, by=stranger, digest="x")
    with pytest.raises(ValidationError) as refused:
        visit.full_clean()
    assert refused.value.message_dict == {"by": ["This belongs to another shop."]}


def test_every_parent_of_a_shop_row_is_held_to_the_same_shop():
    """No model can be added whose foreign key to a shop's row forgets its `SameVendor`."""
    from django.apps import apps

    from vendors.tenancy import SameVendor

    missing = []
    for model in apps.get_models():
        if not any(field.name == "vendor" for field in model._meta.fields):
            continue
        held = {constraint.field for constraint in model._meta.constraints if isinstance(constraint, SameVendor)}
        for field in model._meta.fields:
            parent = field.related_model
            if parent and field.name != "vendor" and any(each.name == "vendor" for each in parent._meta.fields):
                missing += [] if field.name in held else [f"{model.__name__}.{field.name}"]
    assert missing == []


def test_uid_is_once_a_shop_and_free_in_another():
    customer = CustomerFactory()
    assert CustomerFactory(uid=customer.uid).uid == customer.uid
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(vendor=customer.vendor, uid=customer.uid, name="Again")


def test_deleting_a_shop_takes_its_rows():
    line = VisitLineFactory()
    ContactPointFactory(customer=line.visit.customer)
    other = VisitLineFactory()
    with transaction.atomic():
        line.visit.customer.delete()
        connection.check_constraints()
    assert list(VisitLine.objects.all()) == [other]
