"""A child collects for her mother: found, for whom, asked first, served; and nothing of it is her mother's like."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers import households
from customers.households import Part
from customers.models import Customer, Household
from customers.visits import tallying
from customers.visits.models import Visit
from tests.factories.customers import CustomerFactory

FIND = "/green-corner/counter/"
ASK = "Do not change the brand without asking"


@pytest.fixture
def kitchen(shop):
    """Sunita, who decides, and her daughter Anu, who collects."""
    mother = Part(Customer.objects.get(name="Sunita Rao"), frozenset({"decides", "pays", "eats"}))
    child = Part(CustomerFactory(vendor=shop, name="Anu"), frozenset({"collects", "eats"}), ASK)
    tallying.recount_shop(shop)
    return households.make(vendor=shop, first=mother, others=[child], by=None, uid=uuid4())


def test_child_collects_for_her_mother(page, signed_in, kitchen, complaints):
    page.goto(FIND)
    page.locator("#q").fill("anu")
    page.locator("#found .person", has_text="Anu").click()
    expect(page.locator("#collects-for")).to_contain_text(ASK)
    page.get_by_role("link", name="For Sunita Rao").click()
    expect(page.locator("h1")).to_have_text("Sunita Rao")
    expect(page.get_by_role("radio", name="Anu")).to_be_checked()
    expect(page.locator("#who-stands").get_by_text(ASK)).to_be_visible()
    page.locator("#tiles").get_by_role("button", name="Onion").first.click()
    page.locator("#done").click()
    expect(page.locator(".served")).to_contain_text("Sunita Rao")
    visit = Visit.objects.latest("pk")
    assert (visit.customer.name, visit.collected_by.name) == ("Sunita Rao", "Anu")
    assert visit.lines.get().quantity == Decimal(2)

    page.goto(f"{FIND}{visit.customer.uid}/")
    expect(page.locator(".below")).to_contain_text("collected by Anu")
    expect(page.locator("#likes")).to_contain_text("Nothing yet.")
    assert complaints == []


def test_who_stands_here_outlasts_a_reload(page, signed_in, kitchen):
    page.goto(f"{FIND}{Customer.objects.get(name='Sunita Rao').uid}/")
    expect(page.get_by_role("radio", name="Sunita Rao")).to_be_checked()
    expect(page.get_by_text(ASK)).to_be_hidden()
    page.get_by_role("radio", name="Anu").check()
    expect(page.get_by_text(ASK)).to_be_visible()
    page.reload()
    expect(page.get_by_role("radio", name="Anu")).to_be_checked()


def test_household_is_made_and_ended_in_the_card(page, signed_in, shop, complaints):
    page.goto(f"{FIND}{Customer.objects.get(name='Sunita Rao').uid}/")
    page.get_by_text("Shares a kitchen with").click()
    panel = page.locator("#household")
    panel.locator("#household-q").click()
    page.keyboard.type("Vijay")
    panel.get_by_text("New: Vijay").click()
    panel.locator("[name=ask_first]").fill(ASK)
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel).to_contain_text("Sunita Rao’s kitchen")
    expect(page.locator("#who-stands")).to_contain_text("Vijay")
    expect(page.locator("#household-link")).to_contain_text("Sunita Rao’s kitchen")

    panel.get_by_role("link", name="Change").last.click()
    panel.get_by_role("button", name="Remove from this household").click()
    expect(panel.get_by_role("status")).to_contain_text("Removed: Vijay")
    expect(page.locator("#who-stands")).not_to_contain_text("Vijay")
    panel.get_by_role("button", name="Put back").click()
    expect(page.locator("#who-stands")).to_contain_text("Vijay")
    assert Household.objects.get().ended_at is None
    assert complaints == []


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_child_collects_without_script(page, signed_in, kitchen):
    page.goto(f"{FIND}{Customer.objects.get(name='Anu').uid}/")
    page.get_by_role("link", name="For Sunita Rao").click()
    expect(page.get_by_role("radio", name="Anu")).to_be_checked()
    expect(page.get_by_text(ASK)).to_be_visible()
    page.locator("#done").click()
    assert Visit.objects.filter(at__lte=timezone.now()).latest("pk").collected_by.name == "Anu"
