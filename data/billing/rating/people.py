"""Who is billed for a month, by which days and at which service's cost; or why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from data.billing.rating.employment import Stint
from data.billing.rating.facts import Settings
from data.billing.rating.months import Month, dates_of, days_between
from data.billing.rating.option import MonthOption, union


class Reason(StrEnum):
    """Why somebody is not billed."""

    LEFT = "left"
    STARTS_LATER = "starts_later"
    NOT_EMPLOYED = "not_employed"
    OPTION_OFF = "option_off"
    TRIAL = "trial"
    SUSPENDED = "suspended"
    ANNULLED = "annulled"
    TOO_FEW_DAYS = "too_few_days"
    APP_NOT_OPENED = "app_not_opened"
    MERGED = "merged"
    NO_FILE = "no_file"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Shared by all whose case is the same. `days` as bits; `reason` None: billed, at the cost of `service`."""

    month: Month
    days: int
    service: str | None
    reason: Reason | None

    @property
    def is_billed(self) -> bool:
        return self.reason is None

    @property
    def day_count(self) -> int:
        return self.days.bit_count()

    @property
    def dates(self) -> tuple[date, ...]:
        return dates_of(self.days, self.month)

    def because(self, reason: Reason) -> Verdict:
        return replace(self, reason=reason)


def judge(stints: Sequence[Stint], option: MonthOption, month: Month, settings: Settings) -> Verdict:
    by_service = days_by_service(stints, option, month)
    days = union(by_service.values())
    if not by_service:
        return Verdict(month, 0, None, _why_no_day(stints, option, month))
    reason = None if days.bit_count() >= settings.min_days else Reason.TOO_FEW_DAYS
    return Verdict(month, days, cost_service(by_service), reason)


def days_by_service(stints: Iterable[Stint], option: MonthOption, month: Month) -> dict[str, int]:
    """Each billable day once, at the service that bears it."""
    taken = 0
    found: dict[str, int] = {}
    for stint in sorted(stints, key=ranking):
        employed = days_between(stint.starts_on, stint.ends_on, month)
        own = billable(employed, option.paid.get(None, 0), option.paid.get(stint.service, 0)) & ~taken
        if own:
            found[stint.service] = found.get(stint.service, 0) | own
            taken |= own
    return found


def ranking(stint: Stint) -> tuple[bool, date, str]:
    """Of two services on the same day: primary, else earliest start, else smallest code."""
    return (not stint.is_primary, stint.starts_on, stint.service)


def billable(employed: int, organization_on: int, service_on: int) -> int:
    """On for the organization or for the service."""
    return employed & (organization_on | service_on)


def cost_service(by_service: dict[str, int]) -> str:
    """The service with most billable days; of equals, the latest."""
    return max(by_service, key=lambda service: (by_service[service].bit_count(), by_service[service]))


def _why_no_day(stints: Sequence[Stint], option: MonthOption, month: Month) -> Reason:
    employed = {stint: days_between(stint.starts_on, stint.ends_on, month) for stint in stints}
    if not any(employed.values()):
        return why_not_employed(stints, month)
    touching = [(activation, days) for stint, days in employed.items() for activation in option.covering(stint.service)]
    for reason, field in ((Reason.ANNULLED, "annulled"), (Reason.TRIAL, "trial"), (Reason.SUSPENDED, "suspended")):
        if any(days & getattr(activation, field) for activation, days in touching):
            return reason
    return Reason.OPTION_OFF


def why_not_employed(stints: Sequence[Stint], month: Month) -> Reason:
    if stints and all(stint.ends_on is not None and stint.ends_on < month.first for stint in stints):
        return Reason.LEFT
    if stints and all(stint.starts_on > month.last for stint in stints):
        return Reason.STARTS_LATER
    return Reason.NOT_EMPLOYED
