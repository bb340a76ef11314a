"""The people of a document, as their names are known when it is exported: the document itself holds ids only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BilledPersonRow:
    """Somebody whom a document bills or credits. `number`: of the employee; `days`: billable ones; `opened_app`: in
    the month, None where it is not known."""

    number: str
    name: str
    service_code: str
    service_name: str
    department: str
    days: int
    amount_cents: int
    opened_app: bool | None = None
