"""What applying a staff file would do, worked out person by person from what the directory holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from data.actions.employment import EARLIEST, FURTHEST, INSTANT
from data.actions.staff_file import Problem, StaffFile, StaffLine
from data.clock import local_midnight
from data.employment import DAY, EmploymentFact, Stint, fold_employment, plan_facts, settle
from data.errors import (
    ChatError,
    DateInvalid,
    EndBeforeStart,
    HiredAgainSince,
    HireDateDiffers,
    MovedBeforeHired,
    PlaceClosed,
    ServiceUnknown,
)

FactKind = Literal["hired", "moved", "ended"]


@dataclass(frozen=True)
class KnownPlace:
    """A service or a department."""

    id: int
    name: str
    closed_on: date | None

    def is_closed_to(self, line: StaffLine) -> bool:
        """Nobody comes to what is closed, but those who left before it closed."""
        return self.closed_on is not None and (line.ended_on is None or line.ended_on >= self.closed_on)


@dataclass(frozen=True)
class KnownPerson:
    person_id: int
    given_name: str
    family_name: str
    email: str | None
    birth_on: date | None
    facts: tuple[EmploymentFact, ...]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @cached_property
    def stints(self) -> list[Stint]:
        return fold_employment(self.facts)

    @cached_property
    def ends_on(self) -> date | None:
        """The last day at work known so far; None: open."""
        ends = [stint.ends_on or date.max for stint in self.stints]
        latest = max(ends, default=date.min)
        return None if latest == date.max else latest

    def is_described_by(self, line: StaffLine) -> bool:
        return (self.given_name, self.family_name) == (line.given_name, line.family_name) and (
            line.email in (None, self.email) and line.birth_on in (None, self.birth_on)
        )


@dataclass(frozen=True)
class StaffDirectory:
    """An organization's services by code, departments by service and folded name, and people by employee number, on
    `today`."""

    today: date
    timezone: str
    services: dict[str, KnownPlace]
    departments: dict[tuple[int, str], KnownPlace]
    people: dict[str, KnownPerson]

    def find_department(self, line: StaffLine) -> KnownPlace | None:
        service = self.services.get(line.service)
        if service is None or line.department is None:
            return None
        return self.departments.get((service.id, line.department_key))

    def make_fact(self, planned: PlannedFact) -> EmploymentFact:
        """With the ids of the line's places (0 for a place that is not there yet)."""
        if planned.kind == "ended":
            return EmploymentFact("ended", planned.day)
        service, department = self.services.get(planned.line.service), self.find_department(planned.line)
        return EmploymentFact(
            planned.kind,
            planned.day,
            service_id=service.id if service else 0,
            department_id=department.id if department else None,
            from_service_id=planned.from_service_id,
            is_primary=planned.kind == "hired",
        )

    def tell(self, person: KnownPerson | None, planned: Iterable[PlannedFact]) -> list[EmploymentFact]:
        """What the file says of somebody, as the directory tells it; refused as it would be when it is recorded."""
        wished = [self.make_fact(each) for each in planned]
        if person is None:
            return wished
        facts = plan_facts(person.facts, wished, self.today)
        return settle(person.facts, facts, local_midnight(self.today + DAY, self.timezone) - INSTANT, self.timezone)


@dataclass(frozen=True)
class PlannedFact:
    """Of the line's service and department. `person_id` None: somebody the file creates."""

    line: StaffLine
    person_id: int | None
    kind: FactKind
    day: date
    from_service_id: int | None = None


@dataclass(frozen=True)
class Correction:
    """Another name, e-mail address or date of birth for somebody who is there."""

    person: KnownPerson
    line: StaffLine


@dataclass
class StaffPlan:
    """For people to read before they agree. `problems` forbid applying it."""

    directory: StaffDirectory
    created: list[StaffLine] = field(default_factory=list)
    corrected: list[Correction] = field(default_factory=list)
    facts: list[PlannedFact] = field(default_factory=list)
    unchanged: int = 0
    new_services: dict[str, str] = field(default_factory=dict)
    new_departments: dict[tuple[str, str], str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return not (self.created or self.corrected or self.facts)

    def list_facts(self, kind: FactKind) -> list[PlannedFact]:
        """Of people who were there before: hired again, moved, ended."""
        return [fact for fact in self.facts if fact.kind == kind and fact.person_id is not None]


def plan_staff_import(directory: StaffDirectory, file: StaffFile) -> StaffPlan:
    plan = StaffPlan(directory, problems=list(file.problems))
    for line in file.lines:
        found = list(_check_days(line, file, directory.today))
        plan.problems.extend(found)
        if not found:
            _plan_line(plan, file, line)
    return plan


def _check_days(line: StaffLine, file: StaffFile, today: date) -> Iterator[Problem]:
    def problem(column: str, error: ChatError) -> Problem:
        return Problem(line.line, file.title(column), error, getattr(line, column).isoformat())

    for column in ("hired_on", "moved_on", "ended_on"):
        day: date | None = getattr(line, column)
        if day is not None and not EARLIEST <= day <= today + FURTHEST:
            yield problem(column, DateInvalid())
    if line.birth_on is not None and not date(1900, 1, 1) <= line.birth_on < line.hired_on:
        yield problem("birth_on", DateInvalid())
    if line.moved_on is not None and line.moved_on < line.hired_on:
        yield problem("moved_on", MovedBeforeHired())
    if line.ended_on is not None and line.ended_on < line.hired_on:
        yield problem("ended_on", EndBeforeStart())


def _plan_line(plan: StaffPlan, file: StaffFile, line: StaffLine) -> None:
    """Note what the line changes; a line that contradicts what is known becomes a problem and changes nothing."""
    person = plan.directory.people.get(line.number)
    column = "hired_on"
    try:
        facts = list(_plan_new(line) if person is None else _plan_changes(plan.directory, person, line))
        if person is not None and facts:
            column = f"{facts[0].kind}_on"
            plan.directory.tell(person, facts)
        column = "service"
        if any(fact.kind != "ended" for fact in facts):
            _plan_places(plan, line)
    except ChatError as error:
        plan.problems.append(Problem(line.line, file.title(column), error, str(getattr(line, column) or "")))
        return
    plan.facts.extend(facts)
    if person is None:
        plan.created.append(line)
    elif not person.is_described_by(line):
        plan.corrected.append(Correction(person, line))
    elif not facts:
        plan.unchanged += 1


def _plan_new(line: StaffLine) -> Iterable[PlannedFact]:
    yield PlannedFact(line, None, "hired", line.hired_on)
    if line.ended_on is not None:
        yield PlannedFact(line, None, "ended", line.ended_on)


def _plan_changes(directory: StaffDirectory, person: KnownPerson, line: StaffLine) -> Iterable[PlannedFact]:
    """The facts that lead from what is known of a person to what the line says."""
    if person.ends_on is not None and line.hired_on > person.ends_on:
        yield PlannedFact(line, person.person_id, "hired", line.hired_on)
        if line.ended_on is not None:
            yield PlannedFact(line, person.person_id, "ended", line.ended_on)
    elif not _is_about_the_past(person, line):
        yield from _plan_move(directory, person, line)
        yield from _plan_end(person, line)


def _is_about_the_past(person: KnownPerson, line: StaffLine) -> bool:
    """The line tells of an employment that was over before the person was hired again."""
    starts = [stint.starts_on for stint in person.stints]
    if line.hired_on not in starts:
        raise HireDateDiffers(day=min(starts, key=lambda day: abs(day - line.hired_on)))
    again_on = _find_return(person.stints)
    if line.ended_on is None or line.ended_on >= again_on:
        return False
    if line.ended_on not in (stint.ends_on for stint in person.stints):
        raise HiredAgainSince(day=again_on)
    return True


def _find_return(stints: Iterable[Stint]) -> date:
    """The first day of the employment that is the latest, whatever moves it holds."""
    began, reached = date.min, date.min
    for stint in stints:
        if reached != date.max and stint.starts_on > reached + DAY:
            began = stint.starts_on
        reached = max(reached, stint.ends_on or date.max)
    return began


def _plan_move(directory: StaffDirectory, person: KnownPerson, line: StaffLine) -> Iterable[PlannedFact]:
    """From the latest place to the line's, if that is another one. Who works in several places stays in those that the
    file does not name."""
    latest = [stint for stint in person.stints if stint.ends_on == person.ends_on]
    if any(_is_there(directory, stint, line) for stint in latest):
        return
    service = directory.services.get(line.service)
    here = next((stint for stint in latest if service is not None and stint.service_id == service.id), None)
    source = here or max(latest, key=lambda stint: (stint.is_primary, stint.starts_on))
    moves_on = line.moved_on or max(directory.today, _find_first_day(person, source))
    last_day = min(day for day in (person.ends_on, line.ended_on, date.max) if day is not None)
    if moves_on <= last_day:
        yield PlannedFact(line, person.person_id, "moved", moves_on, from_service_id=source.service_id)


def _find_first_day(person: KnownPerson, stint: Stint) -> date:
    """From when they have worked there without a gap: who returned the day after has one place, not two."""
    before = (s for s in person.stints if s.service_id == stint.service_id and s.ends_on == stint.starts_on - DAY)
    earlier = next(before, None)
    return stint.starts_on if earlier is None else _find_first_day(person, earlier)


def _plan_end(person: KnownPerson, line: StaffLine) -> Iterable[PlannedFact]:
    """An end that is not said changes nothing; a later one than was known is a return the day after."""
    if line.ended_on is None or line.ended_on == person.ends_on:
        return
    if person.ends_on is not None and line.ended_on > person.ends_on:
        yield PlannedFact(line, person.person_id, "hired", person.ends_on + DAY)
    yield PlannedFact(line, person.person_id, "ended", line.ended_on)


def _is_there(directory: StaffDirectory, stint: Stint, line: StaffLine) -> bool:
    service, department = directory.services.get(line.service), directory.find_department(line)
    if service is None or service.id != stint.service_id:
        return False
    return line.department is None or (department is not None and department.id == stint.department_id)


def _plan_places(plan: StaffPlan, line: StaffLine) -> None:
    """The service and department that somebody comes to: known and open, or to be created."""
    service, department = plan.directory.services.get(line.service), plan.directory.find_department(line)
    for place in (service, department):
        if place is not None and place.is_closed_to(line):
            raise PlaceClosed()
    if service is None and line.service not in plan.new_services:
        if line.service_name is None:
            raise ServiceUnknown()
        plan.new_services[line.service] = line.service_name
    if line.department is not None and department is None:
        plan.new_departments.setdefault((line.service, line.department_key), line.department)
