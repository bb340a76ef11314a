"""An issued document with all that it says, as it is kept for ever: canonical JSON, sealed over the one before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import msgspec

from data.billing.books import CreditNote, Invoice
from data.billing.rating import Terms

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Seller:
    """Who issues, with both registration numbers."""

    name: str
    address: str
    email: str
    gst_number: str
    qst_number: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """The organization as it was then. `language`: of its documents; French comes first where both are asked for.
    `exempt`: taxes of its province that it is not charged, and why."""

    code: str
    name: str
    province: str
    timezone: str
    language: str
    address: str = ""
    contact_name: str = ""
    contact_email: str = ""
    exempt: tuple[str, ...] = ()
    exempt_reason: str = ""


@dataclass(frozen=True)
class IssuedDocument:
    """Exactly one of `invoice` and `credit_note`. `services`: their names by code. People stand in the lines by their
    ids only, names are joined when shown. `reason`: why a credit of goodwill was given."""

    seller: Seller
    buyer: Buyer
    terms: Terms
    services: dict[str, str] = field(default_factory=dict)
    invoice: Invoice | None = None
    credit_note: CreditNote | None = None
    reason: str = ""

    @property
    def document(self) -> Invoice | CreditNote:
        found = self.invoice or self.credit_note
        assert found is not None
        return found

    @property
    def number(self) -> str:
        return self.document.number


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(IssuedDocument)


def encode_document(issued: IssuedDocument) -> str:
    """The same document gives the same bytes."""
    return _encoder.encode(issued).decode()


def decode_document(content: str) -> IssuedDocument:
    return _decoder.decode(content)


def seal_document(content: str, previous_hash: str) -> str:
    return hashlib.sha256(f"{previous_hash}\n{content}".encode()).hexdigest()
