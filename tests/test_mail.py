"""Mail: handed over, or refused in words that show neither address nor password."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BridgeError, CredentialsError, InvalidError, UnavailableError
from bridge.mail import Mailbox, Smtp
from bridge.settings.mail import MailServer, parse_server
from tests.support.mail import PASSWORD, USER, mail_server

TO, SECRET = "ann@example.test", "the text 123456"


def smtp(url: str, seconds: float = 5) -> Smtp:
    return Smtp(parse_server(url), "Test Shop <chat@shop.example.test>", seconds)


@contextmanager
def silent() -> Iterator[str]:
    """Listen and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of 127.0.0.1 that nobody has signed but itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """Return the server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust that certificate, as one of a known authority would be."""
    monkeypatch.setattr(MailServer, "context", lambda _self: ssl.create_default_context(cafile=str(certificate)))


def test_a_mail_is_handed_over() -> None:
    with mail_server() as (letters, address):
        smtp(f"smtp://{address}?starttls=never").send(TO, "Subject: é", SECRET)
    (mail,) = letters.kept
    assert (mail["To"], mail["Subject"], mail.get_content().strip()) == (TO, "Subject: é", SECRET)
    assert mail["From"] == "Test Shop <chat@shop.example.test>"
    assert mail["Message-ID"].endswith("@shop.example.test>")


@pytest.mark.usefixtures("trusted")
def test_with_a_password_only_over_tls(tls: ssl.SSLContext) -> None:
    with mail_server(tls) as (letters, address):
        smtp(f"smtp://{USER}:{quote(PASSWORD, safe='')}@{address}").send(TO, "s", SECRET)
    assert len(letters.kept) == 1


def refused(url: str, kind: type[BridgeError], seconds: float = 5) -> None:
    with pytest.raises(kind) as error:
        smtp(url, seconds).send(TO, "s", SECRET)
    assert type(error.value) is kind
    shown = str(error.value)
    assert not any(secret in shown for secret in (TO, SECRET, PASSWORD))


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password(tls: ssl.SSLContext) -> None:
    with mail_server(tls) as (letters, address):
        refused(f"smtp://{USER}:wrong@{address}", CredentialsError)
    assert not letters.kept


def test_a_certificate_that_does_not_hold(tls: ssl.SSLContext) -> None:
    with mail_server(tls) as (letters, address):
        refused(f"smtp://{address}", CredentialsError)
    assert not letters.kept


def test_a_server_without_starttls_gets_nothing() -> None:
    with mail_server() as (letters, address):
        refused(f"smtp://{address}", CredentialsError)
    assert not letters.kept


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"RCPT": "550 5.1.1 ann@example.test unknown"}, InvalidError),
        ({"RCPT": "451 4.7.1 greylisted"}, UnavailableError),
        ({"DATA": "554 5.6.0 no"}, UnavailableError),
        ({"DATA": "452 4.3.1 full"}, UnavailableError),
    ],
)
def test_a_server_that_refuses(answers: dict[str, str], kind: type[BridgeError]) -> None:
    with mail_server(None, **answers) as (letters, address):
        refused(f"smtp://{address}?starttls=never", kind)
    assert not letters.kept


def test_a_server_that_is_away() -> None:
    with silent() as address:
        pass
    refused(f"smtp://{address}?starttls=never", UnavailableError)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_hangs(scheme: str) -> None:
    with silent() as address:
        refused(f"{scheme}://{address}", UnavailableError, seconds=0.2)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://mail.example.test", MailServer("mail.example.test", 587, tls=False, starttls=True)),
        ("smtps://u:p%40@mail.example.test", MailServer("mail.example.test", 465, True, False, "u", "p@")),
        ("smtp://[::1]:25?starttls=never", MailServer("::1", 25, tls=False, starttls=False)),
    ],
)
def test_an_address(url: str, told: MailServer) -> None:
    assert parse_server(url) == told


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.test:25",
        "http://mail.example.test",
        "smtp://",
        "smtp://h:99999",
        "smtp://h/path",
        "smtp://h?starttls=maybe",
        "smtp://user:hush@h?starttls=never",
    ],
)
def test_an_address_that_is_none_is_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match=r"is|has|would") as error:
        parse_server(url)
    assert "hush" not in str(error.value)


@given(st.text() | st.text().map("smtp://".__add__))
def test_no_text_is_worse_than_refused(url: str) -> None:
    try:
        server = parse_server(url)
    except ValueError:
        return
    assert server.host
    assert 0 < server.port < 65536


def test_the_mailbox_of_the_demo_keeps_the_newest(engine: sa.engine.Engine) -> None:
    mailbox = Mailbox(engine)
    for number in range(52):
        mailbox.send(TO, f"s{number}", SECRET)
    subjects = [mail.subject for mail in mailbox.newest()]
    assert (len(subjects), subjects[0], subjects[-1]) == (50, "s51", "s2")
