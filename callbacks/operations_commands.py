"""From a complaint to its cause, at the server's console: who was not told, of which conversation, when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click

from callbacks.console import command, find_organization
from data import clock, db
from data.access.diagnosis import TracedPerson, access_traced_person_at_console
from data.errors import NotFound
from data.queries.silence import Cause, NoticeState, Silence, find_silence, list_conversations_around

CAUSES: dict[Cause, str] = {
    "no_session": "They are signed in on no phone: nobody is told without a sign-in.",
    "no_right": "The conversation is not for them now ({refusal}): their work, their rights or the option changed.",
    "left": "They left it, on {left}.",
    "muted": "They muted it, on {muted}.",
    "read": "They have read it to the end, on another screen perhaps.",
    "no_device": "No device of theirs ever took notifications.",
    "device_ended": "No device of theirs takes notifications any more; why, each line below says.",
    "quiet_hours": "They were in quiet hours until {quiet}: it comes in the summary of that moment.",
    "not_queued": "It was never queued for their device: at that moment something above kept it from them.",
    "waiting": "It waits to be sent; when, each line below says.",
    "told": "A notification of this conversation was taken by the push service; when, each line below says.",
}


@command("why-not-told")
@click.option("--organization", required=True, metavar="CODE")
@click.option("--person", required=True, metavar="NUMBER", help="Of their file.")
@click.option("--conversation", type=int, metavar="ID", help="Without it, those of that time in which they take part.")
@click.option("--at", metavar="INSTANT", help="Like 2026-11-24T14:05, local time; now if not said.")
def why_not_told(organization: str, person: str, conversation: int | None, at: str | None) -> None:
    """Say why somebody got no notification: session, right, mute, device, quiet hours, queue.

    Numbers and instants only, nothing of what was written. The log says what became of each notification."""
    with db.read() as reader:
        traced = _find_person(reader, organization, person)
        moment = _parse_moment(at, traced.timezone)
        chosen = [conversation] if conversation is not None else list_conversations_around(reader, traced, moment)
        found = [find_silence(reader, traced, each, moment) for each in chosen]
    if not chosen:
        raise click.ClickException("Nothing was said around that time in a conversation in which they take part.")
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        raise click.ClickException("That organization has no such conversation.")
    click.echo(f'In the log: "person": {traced.person_id}')
    for silence in known:
        click.echo("\n".join(_describe(silence, traced.timezone)))


def _find_person(reader: db.Reader, organization: str, number: str) -> TracedPerson:
    try:
        return access_traced_person_at_console(reader, find_organization(reader, organization), number)
    except NotFound:
        raise click.ClickException(f"Nobody there has the number {number}.") from None


def _parse_moment(text: str | None, timezone: str) -> datetime:
    if text is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.ClickException(f"{text} is no instant. Write it like 2026-11-24T14:05.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=clock.zone(timezone))


def _describe(silence: Silence, timezone: str) -> Iterator[str]:
    yield f"Conversation {silence.conversation}: {silence.last_ordinal} messages, read to {silence.read_ordinal}"
    words = {
        "refusal": silence.refusal,
        "left": _write(silence.left_at, timezone),
        "muted": _write(silence.muted_at, timezone),
        "quiet": _write(silence.quiet_until, timezone),
    }
    yield from (f"  {CAUSES[cause].format(**words)}" for cause in silence.causes)
    yield from (f"  {_describe_device(each, timezone)}" for each in silence.notices)


def _describe_device(notice: NoticeState, timezone: str) -> str:
    parts = [
        f"ended on {_write(notice.ended_at, timezone)} ({notice.ended_reason})" if notice.ended_at else "",
        "" if notice.is_queued else "nothing queued",
        f"due at {_write(notice.due_at, timezone)}{' (held)' if notice.is_held else ''}" if notice.due_at else "",
        f"told at {_write(notice.told_at, timezone)}" if notice.told_at else "",
        f"{notice.attempts} attempts" if notice.attempts else "",
        f"its push service last failed on {_write(notice.failed_at, timezone)}" if notice.failed_at else "",
    ]
    return f"device {notice.device}: {', '.join(part for part in parts if part) or 'nothing to tell'}"


def _write(at: datetime | None, timezone: str) -> str:
    return "" if at is None else f"{at.astimezone(clock.zone(timezone)):%Y-%m-%d %H:%M:%S}"
