import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.templatetags.static import static

from crm.settings import BASE_DIR

SCRIPTS = sorted(file.name for file in (BASE_DIR / "crm/static/crm").glob("*.js"))


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "crm.static_files.StaticFiles"}}
    for _time in range(2):  # as at each start
        call_command("collectstatic", interactive=False, verbosity=0, ignore=["admin"])
    return settings.STATIC_ROOT


def test_scripts_are_served_smaller_and_still_are_scripts(collected, page):
    for name in SCRIPTS:
        served = collected / static(f"crm/{name}").removeprefix("/static/")
        packed = served.with_name(f"{served.name}.br")
        written = finders.find(f"crm/{name}")
        with open(written) as file:
            assert packed.stat().st_size < len(served.read_text()) < len(file.read())
        page.evaluate("script => { new Function(script) }", served.read_text())


def test_scripts_of_others_are_served_as_they_are(collected):
    htmx = "django_htmx/htmx-2.min.js"
    with open(finders.find(htmx), "rb") as file:
        assert (collected / static(htmx).removeprefix("/static/")).read_bytes() == file.read()
