"""Taps that outlast a missing connection: on the running program, in a browser."""

from playwright.sync_api import expect

from tests.journeys.test_counter import done, open_sunita, tile

SAVED = "Saved on this tablet: Sunita Rao"


def queued(page):
    return page.evaluate("Regulars.entries()")


def test_a_tap_goes_through_the_queue_and_leaves_it(page, signed_in, complaints):
    open_sunita(page)
    tile(page, "Onion").click()
    done(page)
    expect(page.locator("#sent")).to_have_text("all sent")
    assert queued(page) == []
    assert complaints == []
