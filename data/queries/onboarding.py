"""Who answers for an organization: its administrators and its billing contact, as customer service needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from data.access.directory import SupportedOrganization
from data.access.newcomers import NewcomingAdministrator
from data.db import Reader
from data.models import accounts, employees, organizations, people
from data.queries.directory import SignInWords

AccountState = Literal["open", "unopened", "cut_off"]


@dataclass(frozen=True)
class AdministratorRow:
    person_id: int
    name: str
    email: str | None
    account: AccountState


@dataclass(frozen=True)
class Contacts:
    """`has_staff`: somebody has an employee file."""

    administrators: list[AdministratorRow]
    billing_name: str | None
    billing_email: str | None
    billing_address: str | None
    has_staff: bool

    @property
    def is_administered(self) -> bool:
        return any(row.account == "open" for row in self.administrators)


def get_contacts(reader: Reader, organization: SupportedOrganization) -> Contacts:
    contact = reader.execute(
        select(
            organizations.c.billing_contact_name,
            organizations.c.billing_contact_email,
            organizations.c.billing_address,
            select(employees.c.person_id).where(employees.c.organization_id == organization.id).exists(),
        ).where(organizations.c.id == organization.id)
    ).one()
    name, email, address, has_staff = contact
    return Contacts(_list_administrators(reader, organization), name, email, address, bool(has_staff))


def get_first_sign_in_words(reader: Reader, administrator: NewcomingAdministrator) -> SignInWords:
    row = reader.execute(
        select(people.c.given_name, people.c.family_name, organizations.c.name, organizations.c.code)
        .join(organizations, organizations.c.id == people.c.organization_id)
        .where(people.c.id == administrator.person_id)
    ).one()
    return SignInWords(f"{row.given_name} {row.family_name}", row.name, row.code, None, has_email=True)


def _list_administrators(reader: Reader, organization: SupportedOrganization) -> list[AdministratorRow]:
    rows = reader.execute(
        select(
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            accounts.c.email,
            accounts.c.deactivated_at,
            accounts.c.password_hash.is_not(None).label("has_password"),
        )
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(people.c.organization_id == organization.id, people.c.is_administrator)
        .order_by(people.c.search_name, people.c.id)
    )
    return [
        AdministratorRow(
            row.id,
            f"{row.given_name} {row.family_name}",
            row.email,
            "cut_off" if row.deactivated_at is not None else "open" if row.has_password else "unopened",
        )
        for row in rows
    ]
