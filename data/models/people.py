"""Accounts, people, employee files, where they work and what they may run."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from data.models.columns import instant, key, refers_to, tenant_key


class Account(SQLModel, table=True):
    """What signs in. One account can hold files in several organizations; nobody ever sees its password."""

    __tablename__ = "accounts"

    id: int | None = key()
    email: str | None = Field(default=None, unique=True, max_length=254)
    password_hash: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=2)
    theme: str | None = Field(default=None, max_length=5)
    deactivated_at: datetime | None = instant(nullable=True)
    created_at: datetime = instant()


class VendorStaff(SQLModel, table=True):
    """The vendor's own people: `customer_service` or `finance`. They belong to no organization."""

    __tablename__ = "vendor_staff"

    account_id: int = refers_to("accounts.id", primary_key=True)
    role: str = Field(max_length=20)
    name: str = Field(max_length=80)


class Person(SQLModel, table=True):
    """Somebody in an organization: who writes, takes part, manages. An administrator has no employee file;
    a person brought by a chat import has neither file nor account."""

    __tablename__ = "people"
    __table_args__ = (tenant_key(), UniqueConstraint("organization_id", "account_id"))

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    account_id: int | None = refers_to("accounts.id", nullable=True, index=True)
    given_name: str = Field(max_length=80)
    family_name: str = Field(max_length=80)
    search_name: str = Field(max_length=400)  # names alone: whoever may search may find out what is in it
    is_administrator: bool = False
    # Until when the person counts as using a surface without opening it again (R7: 60 days after the last time).
    equipped_until: datetime | None = instant(nullable=True)
    portal_until: datetime | None = instant(nullable=True)
    created_at: datetime = instant()


class Employee(SQLModel, table=True):
    """The file of a person that the organization employs, or did."""

    __tablename__ = "employees"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
    )

    person_id: int = refers_to("people.id", primary_key=True)
    organization_id: int = refers_to("organizations.id")
    number: str = Field(max_length=30)
    email: str | None = Field(default=None, max_length=254)
    birth_on: date | None = None


class EmploymentChange(SQLModel, table=True):
    """Append-only: `hired` adds an assignment, `moved` carries one on elsewhere from that day, `ended` closes all,
    that day included. Assignments are what these facts come to (data/employment)."""

    __tablename__ = "employment_changes"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        ForeignKeyConstraint(["organization_id", "service_id"], ["services.organization_id", "services.id"]),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id", index=True)
    person_id: int = refers_to("people.id", index=True)
    kind: str = Field(max_length=10)
    effective_on: date
    service_id: int | None = refers_to("services.id", nullable=True)
    department_id: int | None = refers_to("departments.id", nullable=True)
    from_service_id: int | None = refers_to("services.id", nullable=True)
    is_primary: bool | None = None
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class Assignment(SQLModel, table=True):
    """Where a person works between two local days, both included. Follows from EmploymentChange alone."""

    __tablename__ = "assignments"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        ForeignKeyConstraint(["organization_id", "service_id"], ["services.organization_id", "services.id"]),
        ForeignKeyConstraint(["organization_id", "department_id"], ["departments.organization_id", "departments.id"]),
        Index("ix_assignments_service_id_person_id", "service_id", "person_id"),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id", index=True)
    person_id: int = refers_to("people.id", index=True)
    service_id: int = refers_to("services.id")
    department_id: int | None = refers_to("departments.id", nullable=True)
    starts_on: date
    ends_on: date | None = None
    is_primary: bool


class ServiceRight(SQLModel, table=True):
    """A manager's right on a named service."""

    __tablename__ = "service_rights"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        ForeignKeyConstraint(["organization_id", "service_id"], ["services.organization_id", "services.id"]),
    )

    person_id: int = refers_to("people.id", primary_key=True)
    service_id: int = refers_to("services.id", primary_key=True, index=True)
    organization_id: int = refers_to("organizations.id")
    granted_at: datetime = instant()


class EmployeeGroup(SQLModel, table=True):
    """A manager's own saved selection of people; nobody else sees it."""

    __tablename__ = "employee_groups"
    __table_args__ = (
        tenant_key(),
        UniqueConstraint("owner_id", "name"),
        ForeignKeyConstraint(["organization_id", "owner_id"], ["people.organization_id", "people.id"]),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    owner_id: int = refers_to("people.id")
    name: str = Field(max_length=80)


class EmployeeGroupMember(SQLModel, table=True):
    __tablename__ = "employee_group_members"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "group_id"], ["employee_groups.organization_id", "employee_groups.id"]
        ),
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
    )

    group_id: int = refers_to("employee_groups.id", primary_key=True)
    person_id: int = refers_to("people.id", primary_key=True, index=True)
    organization_id: int = refers_to("organizations.id")
