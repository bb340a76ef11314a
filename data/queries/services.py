"""The services of an organization with their departments, and how many people work in each today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Table, distinct, func, select

from data.access.directory import ShapedOrganization, ShapedService
from data.access.presence import covers, get_today
from data.db import Reader
from data.models import assignments, conversations, departments, service_rights, services
from data.text import fold


@dataclass(frozen=True)
class DepartmentRow:
    id: int
    name: str
    people: int
    closed_on: date | None


@dataclass(frozen=True)
class ServiceRow:
    """`closed_on`: the first day without it, past or to come. `departments`: closed ones last."""

    id: int
    code: str
    name: str
    people: int
    closed_on: date | None
    departments: list[DepartmentRow]

    def get_department(self, department_id: int) -> DepartmentRow:
        return next(row for row in self.departments if row.id == department_id)


@dataclass(frozen=True)
class ServiceList:
    rows: list[ServiceRow]
    today: date

    @property
    def open(self) -> list[ServiceRow]:
        return [row for row in self.rows if row.closed_on is None or row.closed_on > self.today]

    @property
    def closed(self) -> list[ServiceRow]:
        return [row for row in self.rows if row.closed_on is not None and row.closed_on <= self.today]

    def get(self, service_id: int) -> ServiceRow:
        return next(row for row in self.rows if row.id == service_id)

    def find(self, service_id: int) -> ServiceRow | None:
        return next((row for row in self.rows if row.id == service_id), None)


def list_services(reader: Reader, organization: ShapedOrganization) -> ServiceList:
    today = get_today(reader, organization.id)
    heads = func.count(distinct(assignments.c.person_id))
    here = (assignments.c.organization_id == organization.id, covers(today))
    by_service = select(assignments.c.service_id, heads).where(*here).group_by(assignments.c.service_id)
    by_department = select(assignments.c.department_id, heads).where(*here).group_by(assignments.c.department_id)
    in_service = dict(reader.execute(by_service).all())
    in_department = dict(reader.execute(by_department).all())
    found: dict[int, list[DepartmentRow]] = {}
    for row in _list_rows(reader, departments, organization):
        department = DepartmentRow(row.id, row.name, in_department.get(row.id, 0), row.closed_on)
        found.setdefault(row.service_id, []).append(department)
    rows = [
        ServiceRow(row.id, row.code, row.name, in_service.get(row.id, 0), row.closed_on, found.get(row.id, []))
        for row in _list_rows(reader, services, organization)
    ]
    return ServiceList(rows, today)


def _list_rows(reader: Reader, table: Table, organization: ShapedOrganization) -> list[Row[Any]]:
    """Closed ones last; by name, as people sort."""
    rows = reader.execute(select(table).where(table.c.organization_id == organization.id).order_by(table.c.id))
    return sorted(rows, key=lambda row: (row.closed_on is not None, fold(row.name)))


@dataclass(frozen=True)
class ServiceClosing:
    """What closing a service puts out of reach: conversations of all kinds (their number), rights that rest."""

    conversations: int
    managers: int


def count_closing(reader: Reader, service: ShapedService) -> ServiceClosing:
    living = select(func.count()).where(conversations.c.service_id == service.id, conversations.c.deleted_at.is_(None))
    rights = select(func.count()).where(service_rights.c.service_id == service.id)
    return ServiceClosing(reader.execute(living).scalar_one(), reader.execute(rights).scalar_one())
