"""What became of a line of a visit, as `VisitLine.Outcome` writes it: what counts for which question."""

TAKEN = frozenset({"taken", "replaced"})
MISSING = "not-in-stock"
WANTED = TAKEN | {MISSING}
"""Asked for and not had tells as much of a taste as taken; only the quantity is learned from what was carried home."""
