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
    [
        *({"DEBUG": "maybe"}, {"HTTPS": "often"}, {"ALLOWED_HOSTS": ","}, {"SECRET_KEY": "short"}),
        *({"DATABASE_URL": "shop"}, {"REGULARS_FRONT_DOOR": "front"}),
    ],
)
def test_wrong_value_stops_every_command_with_one_sentence(wrong, tmp_path):
    result = manage("start", **{"REGULARS_DATA": str(tmp_path), **wrong})
    [name] = wrong
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"Regulars cannot start: {name} ")
    assert len(result.stderr.splitlines()) == 1


def shown(expression, folder, **environment):
    """What `expression` is with these variables and no others of ours."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DEBUG", "HTTPS")}
    run = subprocess.run(
        [sys.executable, "-c", f"from crm import settings; print({expression})"],
        cwd=ROOT,
        env={**kept, "REGULARS_DATA": str(folder), **environment},
        capture_output=True,
        check=True,
    )
    return run.stdout.decode().strip()


@pytest.mark.parametrize(("debug", "expected"), [({}, "False"), ({"DEBUG": "on"}, "True")])
def test_debug_is_off_unless_asked_for(debug, expected, tmp_path):
    assert shown("settings.DEBUG", tmp_path, **debug) == expected


ABOUT_HTTPS = (
    "settings.SECURE_SSL_REDIRECT, getattr(settings, 'SECURE_HSTS_SECONDS', 0), "
    "getattr(settings, 'SECURE_PROXY_SSL_HEADER', None), getattr(settings, 'CSRF_COOKIE_NAME', None)"
)


def test_plain_http_leaves_no_trace_of_https(tmp_path):
    assert shown(ABOUT_HTTPS, tmp_path) == "False 0 None None"


def test_https_of_a_server_in_front_is_believed_and_stays(tmp_path):
    believed = "('HTTP_X_FORWARDED_PROTO', 'https')"
    assert shown(ABOUT_HTTPS, tmp_path, HTTPS="on") == f"True 2592000 {believed} __Host-csrf"


def test_https_of_our_own_does_not_lock_anybody_out_of_plain_http(tmp_path):
    assert shown(ABOUT_HTTPS, tmp_path, HTTPS="on", REGULARS_FRONT_DOOR="8000") == "True 0 None __Host-csrf"
