"""The settings, read from the environment once, at start, and refused with a reason when they cannot work."""

from __future__ import annotations

import re
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.billing.issued import Seller
from data.billing.journal import Accounts
from data.mail import Mailer, is_mail_server
from data.push.sealing import is_private_key

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_SECRET = "demonstration-only-secret"  # noqa: S105 (refused in production)
FEWEST_CHARACTERS = 8  # different ones, in a secret of production; 32 hexadecimal digits by chance have twice as many
FEWEST_OF_TOKEN = 16  # characters of a token that opens the figures of the server
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:]+(\.\d+)*")


DEMONSTRATION_SELLER = Seller(
    "Horaire Québec inc. (démonstration)",
    "1200, rue Sainte-Catherine Est, bureau 300\nMontréal (Québec)  H2L 2H1",
    "facturation@horaire.example",
    "123456789 RT0001",
    "1234567890 TQ0001",
)


class SettingsInvalid(Exception):
    """One line a setting: its name and what to write instead."""


class Settings(BaseSettings):
    """The table in README.md, "Configuration", is this class in words; a test holds the two together."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    mode: Literal["demonstration", "production"] = "demonstration"
    database_url: str = f"sqlite:///{ROOT / 'var' / 'chat.db'}"
    redis_url: str = ""
    workers: int = Field(default=1, ge=1, le=64)
    host: str = "127.0.0.1"
    port: int = Field(default=8050, ge=0, le=65535)
    origin: str = ""
    secret_key: str = Field(default=DEFAULT_SECRET, min_length=16)
    debug: bool = False
    seller_name: str = ""
    seller_address: str = ""
    seller_email: str = ""
    seller_gst_number: str = ""
    seller_qst_number: str = ""
    account_receivable: str = "1100 Comptes clients"
    account_revenue: str = "4100 Revenus clavardage"
    account_gst: str = "2310 TPS a payer"
    account_qst: str = "2320 TVQ a payer"
    account_hst: str = "2330 TVH a payer"
    smtp_url: str = ""
    mail_from: str = ""
    push_private_key: str = ""
    push_contact: str = ""
    push_origins: str = ""
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    bind: str = ""
    metrics_token: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, url: str) -> str:
        if url.startswith("postgresql://"):
            url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("write sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
        return url

    @field_validator("bind")
    @classmethod
    def _check_bind(cls, place: str) -> str:
        if place and not place.startswith("unix:/"):
            raise ValueError("write unix:/PATH, or leave it out and give HOST and PORT")
        return place

    @field_validator("metrics_token")
    @classmethod
    def _check_metrics_token(cls, token: str) -> str:
        if token and (len(token) < FEWEST_OF_TOKEN or not token.isascii() or " " in token):
            raise ValueError(f"write {FEWEST_OF_TOKEN} letters and digits or more, by chance")
        return token

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("write redis://HOST:PORT/0, rediss://… or unix://PATH, or leave it out")
        return url

    @model_validator(mode="after")
    def _check_processes(self) -> Self:
        if self.database_url.startswith("sqlite") and (self.workers > 1 or self.redis_url):
            raise ValueError(
                "DATABASE_URL: several processes need PostgreSQL; on SQLite leave WORKERS at 1 and REDIS_URL out"
            )
        return self

    @field_validator("origin")
    @classmethod
    def _check_origin(cls, origin: str) -> str:
        if not origin:
            return origin
        sent = _write_as_browsers_do(origin)
        if sent is None:
            raise ValueError("write the address people type, like https://chat.example.ca, without a path")
        if sent != origin.removesuffix("/"):
            raise ValueError(f"write it as browsers send it: {sent}")
        return sent

    @field_validator("smtp_url")
    @classmethod
    def _check_mail_server(cls, url: str) -> str:
        if url and not is_mail_server(url):
            raise ValueError("write smtp://user:password@host:port or smtps://…, or leave it out")
        return url

    @model_validator(mode="after")
    def _check_sender(self) -> Self:
        if self.smtp_url and "@" not in self.mail_from:
            raise ValueError("MAIL_FROM: with SMTP_URL, give the address that letters come from")
        return self

    @field_validator("push_private_key")
    @classmethod
    def _check_push_key(cls, key: str) -> str:
        if key and not is_private_key(key):
            raise ValueError("write a private key of the curve P-256: 32 bytes, base64url")
        return key

    @field_validator("push_contact")
    @classmethod
    def _check_push_contact(cls, contact: str) -> str:
        if contact and not contact.startswith(("mailto:", "https://")):
            raise ValueError("write mailto:somebody@example.ca, or the https:// address of a page")
        return contact

    @field_validator("push_origins")
    @classmethod
    def _check_push_origins(cls, origins: str) -> str:
        if any(_write_as_browsers_do(origin) != origin for origin in origins.split()):
            raise ValueError("write addresses without a path, like https://push.example.ca, with spaces between them")
        return origins

    @model_validator(mode="after")
    def _check_production(self) -> Self:
        if self.mode != "production":
            return self
        if not _is_secret(self.secret_key):
            raise ValueError(
                "SECRET_KEY: in production, give 32 characters or more of your own, for instance "
                f"{secrets.token_urlsafe(32)}"
            )
        if self.debug:
            raise ValueError("DEBUG: production never runs in debug")
        if not self.origin.startswith("https://"):
            raise ValueError("ORIGIN: in production, give the https:// address that people use")
        return self

    @property
    def is_production(self) -> bool:
        return self.mode == "production"

    @cached_property
    def seller(self) -> Seller:
        """What invoices say of who issues them. Production has no other than its own: without it, no month closes."""
        if not self.is_production and not self.seller_name:
            return DEMONSTRATION_SELLER
        return Seller(
            self.seller_name,
            self.seller_address,
            self.seller_email,
            self.seller_gst_number,
            self.seller_qst_number,
        )

    @property
    def data_folder(self) -> Path:
        """On the disk that must not be full: where SQLite's file lies, else the server's own."""
        is_sqlite = self.database_url.startswith("sqlite:///")
        return Path(self.database_url.removeprefix("sqlite:///")).parent if is_sqlite else ROOT

    @cached_property
    def mailer(self) -> Mailer | None:
        return Mailer(self.smtp_url, self.mail_from) if self.smtp_url else None

    @cached_property
    def accounts(self) -> Accounts:
        taxes = {"GST": self.account_gst, "QST": self.account_qst, "HST": self.account_hst}
        return Accounts(self.account_receivable, self.account_revenue, taxes)

    @cached_property
    def push_services(self) -> frozenset[str]:
        """Origins to which notifications may go besides the browsers' own push services."""
        return frozenset(self.push_origins.split())

    @property
    def contact(self) -> str:
        """Whom a push service writes to when something is wrong with what we send."""
        if self.push_contact or self.origin.startswith("https://"):
            return self.push_contact or self.origin
        return f"mailto:{self.seller.email or DEMONSTRATION_SELLER.email}"

    @cached_property
    def public_address(self) -> str:
        """Where a link in a letter or a QR code leads."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return self.origin or f"http://{host}:{self.port}"


def _write_as_browsers_do(origin: str) -> str | None:
    """Scheme, host and port as in their Origin header: small letters, no user, no port that goes without saying. None
    for what is no address."""
    parts = urlsplit(origin)
    port = parts.port  # raises ValueError where it cannot be one
    if parts.scheme not in _DEFAULT_PORTS or parts.path not in ("", "/") or parts.query or parts.fragment:
        return None
    if not _HOST.fullmatch(parts.hostname or "") or any(mark in origin for mark in "?#\\") or not origin.isprintable():
        return None
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


def _is_secret(text: str) -> bool:
    """Long, of several characters, and not what everybody can read in this repository."""
    return len(text.strip()) >= 32 and len(set(text)) >= FEWEST_CHARACTERS and DEFAULT_SECRET not in text


def load_settings() -> Settings:
    """Raise `SettingsInvalid`, one line a mistake, rather than start with a setting that cannot work."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsInvalid("\n".join(_describe(problem) for problem in error.errors())) from None


def _describe(problem: object) -> str:
    assert isinstance(problem, dict)
    name = "_".join(str(part) for part in problem["loc"]).upper()
    reason = str(problem["msg"]).removeprefix("Value error, ")
    return f"{name}: {reason}" if name else reason
