"""Histories of an organization, generated: facts of every kind around the days on which clocks change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

from data.billing.rating import (
    ActivationVoid,
    AppSeen,
    EmploymentFact,
    Ended,
    Facts,
    Hired,
    Merged,
    Month,
    Moved,
    OptionChange,
    PriceChange,
    Settings,
    SettingsChange,
    SuspensionChange,
    TaxProfileChange,
)
from data.billing.taxes import CANADIAN_RATES

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# Clocks change on the first of a month in Toronto, at midnight in Havana, by half an hour on Lord Howe.
ZONES = [
    "America/Toronto",
    "America/Toronto",
    "America/Vancouver",
    "America/St_Johns",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "UTC",
]
MONTHS = [Month(2026, 10), Month(2026, 11), Month(2027, 2), Month(2027, 3), Month(2027, 4)]
SERVICES = ["bar", "cuisine", "salle"]
PEOPLE = ["Ana", "Ben", "Cyr", "Dia", "Eve"]


@dataclass(frozen=True)
class History:
    """Facts, and three months to close one after the other."""

    facts: Facts
    closes: tuple[tuple[Month, datetime], ...]


def build_history(seed: int) -> History:
    return Writer(Random(seed)).history()


class Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.zone = random.choice(ZONES)
        self.month = random.choice(MONTHS)
        self.first = self.month.first - timedelta(days=20)
        self.count = 0

    def history(self) -> History:
        months = [self.month, self.month.shift(1), self.month.shift(2)]
        facts = Facts(
            timezone=self.zone,
            prices=self.prices(),
            settings=(SettingsChange("settings", date(2020, 1, 1), LONG_AGO, self.settings()),),
            option_changes=self.option_changes(),
            employment=tuple(fact for person in PEOPLE for fact in self.employment(person)),
            merges=self.merges(),
            app_seen=tuple(self.opening() for _ in range(self.random.choice([0, 3, 9]))),
            suspensions=self.suspensions(),
            tax_profiles=(TaxProfileChange("profile", date(2020, 1, 1), LONG_AGO, self.random.choice(["QC", "NS"])),),
            tax_rates=CANADIAN_RATES,
        )
        facts = replace(facts, activation_voids=self.voids(facts))
        return History(facts, tuple((month, self.closing_of(month)) for month in months))

    def name(self) -> str:
        self.count += 1
        return f"f{self.count:03}"

    def day(self) -> date:
        return self.first + timedelta(days=self.random.randrange(100))

    def instant(self) -> datetime:
        """Often a midnight or a second beside it, or an hour that a change of clocks skips or repeats."""
        hour, minute, second = self.random.choice(
            [(0, 0, 0), (0, 0, 0), (0, 0, 1), (23, 59, 59), (0, 30, 0), (1, 30, 0), (2, 30, 0), (12, 0, 0), (20, 15, 7)]
        )
        day = self.random.choice([self.day(), self.month.first, self.month.shift(1).first])
        local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZoneInfo(self.zone))
        offset = timezone(timedelta(hours=self.random.choice([-10, -4, 0, 5])))
        return local.replace(fold=self.random.randrange(2)).astimezone(UTC).astimezone(offset)

    def recorded(self, on: date) -> datetime:
        """In time, or late."""
        lag = self.random.choice([-9, 0, 0, 0, 0, 20, 40, 70])
        return datetime(on.year, on.month, on.day, 13, self.random.randrange(60), tzinfo=UTC) + timedelta(days=lag)

    def closing_of(self, month: Month) -> datetime:
        first = month.shift(1).first
        return datetime(first.year, first.month, first.day, 14, tzinfo=UTC) + timedelta(days=self.random.randrange(4))

    def prices(self) -> tuple[PriceChange, ...]:
        amounts = [self.random.choice([2500, 2250, 3000, 1999, 10000]) for _ in range(2)]
        second = self.month.shift(self.random.randrange(3)).first
        return (
            PriceChange("price-1", date(2020, 1, 1), LONG_AGO, amounts[0]),
            PriceChange("price-2", second, self.recorded(second), amounts[1]),
        )

    def settings(self) -> Settings:
        return Settings(
            mode=self.random.choice(["flat", "daily"]),
            basis=self.random.choice(["employee", "employee", "employee", "app_user"]),
            min_days=self.random.choice([1, 1, 1, 3]),
            minimum_cents=self.random.choice([0, 0, 0, 60]),
        )

    def option_changes(self) -> tuple[OptionChange, ...]:
        started = OptionChange("start", self.instant(), LONG_AGO, True, None, "h-start")
        return (started, *(self.switch() for _ in range(self.random.randrange(8))))

    def switch(self) -> OptionChange:
        at, name = self.instant(), self.name()
        recorded_at = at if self.random.random() < 0.7 else self.recorded(at.date())
        until = self.day() if self.random.random() < 0.2 else None
        scope = self.random.choice([None, None, *SERVICES])
        return OptionChange(name, at, recorded_at, self.random.random() < 0.6, scope, f"h-{name}", until)

    def voids(self, facts: Facts) -> tuple[ActivationVoid, ...]:
        voided = [change for change in facts.option_changes if change.is_on and self.random.random() < 0.15]
        return tuple(
            ActivationVoid(
                self.name(),
                change.effective_at + timedelta(hours=hours),
                change.recorded_at + timedelta(hours=abs(hours)),
                change.handle or "",
            )
            for change in voided
            for hours in [self.random.choice([-1, 0, 3, 20, 90])]
        )

    def suspensions(self) -> tuple[SuspensionChange, ...]:
        count = self.random.choice([0, 0, 0, 0, 1, 2, 3])
        instants = [self.instant() for _ in range(count)]
        return tuple(SuspensionChange(self.name(), at, at, self.random.random() < 0.6) for at in instants)

    def employment(self, person: str) -> list[EmploymentFact]:
        return [self.employment_fact(person) for _ in range(self.random.choice([1, 1, 2, 2, 3, 4, 6]))]

    def employment_fact(self, person: str) -> EmploymentFact:
        on, name, kind = self.day(), self.name(), self.random.random()
        if kind < 0.5:
            service = self.random.choice(SERVICES)
            return Hired(name, person, on, self.recorded(on), service, self.random.random() < 0.3)
        if kind < 0.75:
            return Ended(name, person, on, self.recorded(on))
        before, after = self.random.sample(SERVICES, 2)
        return Moved(name, person, on, self.recorded(on), before, after)

    def merges(self) -> tuple[Merged, ...]:
        if self.random.random() < 0.6:
            return ()
        into = {2: PEOPLE[self.random.randrange(2)], 4: PEOPLE[self.random.randrange(4)]}
        return tuple(Merged(self.name(), self.recorded(self.day()), PEOPLE[n], into[n]) for n in into)

    def opening(self) -> AppSeen:
        at = self.instant()
        return AppSeen(self.name(), self.random.choice(PEOPLE), at, at + timedelta(days=self.random.choice([0, 0, 40])))
