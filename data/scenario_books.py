"""Scenario files through the real thing: their facts written into the ledgers of a scratch database, their closings
done by the product's own closing, their results read back from what it stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert

from data import clock, db, migrations
from data.access.billing import access_bookkeeping_at_console, access_kept_organization
from data.actions.closing import INSTANT, Draft
from data.billing.issued import Seller
from data.billing.rating import EmploymentFact, Ended, Hired, Moved
from data.billing.scenarios import Closed, CloseRequest, Replay, Scenario, print_closes
from data.bookkeeping import close_month, draft_month
from data.db import UnitOfWork
from data.ledgers import person_key, read_books
from data.models import (
    app_openings,
    contract_changes,
    employees,
    employment_changes,
    option_changes,
    option_voids,
    organizations,
    people,
    person_merges,
    price_changes,
    services,
    tax_profile_changes,
)

SELLER = Seller("Scénario", "", "", "TPS", "TVQ")
HERE = 1  # the one organization of a scratch database


def replay_in_books(scenario: Scenario, folder: Path) -> dict[str, Any]:
    """What a scenario comes to, in the form of `expected`. Leaves the process connected to the scratch database."""
    url = f"sqlite:///{folder / f'{scenario.id}.db'}"
    migrations.upgrade(url)
    db.connect(url)
    with db.unit_of_work() as uow:
        names = _write_facts(uow, scenario)
    done = [_close(request) for request in scenario.closes]
    return _with_names(print_closes(done), names)


def _close(request: CloseRequest) -> Closed | Replay:
    keeper = access_bookkeeping_at_console()
    with clock.reading(partial(_still, request.at + INSTANT)):
        draft = draft_month(keeper, HERE, request.month)
        close_month(keeper, HERE, request.month, SELLER)
        with db.read() as reader:
            stored = read_books(reader, access_kept_organization(reader, keeper, HERE)).find(request.month)
    assert stored is not None
    if not isinstance(draft, Draft):
        return Replay(request, stored.invoice)
    return Closed(request, replace(draft.closing, closed=stored))


def _still(at: datetime) -> datetime:
    return at


def _write_facts(uow: UnitOfWork, scenario: Scenario) -> dict[str, str]:
    """The scenario's names of people by their keys. People are added by name, so that keys sort as names do."""
    facts = scenario.facts
    named = {fact.person for fact in facts.employment} | {fact.person for fact in facts.app_seen}
    named |= {file for merge in facts.merges for file in (merge.from_person, merge.into_person)}
    places = {code for fact in facts.employment for code in _codes_of(fact)}
    places |= {change.scope for change in facts.option_changes if change.scope}
    _write_organization(uow, scenario)
    service_ids = _write_services(uow, sorted(places))
    ids = _write_people(uow, sorted(named))
    _write_terms(uow, scenario)
    _write_switches(uow, scenario, service_ids)
    _insert(uow, employment_changes, (_employment_row(fact, ids, service_ids) for fact in _ordered(facts.employment)))
    merges = sorted(facts.merges, key=lambda merge: merge.id)
    _insert(
        uow,
        person_merges,
        (
            {"person_id": ids[m.from_person], "into_person_id": ids[m.into_person], "effective_at": m.recorded_at}
            | {"recorded_at": m.recorded_at}
            for m in merges
        ),
    )
    _insert(
        uow,
        app_openings,
        (
            {"person_id": ids[fact.person], "effective_at": fact.effective_at, "recorded_at": fact.recorded_at}
            for fact in facts.app_seen
        ),
    )
    return {person_key(person_id): name for name, person_id in ids.items()}


def _codes_of(fact: EmploymentFact) -> Iterator[str]:
    if isinstance(fact, Hired):
        yield fact.service
    elif isinstance(fact, Moved):
        yield from (fact.from_service, fact.to_service)


def _ordered(facts: Iterable[EmploymentFact]) -> list[EmploymentFact]:
    return sorted(facts, key=lambda fact: fact.id)


def _write_organization(uow: UnitOfWork, scenario: Scenario) -> None:
    profile = scenario.facts.tax_profiles[0]
    uow.execute(
        insert(organizations).values(
            id=HERE,
            code="scenario",
            name=scenario.id,
            province=profile.province,
            timezone=scenario.facts.timezone,
            language="fr",
            rights_version=1,
            created_at=uow.now,
        )
    )
    exempt = ",".join(sorted(profile.exempt))
    row = {"effective_on": profile.effective_on, "province": profile.province, "exempt": exempt}
    _insert(uow, tax_profile_changes, [row | {"recorded_at": profile.recorded_at}])


def _write_services(uow: UnitOfWork, codes: list[str]) -> dict[str, int]:
    ids = {code: number for number, code in enumerate(codes, start=1)}
    _insert(uow, services, ({"id": number, "code": code, "name": code} for code, number in ids.items()))
    return ids


def _write_people(uow: UnitOfWork, names: list[str]) -> dict[str, int]:
    ids = {name: number for number, name in enumerate(names, start=1)}
    person = {"family_name": "", "is_administrator": False, "created_at": uow.now}
    _insert(
        uow, people, ({"id": number, "given_name": name, "search_name": name} | person for name, number in ids.items())
    )
    _insert(uow, employees, ({"person_id": number, "number": name} for name, number in ids.items()))
    return ids


def _write_terms(uow: UnitOfWork, scenario: Scenario) -> None:
    for price in sorted(scenario.facts.prices, key=lambda price: price.id):
        row = {"effective_on": price.effective_on, "amount": price.price, "recorded_at": price.recorded_at}
        uow.execute(insert(price_changes).values(row))
    change = scenario.facts.settings[0]
    terms = {name: getattr(change.settings, name) for name in ("mode", "basis", "min_days", "minimum_cents")}
    dated = {"effective_on": change.effective_on, "recorded_at": change.recorded_at}
    _insert(uow, contract_changes, [terms | dated])


def _write_switches(uow: UnitOfWork, scenario: Scenario, service_ids: dict[str, int]) -> None:
    handles: dict[str, int] = {}
    for number, change in enumerate(sorted(scenario.facts.option_changes, key=lambda change: change.id), start=1):
        handles[change.handle or change.id] = number
        row = {
            "id": number,
            "service_id": None if change.scope is None else service_ids[change.scope],
            "is_on": change.is_on,
            "effective_at": change.effective_at,
            "recorded_at": change.recorded_at,
            "ticket": change.id,
            "requested_by": scenario.id,
            "trial_until": change.trial_until,
        }
        _insert(uow, option_changes, [row])
    for void in scenario.facts.activation_voids:
        row = {"option_change_id": handles[void.handle], "effective_at": void.effective_at}
        _insert(uow, option_voids, [row | {"recorded_at": void.recorded_at, "ticket": void.id}])


def _employment_row(fact: EmploymentFact, ids: dict[str, int], service_ids: dict[str, int]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "person_id": ids[fact.person],
        "effective_on": fact.effective_on,
        "recorded_at": fact.recorded_at,
        "service_id": None,
        "from_service_id": None,
        "is_primary": None,
    }
    if isinstance(fact, Hired):
        return row | {"kind": "hired", "service_id": service_ids[fact.service], "is_primary": fact.is_primary}
    if isinstance(fact, Ended):
        return row | {"kind": "ended"}
    moved = {"service_id": service_ids[fact.to_service], "from_service_id": service_ids[fact.from_service]}
    return row | {"kind": "moved"} | moved


def _insert(uow: UnitOfWork, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    filled = [{"organization_id": HERE} | row for row in rows]
    if filled:
        uow.execute(insert(table), filled)


def _with_names(printed: Any, names: dict[str, str]) -> Any:
    """People by the scenario's own names, wherever they stand."""
    if isinstance(printed, dict):
        return {names.get(key, key): _with_names(value, names) for key, value in printed.items()}
    if isinstance(printed, list):
        return [_with_names(value, names) for value in printed]
    return names.get(printed, printed) if isinstance(printed, str) else printed
