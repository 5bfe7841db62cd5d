"""Opening a shop: its row, its first owner and what it sells."""

from anyascii import anyascii
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import slugify

from vendors.models import Member, Vendor
from vendors.starting import add_starter_list


def slug_for(name: str) -> str:
    """The address that fits `name`, whatever its script; empty when nothing of it can be spelled."""
    return slugify(anyascii(name))[: Vendor._meta.get_field("slug").max_length].strip("-")


@transaction.atomic
def open_shop(*, vendor: Vendor, owner: User, called: str, products: bool = True) -> Member:
    """
    Save the new `vendor`, and `owner` if they are new, who is `called` so at the counter; the owner's place in it.

    With `products` the shop sells the starter list. Raises ValidationError for what a form of these rows would refuse.
    """
    vendor.full_clean()
    vendor.save(force_insert=True)
    if owner.pk is None:
        owner.full_clean()
        owner.save()
    member = Member(vendor=vendor, user=owner, role=Member.Role.OWNER, name=called)
    member.full_clean()
    member.save()
    if products:
        add_starter_list(vendor=vendor)
    return member
