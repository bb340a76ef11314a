"""Suspected duplicates, settled: merged into one person, or dismissed."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from data.access.duplicates import SettledSuspicion
from data.access.rights import change_rights
from data.actions.audit import audit
from data.db import UnitOfWork
from data.errors import NotFound
from data.models import accounts, assignments, duplicate_dismissals, people, person_merges


def do_dismiss_suspicion(uow: UnitOfWork, settled: SettledSuspicion) -> None:
    """They are different people; an address shared by many is dismissed once for all."""
    uow.execute(
        insert(duplicate_dismissals).values(
            organization_id=settled.organization_id,
            suspicion=settled.suspicion.key,
            effective_at=uow.now,
            recorded_at=uow.now,
            recorded_by=settled.actor.account_id,
        )
    )
    _audit(uow, settled, "duplicates.dismissed", settled.suspicion.files[0].person_id)


def do_merge_files(uow: UnitOfWork, settled: SettledSuspicion, person_id: int, into_person_id: int) -> None:
    """The first file was the same person as the second, which goes on; the first is used no more. Billing counts the
    days of both as one person's, in months to come and, by a credit, in those that were billed twice."""
    ids = {file.person_id for file in settled.suspicion.files}
    if person_id == into_person_id or not {person_id, into_person_id} <= ids:
        raise NotFound()
    uow.execute(
        insert(person_merges).values(
            organization_id=settled.organization_id,
            person_id=person_id,
            into_person_id=into_person_id,
            effective_at=uow.now,
            recorded_at=uow.now,
            recorded_by=settled.actor.account_id,
        )
    )
    uow.execute(delete(assignments).where(assignments.c.person_id == person_id))
    _close_account(uow, person_id)
    change_rights(uow, settled.organization_id, [person_id])
    _audit(uow, settled, "people.merged", person_id, into=into_person_id)


def _close_account(uow: UnitOfWork, person_id: int) -> None:
    """Unless it opens another organization too."""
    account_id = uow.execute(select(people.c.account_id).where(people.c.id == person_id)).scalar_one()
    others = select(people.c.id).where(people.c.account_id == account_id, people.c.id != person_id)
    if account_id is not None and uow.execute(others).first() is None:
        uow.execute(update(accounts).where(accounts.c.id == account_id).values(deactivated_at=uow.now))


def _audit(uow: UnitOfWork, settled: SettledSuspicion, act: str, person_id: int, **details: object) -> None:
    audit(uow, settled.actor, act, f"person:{person_id}", organization_id=settled.organization_id, **details)
