"""A month of one organization, rated from the facts known at a cutoff.

People are grouped by what decides their case, so that a hundred thousand who were all hired before the month are
judged once. Who is behind a line, and by which facts, is looked up when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

from data.billing.rating.amounts import Line, employee_lines, top_up_cents, unit_cents
from data.billing.rating.cases import Group, judge_all, tally_of
from data.billing.rating.employment import Merges, Stint, fold_employment
from data.billing.rating.facts import AppSeen, EmploymentFact, Facts, Terms, is_known, terms_of
from data.billing.rating.months import DAY, Month, days_between, first_instant
from data.billing.rating.option import MonthOption, option_of
from data.billing.rating.people import Reason, Verdict, days_by_service


@dataclass(frozen=True, slots=True)
class DayEvidence:
    """A billable day, the service that bears it and the facts that made it one."""

    day: date
    service: str
    fact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why somebody is billed, day by day, or not; all their facts, and those of the option that touch them."""

    person: str
    verdict: Verdict
    days: tuple[DayEvidence, ...]
    fact_ids: tuple[str, ...]
    merged_into: str | None = None


@dataclass(frozen=True)
class RatedMonth:
    """`lines` and `subtotal_cents` are the people's, without what tops the month up to its minimum."""

    month: Month
    cutoff: datetime
    terms: Terms
    lines: tuple[Line, ...]
    subtotal_cents: int
    top_up_cents: int
    people: Mapping[str, Verdict]
    seen: frozenset[str]
    employment: Mapping[str, Sequence[EmploymentFact]]
    merges: Merges
    option: MonthOption
    app_seen: tuple[AppSeen, ...]

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents + self.top_up_cents

    @cached_property
    def billed(self) -> dict[str, Verdict]:
        """Everybody who is billed, by name, in the order of names."""
        names = sorted(person for person, verdict in self.people.items() if verdict.reason is None)
        return {person: self.people[person] for person in names}

    @cached_property
    def units(self) -> dict[str, int]:
        """What is counted of each: 1 in flat mode, days in daily mode."""
        daily = self.terms.settings.mode == "daily"
        return {person: verdict.day_count if daily else 1 for person, verdict in self.billed.items()}

    def charge(self, persons: Iterable[str]) -> Fraction:
        """The exact cents of those among them who are billed."""
        units = sum(self.units.get(person, 0) for person in persons)
        return unit_cents(self.terms, self.month) * units if units else Fraction(0)

    def never_opened(self) -> list[str]:
        """Billed, without having opened a client in the month."""
        return [person for person in self.billed if person not in self.seen]

    def stints(self, person: str) -> list[Stint]:
        return fold_employment(self.employment.get(person, ()), self.merges, self.terms.timezone)

    def evidence(self, person: str) -> Evidence:
        """Raises KeyError for somebody the facts do not name."""
        verdict = self.people[person]
        if verdict.reason is Reason.MERGED:
            return Evidence(person, verdict, (), (), self.merges.person_of(person))
        stints = self.stints(person)
        own = [fact.id for fact in self.employment.get(person, ())]
        switches = [
            fact_id
            for stint in stints
            for activation in self.option.covering(stint.service)
            for fact_id in activation.fact_ids
        ]
        seen = [fact.id for fact in self.app_seen if self.merges.person_of(fact.person) == person]
        return Evidence(person, verdict, self._days(stints), tuple(dict.fromkeys(own + switches + seen)))

    def _days(self, stints: Sequence[Stint]) -> tuple[DayEvidence, ...]:
        borne = days_by_service(stints, self.option, self.month)
        return tuple(
            DayEvidence(day, service, self._facts_of_day(day, service, stints))
            for day in (self.month.first + DAY * number for number in range(self.month.days))
            for service, days in borne.items()
            if days & days_between(day, day, self.month)
        )

    def _facts_of_day(self, day: date, service: str, stints: Sequence[Stint]) -> tuple[str, ...]:
        bit = days_between(day, day, self.month)
        employed = [
            each for stint in stints if stint.service == service and stint.covers(day) for each in stint.fact_ids
        ]
        switched = [each.change.id for each in self.option.covering(service) if each.paid & bit]
        return tuple(dict.fromkeys(employed + switched))


def rate_month(facts: Facts, month: Month, cutoff: datetime, terms: Terms | None = None) -> RatedMonth:
    """Rate a month by what was recorded until `cutoff`; by `terms` rather than those in force, for a closed month.

    Raises `NoPriceInForce` where somebody is to be billed without a price."""
    terms = terms or terms_of(facts, month, cutoff)
    merges = Merges.known(facts.merges, cutoff)
    employment = by_person(facts.employment, merges, cutoff)
    option = option_of(facts, month, cutoff)
    app_seen = opened_in(facts.app_seen, month, terms.timezone, cutoff)
    seen = frozenset(merges.person_of(fact.person) for fact in app_seen)
    groups = judge_all(employment, option, month, terms, merges, seen)
    lines = employee_lines(tally_of(groups), terms, month)
    return RatedMonth(
        month=month,
        cutoff=cutoff,
        terms=terms,
        lines=lines,
        subtotal_cents=sum(line.amount_cents for line in lines),
        top_up_cents=top_up_cents(lines, terms.settings),
        people=people_of(groups, month, merges, facts.app_seen, cutoff),
        seen=seen,
        employment=employment,
        merges=merges,
        option=option,
        app_seen=app_seen,
    )


def by_person(facts: Iterable[EmploymentFact], merges: Merges, cutoff: datetime) -> dict[str, list[EmploymentFact]]:
    """The known facts of each person, those of merged files included."""
    found: dict[str, list[EmploymentFact]] = {}
    for fact in facts:
        if is_known(fact.recorded_at, cutoff):
            own = found.get(fact.person)
            if own is None:
                found[fact.person] = [fact]
            else:
                own.append(fact)
    for file in [file for file in merges.into if file in found]:
        person = merges.person_of(file)
        if person != file:
            found.setdefault(person, []).extend(found.pop(file))
    return found


def opened_in(facts: Iterable[AppSeen], month: Month, timezone: str, cutoff: datetime) -> tuple[AppSeen, ...]:
    """Known openings of a client within the local month."""
    starts_at, ends_at = first_instant(month.first, timezone), first_instant(month.shift(1).first, timezone)
    return tuple(
        fact for fact in facts if starts_at <= fact.effective_at < ends_at and is_known(fact.recorded_at, cutoff)
    )


def people_of(
    groups: Iterable[Group], month: Month, merges: Merges, app_seen: Iterable[AppSeen], cutoff: datetime
) -> dict[str, Verdict]:
    """Everybody whom the known facts name, with their verdict."""
    people = {person: group.verdict for group in groups for person in group.persons}
    for file in merges.into:
        if file not in people:
            people[file] = Verdict(month, 0, None, Reason.MERGED)
    for fact in app_seen:
        if fact.person not in people and is_known(fact.recorded_at, cutoff):
            people[fact.person] = Verdict(month, 0, None, Reason.NO_FILE)
    return people
