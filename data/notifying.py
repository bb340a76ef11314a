"""Notifications as a whole: what is new is queued for the devices of whom it may concern, away from the sending of
messages; what is due is looked at once more by the rights of that moment, sealed, sent, and noted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from gevent.pool import Pool

from data import db, offload
from data.access.actors import Chatter, access_chat, access_open_session
from data.access.conversations import access_conversation
from data.access.permissions import Permission, check_permission
from data.access.push import OwnedDevice
from data.actions.push import (
    ClaimedNotice,
    Notice,
    Told,
    claim_notices,
    drop_notices,
    hold_notices,
    keep_private_key,
    note_reply,
    note_told,
    pass_notified,
    queue_notices,
)
from data.db import Reader
from data.errors import EndpointRefused, NotFound, NotSignedIn, Refused
from data.i18n import translator
from data.push.delivery import PushServices, Reply
from data.push.endpoints import check_endpoint
from data.push.policy import Alert, Drop, Hold, Standing, decide
from data.push.sealing import ServerKey, seal
from data.push.words import News, dump, write_news, write_summary, write_test
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
BATCH = 40  # notices taken, sealed and sent together
AT_ONCE = 8  # connections
LASTS = timedelta(days=1)  # a push service keeps it so long for a phone that is off
REST = 200.0  # devices that a conversation may have queued in a second; a large one is looked at less often
LONGEST_REST = 30.0  # seconds

IsLooking = Callable[[int, int], bool]  # (person, conversation)


@dataclass(frozen=True)
class _Parcel:
    """One notification for one device, which tells of all these notices."""

    notices: tuple[ClaimedNotice, ...]
    content: dict[str, Any]
    unread: int
    read: tuple[int, ...]

    @property
    def device(self) -> ClaimedNotice:
        return self.notices[0]


@dataclass(frozen=True)
class _Looked:
    """A notice after the look at who it is for."""

    notice: ClaimedNotice
    verdict: Alert | Hold | Drop
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
        self._services = PushServices(also)
        self._vouchers: dict[str, tuple[datetime, str]] = {}
        self._rests: dict[int, datetime] = {}
        self._paused: dict[str, datetime] = {}

    def run(self) -> datetime | None:
        """Queue what is new, send what is due. When there is something to do again; None: when something is said."""
        self.queue_news()
        while self.send_due():
            pass
        with db.read() as reader:
            return find_next_due(reader)

    def close(self) -> None:
        self._services.close()

    def queue_news(self) -> None:
        with db.read() as reader:
            found = [each for each in list_unnotified(reader) if self._rests.get(each.id, reader.now) <= reader.now]
        silent = [each for each in found if not each.is_news]
        if silent:
            with db.unit_of_work() as uow:
                pass_notified(uow, [(each.id, each.last_ordinal) for each in silent])
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
        replies = self._send(parcels, now)
        with db.unit_of_work() as uow:
            hold_notices(uow, [(each.notice, each.verdict.until) for each in looked if isinstance(each.verdict, Hold)])
            drop_notices(uow, [each.notice for each in looked if isinstance(each.verdict, Drop)])
            for parcel, reply in zip(parcels, replies, strict=True):
                note_told(uow, [Told(notice, reply, parcel.read) for notice in parcel.notices])
        return len(claimed)

    def test(self, device: OwnedDevice) -> Reply:
        """A notification that says that they work, now and past the queue."""
        content = write_test(translator(device.actor.language))
        with db.read() as reader:
            now = reader.now
        endpoint = check_endpoint(device.endpoint, self.also)
        (sealed,) = offload.run_in(offload.Lane.PUSH, _seal, [(dump(content, unread=None), device.p256dh, device.auth)])
        reply = self._services.post(endpoint, self._head(endpoint.origin, "test", True, now), sealed, now)
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
        )
        alerting = get_alerting(reader, actor.person_id)
        verdict = decide(standing, alerting.quiet, reader.now, actor.timezone)
        return _Looked(notice, verdict, news, chatter, alerting)

    def _send(self, parcels: Sequence[_Parcel], now: datetime) -> list[Reply]:
        """Sealed off the loop, all together; sent some at a time."""
        contents = [
            (dump(each.content, unread=each.unread, read=each.read), each.device.p256dh, each.device.auth)
            for each in parcels
        ]
        sealed = offload.run_in(offload.Lane.PUSH, _seal, contents) if contents else []
        pairs = list(zip(parcels, sealed, strict=True))
        return list(Pool(AT_ONCE).imap(lambda pair: self._post(pair[0], pair[1], now), pairs))

    def _post(self, parcel: _Parcel, sealed: bytes, now: datetime) -> Reply:
        device = parcel.device
        try:
            endpoint = check_endpoint(device.endpoint, self.also)
        except EndpointRefused:  # a setting that allowed it is gone
            return Reply("refused")
        until = self._paused.get(endpoint.origin, now)
        if until > now:
            return Reply("wait", wait=(until - now).total_seconds())
        head = self._head(endpoint.origin, parcel.content["tag"], parcel.content["urgent"], now)
        reply = self._services.post(endpoint, head, sealed, now)
        if reply.outcome == "wait":
            self._paused[endpoint.origin] = now + timedelta(seconds=reply.wait)
        return reply

    def _head(self, origin: str, topic: str, is_urgent: bool, now: datetime) -> dict[str, str]:
        """`Topic`: a phone that was off finds one notification of a conversation, the latest."""
        return {
            "Authorization": self._vouch(origin, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(LASTS.total_seconds())),
            "Topic": topic,
            "Urgency": "high" if is_urgent else "normal",
        }

    def _vouch(self, origin: str, now: datetime) -> str:
        known = self._vouchers.get(origin)
        if known is None or not timedelta() <= now - known[0] < timedelta(hours=1):
            known = self._vouchers[origin] = now, self.key.vouch(origin, now)
        return known[1]


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
            yield Notice(device.id, conversation.id, conversation.organization_id, ordinal, conversation.is_urgent)


def _pack(looked: Sequence[_Looked]) -> Iterable[_Parcel]:
    """What quiet hours held for a device goes as one; the rest by itself."""
    alerts = [each for each in looked if isinstance(each.verdict, Alert)]
    for is_held, same in groupby(sorted(alerts, key=_sort), key=lambda each: each.notice.is_held):
        for _, of_device in groupby(same, key=lambda each: each.notice.device_id):
            group = list(of_device)
            for parts in [group] if is_held else [[each] for each in group]:
                time.sleep(0)
                with db.read() as reader:
                    yield _write(reader, parts)


def _sort(looked: _Looked) -> tuple[bool, int]:
    return looked.notice.is_held, looked.notice.device_id


def _write(reader: Reader, parts: Sequence[_Looked]) -> _Parcel:
    first = parts[0]
    assert first.chatter is not None
    assert first.alerting is not None
    t = translator(first.chatter.actor.language)
    news = [each.news for each in parts if each.news is not None]
    if first.notice.is_held:
        content = write_summary(t, news)
    else:
        content = write_news(t, news[0], shows_text=first.alerting.shows_text)
    told = {each.notice.conversation_id for each in parts}
    seen = list_seen_elsewhere(reader, first.notice.device_id, first.notice.person_id)
    return _Parcel(
        notices=tuple(each.notice for each in parts),
        content=content,
        unread=count_all_unread(reader, first.chatter),
        read=tuple(each for each in seen if each not in told),
    )


def _seal(contents: Sequence[tuple[bytes, str, str]]) -> list[bytes]:
    return [seal(*content) for content in contents]
