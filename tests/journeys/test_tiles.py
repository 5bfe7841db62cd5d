"""The tiles of a card: what was tapped gives way to the next best, and nothing moves under a finger."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.counter.tiles import SHOWN
from customers.models import Customer
from customers.visits import tallying
from customers.visits.models import Visit, VisitLine
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

SETTLED = 3000
"""Milliseconds after which a tapped tile has certainly given way."""


@pytest.fixture
def sunita(shop):
    """Sunita, who takes each of `SHOWN` + 3 goods a little more seldom than the one before."""
    person = Customer.objects.get(name="Sunita Rao")
    goods = [ProductFactory(vendor=shop, name=f"Good {letter}") for letter in "ABCDEFGHIJKLMNO"[: SHOWN + 3]]
    for days in range(1, 20):
        visit = VisitFactory(customer=person, at=timezone.now() - dt.timedelta(days=days))
        for place, good in enumerate(goods):
            if days < 20 - place:
                VisitLineFactory(visit=visit, product=good, position=place)
    tallying.recount_shop(shop)
    return person


@pytest.fixture
def card(page, signed_in, sunita):
    page.goto(f"/green-corner/counter/{sunita.uid}/")
    return page


def names(page):
    """Of the tiles in sight, in their order."""
    return page.locator("#tiles .tile:visible b").all_inner_texts()


def tile(page, name):
    return page.locator("#tiles").get_by_role("button", name=re.compile(rf"^\W*{name}"))


def in_basket(page):
    return page.locator(".basket-row .what").all_inner_texts()


def test_next_best_takes_the_place_of_a_tapped_tile(card):
    before = names(card)
    assert len(before) == SHOWN
    tile(card, before[2]).click()
    expect(card.locator("#tiles .tile:visible b").nth(2)).not_to_have_text(before[2], timeout=SETTLED)
    after = names(card)
    assert after[:2] + after[3:] == before[:2] + before[3:]
    assert after[2] not in before
    assert len(in_basket(card)) == 1


def test_tile_stays_while_it_is_tapped_again(card):
    name = names(card)[0]
    for _tap in range(3):
        tile(card, name).click()
        card.wait_for_timeout(700)
    assert names(card)[0] == name
    expect(card.locator(".basket-row .much")).to_have_text("3 kg")
    expect(card.locator("#tiles .tile:visible b").first).not_to_have_text(name, timeout=SETTLED)


def test_tile_that_has_just_come_is_not_hit_by_a_late_tap(card):
    first = card.locator("#tiles .tile").first
    name = names(card)[0]
    first.locator(".tap").click()
    expect(card.locator("#tiles .tile:visible b").first).not_to_have_text(name, timeout=SETTLED)
    card.locator("#tiles .tile .tap").first.click()
    assert len(in_basket(card)) == 1
    card.wait_for_timeout(600)
    card.locator("#tiles .tile .tap").first.click()
    assert len(in_basket(card)) == 2


def test_what_is_taken_out_can_be_tapped_again(card):
    name = names(card)[0]
    tile(card, name).click()
    expect(tile(card, name)).to_be_hidden(timeout=SETTLED)
    card.get_by_role("button", name=f"{name}: less").click()
    expect(tile(card, name)).to_be_visible()
    assert in_basket(card) == []


def test_same_as_last_time_leaves_the_tiles_to_others(card):
    card.locator("#same").click()
    expect(card.locator(".basket-row")).to_have_count(SHOWN + 3)
    card.locator("#done").click()
    expect(card.get_by_text("Saved.")).to_be_visible()
    assert VisitLine.objects.filter(visit=Visit.objects.latest("pk")).count() == SHOWN + 3


def test_not_now_hides_a_tile_for_this_visit(card):
    before = names(card)
    card.locator("#tiles .tile:visible .about").first.click()
    card.get_by_role("button", name="Not now").click()
    expect(tile(card, before[0])).to_be_hidden()
    after = names(card)
    assert len(after) == SHOWN
    assert after[1:] == before[1:]
    card.reload()
    expect(tile(card, before[0])).to_be_hidden()
    tile(card, before[1]).click()
    card.locator("#done").click()
    expect(card.get_by_text("Saved.")).to_be_visible()
    card.go_back()
    expect(tile(card, before[0])).to_be_visible()


def test_tapped_tile_leaves_the_focus_on_its_place(card):
    name = names(card)[1]
    tile(card, name).focus()
    card.keyboard.press("Enter")
    expect(tile(card, name)).to_be_hidden(timeout=SETTLED)
    expect(card.locator("#tiles .tile:visible .tap").nth(1)).to_be_focused()


def test_draft_comes_back_without_its_tiles(card):
    name = names(card)[0]
    tile(card, name).click()
    card.reload()
    expect(card.locator(".basket-row")).to_have_count(1)
    expect(tile(card, name)).to_be_hidden()
