from customers.visits import outcomes
from customers.visits.models import VisitLine


def test_outcomes_are_those_of_a_line():
    assert VisitLine.Outcome.values == [*sorted(outcomes.TAKEN, reverse=True), outcomes.MISSING, "refused"]
    assert {"taken", "replaced", "not-in-stock"} == outcomes.WANTED
