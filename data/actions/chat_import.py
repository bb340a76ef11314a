"""Messages from elsewhere: JSON lines with `channel`, `sender`, `ts` (ISO 8601) and `text`, optionally `id`.

A channel becomes a public conversation of the service, a sender the employee of that e-mail, number or full name, or
else a former person. Every line is accounted for; what was stored once is not stored again. docs/CHAT_IMPORT.md."""

from __future__ import annotations

import codecs
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from sys import intern
from typing import Literal

import msgspec
from sqlalchemy import and_, bindparam, case, exists, insert, or_, select, update

from data.access.directory import ShapedService
from data.access.rights import FAR_AWAY
from data.actions.audit import audit
from data.clock import EPOCH, local_midnight
from data.db import UnitOfWork
from data.employment import DAY
from data.errors import ImportUnderWay
from data.models import assignments, chat_imports, conversations, employees, messages, people, service_rights
from data.models.columns import Instant
from data.text import NAME_LIMIT, clean_text, fold, is_blank

NOBODY = "Anonyme"
NAMELESS = "Sans nom"
PREFIX = "import:"
LOOKED_UP = 200  # places in one statement

Outcome = Literal["stored", "known", "blank", "unreadable", "future"]
Key = tuple[str, str, str]  # channel, sender, ref
Place = tuple[int, int, str]  # conversation, author, ref


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

    @property
    def key(self) -> Key:
        return (self.channel, self.sender, self.ref)


@dataclass
class Standing:
    """What people were in the service: from when to when they worked there, and since when they lead it."""

    stints: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    leads_since: dict[int, datetime] = field(default_factory=dict)

    def was_employed(self, person_id: int | None, at: datetime) -> bool:
        return any(begins <= at < ends for begins, ends in self.stints.get(person_id or 0, ()))

    def led(self, person_id: int | None, at: datetime) -> bool:
        since = self.leads_since.get(person_id or 0)
        return since is not None and since <= at


@dataclass
class Authors:
    """Who may stand behind a sender's name. `employees`: by folded e-mail, number and full name; `former`: people
    without a file, whom an import made."""

    employees: dict[str, set[int]] = field(default_factory=dict)
    former: dict[str, int] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)

    def find(self, sender: str) -> int | None:
        """Who gets what is new. A name that two employees bear is neither's."""
        namesakes = self.employees.get(fold(sender), set())
        return next(iter(namesakes)) if len(namesakes) == 1 else self.former.get(sender)

    def list_all(self, sender: str) -> set[int]:
        """Under whom it may have been stored before, when others worked here."""
        former = {self.former[sender]} if sender in self.former else set()
        return self.employees.get(fold(sender), set()) | former


@dataclass
class Channel:
    """`known`: the conversations that held some of it before this run; `conversation_id`: where an import may go on,
    once it `has_begun` to do so now."""

    known: list[int]
    conversation_id: int | None
    has_begun: bool = False


@dataclass
class ChatImport:
    """Where an import stands. `counts` add up to `lines_read`."""

    service: ShapedService
    file_digest: str
    lines_read: int
    counts: Counter[Outcome] = field(default_factory=Counter)
    authors: Authors | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    stored: set[Key] = field(default_factory=set)


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


def count_lines_read_before(progress: ChatImport, lines: Iterable[bytes], now: datetime) -> None:
    """Lines that the import had gone through before it stopped: what is not left out was stored then."""
    for line in lines:
        found = parse_line(line, now)
        progress.counts["known" if isinstance(found, ForeignMessage) else found] += 1


def do_import_lines(uow: UnitOfWork, progress: ChatImport, lines: Sequence[bytes]) -> None:
    """The next lines of the file, with the note of having read them, in one transaction."""
    _note_lines(uow, progress, len(lines))
    readable: list[ForeignMessage] = []
    for line in lines:
        found = parse_line(line, uow.now)
        if isinstance(found, ForeignMessage):
            readable.append(found)
        else:
            progress.counts[found] += 1
    authors = progress.authors = progress.authors or _read_authors(uow, progress.service)
    _find_channels(uow, progress, {message.channel for message in readable} - progress.channels.keys())
    new = _leave_out_known(uow, progress, authors, readable)
    _welcome_former_people(uow, progress, authors, new)
    _open_channels(uow, progress, authors, new)
    _store(uow, progress, authors, new)
    progress.counts["stored"] += len(new)
    progress.counts["known"] += len(readable) - len(new)


_decode = msgspec.json.Decoder(ForeignLine).decode


def parse_line(line: bytes, now: datetime) -> ForeignMessage | Outcome:
    """The message of a line, or why it is left out."""
    if not line.strip():
        return "blank"
    try:
        raw = _decode(line.removeprefix(codecs.BOM_UTF8))
        sent_at = datetime.fromisoformat(raw.ts)
        sent_at = sent_at.replace(tzinfo=UTC) if sent_at.tzinfo is None else sent_at.astimezone(UTC)
    except (msgspec.MsgspecError, ValueError, OverflowError):
        return "unreadable"
    text = clean_text(raw.text)
    if is_blank(text):
        return "blank"
    if sent_at > now:
        return "future"
    channel, sender = intern(_name(raw.channel, NAMELESS)), intern(_name(raw.sender, NOBODY))
    return ForeignMessage(channel, sender, sent_at, text, _make_ref(raw))


def _name(text: str, nameless: str) -> str:
    clean = " ".join(clean_text(text).split())[:NAME_LIMIT].strip()
    return nameless if is_blank(clean) else clean


def _make_ref(raw: ForeignLine) -> str:
    """The same line gives the same ref, in this file or in another."""
    identity = raw.id or "\0".join((raw.channel, raw.sender, raw.ts, raw.text))
    return PREFIX + hashlib.sha256(identity.encode()).hexdigest()[:40]


def _note_lines(uow: UnitOfWork, progress: ChatImport, count: int) -> None:
    """Whoever else reads this file waits here, and then finds that somebody went on."""
    noted = uow.execute(
        update(chat_imports)
        .where(
            chat_imports.c.service_id == progress.service.id,
            chat_imports.c.file_digest == progress.file_digest,
            chat_imports.c.lines_read == progress.lines_read,
        )
        .values(lines_read=progress.lines_read + count, updated_at=uow.now)
    )
    if noted.rowcount != 1:
        raise ImportUnderWay()
    progress.lines_read += count


def _read_authors(uow: UnitOfWork, service: ShapedService) -> Authors:
    authors = Authors(standing=_read_standing(uow, service))
    rows = uow.execute(
        select(
            people.c.id,
            people.c.account_id,
            people.c.given_name,
            people.c.family_name,
            employees.c.number,
            employees.c.email,
        )
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(people.c.organization_id == service.organization.id)
    )
    for person_id, account_id, given, family, number, email in rows:
        if account_id is None:
            authors.former[given] = person_id
        for name in (f"{given} {family}", number, email) if number is not None else ():
            if name:
                authors.employees.setdefault(fold(name), set()).add(person_id)
    return authors


def _read_standing(uow: UnitOfWork, service: ShapedService) -> Standing:
    standing = Standing()
    timezone = service.organization.timezone
    stints = select(assignments.c.person_id, assignments.c.starts_on, assignments.c.ends_on)
    for person_id, starts_on, ends_on in uow.execute(stints.where(assignments.c.service_id == service.id)):
        until = local_midnight(ends_on + DAY, timezone) if ends_on else FAR_AWAY
        standing.stints.setdefault(person_id, []).append((local_midnight(starts_on, timezone), until))
    granted = select(service_rights.c.person_id, service_rights.c.granted_at)
    standing.leads_since.update(uow.execute(granted.where(service_rights.c.service_id == service.id)).all())
    return standing


def _find_channels(uow: UnitOfWork, progress: ChatImport, names: set[str]) -> None:
    """The conversations of the service that bear these names. An import goes on in the latest one that an import began
    and in which nobody has written since."""
    if not names:
        return
    is_typed = exists(
        select(messages.c.ordinal).where(
            messages.c.conversation_id == conversations.c.id, ~messages.c.ref.startswith(PREFIX)
        )
    )
    continues = and_(conversations.c.deleted_at.is_(None), conversations.c.last_ordinal > 0, ~is_typed)
    rows = uow.execute(
        select(conversations.c.name, conversations.c.id, continues)
        .where(
            conversations.c.service_id == progress.service.id,
            conversations.c.kind == "public",
            conversations.c.name.in_(names),
        )
        .order_by(conversations.c.id)
    )
    progress.channels.update({name: Channel([], None) for name in names})
    for name, conversation_id, may_go_on in rows:
        channel = progress.channels[name]
        channel.known.append(conversation_id)
        channel.conversation_id = conversation_id if may_go_on else channel.conversation_id


def _leave_out_known(
    uow: UnitOfWork, progress: ChatImport, authors: Authors, found: list[ForeignMessage]
) -> list[ForeignMessage]:
    """Those that no conversation of their channel holds yet, under whichever author they may have been stored."""
    new: dict[Key, ForeignMessage] = {}
    for message in found:
        if message.key not in progress.stored:
            new.setdefault(message.key, message)
    namesakes = {sender: authors.list_all(sender) for _, sender, _ in new}
    places: dict[Place, Key] = {
        (conversation_id, author_id, key[2]): key
        for key in new
        for conversation_id in progress.channels[key[0]].known
        for author_id in namesakes[key[1]]
    }
    for known in _find_stored(uow, list(places)):
        new.pop(places[known], None)
    return list(new.values())


def _find_stored(uow: UnitOfWork, places: list[Place]) -> Iterator[Place]:
    for chunk in (places[start : start + LOOKED_UP] for start in range(0, len(places), LOOKED_UP)):
        filled = [*chunk, *[chunk[-1]] * (LOOKED_UP - len(chunk))]
        for known in uow.execute(
            _LOOK_UP,
            {f"{name}{n}": value for n, place in enumerate(filled) for name, value in zip("car", place, strict=True)},
        ):
            yield tuple(known)


# One alternative a place, not `(…, …, …) IN (…)`: SQLite looks a row of values up in no index.
_LOOK_UP = select(messages.c.conversation_id, messages.c.author_id, messages.c.ref).where(
    or_(
        *(
            and_(
                messages.c.conversation_id == bindparam(f"c{n}"),
                messages.c.author_id == bindparam(f"a{n}"),
                messages.c.ref == bindparam(f"r{n}"),
            )
            for n in range(LOOKED_UP)
        )
    )
)


def _welcome_former_people(uow: UnitOfWork, progress: ChatImport, authors: Authors, new: list[ForeignMessage]) -> None:
    """Whoever is nobody here yet."""
    names = sorted({message.sender for message in new if authors.find(message.sender) is None})
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
    authors.former.update(zip(names, created, strict=True))


def _open_channels(uow: UnitOfWork, progress: ChatImport, authors: Authors, new: list[ForeignMessage]) -> None:
    """A conversation for each. It begins here and now: what it brings is unread for nobody (see models/unread)."""
    for message in new:
        channel = progress.channels[message.channel]
        if channel.has_begun:
            continue
        if channel.conversation_id is None:
            channel.conversation_id = _begin_conversation(uow, progress.service, message, authors.find(message.sender))
        else:
            began = update(conversations).where(conversations.c.id == channel.conversation_id)
            uow.execute(began.values(created_at=uow.now))
        channel.has_begun = True


def _begin_conversation(uow: UnitOfWork, service: ShapedService, first: ForeignMessage, author_id: int | None) -> int:
    conversation_id: int = uow.execute(
        insert(conversations)
        .values(
            organization_id=service.organization.id,
            service_id=service.id,
            kind="public",
            name=first.channel,
            search_name=fold(first.channel),
            created_by=author_id,
            created_at=uow.now,
            active_at=first.sent_at,
            notified_ordinal=0,  # nobody is told of what was said elsewhere
        )
        .returning(conversations.c.id)
    ).scalar_one()
    return conversation_id


def _store(uow: UnitOfWork, progress: ChatImport, authors: Authors, new: list[ForeignMessage]) -> None:
    """Append, in the order of the file, behind what each conversation holds already."""
    if not new:
        return
    into = {message.channel: progress.channels[message.channel].conversation_id for message in new}
    writers = {sender: authors.find(sender) for sender in {message.sender for message in new}}
    last_ordinals: dict[int | None, int] = dict(
        uow.execute(
            select(conversations.c.id, conversations.c.last_ordinal)
            .where(conversations.c.id.in_(into.values()))
            .order_by(conversations.c.id)
            .with_for_update(key_share=True)
        ).all()
    )
    latest: dict[int | None, datetime] = {}
    rows = []
    for message in new:
        conversation_id = into[message.channel]
        author_id = writers[message.sender]
        last_ordinals[conversation_id] += 1
        latest[conversation_id] = max(message.sent_at, latest.get(conversation_id, EPOCH))
        rows.append(
            {
                "conversation_id": conversation_id,
                "organization_id": progress.service.organization.id,
                "ordinal": last_ordinals[conversation_id],
                "author_id": author_id,
                "kind": "text",
                "text": message.text,
                "ref": message.ref,
                "created_at": message.sent_at,
                "author_employed": authors.standing.was_employed(author_id, message.sent_at),
                "author_leads": authors.standing.led(author_id, message.sent_at),
            }
        )
    uow.execute(insert(messages), rows)
    ends = [{"id_": id_, "last": last_ordinals[id_], "sent_at": sent_at} for id_, sent_at in latest.items()]
    uow.execute(_MOVE_END, ends)
    progress.stored.update(message.key for message in new)


_SENT_AT = bindparam("sent_at", type_=Instant)
_MOVE_END = (
    update(conversations)
    .where(conversations.c.id == bindparam("id_"))
    .values(
        last_ordinal=bindparam("last"),
        last_seq=conversations.c.last_seq + bindparam("last") - conversations.c.last_ordinal,
        active_at=case((conversations.c.active_at < _SENT_AT, _SENT_AT), else_=conversations.c.active_at),
    )
)
