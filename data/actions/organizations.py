"""Organizations, their administrators, and the vendor's staff."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from data import clock
from data.access.actors import VendorRole
from data.access.directory import ShapedOrganization, SupportedOrganization
from data.access.support import Supporter
from data.actions.audit import audit
from data.actions.directory import check_code
from data.db import UnitOfWork
from data.errors import CodeTaken, EmailInvalid, EmailTaken, MalformedRequest, TextTooLong, ZoneUnknown
from data.i18n import LANGUAGES
from data.models import accounts, organizations, people, tax_profile_changes, vendor_staff
from data.text import check_email, check_name, clean_text, fold, is_blank

ADDRESS_LIMIT = 300
# Of each province, the time zone of most of its people.
DEFAULT_ZONES = {
    "AB": "America/Edmonton",
    "BC": "America/Vancouver",
    "MB": "America/Winnipeg",
    "NB": "America/Moncton",
    "NL": "America/St_Johns",
    "NS": "America/Halifax",
    "NT": "America/Yellowknife",
    "NU": "America/Iqaluit",
    "ON": "America/Toronto",
    "PE": "America/Halifax",
    "QC": "America/Toronto",
    "SK": "America/Regina",
    "YT": "America/Whitehorse",
}
PROVINCES = tuple(DEFAULT_ZONES)
ZONES = tuple(dict.fromkeys([DEFAULT_ZONES["QC"], "America/Blanc-Sablon", *DEFAULT_ZONES.values()]))


@dataclass(frozen=True)
class BillingContact:
    """Whom bills are for, and who may ask for a switch of the option as administrators do."""

    name: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True)
class NewOrganization:
    code: str
    name: str
    province: str = "QC"
    timezone: str = "America/Toronto"
    language: str = "fr"
    formal_messaging_url: str | None = None
    billing: BillingContact = BillingContact()


def do_create_organization(uow: UnitOfWork, new: NewOrganization, *, supporter: Supporter | None = None) -> int:
    """By customer service, or (None) at the console."""
    code = check_code(new.code)
    # People type it to sign in: capitals make no difference.
    if uow.execute(select(organizations.c.id).where(func.lower(organizations.c.code) == code.lower())).first():
        raise CodeTaken(code=code)
    if new.province not in PROVINCES or new.language not in LANGUAGES:
        raise MalformedRequest()
    _check_zone(new.timezone)
    organization_id: int = uow.execute(
        insert(organizations)
        .values(
            code=code,
            name=check_name(new.name),
            province=new.province,
            timezone=new.timezone,
            language=new.language,
            formal_messaging_url=new.formal_messaging_url,
            **_check_contact(new.billing),
            rights_version=1,
            created_at=uow.now,
        )
        .returning(organizations.c.id)
    ).scalar_one()
    uow.execute(
        insert(tax_profile_changes).values(
            organization_id=organization_id,
            effective_on=clock.local_day(uow.now, new.timezone),
            province=new.province,
            exempt="",
            recorded_at=uow.now,
        )
    )
    actor = supporter.actor if supporter else None
    audit(uow, actor, "organization.created", f"organization:{organization_id}", organization_id=organization_id)
    return organization_id


def do_change_billing_contact(uow: UnitOfWork, organization: SupportedOrganization, contact: BillingContact) -> None:
    uow.execute(update(organizations).where(organizations.c.id == organization.id).values(**_check_contact(contact)))
    audit(
        uow,
        organization.actor,
        "billing_contact.changed",
        f"organization:{organization.id}",
        organization_id=organization.id,
    )


def do_add_administrator(
    uow: UnitOfWork,
    organization: ShapedOrganization,
    given_name: str,
    family_name: str,
    email: str,
    password_hash: str | None,
) -> int:
    """A person without an employee file, never billed, who runs the organization."""
    given, family = check_name(given_name), check_name(family_name)
    account_id = _create_account(uow, email, password_hash)
    person_id: int = uow.execute(
        insert(people)
        .values(
            organization_id=organization.id,
            account_id=account_id,
            given_name=given,
            family_name=family,
            search_name=fold(f"{given} {family}"),
            is_administrator=True,
            created_at=uow.now,
        )
        .returning(people.c.id)
    ).scalar_one()
    audit(
        uow,
        organization.actor,
        "administrator.added",
        f"person:{person_id}",
        organization_id=organization.id,
    )
    return person_id


def do_add_vendor_staff(uow: UnitOfWork, name: str, email: str, role: VendorRole, password_hash: str | None) -> int:
    account_id = _create_account(uow, email, password_hash)
    uow.execute(insert(vendor_staff).values(account_id=account_id, role=role.value, name=check_name(name)))
    audit(uow, None, "vendor_staff.added", f"account:{account_id}", organization_id=None, role=role.value)
    return account_id


def _check_contact(contact: BillingContact) -> dict[str, str | None]:
    """What was left empty is unknown. Somebody is named where there is an address to write to."""
    email = check_email(contact.email)
    named = contact.name if email is not None or not is_blank(contact.name) else None
    address = clean_text(contact.address)
    if len(address) > ADDRESS_LIMIT:
        raise TextTooLong(limit=ADDRESS_LIMIT, length=len(address))
    return {
        "billing_contact_name": None if named is None else check_name(named),
        "billing_contact_email": email,
        "billing_address": address or None,
    }


def _check_zone(name: str) -> None:
    """`ZoneUnknown` for what names none (a folder of zones and a path elsewhere among it)."""
    try:
        clock.zone(name)
    except (KeyError, ValueError, OSError):
        raise ZoneUnknown() from None


def _create_account(uow: UnitOfWork, email: str, password_hash: str | None) -> int:
    clean = check_email(email)
    if clean is None:
        raise EmailInvalid()
    if uow.execute(select(accounts.c.id).where(accounts.c.email == clean)).first():
        raise EmailTaken()
    account_id: int = uow.execute(
        insert(accounts).values(email=clean, password_hash=password_hash, created_at=uow.now).returning(accounts.c.id)
    ).scalar_one()
    return account_id
