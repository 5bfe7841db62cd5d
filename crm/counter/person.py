"""The person whom an address of the counter names, and whether the owner is there to decide about them."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from crm.lib import moments
from customers.merging import stand_in
from customers.models import Customer
from vendors.access import ShopRequest


def person_of(request: ShopRequest, uid: UUID) -> Customer:
    """The shop's person of this `uid`, or who stands for them since two were put together; else nothing is there."""
    person = stand_in(get_object_or_404(Customer, vendor=request.vendor, uid=uid))
    person.vendor = request.vendor  # is the same, and was read already
    return person


def is_owner_here(request: ShopRequest) -> bool:
    """Whether an owner asks who is signed in by account, and is connected: what comes later was not asked just now."""
    tap = request.tap
    return request.decides and (tap is None or not (tap.is_claimed or tap.is_later or moments.is_late()))
