"""The person whom an address of the counter names."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from customers.merging import stand_in
from customers.models import Customer
from vendors.access import ShopRequest


def person_of(request: ShopRequest, uid: UUID) -> Customer:
    """The shop's person of this `uid`, or who stands for them since two were put together; else nothing is there."""
    person = stand_in(get_object_or_404(Customer, vendor=request.vendor, uid=uid))
    person.vendor = request.vendor  # is the same, and was read already
    return person
