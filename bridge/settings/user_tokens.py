"""Whom the host site vouches for: which of its tokens are taken, and the keys that prove them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Field, PositiveInt, validator

from bridge.settings.part import Part, Reference, never_literal

Algorithm = Literal["HS256", "RS256", "ES256"]

_LEAST_SECRET = 32
_LEAST_MODULUS = 2048


class UserTokenKey(Part):
    """Name one key of the host site; its algorithm belongs to it, whatever a token says."""

    kid: str = Field(min_length=1, max_length=100)
    algorithm: Algorithm
    key: Reference
    """HS256: the shared secret. RS256 and ES256: a PEM file with the public key."""

    _key_is_no_literal = validator("key", pre=True, allow_reuse=True)(never_literal)


class UserTokens(Part):
    """Say which tokens of the host site are taken."""

    audience: str = Field(default="frontdesk", min_length=1)
    issuer: str | None = None
    """If it is named, a token must name it too."""
    longest_minutes: PositiveInt = 60
    """A token that is good for longer is refused: it would be worth stealing."""
    keys: tuple[UserTokenKey, ...] = ()
    """Several at once, so that a new one can be in use before the old one is taken out."""

    @validator("keys")
    def _are_told_apart(cls, value: tuple[UserTokenKey, ...]) -> tuple[UserTokenKey, ...]:
        kids = [key.kid for key in value]
        if twice := sorted({kid for kid in kids if kids.count(kid) > 1}):
            raise ValueError(f"kid {twice[0]!r} is there twice")
        return value


@dataclass(frozen=True)
class HostKey:
    """Hold a key that verifies the host site's tokens."""

    kid: str
    """Empty for the one of FRONTDESK_USER_TOKEN_SECRET, whose tokens name none."""
    algorithm: Algorithm
    material: str = field(repr=False)


def what_is_wrong(algorithm: Algorithm, material: str) -> str | None:
    """Return why something cannot be the key for an algorithm, in words that do not show it; None if it can."""
    if algorithm == "HS256":
        is_long = len(material.encode()) >= _LEAST_SECRET
        return None if is_long else f"must have {_LEAST_SECRET} bytes at least, random ones"
    if "PRIVATE KEY" in material:
        return "is a private key, which belongs to the host site alone; give the public one"
    try:
        key = load_pem_public_key(material.encode())
    except (ValueError, UnsupportedAlgorithm):
        return "is no public key in PEM form (-----BEGIN PUBLIC KEY-----)"
    if algorithm == "RS256":
        is_right = isinstance(key, RSAPublicKey) and key.key_size >= _LEAST_MODULUS
        return None if is_right else f"must be an RSA key of {_LEAST_MODULUS} bits at least"
    is_right = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    return None if is_right else "must be a key on the curve P-256"
