"""Onions of the last visit were soft: noted with two taps, replaced, and asked about at the next visit."""

import contextlib
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect

from customers.models import Customer
from customers.promises.models import Problem
from tests.factories.promises import ProblemFactory
from tests.journeys.test_counter import RULES, SIZES, open_sunita, tile

FIND = "/green-corner/counter/"


def test_problem_of_a_line_is_put_right_and_asked_about_at_the_next_visit(page, signed_in, complaints):
    open_sunita(page)
    page.locator("#visits ~ .rows .line", has_text="Onion").first.click()
    expect(page.get_by_role("heading", name=re.compile("Onion of .*: what was wrong"))).to_be_focused()
    page.locator("#sheet").get_by_role("button", name="soft").click()
    expect(page.locator("#sheet")).to_contain_text("Noted: nothing done yet")
    page.locator("#sheet").get_by_role("button", name="replaced", exact=True).click()
    expect(page.locator("#sheet")).to_contain_text("replaced, not asked yet")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#put-right")).to_contain_text("Is it right again?")

    tile(page, "Onion").click()
    page.get_by_role("button", name=re.compile("DONE")).click()
    expect(page.locator(".served")).to_contain_text("Sunita Rao")

    open_sunita(page)
    page.locator("#put-right").get_by_role("button", name="Yes").click()
    expect(page.locator("#put-right").get_by_role("status")).to_contain_text("Closed: right again.")
    assert Problem.objects.get().closed_at is not None
    page.locator("#put-right").get_by_role("button", name="Undo").click()
    page.locator("#put-right").get_by_role("button", name="Yes").click()
    expect(page.locator("#put-right").get_by_role("button", name="Undo")).to_be_visible()
    problem = Problem.objects.get()
    assert (problem.what, problem.remedy, problem.answer, problem.visit) == (
        *("soft", "replaced", "right"),
        Customer.objects.get(name="Sunita Rao").visits.latest_first()[1],
    )
    open_sunita(page)
    expect(page.locator("#put-right")).to_be_hidden()
    assert complaints == []


def test_card_says_the_last_even_if_an_older_answer_comes_late(page, signed_in):
    """Two taps one after the other: what the first one's refresh brings is old by then."""
    held = []

    def hold_the_first(route):
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    # A worker would ask past the route.
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined })")
    open_sunita(page)
    page.route("**/put-right/", hold_the_first)
    page.locator("#visits ~ .rows .line", has_text="Onion").first.click()
    page.locator("#sheet").get_by_role("button", name="soft").click()
    expect(page.locator("#sheet")).to_contain_text("Noted: nothing done yet")
    page.locator("#sheet").get_by_role("button", name="replaced", exact=True).click()
    expect(page.locator("#sheet")).to_contain_text("replaced, not asked yet")
    [(route, old)] = held
    with contextlib.suppress(Error):  # the browser waits for it no more
        route.fulfill(response=old)
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#put-right")).to_contain_text("Is it right again?")


def test_something_wrong_with_what_is_in_the_hand(page, signed_in, complaints):
    open_sunita(page)
    tile(page, "Onion").locator("xpath=..").locator(".about").click()
    page.get_by_role("link", name="Something wrong with it").click()
    expect(page.get_by_role("heading", name="Onion of today: what was wrong?")).to_be_visible()
    page.locator("#sheet").get_by_role("button", name="other").click()
    expect(page.locator("#sheet .errors")).to_contain_text("Write what it was, then tap other.")
    page.get_by_label("In words").fill("the bag tore")
    page.locator("#sheet").get_by_role("button", name="other").click()
    expect(page.locator("#sheet")).to_contain_text("Onion of today: the bag tore")
    page.locator("#sheet").get_by_role("button", name="Undo: noted by mistake").click()
    expect(page.locator("#problem b")).to_have_text("noted by mistake")
    assert Problem.objects.get().is_undone
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_problems_are_for_everybody(page, signed_in, shop, size, scheme):
    sunita, onion = Customer.objects.get(name="Sunita Rao"), shop.product_set.get(name="Onion")
    problem = ProblemFactory(customer=sunita, product=onion)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    person = f"{FIND}{sunita.uid}/"
    shop_list, own = f"{FIND}problems/", f"{person}problems/"
    for address in (shop_list, own, person, f"{own}new/?product={onion.uid}", f"{own}{problem.uid}/"):
        page.goto(address)
        assert Axe().run(page, options=RULES).response["violations"] == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
