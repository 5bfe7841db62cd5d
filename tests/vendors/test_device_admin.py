import datetime as dt
import re

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from tests.factories.vendors import DeviceFactory, OwnerFactory, PairingFactory, VendorFactory
from vendors import pairing, pins
from vendors.models import Device, Pairing

pytestmark = pytest.mark.django_db

TABLETS = "/admin/vendors/device/"
PAIR = f"{TABLETS}pair/"


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


@pytest.fixture
def wifi(settings, monkeypatch):
    """The machine has an address in the shop's wifi, and is reached by it."""
    settings.ALLOWED_HOSTS = ["*", "192.168.1.20"]
    monkeypatch.setattr("crm.lib.network.addresses", lambda: ["192.168.1.20"])


def text(answer):
    return answer.content.decode()


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def rows(page):
    """The cells of the list as a person reads them."""
    found = re.findall(r"<tr>(.*?)</tr>", text(page).split("<tbody>")[1], re.DOTALL)
    cells = [re.findall(r"<t[dh] [^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in found]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]


# --- the list


def test_list_says_of_each_tablet_who_paired_it_and_what_it_told_last(boss, vendor, owner):
    vendor.time_zone = "UTC"
    vendor.save()
    nine = dt.datetime(2026, 11, 26, 9, tzinfo=dt.UTC)
    DeviceFactory(vendor=vendor, name="Counter", paired_at=nine, paired_by=owner, seen_at=nine + dt.timedelta(hours=1))
    waiting = {"unsent": 3, "unsent_since": nine + dt.timedelta(minutes=30)}
    DeviceFactory(vendor=vendor, name="Door", paired_at=nine, **waiting)
    assert rows(boss.get(TABLETS)) == [
        ["Counter", "Unpair", "Nov. 26, 2026, 10 a.m.", "all sent", "-", "Nov. 26, 2026, 9 a.m.", "Asha"],
        ["Door", "Unpair", "-", "3, since Nov. 26, 2026, 9:30 a.m.", "-", "Nov. 26, 2026, 9 a.m.", "-"],
    ]


def test_tablet_that_told_no_time_is_listed_with_its_number(boss, vendor):
    DeviceFactory(vendor=vendor, unsent=3)
    assert rows(boss.get(TABLETS))[0][3] == "3"


def test_unpaired_tablets_stay_listed_behind_a_filter(boss, vendor, owner):
    DeviceFactory(vendor=vendor, name="Counter")
    pairing.revoke(DeviceFactory(vendor=vendor, name="Door"), owner)
    pairing.revoke(DeviceFactory(vendor=vendor, name="Van"), None)
    assert [row[0] for row in rows(boss.get(TABLETS))] == ["Counter"]
    door, van = rows(boss.get(TABLETS, {"paired": "no"}))
    assert (door[0], door[1][-9:]) == ("Door", ", by Asha")
    assert (van[0], "by" in van[1]) == ("Van", False)
    filters = re.findall(r'<li( class="selected")?>\s*<a href="([^"]*)">([^<]*)', text(boss.get(TABLETS)))
    assert filters == [(' class="selected"', "?", "Paired"), ("", "?paired=no", "Unpaired")]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number_of_tablets(boss, vendor, owner, count, django_assert_num_queries):
    for _time in range(count):
        DeviceFactory(vendor=vendor, paired_by=owner)
    with django_assert_num_queries(5):
        boss.get(TABLETS)


def test_tablet_gets_another_name(boss, paired):
    boss.post(f"{TABLETS}{paired.pk}/change/", {"name": "Van"})
    paired.refresh_from_db()
    assert paired.name == "Van"


def test_tablet_is_added_by_its_code_alone(boss):
    assert boss.post(f"{TABLETS}add/", {"name": "Door"}).status_code == 403
    assert not Device.objects.exists()


# --- unpairing


def test_tablet_is_unpaired_in_one_tap(boss, owner, paired, tablet):
    answer = boss.post(f"{TABLETS}{paired.pk}/unpair/")
    assert answer.url == TABLETS
    assert said(answer) == ["Counter is unpaired: from now on it opens nothing of the shop."]
    paired.refresh_from_db()
    assert paired.revoked_by == owner
    assert "not paired any more" in text(tablet.get("/green-corner/counter/"))


def test_button_of_the_list_unpairs(boss, paired):
    page = text(boss.get(TABLETS))
    assert f'<button class="unpair" formaction="{TABLETS}{paired.pk}/unpair/" aria-label="Unpair Counter">' in page
    form = page[page.index('<form id="changelist-form"') : page.index("Unpair Counter")]
    assert 'method="post"' in form
    assert "csrfmiddlewaretoken" in form


@pytest.mark.parametrize(
    ("unsent", "says"),
    [
        (1, "1 tap on Counter is not sent yet: it stays on the tablet and is sent when it is paired again."),
        (3, "3 taps on Counter are not sent yet: they stay on the tablet and are sent when it is paired again."),
    ],
)
def test_tablet_on_which_something_waits_is_unpaired_after_asking(boss, paired, unsent, says):
    Device.objects.update(unsent=unsent)
    address = f"{TABLETS}{paired.pk}/unpair/"
    assert says in text(boss.post(address))
    assert Device.objects.paired().exists()
    boss.post(address, {"confirmed": "yes"})
    assert not Device.objects.paired().exists()


def test_looking_unpairs_nothing(boss, paired):
    assert boss.get(f"{TABLETS}{paired.pk}/unpair/").status_code == 405


def test_superuser_unpairs_as_nobody_of_the_shop(admin_client, paired):
    admin_client.post(f"{TABLETS}{paired.pk}/unpair/")
    paired.refresh_from_db()
    assert paired.revoked_at is not None
    assert paired.revoked_by is None


def test_tablet_that_wrong_pins_locked_is_unlocked(boss, paired):
    Device.objects.update(pin_tries=pins.MOST_TRIES)
    address = f"{TABLETS}{paired.pk}/unlock/"
    assert f'formaction="{address}"' in text(boss.get(TABLETS))
    boss.post(address)
    paired.refresh_from_db()
    assert paired.pin_tries == 0


# --- pairing


def test_code_is_made_for_a_named_tablet_and_shown_with_its_address(boss, owner, vendor):
    answer = boss.post(PAIR, {"name": "Door"})
    made = Pairing.objects.get()
    assert (made.vendor, made.device_name, made.made_by) == (vendor, "Door", owner)
    page = boss.get(answer.url)
    code = page.context["code"]
    assert pairing.is_code_of(made, code)
    for shown in (f'<p class="code">{code}</p>', "/green-corner/pair/</p>", 'class="scan"'):
        assert shown in text(page)
    assert "style=" not in text(page).split('id="content"')[1].split("</svg>")[0]


def test_code_page_says_until_when_it_is_good_by_the_clock_of_the_shop(boss, vendor):
    vendor.time_zone = "Asia/Kolkata"
    vendor.save()
    answer = boss.post(PAIR, {"name": "Door"})
    Pairing.objects.update(ends_at=dt.datetime(2100, 1, 1, 9, 15, tzinfo=dt.UTC))
    assert "The code is good until 2:45 p.m." in text(boss.get(answer.url))


def test_qr_code_leads_to_the_page_with_the_code(boss, monkeypatch, wifi):
    drawn = []
    monkeypatch.setattr("crm.lib.qr.svg", lambda told: drawn.append(told) or "")
    page = boss.get(boss.post(PAIR, {"name": "Door"}).url, HTTP_HOST="127.0.0.1:8443", secure=True)
    assert drawn == [f"https://192.168.1.20:8443/green-corner/pair/?code={page.context['code']}"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "Do\0or"])
def test_tablet_needs_a_name_that_can_be_kept(boss, name):
    page = boss.post(PAIR, {"name": name})
    assert list(page.context["form"].errors) == ["name"]
    assert not Pairing.objects.exists()


def test_reloaded_page_says_that_it_is_paired(boss):
    address = boss.post(PAIR, {"name": "Door"}).url
    code = pairing.read_code(boss.get(address).context["code"])
    pairing.pair(shop="green-corner", code=code)
    page = text(boss.get(address))
    assert "Door is paired." in page
    assert 'class="scan"' not in page


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        ({"ends_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "This code is too old"),
        ({"wrong": pairing.MOST_WRONG}, "Wrong codes were typed too often"),
    ],
)
def test_code_that_is_good_no_more_says_why_and_offers_a_new_one(boss, gone, says):
    address = boss.post(PAIR, {"name": "Door"}).url
    Pairing.objects.update(**gone)
    page = text(boss.get(address))
    assert says in page
    assert 'name="name" value="Door"' in page
    assert 'class="scan"' not in page


def test_code_is_not_shown_by_the_number_of_its_pairing(boss, vendor):
    made = PairingFactory(vendor=vendor)
    for code in ("", "0000-0000", "\0"):
        page = text(boss.get(f"{PAIR}{made.pk}/", {"code": code}))
        assert "A code is shown once" in page
        assert 'class="scan"' not in page


def test_code_of_another_shop_is_not_there(boss):
    made = PairingFactory()
    assert boss.get(f"{PAIR}{made.pk}/").status_code == 404


def test_owner_of_two_shops_chooses_one_first(boss, owner, vendor):
    other = OwnerFactory(user=owner.user, vendor=VendorFactory(name="Blue Corner")).vendor
    assert "Blue Corner" in text(boss.get(PAIR))
    boss.post(f"{PAIR}?vendor={other.pk}", {"name": "Door"})
    assert Pairing.objects.get().vendor == other


def test_code_page_warns_of_plain_http(boss, wifi):
    address = boss.post(PAIR, {"name": "Door"}).url
    assert "over which no tablet can be paired" in text(boss.get(address, HTTP_HOST="192.168.1.20"))
    assert "over which no tablet can be paired" not in text(boss.get(address, HTTP_HOST="192.168.1.20", secure=True))


def test_code_page_warns_of_an_address_that_no_tablet_reaches(boss, settings, monkeypatch):
    monkeypatch.setattr("crm.lib.network.addresses", lambda: ["192.168.1.20"])
    address = boss.post(PAIR, {"name": "Door"}).url
    page = boss.get(address, HTTP_HOST="localhost")
    assert "works on this computer alone" in text(page)
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "192.168.1.20"]
    assert "works on this computer alone" not in text(boss.get(address, HTTP_HOST="localhost"))


def test_nobody_but_owners_makes_a_code(counter):
    assert counter.post(PAIR, {"name": "Door"}).status_code == 403
    assert not Pairing.objects.exists()


def test_code_is_not_shown_at_once_to_who_made_it_elsewhere(boss, vendor):
    """Each code has its own address, so that reloading makes no second one."""
    first, second = (boss.post(PAIR, {"name": "Door"}).url for _time in range(2))
    assert first.split("?")[0] != second.split("?")[0]
    assert Pairing.objects.filter(ends_at__gt=timezone.now()).count() == 2
