"""Notifications as a whole: what is new is queued for the devices of whom it may concern, away from the sending of
messages; what is due is looked at once more by the rights of that moment, sealed, sent, and noted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from data import clock, db
from data.access.actors import Chatter, access_chat, access_open_session
from data.access.conversations import access_conversation
from data.access.permissions import Permission, check_permission
from data.access.push import OwnedDevice
from data.actions.notices import (
    ClaimedNotice,
    Notice,
    Told,
    claim_notices,
    delay_notices,
    drop_notices,
    hold_notices,
    note_told,
    pass_notified,
    queue_notices,
)
from data.actions.push import forget_devices, keep_private_key, note_reply
from data.db import Reader
from data.errors import NotFound, NotSignedIn, Refused
from data.i18n import translator
from data.push.delivery import Reply
from data.push.policy import Alert, Drop, Hold, Standing, Verdict, Wait, decide
from data.push.sealing import ServerKey
from data.push.sending import Letter, Sender
from data.push.trail import trace_dropped, trace_held, trace_queued, trace_reply
from data.push.words import News, dump, write_beginnings, write_news, write_summary, write_test
from data.queries.conversations import count_all_unread
from data.queries.push import (
    Alerting,
    Unnotified,
    find_news,
    find_next_due,
    get_alerting,
    list_audience,
    list_seen_elsewhere,
    list_unnotified,
)

SLICE = 300  # people whose devices are queued in one unit of work, so that nobody who writes waits for it
AT_A_TIME = 20  # conversations of which nobody has to be told, noted in one unit of work
BATCH = 40  # notices taken, sealed and sent together
REST = 200.0  # devices that a conversation may have queued in a second; a large one is looked at less often
LONGEST_REST = 30.0  # seconds
TIDIES_EVERY = timedelta(hours=1)

Kind = Literal["held", "beginning", "single"]
IsLooking = Callable[[int, int], bool]  # (person, conversation)


@dataclass(frozen=True)
class _Parcel:
    """One notification for one device, which tells of all these notices."""

    notices: tuple[ClaimedNotice, ...]
    content: dict[str, Any]
    unread: int
    read: tuple[int, ...]

    @property
    def letter(self) -> Letter:
        content = dump(self.content, unread=self.unread, read=self.read)
        return Letter(self.notices[0].target, content, self.content["tag"], self.content["urgent"])


@dataclass(frozen=True)
class _Looked:
    """A notice after the look at who it is for."""

    notice: ClaimedNotice
    verdict: Verdict
    news: News | None = None
    chatter: Chatter | None = None
    alerting: Alerting | None = None


class Notifier:
    """`also`: origins of endpoints besides those of the known push services. `is_looking(person, conversation)`: it is
    in front of their eyes."""

    def __init__(self, key: ServerKey, also: frozenset[str], is_looking: IsLooking) -> None:
        self.key = key
        self.also = also
        self._is_looking = is_looking
        self._sender = Sender(key, also)
        self._rests: dict[int, datetime] = {}
        self._tidied_at: datetime | None = None

    def run(self) -> datetime | None:
        """Queue what is new, send what is due. When there is something to do again; None: when something is said."""
        self._tidy()
        self.queue_news()
        while self.send_due():
            pass
        with db.read() as reader:
            return find_next_due(reader)

    def _tidy(self) -> None:
        """Once in a while; a clock that was set back counts as such a while."""
        now = clock.now()
        if self._tidied_at is None or not timedelta() <= now - self._tidied_at < TIDIES_EVERY:
            self._tidied_at = now
            with db.unit_of_work() as uow:
                forget_devices(uow)

    def close(self) -> None:
        self._sender.close()

    def queue_news(self) -> None:
        with db.read() as reader:
            found = [each for each in list_unnotified(reader) if self._rests.get(each.id, reader.now) <= reader.now]
        silent = [(each.id, each.last_ordinal) for each in found if not each.is_news]
        for begin in range(0, len(silent), AT_A_TIME):
            with db.unit_of_work() as uow:
                pass_notified(uow, silent[begin : begin + AT_A_TIME])
            time.sleep(0)  # whoever writes has their turn between two
        for conversation in found:
            if conversation.is_news:
                self._queue(conversation)

    def _queue(self, conversation: Unnotified) -> None:
        """By slices; what a server that dies in between queued already is found again and queued once."""
        after: int | None = 0
        count = 0
        while after is not None:
            with db.read() as reader:
                audience = list_audience(reader, conversation, after=after, limit=SLICE)
            with db.unit_of_work() as uow:
                queue_notices(uow, list(_list_notices(conversation, audience.devices)))
                if audience.next_after is None:
                    pass_notified(uow, [(conversation.id, conversation.last_ordinal)])
                now = uow.now
            count += len(audience.devices)
            after = audience.next_after
        trace_queued(conversation.id, conversation.last_ordinal, count)
        if count > REST:
            self._rests[conversation.id] = now + timedelta(seconds=min(LONGEST_REST, count / REST))
        else:
            self._rests.pop(conversation.id, None)

    def send_due(self) -> int:
        """One batch; how many notices it held."""
        with db.unit_of_work() as uow:
            claimed = claim_notices(uow, BATCH)
        if not claimed:
            return 0
        looked = [self._look(notice) for notice in claimed]
        parcels = list(_pack(looked))
        with db.read() as reader:
            now = reader.now
        replies = self._sender.send([parcel.letter for parcel in parcels], now)
        with db.unit_of_work() as uow:
            hold_notices(uow, [(each.notice, each.verdict.until) for each in looked if isinstance(each.verdict, Hold)])
            delay_notices(uow, [(each.notice, each.verdict.until) for each in looked if isinstance(each.verdict, Wait)])
            drop_notices(uow, [each.notice for each in looked if isinstance(each.verdict, Drop)])
            for parcel, reply in zip(parcels, replies, strict=True):
                note_told(uow, [Told(notice, reply, parcel.read) for notice in parcel.notices])
        _trace(looked, list(zip(parcels, replies, strict=True)))
        return len(claimed)

    def find_paused_until(self, now: datetime) -> datetime | None:
        """Until when some push service is left alone, because it asked for that."""
        return self._sender.find_paused_until(now)

    def test(self, device: OwnedDevice) -> Reply:
        """A notification that says that they work, now and past the queue."""
        content = write_test(translator(device.actor.language))
        with db.read() as reader:
            now = reader.now
        letter = Letter(device.target, dump(content, unread=None), "test", is_urgent=True)
        (reply,) = self._sender.send([letter], now)
        with db.unit_of_work() as uow:
            note_reply(uow, device.id, reply)
        return reply

    def _look(self, notice: ClaimedNotice) -> _Looked:
        time.sleep(0)  # whoever writes has their turn between two
        with db.read() as reader:
            return self._look_at(reader, notice)

    def _look_at(self, reader: Reader, notice: ClaimedNotice) -> _Looked:
        try:
            actor = access_open_session(reader, notice.session_id)
            check_permission(actor, Permission.CHAT)
            chatter = access_chat(actor)
            conversation = access_conversation(reader, chatter, notice.conversation_id)
        except (NotSignedIn, Refused, NotFound):
            return _Looked(notice, Drop("no_access"))
        news = find_news(reader, conversation, notice.ordinal)
        place = conversation.participation
        standing = Standing(
            may_read=True,
            is_muted=place is not None and place.muted_at is not None,
            news=0 if news is None else max(1, news.count),
            is_looking=self._is_looking(actor.person_id, conversation.id),
            is_urgent=news is not None and news.is_urgent,
            begun_at=notice.begun_at if notice.is_beginning else None,
        )
        alerting = get_alerting(reader, actor.person_id)
        verdict = decide(standing, alerting.quiet, reader.now, actor.timezone)
        return _Looked(notice, verdict, news, chatter, alerting)


def keep_server_key(given: str, contact: str) -> ServerKey:
    """The one of the settings, else the database's own."""
    if given:
        return ServerKey(given, contact)
    with db.unit_of_work() as uow:
        return ServerKey(keep_private_key(uow), contact)


def _list_notices(conversation: Unnotified, devices: Iterable[Any]) -> Iterable[Notice]:
    for device in devices:
        ordinal = conversation.find_latest_for(device.person_id)
        if ordinal is not None:
            yield Notice(
                device.id,
                conversation.id,
                conversation.organization_id,
                ordinal,
                conversation.is_urgent,
                conversation.is_new,
            )


def _pack(looked: Sequence[_Looked]) -> Iterable[_Parcel]:
    """What quiet hours held for a device goes as one, and so do new conversations; the rest by itself."""
    alerts = [each for each in looked if isinstance(each.verdict, Alert)]
    for _, same in groupby(sorted(alerts, key=_find_parcel), key=_find_parcel):
        time.sleep(0)
        with db.read() as reader:
            yield _write(reader, list(same))


def _find_parcel(looked: _Looked) -> tuple[int, Kind, int]:
    """What goes together has the same."""
    notice = looked.notice
    kind = _find_kind(looked)
    return notice.device_id, kind, 0 if kind != "single" else notice.conversation_id


def _find_kind(looked: _Looked) -> Kind:
    if looked.notice.is_held:
        return "held"
    is_urgent = looked.news is not None and looked.news.is_urgent
    return "beginning" if looked.notice.is_beginning and not is_urgent else "single"


def _write(reader: Reader, parts: Sequence[_Looked]) -> _Parcel:
    first = parts[0]
    assert first.chatter is not None
    assert first.alerting is not None
    t = translator(first.chatter.actor.language)
    news = [each.news for each in parts if each.news is not None]
    if first.notice.is_held:
        content = write_summary(t, news)
    elif len(news) > 1:
        content = write_beginnings(t, news)
    else:
        content = write_news(t, news[0], shows_text=first.alerting.shows_text, now=reader.now)
    told = {each.notice.conversation_id for each in parts}
    seen = list_seen_elsewhere(reader, first.notice.device_id, first.notice.person_id)
    return _Parcel(
        notices=tuple(each.notice for each in parts),
        content=content,
        unread=count_all_unread(reader, first.chatter),
        read=tuple(each for each in seen if each not in told),
    )


def _trace(looked: Sequence[_Looked], sent: Sequence[tuple[_Parcel, Reply]]) -> None:
    """What became of each, for whoever asks later."""
    for each in looked:
        if isinstance(each.verdict, Drop):
            trace_dropped(each.notice, each.verdict.reason)
        elif isinstance(each.verdict, Hold):
            trace_held(each.notice, each.verdict.until)
    for parcel, reply in sent:
        for notice in parcel.notices:
            trace_reply(notice, notice.target.endpoint, reply)
