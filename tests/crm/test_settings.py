import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def manage(*words, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "wrong",
    [{"DEBUG": "maybe"}, {"HTTPS": "often"}, {"ALLOWED_HOSTS": ","}, {"SECRET_KEY": "short"}, {"DATABASE_URL": "shop"}],
)
def test_wrong_value_stops_every_command_with_one_sentence(wrong, tmp_path):
    result = manage("start", **{"REGULARS_DATA": str(tmp_path), **wrong})
    [name] = wrong
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"Regulars cannot start: {name} ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(("debug", "expected"), [({}, "False"), ({"DEBUG": "on"}, "True")])
def test_debug_is_off_unless_asked_for(debug, expected, tmp_path):
    show = "from crm import settings; print(settings.DEBUG)"
    kept = {name: value for name, value in os.environ.items() if name != "DEBUG"}
    environment = {**kept, **debug, "REGULARS_DATA": str(tmp_path)}
    shown = subprocess.run([sys.executable, "-c", show], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert shown.stdout.decode().strip() == expected
