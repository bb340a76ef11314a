"""Staff from a CSV file: read, checked against what is there, shown, then applied whole or not at all.

One line an employee, recognized by the employee number. Doing it twice changes nothing; a line that is absent ends
nobody; `ended_on` does. The columns stand in COLUMNS, docs/STAFF_IMPORT.md explains them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from data.access.directory import ShapedOrganization
from data.access.presence import get_today
from data.actions.audit import audit
from data.actions.directory import check_code, check_number
from data.actions.employment import EARLIEST, FURTHEST, list_stints, record_facts
from data.db import UnitOfWork
from data.employment import DAY, EmploymentFact, Stint, fold_employment
from data.errors import ChatError, DateInvalid, FileRefused, FileTooLarge, FileUnreadable
from data.models import accounts, departments, employees, people, services
from data.text import check_email, check_name, fold

SIZE_LIMIT = 5_000_000
ROW_LIMIT = 20_000
PROBLEM_LIMIT = 200

# Each column under its French and its English heading; those in the second part may be missing.
REQUIRED = {
    "number": ("numero", "number"),
    "given_name": ("prenom", "given_name"),
    "family_name": ("nom", "family_name"),
    "service": ("service", "service"),
    "hired_on": ("date_embauche", "hired_on"),
}
OPTIONAL = {
    "email": ("courriel", "email"),
    "service_name": ("nom_service", "service_name"),
    "department": ("departement", "department"),
    "moved_on": ("date_mutation", "moved_on"),
    "ended_on": ("date_fin", "ended_on"),
    "birth_on": ("date_naissance", "birth_on"),
}
COLUMNS = REQUIRED | OPTIONAL


@dataclass(frozen=True)
class Problem:
    """What is wrong where: `line` as an editor counts them, `column` as the file names it, `code` as in data/errors."""

    line: int
    column: str
    code: str
    value: str


@dataclass(frozen=True)
class StaffLine:
    line: int
    number: str
    given_name: str
    family_name: str
    email: str | None
    birth_on: date | None
    service: str
    service_name: str | None
    department: str | None
    hired_on: date
    moved_on: date | None
    ended_on: date | None


@dataclass(frozen=True)
class StaffFile:
    lines: list[StaffLine]
    problems: list[Problem]


@dataclass(frozen=True)
class PlannedFact:
    """`kind` as in EmploymentChange; the service and department are those of the line. `person_id` None: created."""

    line: StaffLine
    person_id: int | None
    kind: str
    day: date
    from_service_id: int | None = None


@dataclass
class StaffPlan:
    """What applying the file would do, person by person, for people to read before they agree."""

    created: list[StaffLine] = field(default_factory=list)
    renamed: list[tuple[int, StaffLine]] = field(default_factory=list)
    facts: list[PlannedFact] = field(default_factory=list)
    unchanged: int = 0
    new_services: dict[str, str] = field(default_factory=dict)
    new_departments: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return not (self.created or self.renamed or self.facts or self.new_services or self.new_departments)

    def list_lines(self, kind: str) -> list[StaffLine]:
        """Lines of people who were there before and of whom the file says `hired` (again), `moved` or `ended`."""
        return [fact.line for fact in self.facts if fact.kind == kind and fact.person_id is not None]


@dataclass(frozen=True)
class _KnownPerson:
    person_id: int
    given_name: str
    family_name: str
    email: str | None
    birth_on: date | None
    stints: list[Stint]

    def is_described_by(self, line: StaffLine) -> bool:
        return (self.given_name, self.family_name) == (line.given_name, line.family_name) and (
            line.email in (None, self.email) and line.birth_on in (None, self.birth_on)
        )


@dataclass(frozen=True)
class _Directory:
    services: dict[str, int]
    departments: dict[tuple[int, str], int]
    people: dict[str, _KnownPerson]

    def find_department(self, line: StaffLine) -> int | None:
        if line.department is None:
            return None
        return self.departments.get((self.services.get(line.service, 0), fold(line.department)))


def read_staff_file(content: bytes) -> StaffFile:
    """The lines of a CSV file (comma or semicolon, UTF-8 with or without BOM), and what is wrong in it.

    Raises `FileTooLarge` or `FileUnreadable` for what is no such file at all."""
    if len(content) > SIZE_LIMIT:
        raise FileTooLarge(limit=SIZE_LIMIT)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileUnreadable() from None
    if "\0" in text:
        raise FileUnreadable()
    header = text.split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        return _read_lines(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise FileUnreadable() from None


def plan_staff_import(uow: UnitOfWork, organization: ShapedOrganization, file: StaffFile) -> StaffPlan:
    """Compare the file with the directory; writes nothing."""
    plan = StaffPlan(problems=list(file.problems))
    directory = _read_directory(uow, organization)
    today = get_today(uow, organization.id)
    for line in file.lines:
        plan.problems.extend(_check_days(line, latest=today + FURTHEST))
        _plan_places(plan, directory, line)
        _plan_person(plan, directory, line, today)
    return plan


def do_import_staff(uow: UnitOfWork, organization: ShapedOrganization, file: StaffFile) -> StaffPlan:
    """Apply the file in one go. `FileRefused` while there is anything wrong in it; a file that changes nothing leaves
    no trace."""
    plan = plan_staff_import(uow, organization, file)
    if plan.problems:
        raise FileRefused(count=len(plan.problems))
    if plan.changes_nothing:
        return plan
    _create_places(uow, organization, plan)
    directory = _read_directory(uow, organization)
    created = _create_people(uow, organization, plan.created)
    for person_id, line in plan.renamed:
        _rename(uow, person_id, line)
    facts: dict[int, list[EmploymentFact]] = {}
    for planned in plan.facts:
        person_id = planned.person_id or created[planned.line.number]
        facts.setdefault(person_id, []).append(_make_fact(directory, planned))
    record_facts(uow, organization, facts)
    audit(
        uow,
        organization.actor,
        "staff.imported",
        f"organization:{organization.id}",
        organization_id=organization.id,
        created=len(plan.created),
        changed=len(plan.renamed),
        facts=len(plan.facts),
    )
    return plan


def _read_lines(reader: Any) -> StaffFile:
    header = next(reader, None)
    if header is None:
        raise FileUnreadable()
    columns, problems = _read_header(header)
    lines: list[StaffLine] = []
    seen: set[str] = set()
    if problems:
        return StaffFile([], problems)
    for count, cells in enumerate(reader):
        if count >= ROW_LIMIT:
            raise FileTooLarge(limit=ROW_LIMIT)
        if not any(cell.strip() for cell in cells):
            continue
        line = _read_line(reader.line_num, cells, columns, problems)
        if line is None:
            continue
        if line.number in seen:
            problems.append(Problem(line.line, columns["number"][1], "number_twice", line.number))
        seen.add(line.number)
        lines.append(line)
    if not lines and not problems:
        problems.append(Problem(1, "", "file_empty", ""))
    return StaffFile(lines, problems[:PROBLEM_LIMIT])


def _read_header(header: list[str]) -> tuple[dict[str, tuple[int, str]], list[Problem]]:
    """Where each column stands, and under which name the file has it."""
    found: dict[str, tuple[int, str]] = {}
    for position, title in enumerate(header):
        wanted = fold(title.strip()).replace(" ", "_")
        for column, names in COLUMNS.items():
            if wanted in names:
                found.setdefault(column, (position, title.strip()))
    missing = [Problem(1, REQUIRED[column][0], "column_missing", "") for column in REQUIRED if column not in found]
    return found, missing


def _read_line(
    number: int, cells: list[str], columns: dict[str, tuple[int, str]], problems: list[Problem]
) -> StaffLine | None:
    """One employee, or None after noting every problem of the line."""
    before = len(problems)

    def read(column: str, check: Callable[[str], Any], *, required: bool = False) -> Any:
        position, title = columns.get(column, (len(cells), column))
        value = cells[position].strip() if position < len(cells) else ""
        if not value and not required:
            return None
        try:
            return check(value)
        except ChatError as error:
            code = "value_missing" if not value else error.code
            problems.append(Problem(number, title, code, value[:60]))
            return None

    values = {
        "number": read("number", check_number, required=True),
        "given_name": read("given_name", check_name, required=True),
        "family_name": read("family_name", check_name, required=True),
        "email": read("email", check_email),
        "birth_on": read("birth_on", parse_day),
        "service": read("service", check_code, required=True),
        "service_name": read("service_name", check_name),
        "department": read("department", check_name),
        "hired_on": read("hired_on", parse_day, required=True),
        "moved_on": read("moved_on", parse_day),
        "ended_on": read("ended_on", parse_day),
    }
    return StaffLine(line=number, **values) if len(problems) == before else None


def parse_day(text: str) -> date:
    """A day written 2026-11-23."""
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise DateInvalid() from None


def _check_days(line: StaffLine, *, latest: date) -> Iterable[Problem]:
    for column in ("hired_on", "moved_on", "ended_on"):
        day: date | None = getattr(line, column)
        if day is not None and not EARLIEST <= day <= latest:
            yield Problem(line.line, COLUMNS[column][0], "date_invalid", day.isoformat())
    if line.ended_on is not None and line.ended_on < line.hired_on:
        yield Problem(line.line, COLUMNS["ended_on"][0], "end_before_start", line.ended_on.isoformat())


def _read_directory(uow: UnitOfWork, organization: ShapedOrganization) -> _Directory:
    here = organization.id
    service_ids = uow.execute(select(services.c.code, services.c.id).where(services.c.organization_id == here)).all()
    department_ids = uow.execute(
        select(departments.c.service_id, departments.c.name, departments.c.id).where(
            departments.c.organization_id == here
        )
    ).all()
    files = uow.execute(
        select(
            employees.c.number,
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            employees.c.email,
            employees.c.birth_on,
        )
        .join(people, people.c.id == employees.c.person_id)
        .where(employees.c.organization_id == here)
    ).all()
    stints = list_stints(uow, [file.id for file in files])
    return _Directory(
        services=dict(service_ids),
        departments={(service_id, fold(name)): department_id for service_id, name, department_id in department_ids},
        people={number: _KnownPerson(*rest, stints.get(rest[0], [])) for number, *rest in files},
    )


def _plan_places(plan: StaffPlan, directory: _Directory, line: StaffLine) -> None:
    if line.service not in directory.services and line.service not in plan.new_services:
        if line.service_name is None:
            plan.problems.append(Problem(line.line, COLUMNS["service"][0], "service_unknown", line.service))
            return
        plan.new_services[line.service] = line.service_name
    if line.department is not None and directory.find_department(line) is None:
        place = (line.service, fold(line.department))
        if place not in ((code, fold(name)) for code, name in plan.new_departments):
            plan.new_departments.append((line.service, line.department))


def _plan_person(plan: StaffPlan, directory: _Directory, line: StaffLine, today: date) -> None:
    person = directory.people.get(line.number)
    if person is None:
        plan.created.append(line)
        plan.facts.append(PlannedFact(line, None, "hired", line.hired_on))
        if line.ended_on is not None:
            plan.facts.append(PlannedFact(line, None, "ended", line.ended_on))
        return
    facts = list(_plan_changes(directory, person, line, today))
    try:
        fold_employment((_make_fact(directory, fact) for fact in facts), before=person.stints)
    except ChatError as error:
        plan.problems.append(Problem(line.line, COLUMNS["moved_on"][0], error.code, line.number))
        return
    starts = {stint.starts_on for stint in person.stints} | {fact.day for fact in facts if fact.kind == "hired"}
    if line.hired_on not in starts:
        plan.problems.append(Problem(line.line, COLUMNS["hired_on"][0], "hire_date_differs", line.hired_on.isoformat()))
        return
    if not person.is_described_by(line):
        plan.renamed.append((person.person_id, line))
    elif not facts:
        plan.unchanged += 1
    plan.facts.extend(facts)


def _plan_changes(directory: _Directory, person: _KnownPerson, line: StaffLine, today: date) -> Iterable[PlannedFact]:
    """The facts that lead from what is known to what the line says."""
    latest = max(person.stints, key=lambda s: (s.ends_on or date.max, s.is_primary, s.starts_on), default=None)
    if latest is None or (latest.ends_on is not None and line.hired_on > latest.ends_on):
        yield PlannedFact(line, person.person_id, "hired", line.hired_on)
    elif latest.ends_on is not None and line.ended_on is not None and line.ended_on > latest.ends_on:
        yield PlannedFact(line, person.person_id, "hired", latest.ends_on + DAY)
    elif latest.ends_on is None and line.ended_on is None and not _is_there(directory, latest, line):
        moves_on = line.moved_on or today
        yield PlannedFact(line, person.person_id, "moved", moves_on, from_service_id=latest.service_id)
    if line.ended_on is not None and (latest is None or latest.ends_on != line.ended_on):
        yield PlannedFact(line, person.person_id, "ended", line.ended_on)


def _is_there(directory: _Directory, stint: Stint, line: StaffLine) -> bool:
    if directory.services.get(line.service) != stint.service_id:
        return False
    return line.department is None or directory.find_department(line) == stint.department_id


def _make_fact(directory: _Directory, planned: PlannedFact) -> EmploymentFact:
    line = planned.line
    if planned.kind == "ended":
        return EmploymentFact("ended", planned.day)
    return EmploymentFact(
        planned.kind,
        planned.day,
        service_id=directory.services.get(line.service, 0),
        department_id=directory.find_department(line),
        from_service_id=planned.from_service_id,
        is_primary=planned.kind == "hired",
    )


def _create_places(uow: UnitOfWork, organization: ShapedOrganization, plan: StaffPlan) -> None:
    here = organization.id
    if plan.new_services:
        rows = [{"organization_id": here, "code": code, "name": name} for code, name in plan.new_services.items()]
        uow.execute(insert(services), rows)
    if plan.new_departments:
        ids = dict(uow.execute(select(services.c.code, services.c.id).where(services.c.organization_id == here)).all())
        rows = [{"organization_id": here, "service_id": ids[code], "name": name} for code, name in plan.new_departments]
        uow.execute(insert(departments), rows)


def _create_people(uow: UnitOfWork, organization: ShapedOrganization, lines: list[StaffLine]) -> dict[str, int]:
    """Accounts, people and files of new employees, all at once; their person ids by employee number."""
    if not lines:
        return {}
    emails = _assign_emails(uow, lines)
    account_ids = uow.execute(
        insert(accounts).returning(accounts.c.id, sort_by_parameter_order=True),
        [{"email": email, "created_at": uow.now} for email in emails],
    ).scalars()
    person_ids = (
        uow.execute(
            insert(people).returning(people.c.id, sort_by_parameter_order=True),
            [
                {
                    "organization_id": organization.id,
                    "account_id": account_id,
                    "given_name": line.given_name,
                    "family_name": line.family_name,
                    "search_name": fold(f"{line.given_name} {line.family_name} {line.number}"),
                    "is_administrator": False,
                    "created_at": uow.now,
                }
                for line, account_id in zip(lines, account_ids, strict=True)
            ],
        )
        .scalars()
        .all()
    )
    uow.execute(
        insert(employees),
        [
            {
                "person_id": person_id,
                "organization_id": organization.id,
                "number": line.number,
                "email": line.email,
                "birth_on": line.birth_on,
            }
            for line, person_id in zip(lines, person_ids, strict=True)
        ],
    )
    return {line.number: person_id for line, person_id in zip(lines, person_ids, strict=True)}


def _assign_emails(uow: UnitOfWork, lines: list[StaffLine]) -> list[str | None]:
    """Each address signs in to one account: the one that has it already, else the first line that brings it."""
    taken = set(uow.execute(select(accounts.c.email).where(accounts.c.email.is_not(None))).scalars())
    emails: list[str | None] = []
    for line in lines:
        emails.append(None if line.email in taken else line.email)
        taken.add(line.email)
    return emails


def _rename(uow: UnitOfWork, person_id: int, line: StaffLine) -> None:
    uow.execute(
        update(people)
        .where(people.c.id == person_id)
        .values(
            given_name=line.given_name,
            family_name=line.family_name,
            search_name=fold(f"{line.given_name} {line.family_name} {line.number}"),
        )
    )
    file = {"email": line.email, "birth_on": line.birth_on}
    known = {column: value for column, value in file.items() if value is not None}
    if known:
        uow.execute(update(employees).where(employees.c.person_id == person_id).values(**known))
