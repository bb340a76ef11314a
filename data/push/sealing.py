"""A notification that only its device can read (RFC 8291), and the server's word that it is the sender (RFC 8292)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from data.errors import EndpointRefused

VOUCHES_FOR = timedelta(hours=12)  # a push service takes 24 at most
_POINT, _SECRET, _SCALAR = 65, 16, 32  # bytes of a device's public key, of its secret, of a private key


@dataclass(frozen=True)
class ServerKey:
    """`private`: 32 bytes, base64url; `contact`: whom a push service writes to when something is wrong."""

    private: str
    contact: str

    @cached_property
    def _vapid(self) -> Vapid02:
        return Vapid02.from_raw(self.private.encode())

    @cached_property
    def public(self) -> str:
        """What a browser subscribes with."""
        return encode(self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def vouch(self, origin: str, now: datetime) -> str:
        """The header `Authorization` for a push service."""
        claims = {"aud": origin, "exp": int((now + VOUCHES_FOR).timestamp()), "sub": self.contact}
        header: str = self._vapid.sign(claims)["Authorization"]
        return header


def new_private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return encode(key.private_numbers().private_value.to_bytes(32))


def is_private_key(text: str) -> bool:
    try:
        ServerKey(text, "").public  # noqa: B018 (worked out from it)
        return len(decode(text)) == _SCALAR
    except ValueError:
        return False


def seal(content: bytes, p256dh: str, auth: str) -> bytes:
    """By a key made for this notification alone."""
    sealed: bytes = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=decode(p256dh),
        auth_secret=decode(auth),
        version="aes128gcm",
    )
    return sealed


def check_keys(p256dh: str, auth: str) -> tuple[str, str]:
    """A point of the curve and a secret, as a browser gives them, in one spelling; `EndpointRefused` otherwise."""
    try:
        point, secret = decode(p256dh), decode(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise EndpointRefused() from None
    if len(point) != _POINT or len(secret) != _SECRET:
        raise EndpointRefused()
    return encode(point), encode(secret)


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(text[:8]) from None
