"""The socket's commands: what each asks for and does. (Beginning, and bringing others in: participants.)"""

from __future__ import annotations

from typing import Any

from callbacks.command_table import command
from callbacks.frames import (
    Changes,
    ConversationChanges,
    ConversationDelete,
    ConversationHide,
    ConversationLeave,
    ConversationLook,
    ConversationMute,
    ConversationOpen,
    ConversationPage,
    ConversationParticipants,
    ConversationRejoin,
    ConversationRestore,
    ConversationRowGet,
    ConversationsList,
    ConversationUnhide,
    ConversationUnmute,
    ConversationView,
    Listed,
    MessageDelete,
    MessageEdit,
    MessageSend,
    Opened,
    Page,
    Ping,
    RowGot,
    Sent,
)
from data.access.actors import Actor, access_chat
from data.access.conversations import (
    access_conversation,
    access_deleted_conversation,
    access_joined_conversation,
    access_led_conversation,
    access_left_conversation,
    access_listed_conversation,
    access_owned_conversation,
)
from data.access.permissions import Permission
from data.actions.conversations import do_delete_conversation, do_restore_conversation
from data.actions.messages import do_delete_message, do_edit_message, do_send_message, do_send_urgent_message
from data.actions.participants import do_hide, do_leave, do_mute, do_rejoin, do_unhide, do_unmute
from data.actions.reading import do_view
from data.clock import to_ms
from data.db import Reader, UnitOfWork
from data.queries.conversations import count_all_unread, get_conversation_row, list_conversations
from data.queries.messages import list_changes, list_messages
from data.queries.participants import list_participants


@command(Ping, permission=Permission.SIGNED_IN, writes=False)
def ping(reader: Reader, actor: Actor, frame: Ping) -> None:
    return None


@command(ConversationsList, permission=Permission.CHAT, writes=False)
def list_(reader: Reader, actor: Actor, frame: ConversationsList) -> Listed:
    found = list_conversations(reader, access_chat(actor), only=frame.only, search=frame.search, skip=frame.skip)
    return Listed(found.rows, found.more, found.unread)


@command(ConversationRowGet, permission=Permission.CHAT, writes=False)
def get_row(reader: Reader, actor: Actor, frame: ConversationRowGet) -> RowGot:
    chatter = access_chat(actor)
    row = get_conversation_row(reader, access_listed_conversation(reader, chatter, frame.conversation_id))
    return RowGot(row, count_all_unread(reader, chatter))


@command(ConversationOpen, permission=Permission.CHAT, writes=False)
def open_conversation(reader: Reader, actor: Actor, frame: ConversationOpen) -> Opened:
    conversation = access_conversation(reader, access_chat(actor), frame.conversation_id)
    row = get_conversation_row(reader, conversation)
    # Many unread: begin with the first of them, and a few before.
    begins_at = conversation.read_ordinal - 10 if row.joined and row.unread > 40 else None
    page = list_messages(reader, conversation, after=None if begins_at is None else max(0, begins_at))
    return Opened(row, page.messages, page.older, page.newer)


@command(ConversationPage, permission=Permission.CHAT, writes=False)
def get_page(reader: Reader, actor: Actor, frame: ConversationPage) -> Page:
    conversation = access_conversation(reader, access_chat(actor), frame.conversation_id)
    page = list_messages(reader, conversation, before=frame.before, after=frame.after)
    return Page(page.messages, page.older, page.newer)


@command(ConversationChanges, permission=Permission.CHAT, writes=False)
def get_changes(reader: Reader, actor: Actor, frame: ConversationChanges) -> Changes:
    conversation = access_conversation(reader, access_chat(actor), frame.conversation_id)
    return Changes(conversation.last_seq, list_changes(reader, conversation, seq=frame.seq, ordinal=frame.ordinal))


@command(ConversationParticipants, permission=Permission.CHAT, writes=False)
def get_participants(reader: Reader, actor: Actor, frame: ConversationParticipants) -> Any:
    return list_participants(reader, access_conversation(reader, access_chat(actor), frame.conversation_id))


@command(ConversationView, permission=Permission.CHAT, writes=True)
def view(uow: UnitOfWork, actor: Actor, frame: ConversationView) -> None:
    do_view(uow, access_joined_conversation(uow, access_chat(actor), frame.conversation_id), frame.ordinal)


@command(ConversationLook, permission=Permission.CHAT, writes=False)
def look(reader: Reader, actor: Actor, frame: ConversationLook) -> None:
    """The edge keeps it with the socket: who looks is not alerted."""
    if frame.conversation_id is not None:
        access_conversation(reader, access_chat(actor), frame.conversation_id)


@command(ConversationLeave, permission=Permission.CHAT, writes=True)
def leave(uow: UnitOfWork, actor: Actor, frame: ConversationLeave) -> None:
    do_leave(uow, access_joined_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationRejoin, permission=Permission.CHAT, writes=True)
def rejoin(uow: UnitOfWork, actor: Actor, frame: ConversationRejoin) -> None:
    do_rejoin(uow, access_left_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationHide, permission=Permission.CHAT, writes=True)
def hide(uow: UnitOfWork, actor: Actor, frame: ConversationHide) -> None:
    do_hide(uow, access_listed_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationUnhide, permission=Permission.CHAT, writes=True)
def unhide(uow: UnitOfWork, actor: Actor, frame: ConversationUnhide) -> None:
    do_unhide(uow, access_listed_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationMute, permission=Permission.CHAT, writes=True)
def mute(uow: UnitOfWork, actor: Actor, frame: ConversationMute) -> None:
    do_mute(uow, access_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationUnmute, permission=Permission.CHAT, writes=True)
def unmute(uow: UnitOfWork, actor: Actor, frame: ConversationUnmute) -> None:
    do_unmute(uow, access_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationDelete, permission=Permission.CHAT, writes=True)
def delete(uow: UnitOfWork, actor: Actor, frame: ConversationDelete) -> None:
    do_delete_conversation(uow, access_owned_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationRestore, permission=Permission.CHAT, writes=True)
def restore(uow: UnitOfWork, actor: Actor, frame: ConversationRestore) -> None:
    do_restore_conversation(uow, access_deleted_conversation(uow, access_chat(actor), frame.conversation_id))


@command(MessageSend, permission=Permission.CHAT, writes=True)
def send(uow: UnitOfWork, actor: Actor, frame: MessageSend) -> Sent:
    chatter = access_chat(actor)
    if frame.urgent is None:
        sent = do_send_message(
            uow, access_joined_conversation(uow, chatter, frame.conversation_id), frame.text, ref=frame.ref
        )
    else:
        led = access_led_conversation(uow, chatter, frame.conversation_id)
        sent = do_send_urgent_message(uow, led, frame.text, reason=frame.urgent, ref=frame.ref)
    return Sent(sent.ordinal, to_ms(sent.sent_at))


@command(MessageEdit, permission=Permission.CHAT, writes=True)
def edit(uow: UnitOfWork, actor: Actor, frame: MessageEdit) -> None:
    conversation = access_joined_conversation(uow, access_chat(actor), frame.conversation_id)
    do_edit_message(uow, conversation, frame.ordinal, frame.text)


@command(MessageDelete, permission=Permission.CHAT, writes=True)
def delete_message(uow: UnitOfWork, actor: Actor, frame: MessageDelete) -> None:
    conversation = access_joined_conversation(uow, access_chat(actor), frame.conversation_id)
    do_delete_message(uow, conversation, frame.ordinal)
