"""Private conversations from the socket: whom one may write to, beginning, bringing others in (R12, R18, R19)."""

from __future__ import annotations

from callbacks.command_table import command
from callbacks.frames import (
    Candidates,
    ConversationStart,
    Offered,
    ParticipantsAdd,
    ParticipantsCandidates,
    RecipientsList,
    ServiceChoice,
    ServicesList,
    Started,
)
from data.access.actors import Actor, access_chat
from data.access.conversations import (
    ChatService,
    access_chat_service,
    access_private_conversation,
    find_begun,
    find_one_to_one,
)
from data.access.permissions import Permission
from data.access.recipients import Recipient, access_partner, access_recipients
from data.actions.conversations import do_start_group, do_start_one_to_one, do_widen_one_to_one
from data.actions.participants import do_add_participants
from data.db import Reader, UnitOfWork
from data.errors import RecipientMissing
from data.queries.participants import ParticipantRow
from data.queries.recipients import RecipientPage, list_chat_services, list_recipients


@command(ServicesList, permission=Permission.CHAT, writes=False)
def list_services(reader: Reader, actor: Actor, frame: ServicesList) -> list[ServiceChoice]:
    chatter = access_chat(actor)
    own = chatter.rights.employed_in
    return [ServiceChoice(each.id, each.name, each.id in own) for each in list_chat_services(reader, chatter)]


@command(RecipientsList, permission=Permission.CHAT, writes=False)
def list_colleagues(reader: Reader, actor: Actor, frame: RecipientsList) -> Offered:
    service = access_chat_service(reader, access_chat(actor), frame.service_id)
    return _offer(list_recipients(reader, service, search=frame.search, skip=frame.skip))


@command(ParticipantsCandidates, permission=Permission.CHAT, writes=False)
def list_candidates(reader: Reader, actor: Actor, frame: ParticipantsCandidates) -> Candidates:
    """For a private conversation: of its service, and not in it."""
    conversation = access_private_conversation(reader, access_chat(actor), frame.conversation_id)
    service = access_chat_service(reader, conversation.chatter, conversation.service_id)
    found = _offer(list_recipients(reader, service, search=frame.search, skip=frame.skip, beside=conversation))
    return Candidates(found.rows, found.count, later=conversation.from_ordinal > 0)


def _offer(page: RecipientPage) -> Offered:
    return Offered(
        [
            ParticipantRow(r.id, r.name, r.is_manager, r.department, not r.has_app, not r.has_app and r.is_signed_out)
            for r in page.rows
        ],
        page.count,
    )


@command(ConversationStart, permission=Permission.CHAT, writes=True)
def start(uow: UnitOfWork, actor: Actor, frame: ConversationStart) -> Started:
    """With one person what the pair has, or a new one (R12); with more a named group (R18)."""
    chatter = access_chat(actor)
    service = access_chat_service(uow, chatter, frame.service_id)
    begun = find_begun(uow, chatter, frame.ref)
    if begun is not None:
        return Started(begun)
    recipients = _access_chosen(uow, service, frame.people)
    if len(recipients) > 1:
        return Started(do_start_group(uow, service, frame.name, recipients, ref=frame.ref))
    (only,) = recipients
    existing = find_one_to_one(uow, service, only.person_id)
    return Started(do_start_one_to_one(uow, service, only, existing))


@command(ParticipantsAdd, permission=Permission.CHAT, writes=True)
def add_participants(uow: UnitOfWork, actor: Actor, frame: ParticipantsAdd) -> Started:
    """The conversation they are in: the group, or the one that a one-to-one becomes (R19)."""
    chatter = access_chat(actor)
    begun = find_begun(uow, chatter, frame.ref)  # people are held before conversations, as in `start`
    conversation = access_private_conversation(uow, chatter, frame.conversation_id)
    if begun is not None:
        return Started(begun)
    service = access_chat_service(uow, chatter, conversation.service_id)
    newcomers = _access_chosen(uow, service, frame.people)
    if conversation.kind == "one_to_one":
        partner = access_partner(uow, conversation)
        return Started(do_widen_one_to_one(uow, service, partner, newcomers, frame.name, ref=frame.ref))
    do_add_participants(uow, conversation, newcomers, history=frame.history)
    return Started(conversation.id)


def _access_chosen(uow: UnitOfWork, service: ChatService, person_ids: list[int]) -> list[Recipient]:
    """At least one, oneself left out."""
    chosen = access_recipients(uow, service, person_ids)
    if not chosen:
        raise RecipientMissing()
    return chosen
