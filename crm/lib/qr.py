"""QR codes: a tablet's camera reads what nobody then has to type."""

import io

import segno
from django.utils.safestring import SafeString, mark_safe

LIGHT_ON_DARK, AS_BEFORE = "\033[97;40m", "\033[0m"
"""What a terminal understands as colours, or a code would be inside out where letters are dark on light."""


def svg(text: str) -> SafeString:
    """`text` as a picture to put into a page; dark on light on a dark page too, or not every camera reads it."""
    drawn = segno.make(text, micro=False).svg_inline(scale=6, light="#fff", svgclass="qr", lineclass=None)
    return mark_safe(drawn)  # noqa: S308 - squares: the text itself is not in it


def for_terminal(text: str) -> str:
    drawn = io.StringIO()
    segno.make(text, micro=False).terminal(drawn, compact=True)
    return "\n".join(f"{LIGHT_ON_DARK}{line}{AS_BEFORE}" for line in drawn.getvalue().splitlines())
