"""What a notification says, in its reader's language: who wrote and where; the words themselves only where the
organization allows them on a locked screen (R20). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from data import clock
from data.i18n import Translator

TEXT_LIMIT = 160  # characters of a message that fit on a screen that is locked
WORDS_LAST = timedelta(hours=1)
NAMED = 3  # conversations that a summary names

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class News:
    """What somebody has not seen in a conversation. `name`: None in a one-to-one, which is called by its other person.
    `count`: messages of others, 0 where the conversation itself is the news; `author` and `text`: of the last one."""

    conversation_id: int
    name: str | None
    author: str
    authors: int
    count: int
    text: str
    is_urgent: bool


def write_news(t: Translator, news: News, *, shows_text: bool, now: datetime) -> dict[str, Any]:
    """`until`: so long the device may show what was written; `quietly`: what it shows from then on. It may have been
    off while a message was taken back, or while its person lost the right to read it."""
    content = {
        "tag": f"c{news.conversation_id}",
        "conversation": news.conversation_id,
        "title": news.name or news.author,
        "body": _say(t, news, shows_text=shows_text),
        "lang": t.language,
        "urgent": news.is_urgent,
    }
    if shows_text and news.text:
        content |= {"quietly": _say(t, news, shows_text=False), "until": clock.to_ms(now + WORDS_LAST)}
    return content


def write_summary(t: Translator, found: Sequence[News]) -> dict[str, Any]:
    """Of the quiet hours that are over: how many, and where."""
    messages = sum(max(1, news.count) for news in found)
    return {
        "tag": f"c{found[0].conversation_id}" if len(found) == 1 else "summary",
        "conversation": found[0].conversation_id if len(found) == 1 else None,
        "title": t.plural("{n} new message while it was quiet", "{n} new messages while it was quiet", messages),
        "body": _list_names(found),
        "lang": t.language,
        "urgent": False,
    }


def write_beginnings(t: Translator, found: Sequence[News]) -> dict[str, Any]:
    """Of several conversations begun one after the other."""
    return {
        "tag": "beginnings",
        "conversation": None,
        "title": t.plural("{n} new conversation", "{n} new conversations", len(found)),
        "body": _list_names(found),
        "lang": t.language,
        "urgent": False,
    }


def write_test(t: Translator) -> dict[str, Any]:
    return {
        "tag": "test",
        "conversation": None,
        "title": t("Messagerie Chat"),
        "body": t("Notifications work on this device."),
        "lang": t.language,
        "urgent": False,
    }


def dump(notification: dict[str, Any], *, unread: int | None, read: Sequence[int] = ()) -> bytes:
    """`unread`: the badge of the application's icon. `read`: conversations whose notification has been seen elsewhere,
    and goes."""
    return _encode({**notification, "unread": unread, "read": list(read)})


def _list_names(found: Sequence[News]) -> str:
    names = [news.name or news.author for news in found]
    return ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")


def _say(t: Translator, news: News, *, shows_text: bool) -> str:
    said = _say_quietly(t, news)
    if shows_text and news.text:
        text = news.text if len(news.text) <= TEXT_LIMIT else f"{news.text[:TEXT_LIMIT]}…"
        said = text if news.name is None else t("{name}: {words}", name=news.author, words=text)
    return t("Urgent – {words}", words=said) if news.is_urgent else said


def _say_quietly(t: Translator, news: News) -> str:
    if news.count == 0:
        return t("{name} began a conversation with you.", name=news.author)
    if news.name is None:
        return t.plural("{n} new message", "{n} new messages", news.count)
    if news.count == 1:
        return t("{name} wrote", name=news.author)
    if news.authors == 1:
        return t.plural("{name} wrote {n} message", "{name} wrote {n} messages", news.count, name=news.author)
    return t.plural(
        "{n} new message, the last by {name}", "{n} new messages, the last by {name}", news.count, name=news.author
    )
