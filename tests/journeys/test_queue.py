"""Taps that outlast a missing connection: on the running program, in a browser."""

from playwright.sync_api import expect

from customers.visits.models import Visit
from tests.journeys.test_counter import done, open_sunita, taken, tile

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


def test_without_a_connection_it_is_saved_on_the_tablet_and_sent_later(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    before = Visit.objects.count()
    signed_in.set_offline(True)
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text(SAVED)
    expect(page.locator("#sent")).to_contain_text("1 waits since")
    signed_in.set_offline(False)
    expect(page.locator("#sent")).to_have_text("all sent")
    assert Visit.objects.count() == before + 1
    assert taken() == [("Onion", 2, "taken", "")]
