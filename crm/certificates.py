"""
The shop's own certificates: an authority that each tablet is told to trust once, and what it signs for this machine.

No public authority signs for an address in a shop's wifi. Ours can sign for nothing else: whoever stole its key could
play the shop inside a private network, and no site of the internet.
"""

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from crm.front_door import AUTHORITY

DAY = dt.timedelta(days=1)
AUTHORITY_LASTS = 3652 * DAY
SERVER_LASTS = 396 * DAY
"""With the day before it, by which a tablet's clock may be behind, 397: browsers take no certificate that is longer."""
RENEWED_BEFORE = 30 * DAY
FIRST_DAY = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
"""This program is no older. A small computer without a battery starts in 1970 or 2000."""
PRIVATE = [
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
    *("fc00::/7", "fe80::/10", "::1/128"),
]
KEY_OF_THE_AUTHORITY = "authority.pem"
"""With its certificate. It never leaves this machine."""
SERVER = "server.pem"
"""As `crm.server` reads it."""

Names = list[x509.GeneralName]
Tell = Callable[[str], None]


class CertificateError(Exception):
    """There is no certificate to serve with; the text says why and what to do."""


class Certificate(NamedTuple):
    """A certificate and its key, in one file, so that no power cut leaves the one without the other."""

    public: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def read(cls, file: Path) -> "Certificate":
        """Raises ValueError for what is not both, or not of each other."""
        text = file.read_bytes()
        public = x509.load_pem_x509_certificate(text)
        key = serialization.load_pem_private_key(text, password=None)
        if public.public_key() != key.public_key():
            raise ValueError("the key belongs to another certificate")
        return cls(public, key)

    def write(self, file: Path) -> None:
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        keep(file, self.pem + key)

    @property
    def pem(self) -> bytes:
        return self.public.public_bytes(serialization.Encoding.PEM)


def make_ready(folder: Path, called: Sequence[str], *, now: dt.datetime, tell: Tell) -> list[str]:
    """
    See to it that `folder` holds what the server needs to be `called` so, and for long enough; what of it is certified.

    Made or renewed only when something is missing, which `tell` is told. Raises CertificateError.
    """
    if now < FIRST_DAY:
        raise CertificateError(f"The clock of this computer says {now:%Y-%m-%d}. Set it, and start again.")
    with spoken_for(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = _authority(folder, called, now=now, tell=tell)
        names = _permitted(called, authority)
        if not names:
            raise CertificateError(
                "The shop's certificate authority was made for private addresses and for what this computer was called "
                f"then, and cannot sign for {', '.join(called)}. Leave out ALLOWED_HOSTS. {_anew(folder)}"
            )
        if not _serves(folder / SERVER, authority, names, now):
            _sign(authority, names, now=now).write(folder / SERVER)
            tell(f"Made the certificate of this computer: {', '.join(_text(name) for name in names)}")
    return [_text(name) for name in names]


@contextmanager
def spoken_for(folder: Path) -> Iterator[None]:
    """What the system refuses in `folder`, in words."""
    try:
        yield
    except OSError as error:
        raise CertificateError(
            f"{error.filename or folder} cannot be read or written ({error.strerror}). "
            f"Start Regulars as the user who owns {folder}, and see that the disk is not full."
        ) from error


def _authority(folder: Path, called: Iterable[str], *, now: dt.datetime, tell: Tell) -> Certificate:
    """The one in `folder`, or a new one where there is none."""
    file = folder / KEY_OF_THE_AUTHORITY
    if file.exists():
        authority = _kept_authority(file, now)
    else:
        authority = _found_authority(_general_names(called), now=now)
        authority.write(file)
        tell(f"Made the shop's own certificate authority, in {folder}: each tablet has to trust it once")
    if not _is(folder / AUTHORITY, authority.pem):
        keep(folder / AUTHORITY, authority.pem)
    return authority


def _kept_authority(file: Path, now: dt.datetime) -> Certificate:
    """Never replaced by itself: each tablet would have to trust the new one first."""
    if os.name == "posix" and file.stat().st_mode & 0o077:
        file.chmod(0o600)
    try:
        authority = Certificate.read(file)
        _constraints(authority)
    except (ValueError, TypeError, x509.ExtensionNotFound) as error:
        raise CertificateError(
            f"{file} is damaged ({error}). Put back a copy, if there is one. {_anew(file.parent)}"
        ) from error
    first, last = authority.public.not_valid_before_utc, authority.public.not_valid_after_utc
    if not first <= now < last:
        raise CertificateError(
            f"The shop's certificate authority is good from {first:%Y-%m-%d} to {last:%Y-%m-%d}, and the clock of this "
            f"computer says {now:%Y-%m-%d}. If the clock is wrong, set it. {_anew(file.parent)}"
        )
    return authority


def _anew(folder: Path) -> str:
    return f"Else remove the folder {folder}: the next start makes another, which each tablet has to trust anew."


def _found_authority(names: Names, *, now: dt.datetime) -> Certificate:
    """A new authority, which can sign for private addresses, for .local and for what this machine is called now."""
    networks = [ip_network(network) for network in PRIVATE]
    # Some shops' networks use addresses of the internet: then just that of this machine.
    others = [ip_network(ip) for ip in _ips(names) if not any(ip in network for network in networks)]
    hosts = [name.value for name in names if isinstance(name, x509.DNSName) and not _within(name.value, "local")]
    permitted = [x509.DNSName(host) for host in dict.fromkeys(["local", "localhost", *hosts])]
    permitted += [x509.IPAddress(network) for network in [*networks, *others]]
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"Regulars, {next((host for host in hosts if host != 'localhost'), 'localhost')}")
    unsigned = (
        _certificate(subject, key, issuer=subject, last=now + AUTHORITY_LASTS, now=now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
    )
    return Certificate(unsigned.sign(key, hashes.SHA256()), key)


def _sign(authority: Certificate, names: Names, *, now: dt.datetime) -> Certificate:
    """A new certificate of this machine for `names`."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.public
    last = min(now + SERVER_LASTS, issuer.not_valid_after_utc)
    unsigned = (
        _certificate(_subject("Regulars"), key, issuer=issuer.subject, last=last, now=now)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
    )
    return Certificate(unsigned.sign(authority.key, hashes.SHA256()), key)


def _certificate(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, issuer: x509.Name, last: dt.datetime, now: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(last)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(name: str) -> x509.Name:
    longest = 64  # as X.520 has it
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:longest])])


def _usage(**granted: bool) -> x509.KeyUsage:
    kinds = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    kinds += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**(dict.fromkeys(kinds, False) | granted))


def _serves(file: Path, authority: Certificate, names: Names, now: dt.datetime) -> bool:
    """Whether the certificate in `file` is whole, of `authority`, for all `names` and not about to end."""
    try:
        public = Certificate.read(file).public
        public.verify_directly_issued_by(authority.public)
        certified = public.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    ends = min(now + RENEWED_BEFORE, authority.public.not_valid_after_utc)
    return set(names) <= set(certified) and public.not_valid_before_utc <= now and ends <= public.not_valid_after_utc


def _permitted(called: Iterable[str], authority: Certificate) -> Names:
    """What of `called` the authority can sign for: not a name or an address of the internet that came later."""
    permitted = _constraints(authority).permitted_subtrees
    return [name for name in _general_names(called) if any(_within(name.value, subtree.value) for subtree in permitted)]


def _constraints(authority: Certificate) -> x509.NameConstraints:
    return authority.public.extensions.get_extension_for_class(x509.NameConstraints).value


def _within(name: object, subtree: object) -> bool:
    if isinstance(name, str) and isinstance(subtree, str):
        return name == subtree or name.endswith(f".{subtree}")
    return isinstance(name, IPv4Address | IPv6Address) and not isinstance(subtree, str) and name in subtree


def _general_names(called: Iterable[str]) -> Names:
    return [_general_name(name) for name in dict.fromkeys(called)]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _ips(names: Names) -> list[IPv4Address | IPv6Address]:
    return [name.value for name in names if isinstance(name, x509.IPAddress)]


def _text(name: x509.GeneralName) -> str:
    return str(name.value)


def _is(file: Path, contents: bytes) -> bool:
    return file.exists() and file.read_bytes() == contents


def keep(file: Path, contents: bytes) -> None:
    """Write `file`, readable by its owner only; whole or not at all, whenever the power goes."""
    handle, partial = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".partial", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(contents)
            written.flush()
            os.fsync(written.fileno())
        Path(partial).replace(file)
    except OSError:
        Path(partial).unlink(missing_ok=True)
        raise
