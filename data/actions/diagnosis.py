"""Helping on the telephone leaves a trace: who looked somebody up, and when; nothing of what they saw."""

from __future__ import annotations

from data.access.diagnosis import DiagnosedPerson
from data.actions.audit import audit
from data.db import UnitOfWork


def do_note_look(uow: UnitOfWork, person: DiagnosedPerson) -> None:
    """Once each time that somebody else's state is shown; one's own is nobody's business."""
    if not person.is_oneself:
        subject = f"person:{person.person_id}"
        audit(uow, person.actor, "person.diagnosed", subject, organization_id=person.organization_id)
