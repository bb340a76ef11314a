"""People judged together: those whose case is the same, so that a hundred thousand take a few judgements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from data.billing.rating.amounts import Tally
from data.billing.rating.employment import Merges, Stint, fold_employment
from data.billing.rating.facts import EmploymentFact, Ended, Hired, Terms
from data.billing.rating.months import Month
from data.billing.rating.option import MonthOption
from data.billing.rating.people import Reason, Verdict, judge, why_not_employed

# What decides a case: the dates within the month of the many with one assignment, all stints of the others.
Case = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """People whose case is the same."""

    verdict: Verdict
    persons: list[str]


def judge_all(
    employment: Mapping[str, list[EmploymentFact]],
    option: MonthOption,
    month: Month,
    terms: Terms,
    merges: Merges,
    seen: frozenset[str],
) -> list[Group]:
    cases: dict[Case, list[str]] = {}
    for person, facts in employment.items():
        case = case_of(facts, month, merges, terms.timezone)
        together = cases.get(case)
        if together is None:
            cases[case] = [person]
        else:
            together.append(person)
    groups: list[Group] = []
    for persons in cases.values():
        stints = fold_employment(employment[persons[0]], merges, terms.timezone)
        groups += _by_opening(judge(stints, option, month, terms.settings), persons, terms, seen)
    return groups


def case_of(facts: Sequence[EmploymentFact], month: Month, merges: Merges, timezone: str) -> Case:
    """Equal for people whom `judge` must judge alike. One hire, with or without its end, needs no folding."""
    hire, end = facts[0], facts[-1]
    if type(hire) is Hired:
        if len(facts) == 1:
            return _case_of_one(hire.service, hire.effective_on, None, month)
        if (
            len(facts) == 2
            and type(end) is Ended
            and end.person == hire.person
            and hire.effective_on < end.effective_on
        ):
            return _case_of_one(hire.service, hire.effective_on, end.effective_on, month)
    return _case_of_stints(fold_employment(facts, merges, timezone), month)


def _case_of_one(service: str, starts_on: date, ends_on: date | None, month: Month) -> Case:
    """What is outside the month decides nothing, but the reason of those who are not in it."""
    first, last = month.first, month.last
    if ends_on is not None and ends_on < first:
        return (Reason.LEFT,)
    if starts_on > last:
        return (Reason.STARTS_LATER,)
    return (service, max(starts_on, first), None if ends_on is None or ends_on >= last else ends_on)


def _case_of_stints(stints: Sequence[Stint], month: Month) -> Case:
    first, last = month.first, month.last
    touching = [s for s in stints if s.starts_on <= last and (s.ends_on is None or s.ends_on >= first)]
    if not touching:
        return (why_not_employed(stints, month),)
    if len(touching) == 1:
        return _case_of_one(touching[0].service, touching[0].starts_on, touching[0].ends_on, month)
    return tuple((stint.service, stint.starts_on, stint.ends_on, stint.is_primary) for stint in touching)


def _by_opening(verdict: Verdict, persons: list[str], terms: Terms, seen: frozenset[str]) -> list[Group]:
    """Where only those who opened a client are billed, the others apart."""
    if terms.settings.basis == "employee" or not verdict.is_billed:
        return [Group(verdict, persons)]
    opened = [person for person in persons if person in seen]
    others = [person for person in persons if person not in seen]
    return [Group(verdict, opened), Group(verdict.because(Reason.APP_NOT_OPENED), others)]


def tally_of(groups: Iterable[Group]) -> list[Tally]:
    """Heads and days by service, in the order of codes."""
    heads: dict[str, int] = {}
    days: dict[str, int] = {}
    for group in groups:
        service = group.verdict.service
        if service is not None and group.verdict.is_billed and group.persons:
            heads[service] = heads.get(service, 0) + len(group.persons)
            days[service] = days.get(service, 0) + group.verdict.day_count * len(group.persons)
    return [Tally(service, heads[service], days[service]) for service in sorted(heads)]
