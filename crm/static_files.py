"""How the files of the pages are kept: under names that change with them, compressed, and scripts without comments."""

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage, which is given our own scripts without their comments and white space."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[tuple]:
        if not dry_run:
            paths |= {name: (self, name) for name in paths if self._made_small(name)}
        yield from super().post_process(paths, dry_run, **options)

    def _made_small(self, name: str) -> bool:
        """Whether it is a script of ours; the file that was collected is then smaller."""
        if not (name.startswith("crm/") and name.endswith(".js")):
            return False
        with self.open(name) as file:
            script = file.read().decode()
        self.delete(name)
        self._save(name, ContentFile(jsmin(script).encode()))
        return True
