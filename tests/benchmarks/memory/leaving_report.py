"""Prints what each rule for "quietly left" cries in vain, and how late it is right."""

from collections.abc import Sequence

from tests.benchmarks.memory.across import Setting
from tests.benchmarks.memory.dealing import CHOOSING
from tests.benchmarks.memory.gates import Gate, columns
from tests.benchmarks.memory.households import view
from tests.benchmarks.memory.leaving import Rule, Silence, counted, missed_by_gone, rules, silences
from tests.benchmarks.memory.plots import Chart, Series

SETTINGS = (Setting("greengrocer", "one"), Setting("all visits", "one"))
FALSE, MISSED = (6, 4), (4.7, 4.7)
OURS, FOLK = "Regulars", "median gap (3 times)"


def report(days: range, settings: Sequence[Setting] = SETTINGS) -> tuple[list[Gate], list[Chart]]:
    """Measure and print; the alarms of `days`, and beside them those from the first of the choosing days on."""
    gates: list[Gate] = []
    charts: list[Chart] = []
    longer = range(CHOOSING[0], days[-1] + 1)
    since = (f"from day {longer[0]} on", "missed", "by the same people")
    heads = ("", "false alarms / 100 months", "missed visits", *since)
    for name, _size in settings:
        known = {rule: list(silences(view(name), rule.signal, days)) for rule in rules(name) if not rule.for_plot}
        beside = {rule: list(silences(view(name), rule.signal, longer)) for rule in rules(name)}
        rows = [_row(rule, found, last) for (rule, found), last in zip(known.items(), beside.values(), strict=False)]
        print(f"\nQuietly left, {name}\n")
        print(columns([heads, *rows]), flush=True)
        gates += _gates(name, known)
        charts.append(_chart(name, beside))
    return gates, charts


def _row(rule: Rule, found: Sequence[Silence], beside: Sequence[Silence]) -> tuple[str, ...]:
    figures = [*counted(found, rule.limit), *counted(beside, rule.limit), missed_by_gone(beside, rule.limit)]
    return (rule.name, *(f"{figure.value:.2f} ±{(figure.high - figure.low) / 2:.2f}" for figure in figures))


def _gates(name: str, known: dict[Rule, list[Silence]]) -> list[Gate]:
    figures = {rule.name: counted(found, rule.limit) for rule, found in known.items()}
    (false, missed), (folk_false, folk_missed) = figures[OURS], figures[FOLK]
    return [
        Gate(f"false alarms per 100 months, {name}", false, *FALSE, f"{folk_false.value:.1f} (folk)", at_least=False),
        Gate(f"missed visits at an alarm, {name}", missed, *MISSED, f"{folk_missed.value:.1f} (folk)", at_least=False),
    ]


def _chart(name: str, known: dict[Rule, list[Silence]]) -> Chart:
    series = [
        Series(rule.name.partition(" (")[0], _curve(rule, found), dashed=not rule.for_plot, dotted=True)
        for rule, found in known.items()
        if rule.others
    ]
    return Chart(
        f"quietly-left-{name.replace(' ', '-')}",
        f"Quietly left, {name}: false alarms against visits missed",
        ("visits that those who left had missed by then", "false alarms per 100 customer-months"),
        ((0, 8), (0, 35)),
        series,
    )


def _curve(rule: Rule, found: Sequence[Silence]) -> list[tuple[float, float]]:
    return [(missed_by_gone(found, limit).value, counted(found, limit)[0].value) for limit in rule.others]
