"""Staff from a file: what it says comes true, whole or not at all; everything wrong in it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import distinct, func, select

from data import db
from data.access.actors import Surface
from data.access.directory import access_administered_organization, access_organization_at_console
from data.access.presence import covers
from data.actions.staff_file import COLUMNS, ROW_LIMIT, SIZE_LIMIT, read_staff_file
from data.actions.staff_import import do_import_staff, read_staff_directory
from data.actions.staff_plan import StaffPlan, plan_staff_import
from data.db import UnitOfWork
from data.errors import ChatError, FileRefused, FileTooLarge, FileUnreadable, TooManyLines
from data.models import accounts, assignments, audit_entries, departments, employees, metadata, organizations, people
from data.models import services as services_table
from data.realtime.events import RightsTouched, to_organization
from tests import retail
from tests.factories import World, listening

HEADINGS = "numero;prenom;nom;service;nom_service;departement;date_embauche;date_mutation;date_fin;courriel"


@dataclass(frozen=True)
class Line:
    """One line of a file, most cells as in the others."""

    number: str = "100"
    given: str = "Léa"
    family: str = "Roy"
    service: str = "cuisine"
    service_name: str = "Cuisine"
    department: str = ""
    hired: str = "2024-02-05"
    moved: str = ""
    ended: str = ""
    email: str = ""

    def __str__(self) -> str:
        return ";".join(
            (
                self.number, self.given, self.family, self.service, self.service_name, self.department, self.hired,
                self.moved, self.ended, self.email,
            )
        )  # fmt: skip


def write(*lines: Line, headings: str = HEADINGS) -> bytes:
    return "\r\n".join([headings, *map(str, lines), ""]).encode()


def apply(world: World, content: bytes) -> StaffPlan:
    with db.unit_of_work() as uow:
        organization = access_administered_organization(uow, world.administrator.act(Surface.PORTAL))
        return do_import_staff(uow, organization, read_staff_file(content))


def preview(world: World, content: bytes) -> StaffPlan:
    with db.read() as reader:
        organization = access_organization_at_console(reader, world.code)
        return plan_staff_import(read_staff_directory(reader, organization), read_staff_file(content))


def list_problems(world: World, content: bytes) -> list[tuple[int, str, str]]:
    return [(p.line, p.column, p.error.code) for p in preview(world, content).problems]


def stints_of(world: World, number: str) -> list[tuple[str, str | None, date, date | None]]:
    """Service code, department, first and last day, as the product's assignments have them."""
    with db.read() as reader:
        return [
            tuple(row)
            for row in reader.execute(
                select(services_table.c.code, departments.c.name, assignments.c.starts_on, assignments.c.ends_on)
                .join(services_table, services_table.c.id == assignments.c.service_id)
                .join(employees, employees.c.person_id == assignments.c.person_id)
                .outerjoin(departments, departments.c.id == assignments.c.department_id)
                .where(employees.c.number == number, employees.c.organization_id == world.organization_id)
                .order_by(assignments.c.starts_on)
            )
        ]


def count_rows() -> dict[str, int]:
    with db.read() as reader:
        return {
            name: reader.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def day(text: str) -> date:
    return date.fromisoformat(text)


# What a file does


def test_import_creates_people_with_their_places(world: World) -> None:
    plan = apply(world, write(Line(department="Plonge", email="Lea.Roy@Laurier.example"), Line("101", "Noé", "Cyr")))
    assert [line.number for line in plan.created] == ["100", "101"]
    assert plan.new_services == {"cuisine": "Cuisine"}
    assert stints_of(world, "100") == [("cuisine", "Plonge", day("2024-02-05"), None)]
    assert stints_of(world, "101") == [("cuisine", None, day("2024-02-05"), None)]
    with db.read() as reader:
        row = reader.execute(
            select(people.c.given_name, people.c.search_name, accounts.c.email, accounts.c.password_hash)
            .join(accounts, accounts.c.id == people.c.account_id)
            .join(employees, employees.c.person_id == people.c.id)
            .where(employees.c.number == "100")
        ).one()
    assert tuple(row) == ("Léa", "lea roy", "lea.roy@laurier.example", None)


def test_import_twice_changes_nothing(world: World) -> None:
    content = write(
        Line(department="Plonge"),
        Line("101", ended="2025-06-30"),
        Line("102", moved="2025-01-06"),
        Line("103", hired="2027-01-04"),
    )
    apply(world, content)
    before = count_rows()
    plan = apply(world, content)
    assert (plan.changes_nothing, plan.unchanged) == (True, 4)
    assert count_rows() == before


def test_import_leaves_alone_whom_the_file_does_not_name(world: World) -> None:
    apply(world, write(Line("100"), Line("101")))
    apply(world, write(Line("101", ended="2026-11-30")))
    assert stints_of(world, "100")[0][3] is None
    assert stints_of(world, "101")[0][3] == day("2026-11-30")


def test_import_preview_writes_nothing(world: World) -> None:
    before = count_rows()
    plan = preview(world, write(Line(department="Plonge")))
    assert (len(plan.created), plan.new_services, len(plan.new_departments)) == (1, {"cuisine": "Cuisine"}, 1)
    assert count_rows() == before


def test_import_corrects_names_and_addresses(world: World) -> None:
    apply(world, write(Line(email="lea@laurier.example")))
    plan = apply(world, write(Line(given="Léa-Rose", email="lea-rose@laurier.example")))
    (correction,) = plan.corrected
    assert (correction.person.name, correction.line.name) == ("Léa Roy", "Léa-Rose Roy")
    with db.read() as reader:
        row = reader.execute(
            select(people.c.given_name, people.c.search_name, employees.c.email, accounts.c.email)
            .join(accounts, accounts.c.id == people.c.account_id)
            .join(employees, employees.c.person_id == people.c.id)
        ).one()
    assert tuple(row) == ("Léa-Rose", "lea-rose roy", "lea-rose@laurier.example", "lea-rose@laurier.example")
    # What the file does not say stays as it was.
    assert apply(world, write(Line(given="Léa-Rose"))).unchanged == 1


def test_import_gives_an_address_to_one_account_only(world: World) -> None:
    """The first that had it signs in with it; what opens files elsewhere is nobody's but its owner's."""
    apply(world, write(Line("100", email="a@laurier.example"), Line("101", email="a@laurier.example")))
    apply(world, write(Line("100", email="b@laurier.example"), Line("101", email="admin@laurier.example")))
    with db.read() as reader:
        signs_in = dict(
            reader.execute(
                select(employees.c.number, accounts.c.email)
                .join(people, people.c.id == employees.c.person_id)
                .join(accounts, accounts.c.id == people.c.account_id)
            ).all()
        )
    assert signs_in == {"100": "b@laurier.example", "101": None}


def test_import_leaves_an_account_of_several_organizations_alone(world: World) -> None:
    apply(world, write(Line(email="lea@laurier.example")))
    rival = World.create("rival")
    with db.unit_of_work() as uow:
        account_id = uow.execute(
            select(people.c.account_id).join(employees, employees.c.person_id == people.c.id)
        ).scalar_one()
        uow.execute(
            people.insert().values(
                organization_id=rival.organization_id,
                account_id=account_id,
                given_name="Léa",
                family_name="Roy",
                search_name="lea roy",
                is_administrator=False,
                created_at=uow.now,
            )
        )
    apply(world, write(Line(email="stolen@laurier.example")))
    with db.read() as reader:
        email = reader.execute(select(accounts.c.email).where(accounts.c.id == account_id)).scalar_one()
    assert email == "lea@laurier.example"


def test_import_moves(world: World) -> None:
    apply(world, write(Line(department="Plonge"), Line("101"), Line("102", hired="2027-01-04")))
    plan = apply(
        world,
        write(
            Line(department="Chaud", moved="2025-03-03"),
            Line("101", service="salle", service_name="Salle"),
            Line("102", service="salle", service_name="Salle", hired="2027-01-04"),
        ),
    )
    assert len(plan.list_facts("moved")) == 3
    assert stints_of(world, "100") == [
        ("cuisine", "Plonge", day("2024-02-05"), day("2025-03-02")),
        ("cuisine", "Chaud", day("2025-03-03"), None),
    ]
    # Without a day: today, or the first day of somebody who has not begun.
    assert stints_of(world, "101")[1] == ("salle", None, day("2026-11-23"), None)
    assert stints_of(world, "102") == [("salle", None, day("2027-01-04"), None)]


def test_import_moves_and_ends_in_one_line(world: World) -> None:
    apply(world, write(Line()))
    content = write(Line(service="salle", service_name="Salle", moved="2025-03-03", ended="2025-09-30"))
    apply(world, content)
    assert stints_of(world, "100") == [
        ("cuisine", None, day("2024-02-05"), day("2025-03-02")),
        ("salle", None, day("2025-03-03"), day("2025-09-30")),
    ]
    assert apply(world, content).unchanged == 1


def test_import_hires_again(world: World) -> None:
    apply(world, write(Line(ended="2025-06-30")))
    again = write(Line(service="salle", service_name="Salle", hired="2026-05-04"))
    plan = apply(world, again)
    assert [fact.line.number for fact in plan.list_facts("hired")] == ["100"]
    assert stints_of(world, "100") == [
        ("cuisine", None, day("2024-02-05"), day("2025-06-30")),
        ("salle", None, day("2026-05-04"), None),
    ]
    assert apply(world, again).changes_nothing
    # An old file tells of the employment before: it takes nothing of the new one away.
    assert apply(world, write(Line(ended="2025-06-30"))).unchanged == 1
    assert list_problems(world, write(Line(ended="2025-01-31"))) == [(2, "date_embauche", "hired_again_since")]
    # Many files keep the very first hire date.
    assert apply(world, write(Line(service="salle"))).unchanged == 1


def test_import_changes_a_last_day(world: World) -> None:
    apply(world, write(Line(ended="2026-12-31")))
    apply(world, write(Line(ended="2026-11-30")))
    assert stints_of(world, "100") == [("cuisine", None, day("2024-02-05"), day("2026-11-30"))]
    later = write(Line(ended="2027-01-31"))
    apply(world, later)
    assert stints_of(world, "100") == [
        ("cuisine", None, day("2024-02-05"), day("2026-11-30")),
        # In two: a bill would end it on the last day that was said first.
        ("cuisine", None, day("2026-12-01"), day("2026-12-31")),
        ("cuisine", None, day("2027-01-01"), day("2027-01-31")),
    ]
    assert apply(world, later).unchanged == 1
    # A last day that is no longer said brings nobody back.
    assert apply(world, write(Line())).unchanged == 1


@pytest.mark.parametrize(("moved", "from_day"), [("", "2026-11-23"), ("2026-11-25", "2026-11-25")])
def test_an_imported_move_carries_a_later_return(world: World, moved: str, from_day: str) -> None:
    """Whose departure was put off has one place, whatever the facts behind it."""
    apply(world, write(Line(ended="2026-11-30")))
    apply(world, write(Line(ended="2027-01-31")))
    content = write(Line(service="salle", service_name="Salle", moved=moved, ended="2027-01-31"))
    assert len(apply(world, content).list_facts("moved")) == 1
    worked = [stint for stint in stints_of(world, "100") if stint[3] is None or stint[3] >= day(from_day)]
    assert [(code, starts_on) for code, _, starts_on, _ in worked] == [
        ("salle", day(from_day)),
        ("salle", day("2026-12-01")),
    ]
    assert worked[-1][3] == day("2027-01-31")
    assert apply(world, content).unchanged == 1


def test_import_keeps_a_second_service(world: World) -> None:
    apply(world, write(Line(), Line("101", service="salle", service_name="Salle")))
    with db.unit_of_work() as uow:
        organization = access_organization_at_console(uow, world.code)
        directory = read_staff_directory(uow, organization)
        _assign(uow, world, directory.people["100"].person_id, directory.services["salle"].id)
    # Either of the two places is where the person works.
    assert apply(world, write(Line())).unchanged == 1
    assert apply(world, write(Line(service="salle"))).unchanged == 1
    assert len(stints_of(world, "100")) == 2


def _assign(uow: UnitOfWork, world: World, person_id: int, service_id: int) -> None:
    from data.actions.employment import record_facts
    from data.employment import EmploymentFact

    fact = EmploymentFact("hired", day("2025-01-06"), service_id, is_primary=False)
    record_facts(uow, access_organization_at_console(uow, world.code), {person_id: [fact]})


def test_import_tells_open_sockets(world: World) -> None:
    """An administrator runs a new service at once."""
    with listening() as heard:
        apply(world, write(Line()))
    assert (to_organization(world.organization_id), RightsTouched()) in [(e.topic, e.event) for e in heard]


def test_import_is_audited_without_names(world: World) -> None:
    apply(world, write(Line()))
    with db.read() as reader:
        entry = reader.execute(select(audit_entries).order_by(audit_entries.c.id.desc()).limit(1)).one()
    assert (entry.act, entry.actor_id) == ("staff.imported", world.administrator.account_id)
    assert "Léa" not in entry.details


def test_import_plans_again_when_the_directory_changed_meanwhile(world: World) -> None:
    """Two people import the same file: the second has looked before the first was done."""
    file = read_staff_file(write(Line()))
    with db.read() as reader:
        stale = plan_staff_import(
            read_staff_directory(reader, access_organization_at_console(reader, world.code)), file
        )
    apply(world, write(Line()))
    with db.unit_of_work() as uow:
        plan = do_import_staff(uow, access_organization_at_console(uow, world.code), file, stale)
    assert plan.changes_nothing
    assert len(stints_of(world, "100")) == 1


def test_import_stays_in_its_organization(world: World) -> None:
    rival = World.create("rival")
    apply(world, write(Line()))
    apply(rival, write(Line(family="Autre")))
    assert stints_of(rival, "100") == stints_of(world, "100")
    with db.read() as reader:
        names = reader.execute(
            select(organizations.c.code, people.c.family_name)
            .join(people, people.c.organization_id == organizations.c.id)
            .join(employees, employees.c.person_id == people.c.id)
        ).all()
    assert sorted(map(tuple, names)) == [("laurier", "Roy"), ("rival", "Autre")]


# What a file may not do


def test_import_is_all_or_nothing(world: World) -> None:
    before = count_rows()
    with pytest.raises(FileRefused):
        apply(world, write(Line(), Line("101", hired="hier")))
    assert count_rows() == before


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (Line(number=""), "numero", "value_missing"),
        (Line(number="n° 3"), "numero", "number_invalid"),
        (Line(given="\u200b"), "prenom", "name_blank"),
        (Line(family="x" * 81), "nom", "name_too_long"),
        (Line(family="=HYPERLINK(1)"), "nom", "formula_refused"),
        (Line(given="@SUM"), "prenom", "formula_refused"),
        (Line(given="\u200e=1+1"), "prenom", "formula_refused"),
        (Line(family="\ufeff+1"), "nom", "formula_refused"),
        (Line(family="\u2066@x"), "nom", "formula_refused"),
        (Line(given="＝1"), "prenom", "formula_refused"),
        (Line(service="la cuisine"), "service", "code_invalid"),
        (Line(service_name=""), "service", "service_unknown"),
        (Line(hired="05/02/2024"), "date_embauche", "date_invalid"),
        (Line(hired="1899-01-01"), "date_embauche", "date_invalid"),
        (Line(hired="2099-01-01"), "date_embauche", "date_invalid"),
        (Line(ended="2024-02-30"), "date_fin", "date_invalid"),
        (Line(ended="2024-02-04"), "date_fin", "end_before_start"),
        (Line(moved="2024-02-04"), "date_mutation", "moved_before_hired"),
        (Line(email="lea at laurier"), "courriel", "email_invalid"),
        (Line(email="lea@laurier.example;encore"), "", "cells_extra"),
    ],
)
def test_import_tells_each_bad_cell(sqlite_world: World, line: Line, column: str, code: str) -> None:
    good = Line("99", service="salle", service_name="Salle")
    assert list_problems(sqlite_world, write(good, line)) == [(3, column, code)]


def test_import_tells_every_bad_line(sqlite_world: World) -> None:
    content = write(*(Line(str(100 + n), hired="?") for n in range(300)))
    assert [p[0] for p in list_problems(sqlite_world, content)] == list(range(2, 302))


def test_import_tells_a_number_that_comes_twice(sqlite_world: World) -> None:
    (problem,) = preview(sqlite_world, write(Line(), Line("101"), Line(family="Cyr"))).problems
    assert (problem.line, problem.error.code, problem.error.params) == (4, "number_twice", {"line": 2})


def test_import_tells_what_contradicts_the_directory(world: World) -> None:
    apply(world, write(Line(), Line("101"), Line("102", moved="2025-01-06")))
    content = write(
        Line(hired="2024-02-06"),
        Line("101", service="salle", service_name="Salle", moved="2024-02-05"),
        Line("102", service="bar", service_name=""),
    )
    assert list_problems(world, content) == [
        (2, "date_embauche", "hire_date_differs"),
        (4, "service", "service_unknown"),
    ]


def test_import_brings_nobody_to_a_closed_service(world: World) -> None:
    apply(world, write(Line(ended="2025-06-30")))
    with db.unit_of_work() as uow:
        uow.execute(services_table.update().values(closed_on=day("2026-01-01")))
    assert list_problems(world, write(Line("101"))) == [(2, "service", "place_closed")]
    assert list_problems(world, write(Line("101", ended="2025-12-31"), Line(ended="2025-06-30"))) == []


def test_import_names_columns_as_the_file_does(sqlite_world: World) -> None:
    headings = "Number,Given name,Family name,Service,Service name,Hired on"
    content = f"{headings}\n100,Léa,Roy,cuisine,Cuisine,soon\n".encode()
    assert list_problems(sqlite_world, content) == [(2, "Hired on", "date_invalid")]


def test_import_counts_lines_as_an_editor_does(sqlite_world: World) -> None:
    content = write(Line(given='"Léa\nRose"'), Line("101", hired="?"))
    assert [p[0] for p in list_problems(sqlite_world, content)] == [4]


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("language", [0, 1])
def test_import_reads_each_form_of_the_file(delimiter: str, bom: bytes, language: int) -> None:
    headings = delimiter.join(names[language] for names in COLUMNS.values())
    cells = ["7", "Léa", "Roy", "bar", "Bar", "Salle", "l@x.ca", "2001-02-03", "2024-02-05", "2024-03-04", "2025-01-01"]
    file = read_staff_file(bom + f"{headings}\n{delimiter.join(cells)}\n".encode())
    assert (file.problems, file.unused) == ([], ())
    (line,) = file.lines
    assert (line.number, line.service, line.department, line.ended_on) == ("7", "bar", "Salle", day("2025-01-01"))


def test_import_tells_headings(sqlite_world: World) -> None:
    assert list_problems(sqlite_world, b"numero;prenom;prenom;nom\n1;a;b;c\n") == [
        (1, "prenom", "column_twice"),
        (1, "service", "column_missing"),
        (1, "date_embauche", "column_missing"),
    ]
    assert list_problems(sqlite_world, b"number;service\n")[0] == (1, "given_name", "column_missing")
    assert read_staff_file(write(Line(), headings=HEADINGS + ";poste; ;salaire")).unused == ("poste", "salaire")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" * 40, FileUnreadable),
        (bytes(range(256)) * 8, FileUnreadable),
        (write(Line()).decode().encode("utf-16"), FileUnreadable),
        (write(Line()).decode().encode("utf-16-le"), FileUnreadable),
        (write(Line(given="L\0a")), FileUnreadable),
        (write(Line()).replace(b"\r\n", b"\r"), FileUnreadable),
        (b"x" * 6_000_000, FileTooLarge),
        (write(*(Line(str(n)) for n in range(25_000))), TooManyLines),
        (b"\n" * (SIZE_LIMIT - 1), None),
        (b"", None),
        (b"\n\n", None),
        (b"\xef\xbb\xbf", None),
        (HEADINGS.encode(), None),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_import_refuses_what_is_no_staff_file(content: bytes, error: type[ChatError] | None) -> None:
    if error is not None:
        with pytest.raises(error):
            read_staff_file(content)
    else:
        assert [p.error.code for p in read_staff_file(content).problems] == ["file_empty"]


def test_import_takes_as_many_lines_as_it_says() -> None:
    content = write(*(Line(str(n), service_name="") for n in range(ROW_LIMIT)))
    assert len(read_staff_file(content).lines) == ROW_LIMIT


@pytest.mark.parametrize("cell", ['"Léa', '"Léa"x'])
def test_import_tells_where_a_quotation_mark_is_wrong(sqlite_world: World, cell: str) -> None:
    content = write(Line("99"), Line(given=cell), Line("101"))
    assert list_problems(sqlite_world, content) == [(3, "", "quotes_wrong")]


# Real people


def test_import_of_a_real_chain(world: World) -> None:
    """6,284 people go in, twice changes nothing, and the known headcounts come out of the assignments."""
    content = retail.build_staff_file()
    plan = apply(world, content)
    assert (len(plan.created), len(plan.new_services)) == (6284, 46)
    before = count_rows()
    assert before["employees"] == 6284
    again = apply(world, content)
    assert (again.changes_nothing, again.unchanged) == (True, 6284)
    assert count_rows() == before
    assert {year: _count_employed(world, date(year, 12, 31)) for year in retail.HEADCOUNTS} == retail.HEADCOUNTS


def _count_employed(world: World, on: date) -> int:
    with db.read() as reader:
        return reader.execute(
            select(func.count(distinct(assignments.c.person_id))).where(
                assignments.c.organization_id == world.organization_id, covers(on)
            )
        ).scalar_one()


def test_a_file_in_windows_1252_is_read_and_said_to_be_one() -> None:
    found = read_staff_file(write(Line(given="Zoé", family="Œuvrard")).decode("utf-8-sig").encode("cp1252"))
    assert (found.lines[0].given_name, found.lines[0].family_name) == ("Zoé", "Œuvrard")
    assert found.is_windows
    assert not read_staff_file(write(Line(given="Zoé"))).is_windows
