"""What was promised, and whether it holds."""

Budget = tuple[str, bool]
"""A name, and whether it was met."""


def at_most(name: str, value: float, limit: float, unit: str = "") -> Budget:
    """Print one budget whose `value` may reach `limit`; the text is for people, so three digits do."""
    return said(name, f"{value:.3g}{unit}", f"limit {limit:g}{unit}", met=value <= limit)


def said(name: str, value: str, limit: str, *, met: bool) -> Budget:
    """Print one budget in the form that all have."""
    print(f"budget {name}: {value} ({limit}) {'met' if met else 'missed'}", flush=True)
    return name, met
