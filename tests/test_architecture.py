"""The house keeps its order: who may import whom (design, section 3), read from the source with `ast`."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = [
    {"crm.lib"},
    {"vendors"},
    {"vendors.opening"},
    {"customers"},
    {"customers.visits"},
    {"customers.preferences"},
    {"customers.promises"},
    {"customers.planning"},
    {
        "crm.counter",
        "crm.review",
        "crm.templatetags",
        # An admin module is a page, which may show what other layers know of its rows.
        *("vendors.admin", "customers.admin", "customers.visits.admin", "customers.preferences.admin"),
        *("customers.promises.admin", "customers.planning.admin"),
    },
    {"crm"},  # urls, settings, commands, the demo shop: put together from all the others
]
"""Each may import itself and what stands before it. A longer name is taken out of the shorter one's layer."""
OURS = {layer.split(".")[0] for names in LAYERS for layer in names}
SAY_NOTHING = {"utils", "util", "helpers", "helper", "services", "service", "common", "misc"}


def height(module):
    """Where `module` (a dotted name, perhaps with the name of a thing in it) stands in `LAYERS`."""
    heights = {name: height for height, names in enumerate(LAYERS) for name in names}
    parts = module.split(".")
    return next(heights[name] for end in range(len(parts), 0, -1) if (name := ".".join(parts[:end])) in heights)


def sources(root):
    """The modules of our packages under `root`: dotted name and path of each."""
    for package in sorted(OURS):
        for path in sorted((root / package).rglob("*.py")):
            yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path


def imports(path):
    """All that `path` imports, wherever in the file it does: a dotted name each, "." in front if it is relative."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (f"{node.module}." if node.module else "")
            yield from (source + alias.name for alias in node.names)


def faults(root):
    """What stands against the order of the house, each in a line."""
    found = []
    for module, path in sources(root):
        if SAY_NOTHING & set(module.split(".")):
            found.append(f"{module}: named after nothing")
        for imported in imports(path):
            if imported.startswith("."):
                found.append(f"{module} -> {imported}: relative")
            elif imported.split(".")[0] == "tests":
                found.append(f"{module} -> {imported}: a test")
            elif imported.split(".")[0] in OURS and height(imported) > height(module):
                found.append(f"{module} -> {imported}: above it")
    return found


def test_imports_point_one_way():
    assert faults(ROOT) == []


def test_every_package_with_source_is_looked_at():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages == OURS
    modules = {module for module, _path in sources(ROOT)}
    assert {"crm", "crm.lib.sounds", "crm.counter.serving", "vendors.access", "customers.visits.recording"} <= modules


@pytest.fixture
def house(tmp_path):
    """A made-up tree: writes a file of it."""

    def write(path, source):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("crm/lib/x.py", "from vendors.models import Vendor", "crm.lib.x -> vendors.models.Vendor: above it"),
        ("crm/lib/x.py", "import crm.settings", "crm.lib.x -> crm.settings: above it"),
        ("vendors/x.py", "from customers import models", "vendors.x -> customers.models: above it"),
        ("vendors/x.py", "from crm import home", "vendors.x -> crm.home: above it"),
        ("vendors/x.py", "from vendors import admin", "vendors.x -> vendors.admin: above it"),
        ("vendors/admin.py", "from crm import home", "vendors.admin -> crm.home: above it"),
        (
            "vendors/administration.py",
            "from customers import models",
            "vendors.administration -> customers.models: above it",
        ),
        ("vendors/x.py", "def f():\n    import customers", "vendors.x -> customers: above it"),
        ("vendors/__init__.py", "import customers.models", "vendors -> customers.models: above it"),
        (
            "customers/x.py",
            "if TYPE_CHECKING:\n    from customers import visits",
            "customers.x -> customers.visits: above it",
        ),
        (
            "customers/visits/x.py",
            "from customers.preferences.models import Preference as P",
            "customers.visits.x -> customers.preferences.models.Preference: above it",
        ),
        (
            "customers/preferences/migrations/0001_initial.py",
            "import customers.promises",
            "customers.preferences.migrations.0001_initial -> customers.promises: above it",
        ),
        ("customers/promises/x.py", "import crm.counter", "customers.promises.x -> crm.counter: above it"),
        ("crm/counter/x.py", "from crm.urls import urlpatterns", "crm.counter.x -> crm.urls.urlpatterns: above it"),
        ("crm/templatetags/x.py", "import crm.demo", "crm.templatetags.x -> crm.demo: above it"),
        ("vendors/x.py", "from vendors.opening import times", "vendors.x -> vendors.opening.times: above it"),
        ("vendors/x.py", "from . import models", "vendors.x -> .models: relative"),
        ("vendors/x.py", "from .models import Vendor", "vendors.x -> .models.Vendor: relative"),
        ("crm/x.py", "from tests.factories import vendors", "crm.x -> tests.factories.vendors: a test"),
        ("crm/lib/helpers.py", "", "crm.lib.helpers: named after nothing"),
        ("customers/services/billing.py", "", "customers.services.billing: named after nothing"),
    ],
)
def test_fault_is_found(house, path, source, fault):
    assert faults(house(path, source)) == [fault]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("crm/lib/x.py", "import re, django.db\nfrom crm.lib import sounds"),
        (
            "vendors/x.py",
            "from crm.lib import environment\nfrom vendors.models import Vendor\nimport vendors_of_others",
        ),
        ("customers/x.py", "import vendors, customers.models"),
        ("customers/visits/x.py", "from customers import phones\nfrom customers.visits import models"),
        ("crm/counter/x.py", "from customers.promises import models\nfrom crm.templatetags import amounts"),
        ("crm/templatetags/x.py", "from crm.counter import tiles"),
        ("vendors/admin.py", "from customers.preferences import merging"),
        ("customers/visits/admin.py", "from customers.admin import meeting"),
        ("crm/management/commands/x.py", "import crm.demo, crm.counter.urls, customers.preferences.usual"),
    ],
)
def test_lawful_import_is_no_fault(house, path, source):
    assert faults(house(path, source)) == []
