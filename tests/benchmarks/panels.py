"""The parts of a page that it asks for by itself as soon as it is there: no benchmark needs to know their names."""

from html.parser import HTMLParser


def panels(page: bytes) -> dict[str, str]:
    """The addresses of the parts, by their ids."""
    reader = _Reader()
    reader.feed(page.decode())
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if said.get("hx-get") and (said.get("hx-trigger") or "").split()[:1] == ["load"]:
            self.found[said.get("id") or said["hx-get"]] = said["hx-get"]
