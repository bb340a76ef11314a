"""Billing again, as slowly and plainly as can be: day by day, person by person, fact by fact.

It shares the facts' classes with the product and nothing else: no intervals, no bits, no grouping. Days are found by
looking at the clock of the zone every quarter of an hour."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

from data.billing.rating import Ended, Facts, Hired, Month, Moved, OptionChange, Terms

QUARTER = timedelta(minutes=15)


@dataclass
class Job:
    file: str
    service: str
    since: date
    is_primary: bool
    formerly: set[str] = field(default_factory=set)
    is_last_day: bool = False


@dataclass
class WalkedMonth:
    """`lines`: service → (people, days, cents)."""

    billed: dict[str, tuple[str, int]]
    days: dict[str, set[date]]
    lines: dict[str, tuple[int, int, int]]
    subtotal_cents: int
    total_cents: int


@cache
def days_of(month: Month, timezone: str) -> dict[date, tuple[datetime, datetime]]:
    """Each local day with its first instant and the first of the next."""
    found: dict[date, list[datetime]] = {}
    instant = datetime(month.year, month.number, 1, tzinfo=UTC) - timedelta(days=2)
    while instant < datetime(month.year, month.number, 1, tzinfo=UTC) + timedelta(days=35):
        found.setdefault(instant.astimezone(ZoneInfo(timezone)).date(), []).append(instant)
        instant += QUARTER
    return {
        day: (instants[0], instants[-1] + QUARTER)
        for day, instants in found.items()
        if (day.year, day.month) == (month.year, month.number)
    }


def walk_month(facts: Facts, month: Month, cutoff: datetime, terms: Terms) -> WalkedMonth:
    days = days_of(month, terms.timezone)
    open_on = {day: open_scopes(facts, cutoff, day, *days[day]) for day in days}
    people = {person_of(facts, fact.person, cutoff) for fact in facts.employment if fact.recorded_at <= cutoff}
    billed: dict[str, tuple[str, int]] = {}
    billable: dict[str, set[date]] = {}
    for person in sorted(people):
        borne = {}
        for day, jobs in jobs_by_day(facts, person, cutoff, month, terms.timezone).items():
            where = [job for job in jobs if None in open_on[day] or job.service in open_on[day]]
            if where:
                where.sort(key=lambda job: (0 if job.is_primary else 1, job.since, job.service))
                borne[day] = where[0].service
        billable[person] = set(borne)
        if len(borne) < max(1, terms.settings.min_days):
            continue
        if terms.settings.basis == "app_user" and not opened(facts, person, cutoff, days):
            continue
        billed[person] = (bearer(borne), len(borne))
    return bill(billed, billable, month, terms)


def bearer(borne: dict[date, str]) -> str:
    """Most days; of equals the one that came last."""
    services = list(borne.values())
    most = max(services.count(service) for service in services)
    for day in sorted(borne, reverse=True):
        if services.count(borne[day]) == most:
            return borne[day]
    raise AssertionError


def opened(facts: Facts, person: str, cutoff: datetime, days: dict[date, tuple[datetime, datetime]]) -> bool:
    return any(
        starts_at <= fact.effective_at < ends_at
        for fact in facts.app_seen
        if fact.recorded_at <= cutoff and person_of(facts, fact.person, cutoff) == person
        for starts_at, ends_at in days.values()
    )


# ---- the option


def open_scopes(facts: Facts, cutoff: datetime, day: date, starts_at: datetime, ends_at: datetime) -> set[str | None]:
    """The scopes that are on, and paid for, at some instant of the day."""
    turns = [fact.effective_at for fact in (*facts.option_changes, *facts.activation_voids, *facts.suspensions)]
    instants = [starts_at, *(turn for turn in turns if starts_at < turn < ends_at)]
    found: set[str | None] = set()
    for scope in {change.scope for change in facts.option_changes}:
        for instant in instants:
            on = switch_at(facts, cutoff, scope, instant)
            if on is None or is_suspended(facts, cutoff, instant):
                continue
            is_free = on.trial_until is not None and day <= on.trial_until
            is_void = any(void.handle == on.handle for void in facts.activation_voids if void.recorded_at <= cutoff)
            if not is_free and not is_void:
                found.add(scope)
    return found


def switch_at(facts: Facts, cutoff: datetime, scope: str | None, instant: datetime) -> OptionChange | None:
    """The switch that began what is on at that instant."""
    voids = [void for void in facts.activation_voids if void.recorded_at <= cutoff]
    turns = [
        *((void.effective_at, 0, void.recorded_at, 0, void.id, void) for void in voids),
        *(
            (change.effective_at, 1, change.recorded_at, int(change.is_on), change.id, change)
            for change in facts.option_changes
            if change.scope == scope and change.recorded_at <= cutoff
        ),
    ]
    on: OptionChange | None = None
    for at, _, _, _, _, fact in sorted(turns, key=lambda turn: turn[:5]):
        if at > instant:
            break
        if not isinstance(fact, OptionChange):
            on = None if on is not None and on.handle == fact.handle else on
        elif not fact.is_on:
            on = None
        elif on is None and not any(void.handle == fact.handle and void.effective_at <= at for void in voids):
            on = fact
    return on


def is_suspended(facts: Facts, cutoff: datetime, instant: datetime) -> bool:
    known = [fact for fact in facts.suspensions if fact.recorded_at <= cutoff and fact.effective_at <= instant]
    known.sort(key=lambda fact: (fact.effective_at, fact.recorded_at, fact.id))
    return bool(known) and known[-1].is_suspended


# ---- employment


def person_of(facts: Facts, file: str, at: datetime) -> str:
    for _ in range(len(facts.merges)):
        for merge in facts.merges:
            if merge.from_person == file and merge.recorded_at <= at:
                file = merge.into_person
    return file


def jobs_by_day(facts: Facts, person: str, cutoff: datetime, month: Month, timezone: str) -> dict[date, list[Job]]:
    """Walk from the person's first fact to the end of the month."""
    known = [
        fact
        for fact in facts.employment
        if fact.recorded_at <= cutoff and person_of(facts, fact.person, cutoff) == person
    ]
    kinds = {Hired: 1, Moved: 2, Ended: 3}
    known.sort(key=lambda fact: (fact.recorded_at, kinds[type(fact)], fact.id))
    wanted = set(days_of(month, timezone))
    idle: list[Ended] = []
    day, jobs, found = min([fact.effective_on for fact in known]), list[Job](), dict[date, list[Job]]()
    while day <= max(wanted):
        for fact in known:
            if fact.effective_on == day:
                jobs = apply(jobs, fact, known, idle, facts, timezone)
        if day in wanted:
            found[day] = [Job(**vars(job)) for job in jobs]
        jobs = [job for job in jobs if not job.is_last_day]
        day += timedelta(days=1)
    return found


def apply(
    jobs: list[Job],
    fact: Hired | Moved | Ended,
    known: list[Hired | Moved | Ended],
    idle: list[Ended],
    facts: Facts,
    timezone: str,
) -> list[Job]:
    mine = [
        job
        for job in jobs
        if person_of(facts, job.file, fact.recorded_at) == person_of(facts, fact.person, fact.recorded_at)
    ]
    if isinstance(fact, Hired):
        gone = withdrawn(fact, known, idle, facts, timezone)
        return jobs if gone else [*jobs, Job(fact.person, fact.service, fact.effective_on, fact.is_primary)]
    if isinstance(fact, Ended):
        if not mine:
            idle.append(fact)
        for job in mine:
            job.is_last_day = True
        return jobs
    moving = [job for job in mine if job.service == fact.from_service]
    moving = moving or [job for job in mine if fact.from_service in job.formerly]
    for job in moving:
        job.formerly = job.formerly | {job.service}
        job.service, job.since = fact.to_service, fact.effective_on
    return jobs


def withdrawn(hire: Hired, known: list[Hired | Moved | Ended], idle: list[Ended], facts: Facts, timezone: str) -> bool:
    for end in known:
        if not isinstance(end, Ended) or end.effective_on >= hire.effective_on:
            continue
        told_on = end.recorded_at.astimezone(ZoneInfo(timezone)).date()
        same = person_of(facts, end.person, end.recorded_at) == person_of(facts, hire.person, end.recorded_at)
        if same and hire.recorded_at < end.recorded_at and (told_on < hire.effective_on or end in idle):
            return True
    return False


# ---- money


def half_up(exact: Fraction) -> int:
    return int((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1), ROUND_HALF_UP))


def bill(billed: dict[str, tuple[str, int]], billable: dict[str, set[date]], month: Month, terms: Terms) -> WalkedMonth:
    exact: dict[str, Fraction] = {}
    for service, days in billed.values():
        assert terms.price is not None
        part = Fraction(days, month.days) if terms.settings.mode == "daily" else Fraction(1)
        exact[service] = exact.get(service, Fraction(0)) + part * Fraction(terms.price, 100)
    subtotal = half_up(sum(exact.values(), Fraction(0)))
    cents = {service: int(amount) for service, amount in exact.items()}
    while sum(cents.values()) < subtotal:
        most = max(sorted(exact), key=lambda service: exact[service] - cents[service])
        cents[most] += 1
    lines = {
        service: (
            sum(where == service for where, _ in billed.values()),
            sum(days for where, days in billed.values() if where == service),
            cents[service],
        )
        for service in exact
    }
    total = max(subtotal, terms.settings.minimum_cents) if billed else 0
    return WalkedMonth(billed, billable, lines, subtotal, total)
