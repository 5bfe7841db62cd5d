import datetime as dt
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories.vendors import VendorFactory
from vendors.models import Vendor
from vendors.past import DAYS, SHOPS, while_past_stands

DAY = dt.date(2026, 11, 21)


@pytest.fixture
def counted():
    """A function that says how often it was computed, and the calls."""
    calls = []

    @while_past_stands
    def compute(vendor, day):
        """What it says."""
        calls.append((vendor.name, day))
        return len(calls)

    return compute, calls


def again(vendor):
    """The shop as the next request reads it."""
    return Vendor.objects.get(pk=vendor.pk)


def test_while_past_stands_computes_once(vendor, counted):
    compute, calls = counted
    assert [compute(again(vendor), DAY) for _ in range(3)] == [1, 1, 1]
    assert calls == [("Green Corner", DAY)]


def test_past_that_changed_is_computed_anew_and_once(vendor, counted):
    compute, _calls = counted
    answers = [compute(again(vendor), DAY)]
    vendor.past_changed()
    answers += [compute(again(vendor), DAY) for _ in range(2)]
    vendor.past_changed()
    assert [*answers, compute(again(vendor), DAY)] == [1, 2, 2, 3]


def test_past_is_computed_for_each_day_and_shop(vendor, counted):
    compute, calls = counted
    other = VendorFactory(name="Other", past=vendor.past)  # as in shops older than this token
    asked = [(vendor, DAY), (vendor, DAY + dt.timedelta(days=1)), (other, DAY)]
    assert [compute(*each) for each in (*asked, *asked)] == [1, 2, 3, 1, 2, 3]
    assert calls == [(shop.name, day) for shop, day in asked]


def test_shop_that_was_read_before_the_change_has_an_answer_of_its_own(vendor, counted):
    """A request that began before goes on as it began; one that reads the shop now does not get its answer."""
    compute, _calls = counted
    before = again(vendor)
    compute(before, DAY)
    vendor.past_changed()
    assert [compute(again(vendor), DAY), compute(before, DAY), compute(again(vendor), DAY)] == [2, 3, 4]


class Answer:
    """Something that can be watched."""


def test_answer_of_a_past_that_stands_no_more_is_not_kept(vendor):
    compute = while_past_stands(lambda _vendor, _day: Answer())
    seen = []
    for _late_entry in range(3):
        seen.append(weakref.ref(compute(again(vendor), DAY)))
        vendor.past_changed()
    compute(again(vendor), DAY)
    gc.collect()
    assert [each() for each in seen] == [None, None, None]


def test_threads_that_ask_at_once_get_the_same(vendor):
    compute = while_past_stands(lambda vendor, day: (vendor.pk, day))
    shops = [Vendor(pk=pk) for pk in range(1, 2 * SHOPS)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = list(pool.map(lambda shop: compute(shop, DAY), shops * 20))
    assert found == [(shop.pk, DAY) for shop in shops] * 20


def test_two_functions_do_not_share_an_answer(vendor):
    by_name, by_day = while_past_stands(lambda vendor, _day: vendor.name), while_past_stands(lambda _vendor, day: day)
    assert (by_name(vendor, DAY), by_day(vendor, DAY)) == ("Green Corner", DAY)


def test_failure_is_not_kept(vendor):
    answers = iter([ValueError("no"), None])

    @while_past_stands
    def compute(vendor, day):
        if error := next(answers):
            raise error
        return "yes"

    with pytest.raises(ValueError, match="no"):
        compute(vendor, DAY)
    assert compute(vendor, DAY) == "yes"


def test_shop_not_asked_for_longest_is_forgotten_first(counted):
    compute, calls = counted
    shops = [Vendor(pk=pk, name=f"Shop {pk}") for pk in range(SHOPS + 1)]
    for shop in shops[:-1]:
        compute(shop, DAY)
    compute(shops[0], DAY)
    compute(shops[-1], DAY)
    calls.clear()
    for shop in (shops[0], shops[-1]):
        compute(shop, DAY)
    assert calls == []
    compute(shops[1], DAY)
    assert calls == [("Shop 1", DAY)]


def test_day_asked_for_before_others_is_forgotten_first(vendor, counted):
    compute, calls = counted
    days = [DAY + dt.timedelta(days=ahead) for ahead in range(DAYS + 1)]
    for day in days:
        compute(vendor, day)
    calls.clear()
    for day in days[1:]:
        compute(vendor, day)
    assert calls == []
    compute(vendor, days[0])
    assert calls == [("Green Corner", days[0])]


def test_while_past_stands_keeps_name_and_words(counted):
    assert (counted[0].__name__, counted[0].__doc__) == ("compute", "What it says.")
