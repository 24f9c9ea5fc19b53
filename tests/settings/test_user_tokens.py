"""The keys of the host site: read from where the deployment says, and refused before a token could fool them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bridge.errors import SettingsError
from bridge.settings import Settings, load, loader

RSA = rsa.generate_private_key(65537, 2048)
SECRET = "random enough, and 32 bytes or more"


def public(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def private(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep this machine's own files out of the tests, and key files in a folder of their own."""
    monkeypatch.setattr(loader, "VAR", tmp_path / "var")
    monkeypatch.setenv("DEPLOYMENT", str(tmp_path / "mine.yml"))
    monkeypatch.setenv("SHARED", SECRET)
    return tmp_path


def loaded(place: Path, *keys: dict[str, Any], **more: Any) -> Settings:
    content = {"name": "Shop", "contact": {"phone": "1", "email": "help@example.test"}}
    content["user_tokens"] = {"keys": list(keys), **more}
    (place / "mine.yml").write_text(yaml.safe_dump(content))
    return load()


def pem(place: Path, text: str) -> dict[str, str]:
    (place / "key.pem").write_text(text)
    return {"file": str(place / "key.pem")}


def test_keys_come_from_files_and_variables(place: Path) -> None:
    rs, hs = {"kid": "a", "algorithm": "RS256"}, {"kid": "b", "algorithm": "HS256"}
    settings = loaded(place, {**rs, "key": pem(place, public(RSA))}, {**hs, "key": {"env": "SHARED"}})
    assert [(key.kid, key.algorithm) for key in settings.user_token_keys] == [("a", "RS256"), ("b", "HS256")]
    assert settings.user_token_keys[1].material == SECRET
    assert SECRET not in repr(settings.user_token_keys) + repr(settings)


@pytest.mark.parametrize(
    ("algorithm", "text", "why"),
    [
        ("HS256", "too short", "must have 32 bytes at least"),
        ("RS256", private(RSA), "is a private key"),
        ("RS256", SECRET, "is no public key in PEM form"),
        ("RS256", "", "is no public key in PEM form"),
        ("RS256", public(rsa.generate_private_key(65537, 1024)), "2048 bits at least"),  # noqa: S505  # too short on purpose
        ("RS256", public(ec.generate_private_key(ec.SECP256R1())), "must be an RSA key"),
        ("ES256", public(RSA), "on the curve P-256"),
        ("ES256", public(ec.generate_private_key(ec.SECP384R1())), "on the curve P-256"),
    ],
    ids=range(8),
)
def test_what_can_be_no_key_is_named_and_not_shown(place: Path, algorithm: str, text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as refused:
        loaded(place, {"kid": "a", "algorithm": algorithm, "key": pem(place, text)})
    assert str(refused.value).startswith("user_tokens.keys.0.key: what ")
    assert not text or text.splitlines()[-2:][0] not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"key": SECRET}, "never the value itself"),
        ({"key": {"env": "NOT_SET_HERE"}}, "NOT_SET_HERE is not set"),
        ({"algorithm": "none"}, "user_tokens.keys.0.algorithm"),
        ({"algorithm": "HS512"}, "user_tokens.keys.0.algorithm"),
        ({"kid": ""}, "user_tokens.keys.0.kid"),
    ],
)
def test_a_key_that_is_described_wrongly(place: Path, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=why) as refused:
        loaded(place, {"kid": "a", "algorithm": "HS256", "key": {"env": "SHARED"}} | changes)
    assert SECRET not in str(refused.value)


def test_two_keys_of_one_name(place: Path) -> None:
    key = {"kid": "a", "algorithm": "HS256", "key": {"env": "SHARED"}}
    with pytest.raises(SettingsError, match="kid 'a' is there twice"):
        loaded(place, key, key)


@pytest.mark.parametrize(
    "origin", ["*", "shop.example.test", "https://shop.example.test/", "https://Shop.example.test", "null"]
)
def test_an_origin_that_no_browser_would_send(place: Path, origin: str) -> None:
    content = {
        "name": "Shop",
        "contact": {"phone": "1", "email": "h@example.test"},
        "chat": {"allowed_origins": [origin]},
    }
    (place / "mine.yml").write_text(yaml.safe_dump(content))
    with pytest.raises(SettingsError, match="must be an origin as browsers write it"):
        load()
