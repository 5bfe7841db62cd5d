import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from customers.importing import uid_of
from customers.visits.models import Visit
from tests.factories.customers import CustomerFactory

ROOT = Path(__file__).resolve().parents[5]
VISITS, LINES_EACH = 4_000, 5
ALL = """
    SELECT visit.uid, visit.at, visit.digest, customer.uid, line.position, product.name, line.quantity, line.unit
    FROM visits_visit visit
    JOIN visits_visitline line ON line.visit_id = visit.id
    JOIN customers_customer customer ON customer.id = visit.customer_id
    JOIN vendors_product product ON product.id = line.product_id
    ORDER BY visit.uid, line.position
"""
HALF_THERE = "SELECT visit_id FROM visits_visitline GROUP BY visit_id HAVING count(*) != ?"


def test_import_visits_command_loads_and_counts(vendor, tmp_path, capsys):
    CustomerFactory(vendor=vendor, uid=uid_of("customer", "17"))
    file = tmp_path / "visits.csv"
    file.write_text("bill;customer;date;item;qty;unit\nb1;17;2026-03-14;Onion;0,5;kg\nb1;17;2026-03-14;Lime;x;kg\n")

    call_command("import_visits", str(file), "--vendor", "green-corner", "--dry-run")
    assert not Visit.objects.exists()
    call_command("import_visits", str(file), "--vendor", "green-corner")

    bad = "Line 3, quantity: “x” is not a quantity. Write it like 2 or 0.5."
    counts = "Visits: 1 new, 0 same, 0 changed. Bad rows: 1. Lines: 1. New products: 1."
    assert capsys.readouterr().out.splitlines() == [
        bad,
        f"Nothing was written, this was a try. {counts}",
        bad,
        counts,
    ]
    assert Visit.objects.get().lines.get().product.name == "Onion"


def manage(data, *arguments):
    """The command line of manage.py in a process of its own, with `data` as its folder."""
    environment = {**os.environ, "REGULARS_DATA": str(data), "PYTHONPATH": str(ROOT)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def finish(process):
    out, _err = process.communicate(timeout=120)
    assert process.returncode == 0
    return out


def rows(data, sql, *values):
    with sqlite3.connect(data / "shop.sqlite3", timeout=20) as database:
        found = database.execute(sql, values).fetchall()
    database.close()
    return found


@pytest.fixture
def files(tmp_path):
    customers, visits = tmp_path / "customers.csv", tmp_path / "visits.csv"
    customers.write_text("key,name\n" + "".join(f"{key},Customer {key}\n" for key in range(50)))
    lines = [
        f"{visit},{visit % 50},2026-03-{visit % 28 + 1:02},Product {line},{line + 1},piece\n"
        for visit in range(VISITS)
        for line in range(LINES_EACH)
    ]
    visits.write_text("visit,customer,time,product,quantity,unit\n" + "".join(lines))
    return customers, visits


def kill_in_the_middle(data, visits, more_than):
    """Start the import, and kill it as soon as more than `more_than` visits are there; the number found afterwards."""
    process = manage(data, "import_visits", "--skip-checks", visits, "--vendor", "shop")
    while process.poll() is None and rows(data, "SELECT count(*) FROM visits_visit")[0][0] <= more_than:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return rows(data, "SELECT count(*) FROM visits_visit")[0][0]


def test_import_visits_command_killed_leaves_no_half_visit_and_is_finished_by_another_run(tmp_path, files):
    customers, visits = files
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    finish(manage(whole, "migrate", "--skip-checks", "-v0"))
    make_shop = "from vendors.models import Vendor; Vendor.objects.create(name='Shop', slug='shop')"
    finish(manage(whole, "shell", "-v0", "-c", make_shop))
    finish(manage(whole, "import_customers", "--skip-checks", customers, "--vendor", "shop"))
    shutil.copytree(whole, cut)
    finish(manage(whole, "import_visits", "--skip-checks", visits, "--vendor", "shop"))

    there = 0
    for _kill in range(3):
        before, there = there, kill_in_the_middle(cut, visits, more_than=there)
        assert before < there < VISITS
        assert rows(cut, HALF_THERE, LINES_EACH) == []

    out = finish(manage(cut, "import_visits", "--skip-checks", visits, "--vendor", "shop"))
    assert out.startswith(f"Visits: {VISITS - there} new, {there} same, 0 changed. Bad rows: 0.")
    assert rows(cut, ALL) == rows(whole, ALL)
    assert len(rows(cut, ALL)) == VISITS * LINES_EACH
