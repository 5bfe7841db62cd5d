import datetime as dt

import pytest

from crm.counter import problem_wording
from customers.promises.models import ProblemEdit
from tests.factories.promises import ProblemFactory

TODAY = dt.date(2026, 11, 25)  # a Wednesday


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (TODAY, "today"),
        (dt.date(2026, 11, 24), "yesterday"),
        (dt.date(2026, 11, 19), "Thursday"),
        (dt.date(2026, 11, 18), "18 Nov"),
        (dt.date(2026, 11, 26), "26 Nov"),
        (dt.date(2025, 12, 31), "31 Dec 2025"),
    ],
)
def test_day_said_by_how_long_ago_it_is(day, said):
    assert problem_wording.day_said(day, TODAY) == said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Onion of today: soft"),
        ({"text": "half of them"}, "Onion of today: soft, half of them"),
        ({"what": "other", "text": "the bag tore"}, "Onion of today: the bag tore"),
        ({"what": "late", "product": None}, "Today: late"),
    ],
)
def test_wrong_tells_what_of_what(more, said):
    problem = ProblemFactory.build(**{"product__name": "Onion", "happened_on": TODAY, **more})
    assert problem_wording.wrong(problem, TODAY) == said


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"took_back": "x"}, "one step undone"),
        ({"is_undone": True}, "noted by mistake"),
        ({"answer": "not-right", "remedy": ""}, "asked: not yet"),
        ({"remedy": "replaced"}, "replaced"),
        ({"remedy": ""}, "nothing done yet"),
        ({"is_hard": True}, "hard"),
        ({"is_hard": False}, "easy"),
        ({"owner": None, "due_on": None}, "who looks after it, and by when"),
    ],
)
def test_step_said(after, said):
    assert problem_wording.step_said(ProblemEdit(before={}, after=after)) == said
