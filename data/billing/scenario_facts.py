"""The events of a scenario file as facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from data.billing.rating import (
    ActivationVoid,
    AppSeen,
    EmploymentFact,
    Ended,
    Facts,
    Hired,
    Merged,
    Moved,
    OptionChange,
    PriceChange,
    Settings,
    SettingsChange,
    TaxProfileChange,
)
from data.billing.taxes import CANADIAN_RATES
from data.money import parse_plain_price

Raw = Mapping[str, Any]
ALWAYS = datetime(1, 1, 2, tzinfo=UTC)


def parse_facts(org: Raw, named: Sequence[tuple[str, Raw]]) -> Facts:
    def all_of(kind: str) -> list[Any]:
        return [fact for name, event in named if event["type"] in _READERS[kind] for fact in _read(kind, name, event)]

    profile = TaxProfileChange("profile", date.min, ALWAYS, org["province"], frozenset(org.get("tax_exempt", ())))
    settings = SettingsChange("settings", date.min, ALWAYS, Settings(**org.get("settings", {})))
    return Facts(
        timezone=org.get("timezone", "America/Toronto"),
        prices=tuple(all_of("prices")),
        settings=(settings,),
        option_changes=tuple(all_of("option_changes")),
        activation_voids=tuple(all_of("activation_voids")),
        employment=tuple(all_of("employment")),
        merges=tuple(all_of("merges")),
        app_seen=tuple(all_of("app_seen")),
        tax_profiles=(profile,),
        tax_rates=CANADIAN_RATES,
    )


def _at(event: Raw) -> datetime:
    return datetime.fromisoformat(event["at"])


def _recorded_at(event: Raw) -> datetime:
    return datetime.fromisoformat(event.get("recorded_at") or event["at"])


def _on(event: Raw, key: str) -> date:
    return date.fromisoformat(event[key])


def _price(name: str, event: Raw) -> Iterator[PriceChange]:
    yield PriceChange(name, _on(event, "effective_date"), _recorded_at(event), parse_plain_price(event["amount"]))


def _switch(name: str, event: Raw) -> Iterator[OptionChange]:
    scope = None if event.get("scope", "org") == "org" else event["scope"]
    until = _on(event, "trial_until") if event.get("trial_until") else None
    is_on = event["type"] == "option_on"
    yield OptionChange(name, _at(event), _recorded_at(event), is_on, scope, event.get("id"), until)


def _void(name: str, event: Raw) -> Iterator[ActivationVoid]:
    yield ActivationVoid(name, _at(event), _recorded_at(event), event["id"])


def _hire(name: str, event: Raw) -> Iterator[EmploymentFact]:
    is_primary = bool(event.get("primary", False))
    on, recorded_at = _on(event, "start_date"), _recorded_at(event)
    if event["type"] == "hire":
        yield Hired(name, event["person"], on, recorded_at, event["service"], is_primary)
        return
    for number in range(1, event["count"] + 1):
        person = f"{event['prefix']}{number:06}"
        yield Hired(f"{name}-{number:06}", person, on, recorded_at, event["service"], is_primary)


def _end(name: str, event: Raw) -> Iterator[EmploymentFact]:
    yield Ended(name, event["person"], _on(event, "end_date"), _recorded_at(event))


def _move(name: str, event: Raw) -> Iterator[EmploymentFact]:
    yield Moved(name, event["person"], _on(event, "date"), _recorded_at(event), event["from"], event["to"])


def _merge(name: str, event: Raw) -> Iterator[Merged]:
    yield Merged(name, _recorded_at(event), event["from"], event["into"])


def _seen(name: str, event: Raw) -> Iterator[AppSeen]:
    yield AppSeen(name, event["person"], _at(event), _recorded_at(event))


Reader = Callable[[str, Raw], Iterator[Any]]
# For each kind of fact, the events that tell it and how to read them.
_READERS: dict[str, dict[str, Reader]] = {
    "prices": {"price": _price},
    "option_changes": {"option_on": _switch, "option_off": _switch},
    "activation_voids": {"activation_void": _void},
    "employment": {"hire": _hire, "bulk_hire": _hire, "terminate": _end, "move": _move},
    "merges": {"merge": _merge},
    "app_seen": {"app_seen": _seen},
}


def _read(kind: str, name: str, event: Raw) -> Iterator[Any]:
    return _READERS[kind][event["type"]](name, event)
