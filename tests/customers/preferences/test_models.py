import pytest
from django.db import IntegrityError, transaction

from tests.factories.preferences import PreferenceFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("seen", "seen_of"), [(None, None), (3, None), (None, 6), (0, 6), (7, 6)])
def test_what_was_seen_says_how_often(seen, seen_of):
    with pytest.raises(IntegrityError, match=r"seen_n_of_m"), transaction.atomic():
        PreferenceFactory(basis="seen", seen=seen, seen_of=seen_of)


def test_what_was_seen_in_every_visit_is_kept():
    assert PreferenceFactory(basis="seen", seen=6, seen_of=6).seen == 6


def test_an_allergy_is_not_kept_without_a_yes():
    with pytest.raises(IntegrityError, match=r"allergy_with_consent"), transaction.atomic():
        PreferenceFactory(kind="allergy", consent_at=None)
