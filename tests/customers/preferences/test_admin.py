import pytest
from django.contrib.admin.models import LogEntry

from customers.preferences.models import Preference
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.vendors import ProductFactory

pytestmark = pytest.mark.django_db
PREFERENCES = "/admin/preferences/preference/"


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def banana(vendor):
    return ProductFactory(vendor=vendor, name="Banana")


def errors_of(page):
    assert page.status_code == 200
    return {name: list(errors) for name, errors in page.context["adminform"].form.errors.items()}


def test_preference_is_added_as_told_by_the_owner(boss, owner, sunita, banana):
    sent = {"customer": sunita.pk, "kind": "manner", "product": banana.pk, "text": "half ripe"}
    boss.post(f"{PREFERENCES}add/", sent)
    kept = Preference.objects.get()
    assert (kept.customer, kept.product, kept.kind, kept.text) == (sunita, banana, "manner", "half ripe")
    assert (kept.vendor, kept.by, kept.basis, kept.consent_at) == (sunita.vendor, owner, "told", None)


def test_allergy_is_kept_with_a_yes(boss, sunita):
    sent = {"customer": sunita.pk, "kind": "allergy", "text": "peanuts"}
    page = boss.post(f"{PREFERENCES}add/", sent)
    assert errors_of(page) == {"__all__": ["An allergy is kept only with the person's yes. Ask, then tick it."]}
    boss.post(f"{PREFERENCES}add/", {**sent, "consent": "on"})
    assert Preference.objects.get().consent_at is not None


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"kind": "likes"}, {"__all__": ["Choose a product or write it in words."]}),
        ({"kind": "manner", "text": "small"}, {"__all__": ["Choose the product that they like so."]}),
        ({"kind": "", "text": "small"}, {"kind": ["This field is required."]}),
    ],
)
def test_preference_says_what_is_missing(boss, sunita, said, error):
    assert errors_of(boss.post(f"{PREFERENCES}add/", {"customer": sunita.pk, **said})) == error


def test_wish_of_a_product_needs_words(boss, sunita, banana):
    page = boss.post(f"{PREFERENCES}add/", {"customer": sunita.pk, "kind": "wish", "product": banana.pk})
    assert errors_of(page) == {"__all__": ["Write it in words: small, half ripe."]}


@pytest.mark.parametrize("text", ["x" * 10_000, "a\0b"])
def test_preference_refuses_words_that_cannot_be_kept(boss, sunita, text):
    page = boss.post(f"{PREFERENCES}add/", {"customer": sunita.pk, "kind": "wish", "text": text})
    assert list(errors_of(page)) == ["text"]


def test_manner_is_as_short_as_on_a_visit(boss, sunita, banana):
    sent = {"customer": sunita.pk, "kind": "manner", "product": banana.pk, "text": "x" * 61}
    assert list(errors_of(boss.post(f"{PREFERENCES}add/", sent))) == ["text"]


def test_same_preference_twice_is_told(boss, sunita, banana):
    PreferenceFactory(customer=sunita, kind="likes", product=banana)
    PreferenceFactory(customer=sunita, kind="wish", product=None, text="small bag")
    said = {"customer": sunita.pk, "kind": "likes", "product": banana.pk}
    assert errors_of(boss.post(f"{PREFERENCES}add/", said)) == {"__all__": ["This is remembered already."]}
    said = {"customer": sunita.pk, "kind": "wish", "text": "small bag"}
    assert errors_of(boss.post(f"{PREFERENCES}add/", said)) == {"__all__": ["This is remembered already."]}


def test_likes_what_must_never_be_given_is_refused(boss, sunita, banana):
    never = PreferenceFactory(customer=sunita, kind="avoids", product=banana)
    page = boss.post(f"{PREFERENCES}add/", {"customer": sunita.pk, "kind": "likes", "product": banana.pk})
    assert errors_of(page) == {"kind": ["They must never be given this. Take that back first."]}
    boss.post(f"{PREFERENCES}{never.pk}/change/", {"kind": "likes", "product": banana.pk})
    assert Preference.objects.standing().get().kind == "likes"


@pytest.mark.parametrize("field", ["customer", "product"])
def test_parent_of_another_shop_is_refused(boss, sunita, banana, field):
    stranger = CustomerFactory(name="Zanzibar") if field == "customer" else ProductFactory(name="Zanzibar")
    sent = {"customer": sunita.pk, "kind": "likes", "product": banana.pk, field: stranger.pk}
    page = boss.post(f"{PREFERENCES}add/", sent)
    assert list(errors_of(page)) == [field]
    assert "Zanzibar" not in page.content.decode()


@pytest.mark.parametrize("number", ["x", "0", "9" * 30, "\0"])
def test_parent_that_is_none_is_refused(boss, sunita, banana, number):
    page = boss.post(f"{PREFERENCES}add/", {"customer": number, "kind": "likes", "product": banana.pk})
    assert list(errors_of(page)) == ["customer"]


def test_change_adds_a_row_and_takes_the_old_one_back(boss, owner, helper, sunita, banana):
    seen = {"basis": "seen", "seen": 5, "seen_of": 6}
    old = PreferenceFactory(customer=sunita, kind="manner", product=banana, text="half ripe", by=helper, **seen)
    boss.post(f"{PREFERENCES}{old.pk}/change/", {"kind": "manner", "product": banana.pk, "text": "green"})
    old.refresh_from_db()
    new = Preference.objects.standing().get()
    assert (old.text, old.by, old.removed_by) == ("half ripe", helper, owner)
    assert (new.text, new.by, new.basis, new.seen) == ("green", owner, "told", None)


def test_change_without_a_difference_changes_nothing(boss, sunita, banana):
    old = PreferenceFactory(customer=sunita, kind="likes", product=banana)
    boss.post(f"{PREFERENCES}{old.pk}/change/", {"kind": "likes", "product": banana.pk})
    assert list(Preference.objects.standing()) == [old]


def test_change_does_not_move_it_to_another_person(boss, sunita, banana):
    old = PreferenceFactory(customer=sunita, kind="likes", product=banana)
    other = CustomerFactory(vendor=sunita.vendor)
    boss.post(f"{PREFERENCES}{old.pk}/change/", {"customer": other.pk, "kind": "dislikes", "product": banana.pk})
    new = Preference.objects.standing().get()
    assert (new.customer, new.kind) == (sunita, "dislikes")


def test_what_was_taken_back_is_only_read(boss, sunita, banana):
    old = PreferenceFactory(customer=sunita, product=banana)
    boss.post(PREFERENCES, {"action": "take_back", "_selected_action": old.pk})
    path = f"{PREFERENCES}{old.pk}/change/"
    assert boss.get(path).status_code == 200
    assert boss.post(path, {"kind": "likes", "product": banana.pk}).status_code == 403


def test_take_back_keeps_who_did_it_and_does_it_once(boss, owner, sunita):
    old = PreferenceFactory(customer=sunita)
    sent = {"action": "take_back", "_selected_action": old.pk}
    assert "1 preference was taken back." in boss.post(PREFERENCES, sent, follow=True).content.decode()
    assert "0 preferences were taken back." in boss.post(PREFERENCES, sent, follow=True).content.decode()
    old.refresh_from_db()
    assert (old.removed_by, old.removed_at is None) == (owner, False)


def test_take_back_does_not_reach_another_shop(boss, sunita):
    stranger = PreferenceFactory()
    boss.post(PREFERENCES, {"action": "take_back", "_selected_action": [stranger.pk, PreferenceFactory().pk]})
    assert Preference.objects.standing().filter(pk=stranger.pk).exists()


@pytest.mark.parametrize(("asked", "found"), [("yes", ["now"]), ("no", ["then"]), ("x", ["now", "then"])])
def test_list_is_narrowed_to_what_holds(boss, sunita, asked, found):
    PreferenceFactory(customer=sunita, text="now")
    gone = PreferenceFactory(customer=sunita, text="then")
    boss.post(PREFERENCES, {"action": "take_back", "_selected_action": gone.pk})
    listed = boss.get(PREFERENCES, {"holds": asked}).context["cl"].result_list
    assert sorted(preference.text for preference in listed) == found


def test_list_says_how_it_is_known(boss, sunita):
    PreferenceFactory(customer=sunita, basis="seen", seen=5, seen_of=6)
    PreferenceFactory(customer=sunita)
    text = boss.get(PREFERENCES).content.decode()
    assert "seen, 5 of 6 visits" in text
    assert 'field-how_known">told<' in text


def test_search_finds_by_the_customer(boss, sunita):
    wanted = PreferenceFactory(customer=sunita)
    PreferenceFactory(customer=CustomerFactory(vendor=sunita.vendor, name="Ahmed"))
    assert list(boss.get(PREFERENCES, {"q": "suneeta"}).context["cl"].result_list) == [wanted]


def test_log_says_nothing_of_a_person(boss, sunita):
    boss.post(f"{PREFERENCES}add/", {"customer": sunita.pk, "kind": "wish", "text": "small bag"})
    assert Preference.objects.exists()
    assert not LogEntry.objects.exists()
