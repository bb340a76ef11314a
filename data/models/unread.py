"""The badge, defined once (R20): messages not mine, typed by people and not deleted, after the last one I read. What
was said elsewhere, before the conversation began here (a chat import), is unread for nobody."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, case, func, literal, select

from data.models import conversations, messages, participants
from data.models.columns import Instant

BADGE_LIMIT = 100  # beyond 99 the screen says "99+": nobody counts further, the database neither


def count_unread(read_ordinal: ColumnElement[int], person_id: ColumnElement[int]) -> ScalarSelect[int]:
    """For the conversation of the enclosing query, of which the person has read up to `read_ordinal`."""
    found = (
        select(literal(1).label("one"))
        .where(_counts_for(person_id), messages.c.ordinal > read_ordinal)
        .correlate(conversations, participants)
        .limit(BADGE_LIMIT)
        .subquery()
    )
    return select(func.count()).select_from(found).scalar_subquery()


def count_unread_since(
    eligible_since: Mapping[int, ColumnElement[datetime]], person_id: ColumnElement[int]
) -> ColumnElement[int]:
    """For a public conversation one never viewed: what came since one became eligible in its service (R9)."""
    if not eligible_since:
        return literal(0)
    since = case(
        *((conversations.c.service_id == service, at) for service, at in eligible_since.items()),
        else_=literal(None, Instant),
    )
    latest = (
        select(messages.c.created_at)
        .where(_counts_for(person_id))
        .correlate(conversations)
        .order_by(messages.c.ordinal.desc())
        .limit(BADGE_LIMIT)
        .subquery()
    )
    return (
        select(func.count())
        .select_from(latest)
        .where(latest.c.created_at >= since)
        .correlate(conversations)
        .scalar_subquery()
    )


def _counts_for(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    return (
        (messages.c.conversation_id == conversations.c.id)
        & (messages.c.author_id != person_id)
        & (messages.c.kind == "text")
        & messages.c.deleted_at.is_(None)
        & (messages.c.created_at >= conversations.c.created_at)
    )
