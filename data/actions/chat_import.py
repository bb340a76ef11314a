"""Messages from elsewhere: JSON lines with `channel`, `sender`, `ts` (ISO 8601) and `text`, optionally `id`.

A channel becomes a public conversation of the service, a sender the employee of that e-mail, number or full name, or
else a former person. Every line is accounted for; what was stored once is not stored again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from sqlalchemy import case, insert, select, tuple_, update

from data.access.directory import ShapedService
from data.actions.audit import audit
from data.clock import EPOCH
from data.db import UnitOfWork
from data.models import chat_imports, conversations, employees, messages, people
from data.text import NAME_LIMIT, clean_text, fold, is_blank

NOBODY = "Anonyme"
CHUNK = 2000


class ForeignLine(msgspec.Struct):
    channel: str
    sender: str
    ts: str
    text: str
    id: str = ""


@dataclass(frozen=True)
class ForeignMessage:
    channel: str
    sender: str
    sent_at: datetime
    text: str
    ref: str


@dataclass
class ChatImport:
    """Where an import stands. `counts`: stored, known (stored before), and left out as blank or unreadable."""

    service: ShapedService
    file_digest: str
    lines_read: int
    counts: Counter[str] = field(default_factory=Counter)
    senders: dict[str, int] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)


def do_begin_chat_import(uow: UnitOfWork, service: ShapedService, file_digest: str) -> ChatImport:
    """Take up the import of this file where it stopped, or begin it."""
    lines_read = uow.execute(
        select(chat_imports.c.lines_read).where(
            chat_imports.c.service_id == service.id, chat_imports.c.file_digest == file_digest
        )
    ).scalar()
    if lines_read is None:
        uow.execute(
            insert(chat_imports).values(
                organization_id=service.organization.id,
                service_id=service.id,
                file_digest=file_digest,
                lines_read=0,
                updated_at=uow.now,
            )
        )
        audit(
            uow,
            service.organization.actor,
            "chat.imported",
            f"service:{service.id}",
            organization_id=service.organization.id,
        )
    return ChatImport(service, file_digest, lines_read or 0)


def do_import_lines(uow: UnitOfWork, progress: ChatImport, lines: Sequence[bytes]) -> None:
    """The next lines of the file, with the note of having read them, in one transaction."""
    found = [_parse(line, progress) for line in lines]
    readable = [message for message in found if message is not None]
    _find_senders(uow, progress, {message.sender for message in readable})
    _open_channels(uow, progress, readable)
    _store(uow, progress, readable)
    progress.lines_read += len(lines)
    uow.execute(
        update(chat_imports)
        .where(chat_imports.c.service_id == progress.service.id, chat_imports.c.file_digest == progress.file_digest)
        .values(lines_read=progress.lines_read, updated_at=uow.now)
    )


_decode = msgspec.json.Decoder(ForeignLine).decode


def _parse(line: bytes, progress: ChatImport) -> ForeignMessage | None:
    """None for what is left out, after counting why."""
    try:
        raw = _decode(line)
        sent_at = datetime.fromisoformat(raw.ts)
    except (msgspec.MsgspecError, ValueError):
        progress.counts["unreadable"] += 1
        return None
    text = clean_text(raw.text)
    if is_blank(text):
        progress.counts["blank"] += 1
        return None
    if sent_at.tzinfo is None:
        sent_at = sent_at.replace(tzinfo=UTC)
    channel = clean_text(raw.channel).strip()[:NAME_LIMIT] or NOBODY
    sender = clean_text(raw.sender).strip()[:NAME_LIMIT] or NOBODY
    return ForeignMessage(channel, sender, sent_at.astimezone(UTC), text, _make_ref(raw))


def _make_ref(raw: ForeignLine) -> str:
    """The same line gives the same ref, in this file or in another."""
    identity = raw.id or "\0".join((raw.channel, raw.sender, raw.ts, raw.text))
    return "import:" + hashlib.sha256(identity.encode()).hexdigest()[:40]


def _find_senders(uow: UnitOfWork, progress: ChatImport, senders: set[str]) -> None:
    """The person behind each sender: an employee by e-mail, number or full name, else a former person of that name."""
    unknown = senders - progress.senders.keys()
    if not unknown:
        return
    organization_id = progress.service.organization.id
    by_folded = {fold(sender): sender for sender in unknown}
    rows = uow.execute(
        select(people.c.id, people.c.given_name, people.c.family_name, employees.c.number, employees.c.email)
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(people.c.organization_id == organization_id)
        .order_by(people.c.id.desc())
    )
    for person_id, given, family, number, email in rows:
        if number is None and given in unknown:
            progress.senders.setdefault(given, person_id)
        for name in (f"{given} {family}", number, email) if number is not None else ():
            if name and fold(name) in by_folded:
                progress.senders[by_folded[fold(name)]] = person_id
    _create_former_people(uow, progress, sorted(unknown - progress.senders.keys()))


def _create_former_people(uow: UnitOfWork, progress: ChatImport, names: list[str]) -> None:
    if not names:
        return
    rows = [
        {
            "organization_id": progress.service.organization.id,
            "account_id": None,
            "given_name": name,
            "family_name": "",
            "search_name": fold(name),
            "is_administrator": False,
            "created_at": uow.now,
        }
        for name in names
    ]
    created = uow.execute(insert(people).returning(people.c.id, sort_by_parameter_order=True), rows).scalars()
    progress.senders.update(zip(names, created, strict=True))


def _open_channels(uow: UnitOfWork, progress: ChatImport, found: list[ForeignMessage]) -> None:
    """The conversation of each channel: the service's own of that name, else a new one."""
    first = {message.channel: message for message in reversed(found) if message.channel not in progress.channels}
    if not first:
        return
    service = progress.service
    known = uow.execute(
        select(conversations.c.name, conversations.c.id).where(
            conversations.c.service_id == service.id,
            conversations.c.kind == "public",
            conversations.c.deleted_at.is_(None),
            conversations.c.name.in_(first),
        )
    )
    progress.channels.update(known.all())  # type: ignore[arg-type]
    for name in sorted(first.keys() - progress.channels.keys()):
        progress.channels[name] = uow.execute(
            insert(conversations)
            .values(
                organization_id=service.organization.id,
                service_id=service.id,
                kind="public",
                name=name,
                search_name=fold(name),
                created_by=progress.senders[first[name].sender],
                created_at=first[name].sent_at,
                active_at=first[name].sent_at,
            )
            .returning(conversations.c.id)
        ).scalar_one()


def _store(uow: UnitOfWork, progress: ChatImport, found: list[ForeignMessage]) -> None:
    """Append what is new, in the order of the file, behind what each conversation holds already."""
    new = _leave_out_known(uow, progress, found)
    touched = {progress.channels[message.channel] for message in new}
    last_ordinals = dict(
        uow.execute(
            select(conversations.c.id, conversations.c.last_ordinal).where(conversations.c.id.in_(touched))
        ).all()
    )
    rows, latest = [], {}
    for message in new:
        conversation_id = progress.channels[message.channel]
        last_ordinals[conversation_id] += 1
        latest[conversation_id] = max(message.sent_at, latest.get(conversation_id, EPOCH))
        rows.append(
            {
                "conversation_id": conversation_id,
                "organization_id": progress.service.organization.id,
                "ordinal": last_ordinals[conversation_id],
                "author_id": progress.senders[message.sender],
                "kind": "text",
                "text": message.text,
                "ref": message.ref,
                "created_at": message.sent_at,
            }
        )
    if rows:
        uow.execute(insert(messages), rows)
    for conversation_id, sent_at in latest.items():
        grown = last_ordinals[conversation_id] - conversations.c.last_ordinal
        uow.execute(
            update(conversations)
            .where(conversations.c.id == conversation_id)
            .values(
                last_ordinal=last_ordinals[conversation_id],
                last_seq=conversations.c.last_seq + grown,
                active_at=case((conversations.c.active_at < sent_at, sent_at), else_=conversations.c.active_at),
            )
        )
    progress.counts["stored"] += len(rows)
    progress.counts["known"] += len(found) - len(rows)


def _leave_out_known(uow: UnitOfWork, progress: ChatImport, found: list[ForeignMessage]) -> list[ForeignMessage]:
    places = {
        (progress.channels[message.channel], progress.senders[message.sender], message.ref): message
        for message in found
    }
    for chunk in (list(places)[start : start + 300] for start in range(0, len(places), 300)):
        place = tuple_(messages.c.conversation_id, messages.c.author_id, messages.c.ref)
        for known in uow.execute(select(*place.clauses).where(place.in_(chunk))):
            places.pop(tuple(known), None)
    return list(places.values())
