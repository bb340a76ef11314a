"""What an administrator decides for the whole organization: quiet hours, what notifications show, where formal requests
are made."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select, update

from data.access.directory import AdministeredOrganization
from data.actions.audit import audit
from data.db import UnitOfWork
from data.errors import AddressInvalid
from data.models import organizations
from data.push.quiet import QuietHours, check_quiet_hours

ADDRESS_LIMIT = 500


@dataclass(frozen=True)
class OrganizationSettings:
    """`shows_text`: what is written stands in notifications, on locked screens. `formal_address`: empty for none."""

    quiet: QuietHours
    shows_text: bool
    formal_address: str


def do_change_settings(uow: UnitOfWork, organization: AdministeredOrganization, wanted: OrganizationSettings) -> None:
    """What is the same as before is no change, and leaves no trace."""
    check_quiet_hours(wanted.quiet)
    values = {
        "quiet_starts": wanted.quiet.starts,
        "quiet_ends": wanted.quiet.ends,
        "shows_text": wanted.shows_text,
        "formal_messaging_url": check_web_address(wanted.formal_address),
    }
    is_own = organizations.c.id == organization.id
    before = uow.execute(select(*(organizations.c[name] for name in values)).where(is_own)).mappings().one()
    changed = [name for name, value in values.items() if before[name] != value]
    if not changed:
        return
    uow.execute(update(organizations).where(is_own).values(values))
    subject = f"organization:{organization.id}"
    audit(uow, organization.actor, "settings.changed", subject, organization_id=organization.id, changed=changed)


def check_web_address(text: str) -> str | None:
    """Whole, as it stands in a browser; None where nothing was given."""
    address = text.strip()
    if not address:
        return None
    try:
        parts = urlsplit(address)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_right = False
    is_plain = address.isprintable() and not any(mark in address for mark in ' "<>\\^`{|}')
    if not is_right or not is_plain or "@" in parts.netloc or len(address) > ADDRESS_LIMIT:
        raise AddressInvalid()
    return address
