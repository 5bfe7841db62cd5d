import datetime as dt
import os
import stat
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from crm import certificates
from crm.certificates import Certificate, CertificateError

NOW = dt.datetime(2026, 11, 26, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CALLED = ["localhost", "127.0.0.1", "::1", "shop-pc", "192.168.1.20", "shop-pc.local"]


def made_ready(folder, called=CALLED, *, now=NOW):
    """What is certified, and what was told."""
    told = []
    return certificates.make_ready(folder, called, now=now, tell=told.append), told


@pytest.fixture
def folder(tmp_path):
    made_ready(tmp_path / "tls")
    return tmp_path / "tls"


def authority(folder):
    return Certificate.read(folder / certificates.KEY_OF_THE_AUTHORITY)


def server(folder):
    return Certificate.read(folder / certificates.SERVER).public


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind).value


def is_trusted(certificate, folder, name, now=NOW):
    """Whether somebody who trusts the shop's authority takes `certificate` for that of `name`."""
    try:
        subject = x509.IPAddress(ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    trusted = Store([x509.load_pem_x509_certificate((folder / "regulars-ca.crt").read_bytes())])
    try:
        PolicyBuilder().store(trusted).time(now).build_server_verifier(subject).verify(certificate, [])
    except VerificationError:
        return False
    return True


def test_make_ready_says_what_it_made(tmp_path):
    certified, told = made_ready(tmp_path / "tls")
    assert certified == CALLED
    assert told == [
        f"Made the shop's own certificate authority, in {tmp_path}/tls: each tablet has to trust it once",
        "Made the certificate of this computer: localhost, 127.0.0.1, ::1, shop-pc, 192.168.1.20, shop-pc.local",
    ]


def test_make_ready_makes_nothing_anew_that_is_good(folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert made_ready(folder) == (CALLED, [])
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize("name", CALLED)
def test_certificate_is_good_for_all_that_the_machine_is_called(name, folder):
    assert is_trusted(server(folder), folder, name)


def test_certificate_is_good_for_nothing_else(folder):
    assert not is_trusted(server(folder), folder, "192.168.1.21")


def test_certificate_lasts_no_longer_than_browsers_take(folder):
    lasts = server(folder).not_valid_after_utc - server(folder).not_valid_before_utc
    assert lasts == 397 * DAY
    assert extension(server(folder), x509.ExtendedKeyUsage) == x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    assert extension(server(folder), x509.BasicConstraints) == x509.BasicConstraints(ca=False, path_length=None)


def test_authority_lasts_ten_years_and_signs_only_for_private_addresses(folder):
    public = authority(folder).public
    assert public.not_valid_after_utc - NOW == 3652 * DAY
    assert extension(public, x509.BasicConstraints) == x509.BasicConstraints(ca=True, path_length=0)
    constraints = public.extensions.get_extension_for_class(x509.NameConstraints)
    permitted = [subtree.value for subtree in constraints.value.permitted_subtrees]
    assert constraints.critical
    assert permitted[:3] == ["local", "localhost", "shop-pc"]
    assert permitted[3:] == [ip_network(network) for network in certificates.PRIVATE]


@pytest.mark.parametrize("name", ["bank.example", "203.0.113.9", "2001:db8::1"])
def test_stolen_key_cannot_play_a_site_of_the_internet(name, folder):
    stolen = certificates._sign(authority(folder), certificates._general_names([name]), now=NOW)
    assert not is_trusted(stolen.public, folder, name)


def test_address_of_the_internet_that_the_machine_has_at_first_is_permitted(tmp_path):
    certified, _told = made_ready(tmp_path, ["203.0.113.9", "localhost"])
    assert certified == ["203.0.113.9", "localhost"]
    assert is_trusted(server(tmp_path), tmp_path, "203.0.113.9")


def test_address_of_the_internet_that_comes_later_is_left_out(folder):
    certified, told = made_ready(folder, [*CALLED, "203.0.113.9", "shop.example"])
    assert (certified, told) == (CALLED, [])


def test_machine_of_which_nothing_can_be_certified_is_told_why(folder):
    with pytest.raises(CertificateError, match=r"cannot sign for shop\.example\. Leave out ALLOWED_HOSTS"):
        made_ready(folder, ["shop.example"])


def test_keys_are_read_by_their_owner_only(folder):
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {"authority.pem": 0o600, "regulars-ca.crt": 0o600, "server.pem": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_key_that_others_could_read_is_closed_again(folder):
    file = folder / certificates.KEY_OF_THE_AUTHORITY
    file.chmod(0o644)
    made_ready(folder)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_tablets_download_has_no_key(folder):
    assert b"PRIVATE KEY" not in (folder / "regulars-ca.crt").read_bytes()
    assert (folder / "regulars-ca.crt").read_bytes() == authority(folder).pem


def test_new_address_renews_the_certificate_and_not_the_authority(folder):
    before = authority(folder).pem
    certified, [told] = made_ready(folder, [*CALLED, "192.168.1.77"])
    assert certified[-1] == "192.168.1.77"
    assert told.startswith("Made the certificate of this computer:")
    assert is_trusted(server(folder), folder, "192.168.1.77")
    assert authority(folder).pem == before


def test_address_that_is_gone_renews_nothing(folder):
    assert made_ready(folder, CALLED[:-1]) == (CALLED[:-1], [])


@pytest.mark.parametrize(("days", "renewed"), [(365, 0), (367, 1), (500, 1)])
def test_certificate_is_renewed_in_its_last_thirty_days(days, renewed, folder):
    _certified, told = made_ready(folder, now=NOW + days * DAY)
    assert len(told) == renewed
    assert is_trusted(server(folder), folder, "192.168.1.20", now=NOW + days * DAY)


def test_certificate_ends_with_its_authority_at_the_latest_and_is_not_made_anew_every_day(folder):
    late = authority(folder).public.not_valid_after_utc - 10 * DAY
    assert len(made_ready(folder, now=late)[1]) == 1
    assert server(folder).not_valid_after_utc == authority(folder).public.not_valid_after_utc
    assert made_ready(folder, now=late + DAY) == (CALLED, [])


def test_certificate_of_a_clock_that_was_ahead_is_made_anew(folder):
    made_ready(folder, now=NOW + 900 * DAY)
    assert len(made_ready(folder)[1]) == 1
    assert is_trusted(server(folder), folder, "192.168.1.20")


@pytest.mark.parametrize("half", [0, 300])
def test_half_written_certificate_is_made_anew(half, folder):
    file = folder / certificates.SERVER
    file.write_bytes(file.read_bytes()[:half])
    assert len(made_ready(folder)[1]) == 1
    assert is_trusted(server(folder), folder, "192.168.1.20")


def test_certificate_of_another_authority_is_made_anew(folder, tmp_path):
    made_ready(tmp_path / "other")
    (folder / certificates.SERVER).write_bytes((tmp_path / "other" / certificates.SERVER).read_bytes())
    assert len(made_ready(folder)[1]) == 1


@pytest.mark.parametrize("half", [0, 500])
def test_damaged_authority_is_never_replaced_by_itself(half, folder):
    file = folder / certificates.KEY_OF_THE_AUTHORITY
    file.write_bytes(file.read_bytes()[:half])
    with pytest.raises(CertificateError, match=r"authority\.pem is damaged .* remove the folder"):
        made_ready(folder)
    assert len(file.read_bytes()) == half


def test_key_of_another_certificate_is_damage(folder, tmp_path):
    made_ready(tmp_path / "other")
    file, other = (place / certificates.KEY_OF_THE_AUTHORITY for place in (folder, tmp_path / "other"))
    begin = b"-----BEGIN PRIVATE"
    file.write_bytes(file.read_bytes().split(begin)[0] + begin + other.read_bytes().split(begin)[1])
    with pytest.raises(CertificateError, match="the key belongs to another certificate"):
        made_ready(folder)


def test_clock_without_a_battery_is_told(tmp_path):
    with pytest.raises(CertificateError, match="The clock of this computer says 1970-01-01"):
        made_ready(tmp_path / "tls", now=dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    assert not (tmp_path / "tls").exists()


@pytest.mark.parametrize(("now", "says"), [(NOW - 3 * DAY, "2026-11-23"), (NOW + 4000 * DAY, "2037-11-08")])
def test_clock_outside_of_the_authoritys_years_is_told(now, says, folder):
    with pytest.raises(
        CertificateError, match=f"the clock of this computer says {says}. If the clock is wrong, set it"
    ):
        made_ready(folder, now=now)


def test_what_the_system_refuses_is_told(folder, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied", str(folder / "authority.pem"))

    monkeypatch.setattr(certificates.Path, "read_bytes", refuse)
    with pytest.raises(CertificateError, match=r"authority\.pem cannot be read or written \(Permission denied\)"):
        made_ready(folder)


def test_keep_leaves_the_old_file_whole_when_the_disk_is_full(tmp_path, monkeypatch):
    file = tmp_path / "kept"
    certificates.keep(file, b"old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        certificates.keep(file, b"new")
    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == {"kept": b"old"}
