import datetime as dt
import zoneinfo
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.factories.vendors import MemberFactory, ProductFactory, VendorFactory
from vendors.models import Member, Product, Vendor

# The night when the clock is changed, if it is: by one hour or by half, before, at or after midnight, north and south.
NIGHTS = [
    ("Asia/Kolkata", dt.date(2026, 11, 22)),
    ("Asia/Kathmandu", dt.date(2026, 11, 22)),
    ("Europe/Berlin", dt.date(2026, 3, 29)),
    ("Europe/Berlin", dt.date(2026, 10, 25)),
    ("America/Santiago", dt.date(2026, 9, 6)),
    ("America/Santiago", dt.date(2026, 4, 5)),
    ("Australia/Lord_Howe", dt.date(2026, 10, 4)),
    ("Australia/Lord_Howe", dt.date(2026, 4, 5)),
    ("America/St_Johns", dt.date(2005, 4, 3)),
    ("America/St_Johns", dt.date(2005, 10, 30)),
]
a_night = st.sampled_from(NIGHTS)
when_days_start = st.integers(0, 24 * 60 - 1).map(lambda minute: dt.time(*divmod(minute, 60)))


# --- the shop's day


@settings(deadline=None, max_examples=300)
@given(night=a_night, day_starts=when_days_start, minutes=st.integers(-3 * 24 * 60, 3 * 24 * 60))
@example(night=NIGHTS[3], day_starts=dt.time(2, 30), minutes=60)
@example(night=NIGHTS[9], day_starts=dt.time(0), minutes=160)
def test_each_moment_lies_within_the_bounds_of_its_day(night, day_starts, minutes):
    zone, day = night
    shop = Vendor(time_zone=zone, day_starts=day_starts)
    moment = dt.datetime.combine(day, dt.time(0), dt.UTC) + dt.timedelta(minutes=minutes)
    start, end = shop.day_bounds(shop.day_of(moment))
    assert start <= moment < end


@settings(deadline=None, max_examples=300)
@given(night=a_night, day_starts=when_days_start, days=st.integers(-400, 400))
def test_days_follow_each_other_without_gap_or_overlap(night, day_starts, days):
    zone, day = night
    shop = Vendor(time_zone=zone, day_starts=day_starts)
    day += dt.timedelta(days=days)
    (start, end), (next_start, _) = shop.day_bounds(day), shop.day_bounds(day + dt.timedelta(days=1))
    assert start < end == next_start


def test_what_is_sold_after_midnight_belongs_to_the_day_before():
    shop = Vendor(time_zone="Asia/Kolkata", day_starts=dt.time(3))
    at = dt.datetime(2026, 11, 23, 2, 59, tzinfo=zoneinfo.ZoneInfo("Asia/Kolkata"))
    assert shop.day_of(at) == dt.date(2026, 11, 22)
    assert shop.day_of(at + dt.timedelta(minutes=1)) == dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("day", "hours"), [(dt.date(2026, 3, 28), 23), (dt.date(2026, 3, 29), 24), (dt.date(2026, 10, 24), 25)]
)
def test_day_is_an_hour_shorter_or_longer_when_the_clock_changes(day, hours):
    start, end = Vendor(time_zone="Europe/Berlin", day_starts=dt.time(4)).day_bounds(day)
    assert end - start == dt.timedelta(hours=hours)


def test_day_that_was_left_out_at_the_date_line_has_no_moment():
    """Samoa had no 30 December 2011: what comes before the next day starts is the night of the 29th."""
    shop = Vendor(time_zone="Pacific/Apia", day_starts=dt.time(3))
    start, end = shop.day_bounds(dt.date(2011, 12, 30))
    assert start == end
    assert shop.day_of(start - dt.timedelta(minutes=1)) == dt.date(2011, 12, 29)
    assert shop.day_of(end) == dt.date(2011, 12, 31)


def test_day_bounds_are_in_utc():
    shop = Vendor(time_zone="Asia/Kolkata", day_starts=dt.time(3))
    assert shop.day_bounds(dt.date(2026, 11, 23)) == (
        dt.datetime(2026, 11, 22, 21, 30, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 23, 21, 30, tzinfo=dt.UTC),
    )


# --- constraints, by name


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("vendors_vendor_has_a_name", lambda: VendorFactory(name="")),
        ("vendors_member_has_a_name", lambda: MemberFactory(name="")),
        ("vendors_product_has_a_name", lambda: ProductFactory(name="")),
        ("vendors_product_step_above_zero", lambda: ProductFactory(step=Decimal(0))),
        ("vendors_product_season_has_both_ends", lambda: ProductFactory(season_from=4)),
        ("vendors_product_season_has_both_ends", lambda: ProductFactory(season_from=11, season_to=13)),
    ],
)
def test_row_that_breaks_a_rule_is_refused(db, name, write):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        write()


def test_product_is_once_a_shop_in_any_case(vendor):
    onion = ProductFactory(vendor=vendor, name="Onion")
    with pytest.raises(IntegrityError, match="vendors_product_name_once_a_shop"), transaction.atomic():
        ProductFactory(vendor=vendor, name="oNION")
    assert ProductFactory(name="Onion").vendor != onion.vendor


def test_account_serves_once_in_a_shop_and_may_serve_in_another(helper):
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberFactory(vendor=helper.vendor, user=helper.user)
    assert MemberFactory(user=helper.user).vendor != helper.vendor


def test_constraint_says_what_is_wrong_in_words(vendor):
    ProductFactory(vendor=vendor, name="Onion")
    with pytest.raises(ValidationError) as refused:
        Product(vendor=vendor, name="ONION", step=Decimal(-1), season_from=4).full_clean()
    assert refused.value.messages == [
        "Ensure this value is greater than or equal to 0.001.",
        "The shop has a product of this name already.",
        "A season needs both its first and its last month.",
    ]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("time_zone", "Mumbai", "“Mumbai” is not a time zone. Write one like Asia/Kolkata."),
        ("currency", "rs", "Three capital letters, like INR."),
        ("phone_region", "India", "Two capital letters, like IN."),
    ],
)
def test_shop_with_an_unknown_setting_is_refused(db, field, value, message):
    shop = Vendor(**{"name": "Green Corner", "slug": "green-corner", field: value})
    with pytest.raises(ValidationError) as refused:
        shop.full_clean()
    assert message in refused.value.message_dict[field]


# --- products


@pytest.mark.parametrize(
    ("first", "last", "sold"),
    [
        (None, None, range(1, 13)),
        (4, 6, [4, 5, 6]),
        (11, 2, [1, 2, 11, 12]),
        (12, 1, [1, 12]),
        (5, 5, [5]),
    ],
)
def test_season_may_go_over_new_year(first, last, sold):
    product = Product(season_from=first, season_to=last)
    assert [month for month in range(1, 13) if product.in_season(month)] == list(sold)


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Onion"), ("hi", "प्याज़"), ("mr", "कांदा"), ("hi-IN", "प्याज़"), ("gu", "Onion"), ("", "Onion")],
)
def test_name_in_a_language_falls_back_to_the_shops_own(language, name):
    assert Product(name="Onion", name_hi="प्याज़", name_mr="कांदा").name_in(language) == name


def test_name_in_falls_back_where_a_language_is_empty():
    assert Product(name="Broccoli").name_in("mr") == "Broccoli"


# --- members


def test_serving_leaves_out_whom_is_switched_off(vendor):
    serving = MemberFactory(vendor=vendor)
    MemberFactory(vendor=vendor, is_active=False)
    MemberFactory(vendor=vendor, user__is_active=False)
    assert list(Member.objects.serving()) == [serving]


def test_only_an_owner_is_owner(helper, owner):
    assert (helper.is_owner, owner.is_owner) == (False, True)


@pytest.mark.parametrize("slug", ["admin", "sign-in", "sign-out", "static"])
def test_shop_cannot_take_an_address_of_regulars_itself(slug):
    with pytest.raises(ValidationError, match="Choose another address"):
        VendorFactory.build(slug=slug).clean_fields()


def test_past_changed_is_seen_by_who_reads_the_shop_next(vendor):
    before = Vendor.objects.get(pk=vendor.pk).past
    vendor.past_changed()
    assert before == vendor.past != Vendor.objects.get(pk=vendor.pk).past
