"""Public and private conversations: who may what, and what everybody then sees (R5 to R16)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from data import db
from data.access.actors import Surface
from data.access.conversations import (
    access_chat_service,
    access_conversation,
    access_deleted_conversation,
    access_joined_conversation,
    access_left_conversation,
    access_listed_conversation,
    access_managed_services,
    access_owned_conversation,
)
from data.access.recipients import access_recipients
from data.actions.conversations import (
    do_delete_conversation,
    do_launch_public_conversations,
    do_restore_conversation,
    do_start_group,
)
from data.actions.messages import do_edit_message
from data.actions.participants import do_hide, do_leave, do_rejoin
from data.actions.reading import do_view
from data.errors import (
    ChatError,
    ConversationLeft,
    NameBlank,
    NameTooLong,
    NotAllowed,
    NotFound,
    OptionOff,
    PublicFromPortalOnly,
    RecipientGone,
    ServicesMissing,
    TooFewRecipients,
    TwinExists,
)
from data.models import employees
from data.queries.conversations import ConversationRow, get_conversation_row, list_conversations
from data.queries.messages import list_messages
from data.queries.participants import count_reach, list_participants
from data.queries.recipients import list_recipients
from data.realtime.events import ConversationCreated, ConversationDeleted
from tests.conftest import Moment
from tests.factories import Somebody, World, chatter, launch, listening, send, sign_out, start_group, start_one_to_one


def rows(somebody: Somebody, only: str = "all", surface: Surface = Surface.MOBILE) -> list[ConversationRow]:
    with db.read() as reader:
        return list_conversations(reader, chatter(reader, somebody, surface), only=only).rows  # type: ignore[arg-type]


def row(somebody: Somebody, conversation_id: int, surface: Surface = Surface.MOBILE) -> ConversationRow:
    return next(found for found in rows(somebody, surface=surface) if found.id == conversation_id)


def view(somebody: Somebody, conversation_id: int, ordinal: int, surface: Surface = Surface.MOBILE) -> None:
    with db.unit_of_work() as uow:
        do_view(uow, access_joined_conversation(uow, chatter(uow, somebody, surface), conversation_id), ordinal)


def leave(somebody: Somebody, conversation_id: int) -> None:
    with db.unit_of_work() as uow:
        do_leave(uow, access_joined_conversation(uow, chatter(uow, somebody), conversation_id))


def rejoin(somebody: Somebody, conversation_id: int) -> None:
    with db.unit_of_work() as uow:
        do_rejoin(uow, access_left_conversation(uow, chatter(uow, somebody), conversation_id))


def delete(somebody: Somebody, conversation_id: int, surface: Surface = Surface.MOBILE) -> None:
    with db.unit_of_work() as uow:
        do_delete_conversation(uow, access_owned_conversation(uow, chatter(uow, somebody, surface), conversation_id))


def restore(somebody: Somebody, conversation_id: int, surface: Surface = Surface.MOBILE) -> None:
    with db.unit_of_work() as uow:
        conversation = access_deleted_conversation(uow, chatter(uow, somebody, surface), conversation_id)
        do_restore_conversation(uow, conversation)


def texts(somebody: Somebody, conversation_id: int) -> list[str]:
    with db.read() as reader:
        conversation = access_conversation(reader, chatter(reader, somebody), conversation_id)
        return [message.text for message in list_messages(reader, conversation).messages]


@pytest.fixture
def kitchen(world: World) -> int:
    return world.add_service("cuisine")


@pytest.fixture
def ariane(world: World, kitchen: int) -> Somebody:
    """The manager of the kitchen."""
    return world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


@pytest.fixture
def karim(world: World, kitchen: int) -> Somebody:
    return world.hire("Karim Benali", kitchen)


@pytest.fixture
def sofia(world: World, kitchen: int) -> Somebody:
    return world.hire("Sofia Lavoie", kitchen)


# Launching (R5, R6)


def test_r5_a_manager_launches_from_the_portal_and_not_from_the_phone(ariane: Somebody, kitchen: int) -> None:
    assert launch(ariane, kitchen)
    with db.unit_of_work() as uow, pytest.raises(PublicFromPortalOnly):
        access_managed_services(uow, chatter(uow, ariane, Surface.MOBILE), [kitchen])


def test_r5_only_in_services_one_runs(world: World, ariane: Somebody, kitchen: int) -> None:
    hall = world.add_service("salle")
    with db.unit_of_work() as uow, pytest.raises(NotFound):
        access_managed_services(uow, chatter(uow, ariane, Surface.PORTAL), [kitchen, hall])
    with db.unit_of_work() as uow, pytest.raises(ServicesMissing):
        access_managed_services(uow, chatter(uow, ariane, Surface.PORTAL), [])


def test_r5_whoever_lost_the_right_launches_no_more(world: World, ariane: Somebody, kitchen: int) -> None:
    from data.access.directory import access_shaped_service
    from data.actions.directory import do_withdraw_service

    with world.administering(ariane) as (uow, employee):
        do_withdraw_service(uow, employee, access_shaped_service(uow, employee.organization, kitchen))
    with db.unit_of_work() as uow, pytest.raises(NotAllowed):
        access_managed_services(uow, chatter(uow, ariane, Surface.PORTAL), [kitchen])


def test_r6_one_conversation_in_each_chosen_service(world: World, kitchen: int) -> None:
    hall = world.add_service("salle")
    isabelle = world.hire("Isabelle Fontaine", kitchen, manages=(kitchen, hall))
    launch(isabelle, kitchen, hall, name="Horaire des Fêtes")
    found = rows(isabelle)
    assert {found_row.service_id for found_row in found} == {kitchen, hall}
    assert {found_row.name for found_row in found} == {"Horaire des Fêtes"}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", NameBlank),
        ("   ", NameBlank),
        ("\u200b\u200d\ufeff", NameBlank),
        ("\u3164", NameBlank),
        ("x" * 81, NameTooLong),
    ],
)
def test_r6_a_name_that_cannot_be_read_is_refused(
    ariane: Somebody, kitchen: int, name: str, error: type[ChatError]
) -> None:
    with pytest.raises(error):
        launch(ariane, kitchen, name=name)
    assert rows(ariane) == []


# Who sees a public conversation, and who counts (R7, R8, R9)


def test_r7_people_without_the_application_are_counted_apart(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int
) -> None:
    world.hire("Jean Tremblay", kitchen, app=False)
    conversation = launch(ariane, kitchen)
    with db.read() as reader:
        manager = chatter(reader, ariane, Surface.PORTAL)
        people = list_participants(reader, access_conversation(reader, manager, conversation))
        (service,) = access_managed_services(reader, manager, [kitchen])
        reach = count_reach(reader, service)
    assert [person.name for person in people.joined] == ["Ariane Gagnon"]
    assert [person.name for person in people.told] == ["Karim Benali"]
    assert people.without_app_count == 1
    assert (reach.reached, reach.without_app) == (1, 1)


def test_r7_who_signed_out_is_told_apart_from_who_never_had_the_application(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int
) -> None:
    world.hire("Jean Tremblay", kitchen, app=False)
    conversation = launch(ariane, kitchen)

    def list_away() -> list[tuple[str, bool]]:
        with db.read() as reader:
            manager = chatter(reader, ariane, Surface.PORTAL)
            people = list_participants(reader, access_conversation(reader, manager, conversation))
            offered = list_recipients(reader, access_chat_service(reader, manager, kitchen)).rows
        away = [(person.name, person.signed_out) for person in people.without_app]
        assert away == [(row.name, row.is_signed_out) for row in offered if not row.has_app]
        return away

    assert list_away() == [("Jean Tremblay", False)]
    sign_out(karim)
    assert list_away() == [("Jean Tremblay", False), ("Karim Benali", True)]
    world.open_app(karim)
    assert list_away() == [("Jean Tremblay", False)]


def test_r7_sixty_days_without_opening_it_is_no_longer_using_it(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int, moment: Moment
) -> None:
    moment.advance(days=61)
    world.sign_in(ariane, Surface.PORTAL)
    with db.read() as reader:
        (service,) = access_managed_services(reader, chatter(reader, ariane, Surface.PORTAL), [kitchen])
        reach = count_reach(reader, service)
    assert (reach.reached, reach.without_app) == (0, 1)
    world.open_app(karim)
    with db.read() as reader:
        (service,) = access_managed_services(reader, chatter(reader, ariane, Surface.PORTAL), [kitchen])
        reach = count_reach(reader, service)
    assert (reach.reached, reach.without_app) == (1, 0)


def test_r8_the_first_view_makes_a_participant_and_a_delivery_does_not(
    ariane: Somebody, karim: Somebody, kitchen: int
) -> None:
    conversation = launch(ariane, kitchen)
    send(ariane, conversation, "Bonjour", surface=Surface.PORTAL)
    assert row(karim, conversation).joined is False
    assert row(karim, conversation).unread == 1
    assert texts(karim, conversation) == ["Bonjour"]
    assert row(karim, conversation).joined is False
    view(karim, conversation, 1)
    assert row(karim, conversation).joined is True
    assert row(karim, conversation).unread == 0


def test_r9_a_new_hire_reads_the_history_and_none_of_it_is_unread(
    world: World, ariane: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = launch(ariane, kitchen)
    send(ariane, conversation, "Hier", surface=Surface.PORTAL)
    moment.advance(hours=1)
    marie = world.hire("Marie-Ève Roy", kitchen, starts_on=date(2026, 11, 23))
    assert texts(marie, conversation) == ["Hier"]
    assert row(marie, conversation).unread == 0
    moment.advance(hours=1)
    send(ariane, conversation, "Aujourd'hui", surface=Surface.PORTAL)
    assert row(marie, conversation).unread == 1


def test_r9_a_hire_to_come_sees_nothing_before_the_local_midnight(
    world: World, ariane: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = launch(ariane, kitchen)
    marie = world.hire("Marie-Ève Roy", kitchen, starts_on=date(2026, 12, 1))
    with db.read() as reader, pytest.raises(OptionOff):
        chatter(reader, marie)
    moment.go_to("2026-11-30T23:59:59-05:00")
    with db.read() as reader, pytest.raises(OptionOff):
        chatter(reader, marie)
    moment.go_to("2026-12-01T00:00:00-05:00")
    assert row(marie, conversation)


def test_r9_a_departure_ends_it_at_the_midnight_after_the_last_day(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = launch(ariane, kitchen)
    world.end(karim, date(2026, 11, 30))
    moment.go_to("2026-11-30T23:59:59-05:00")
    assert send(karim, conversation, "Dernier quart!")
    moment.go_to("2026-12-01T00:00:00-05:00")
    with db.unit_of_work() as uow, pytest.raises(OptionOff):
        access_joined_conversation(uow, chatter(uow, karim), conversation)


def test_r9_a_transfer_ends_one_and_opens_the_other(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int, moment: Moment
) -> None:
    hall = world.add_service("salle")
    isabelle = world.hire("Isabelle Fontaine", hall, manages=(hall,))
    here, there = launch(ariane, kitchen), launch(isabelle, hall)
    view(karim, here, 0)
    world.move(karim, kitchen, hall, date(2026, 11, 25))
    assert [found.id for found in rows(karim)] == [here]
    moment.go_to("2026-11-25T00:00:00-05:00")
    assert [found.id for found in rows(karim)] == [there]
    with db.read() as reader, pytest.raises(NotFound):
        access_conversation(reader, chatter(reader, karim), here)


def test_r9_a_departed_manager_runs_nothing_any_more(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int, moment: Moment
) -> None:
    hall = world.add_service("salle")
    isabelle = world.hire("Isabelle Fontaine", hall, manages=(kitchen,))
    conversation = launch(isabelle, kitchen)
    world.end(isabelle, date(2026, 11, 23))
    moment.go_to("2026-11-24T00:00:00-05:00")
    world.sign_in(isabelle, Surface.PORTAL)
    with db.unit_of_work() as uow, pytest.raises(OptionOff):
        chatter(uow, isabelle, Surface.PORTAL)
    with db.read() as reader:
        service = access_chat_service(reader, chatter(reader, karim), kitchen)
        assert [person.name for person in list_recipients(reader, service).rows] == ["Ariane Gagnon"]
        with pytest.raises(NotFound):
            access_recipients(reader, service, [isabelle.id])
        people = list_participants(reader, access_conversation(reader, chatter(reader, karim), conversation))
    assert "Isabelle Fontaine" not in [person.name for person in people.joined]


def test_r9_a_manager_to_come_runs_nothing_before_the_first_day(world: World, kitchen: int, moment: Moment) -> None:
    isabelle = world.hire("Isabelle Fontaine", kitchen, manages=(kitchen,), starts_on=date(2026, 11, 24), app=False)
    with db.read() as reader, pytest.raises(OptionOff):
        chatter(reader, isabelle, Surface.PORTAL)
    moment.go_to("2026-11-24T00:00:00-05:00")
    world.sign_in(isabelle, Surface.PORTAL)
    with db.read() as reader:
        assert chatter(reader, isabelle, Surface.PORTAL).rights.runs(kitchen)


def test_r9_cutting_access_ends_the_session_at_once(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int
) -> None:
    from data.errors import NotSignedIn

    launch(ariane, kitchen)
    world.cut(karim)
    with db.read() as reader, pytest.raises(NotSignedIn):
        chatter(reader, karim)
    with db.read() as reader:
        service = access_chat_service(reader, chatter(reader, ariane), kitchen)
        assert [person.name for person in list_recipients(reader, service).rows] == []


# Deleting and restoring (R10)


def test_r10_the_managers_of_the_service_and_the_creator_delete(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int
) -> None:
    isabelle = world.hire("Isabelle Fontaine", kitchen, manages=(kitchen,))
    conversation = launch(ariane, kitchen)
    with pytest.raises(NotAllowed):
        delete(karim, conversation)
    with listening() as heard:
        delete(isabelle, conversation)
    assert [type(emitted.event) for emitted in heard] == [ConversationDeleted]
    for somebody in (ariane, karim, isabelle):
        assert rows(somebody) == []
        with db.read() as reader, pytest.raises(NotFound):
            access_conversation(reader, chatter(reader, somebody), conversation)


def test_r10_undone_by_who_deleted_while_the_notice_shows(
    ariane: Somebody, karim: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = launch(ariane, kitchen)
    send(ariane, conversation, "Bonjour", surface=Surface.PORTAL)
    delete(ariane, conversation)
    moment.advance(seconds=10)
    restore(ariane, conversation)
    assert texts(karim, conversation) == ["Bonjour"]
    delete(ariane, conversation)
    moment.advance(minutes=1)
    with pytest.raises(NotAllowed):
        restore(ariane, conversation)


def test_r10_restored_by_an_administrator_for_thirty_days(
    world: World, ariane: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = launch(ariane, kitchen)
    delete(ariane, conversation)
    moment.advance(days=29)
    world.sign_in(world.administrator, Surface.PORTAL)
    assert [found.id for found in rows(world.administrator, "deleted", Surface.PORTAL)] == [conversation]
    restore(world.administrator, conversation, Surface.PORTAL)
    assert [found.id for found in rows(ariane)] == [conversation]
    delete(ariane, conversation)
    moment.advance(days=31)
    world.sign_in(world.administrator, Surface.PORTAL)
    assert rows(world.administrator, "deleted", Surface.PORTAL) == []
    with pytest.raises(NotAllowed):
        restore(world.administrator, conversation, Surface.PORTAL)


def test_r10_once_the_creator_is_gone_the_managers_own_it(
    world: World, ariane: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = launch(ariane, kitchen)
    world.end(ariane, date(2026, 11, 23))
    moment.advance(days=2)
    world.sign_in(world.administrator, Surface.PORTAL)
    isabelle = world.hire("Isabelle Fontaine", kitchen, manages=(kitchen,))
    delete(isabelle, conversation)


def test_r10_deleting_a_public_conversation_is_in_the_journal(world: World, ariane: Somebody, kitchen: int) -> None:
    from sqlalchemy import select

    from data.models import audit_entries

    conversation = launch(ariane, kitchen)
    delete(ariane, conversation)
    restore(ariane, conversation)
    with db.read() as reader:
        acts = reader.execute(
            select(audit_entries.c.act, audit_entries.c.actor_id)
            .where(audit_entries.c.subject == f"conversation:{conversation}")
            .order_by(audit_entries.c.id)
        ).all()
    assert acts == [("conversation.deleted", ariane.account_id), ("conversation.restored", ariane.account_id)]


# Private conversations (R11 to R16)


def test_r11_everybody_belongs_to_the_service(world: World, karim: Somebody, kitchen: int) -> None:
    hall = world.add_service("salle")
    elsewhere = world.hire("Paul Hébert", hall)
    rival = World.create("rival")
    stranger = rival.hire("Zoé Étranger", rival.add_service("four"))
    for other in (elsewhere, stranger):
        with pytest.raises(NotFound):
            start_one_to_one(karim, other, kitchen)
    with pytest.raises(NotFound):
        start_one_to_one(karim, elsewhere, hall)


def test_r11_a_manager_of_the_service_may_be_in_it_without_working_there(
    world: World, karim: Somebody, kitchen: int
) -> None:
    hall = world.add_service("salle")
    isabelle = world.hire("Isabelle Fontaine", hall, manages=(kitchen,))
    conversation = start_one_to_one(karim, isabelle, kitchen)
    send(isabelle, conversation, "Oui?")
    assert row(karim, conversation).unread == 1


def test_r12_the_same_pair_has_one_conversation_in_a_service(karim: Somebody, sofia: Somebody, kitchen: int) -> None:
    conversation = start_one_to_one(karim, sofia, kitchen)
    assert start_one_to_one(sofia, karim, kitchen) == conversation
    assert [found.id for found in rows(karim)] == [conversation]
    assert row(karim, conversation).name is None
    assert {person.name for person in row(karim, conversation).people or []} == {"Karim Benali", "Sofia Lavoie"}


def test_r13_a_group_needs_a_name_and_two_others(karim: Somebody, sofia: Somebody, kitchen: int) -> None:
    with pytest.raises(TooFewRecipients):
        start_group(karim, [sofia], kitchen)
    with pytest.raises(TooFewRecipients):
        start_group(karim, [sofia, karim], kitchen)
    with db.unit_of_work() as uow:
        service = access_chat_service(uow, chatter(uow, karim), kitchen)
        with pytest.raises(NameBlank):
            do_start_group(uow, service, "  ", access_recipients(uow, service, [sofia.id]))


def test_r14_who_left_or_is_cut_off_is_not_offered_and_who_lacks_the_application_is_marked(
    world: World, karim: Somebody, kitchen: int, moment: Moment
) -> None:
    gone = world.hire("Gaston Parti", kitchen)
    cut = world.hire("Claude Coupé", kitchen)
    world.hire("Nadia Sansapp", kitchen, app=False)
    world.end(gone, date(2026, 11, 23))
    world.cut(cut)
    moment.advance(days=1)
    with db.read() as reader:
        service = access_chat_service(reader, chatter(reader, karim), kitchen)
        offered = list_recipients(reader, service).rows
        assert [(person.name, person.has_app) for person in offered] == [("Nadia Sansapp", False)]
        for absent in (gone, cut):
            with pytest.raises(NotFound):
                access_recipients(reader, service, [absent.id])


def test_r15_nobody_reads_a_private_conversation_from_outside(
    world: World, ariane: Somebody, karim: Somebody, sofia: Somebody, kitchen: int
) -> None:
    conversation = start_one_to_one(karim, sofia, kitchen)
    send(karim, conversation, "Entre nous")
    for somebody in (ariane, world.administrator):
        with db.unit_of_work() as uow:
            outsider = chatter(uow, somebody, Surface.PORTAL)
            for access in (
                access_conversation,
                access_joined_conversation,
                access_listed_conversation,
                access_owned_conversation,
                access_left_conversation,
                access_deleted_conversation,
            ):
                with pytest.raises(NotFound):
                    access(uow, outsider, conversation)
        assert rows(somebody, surface=Surface.PORTAL) == []


@pytest.mark.parametrize(
    "access", [access_conversation, access_joined_conversation, access_owned_conversation, access_left_conversation]
)
def test_r15_what_is_hidden_answers_as_what_is_not(
    world: World,
    ariane: Somebody,
    karim: Somebody,
    sofia: Somebody,
    kitchen: int,
    access: Callable[..., object],
) -> None:
    """Foreign, private, deleted and invented ids: one and the same refusal."""
    private = start_one_to_one(karim, sofia, kitchen)
    deleted = start_group(karim, [sofia, ariane], kitchen)
    delete(karim, deleted)
    rival = World.create("rival")
    four = rival.add_service("four")
    foreign = launch(rival.hire("Rita Rivale", four, manages=(four,)), four)
    for conversation in (private, deleted, foreign, 987_654):
        with db.unit_of_work() as uow, pytest.raises(NotFound) as refused:
            access(uow, chatter(uow, ariane), conversation)
        assert refused.value.params == {}


def test_r16_leaving_keeps_it_listed_as_left_and_holds_nothing(ariane: Somebody, karim: Somebody, kitchen: int) -> None:
    conversation = launch(ariane, kitchen)
    send(ariane, conversation, "Avant", surface=Surface.PORTAL)
    view(karim, conversation, 1)
    leave(karim, conversation)
    send(ariane, conversation, "Pendant", surface=Surface.PORTAL)
    assert rows(karim) == []
    (left,) = rows(karim, "left")
    assert (left.id, left.left, left.unread, left.last) == (conversation, True, 0, None)
    with db.unit_of_work() as uow:
        for access in (access_conversation, access_joined_conversation):
            with pytest.raises(ConversationLeft):
                access(uow, chatter(uow, karim), conversation)
    rejoin(karim, conversation)
    assert texts(karim, conversation) == ["Avant", "Pendant"]
    assert row(karim, conversation).unread == 1


def test_r16_leaving_what_one_never_viewed_works_too(ariane: Somebody, karim: Somebody, kitchen: int) -> None:
    conversation = launch(ariane, kitchen)
    leave(karim, conversation)
    assert rows(karim) == []
    with db.read() as reader:
        manager = chatter(reader, ariane, Surface.PORTAL)
        people = list_participants(reader, access_conversation(reader, manager, conversation))
    assert [person.name for person in people.joined] == ["Ariane Gagnon"]
    assert people.told_count == 0


def test_r16_in_a_one_to_one_the_other_is_told_and_writes_to_no_empty_chair(
    karim: Somebody, sofia: Somebody, kitchen: int
) -> None:
    conversation = start_one_to_one(karim, sofia, kitchen)
    send(karim, conversation, "Tu fermes?")
    leave(sofia, conversation)
    seen = row(karim, conversation)
    assert seen.closed == "left"
    assert seen.last is not None
    assert seen.last.kind == "left"
    with pytest.raises(RecipientGone):
        send(karim, conversation, "Allô?")


def test_r16_choosing_the_same_person_again_brings_both_back(karim: Somebody, sofia: Somebody, kitchen: int) -> None:
    conversation = start_one_to_one(karim, sofia, kitchen)
    leave(sofia, conversation)
    assert start_one_to_one(karim, sofia, kitchen) == conversation
    send(karim, conversation, "Re!")
    assert row(sofia, conversation).left is False
    assert row(sofia, conversation).unread == 1
    assert row(karim, conversation).closed is None


def test_r16_a_departed_person_closes_the_one_to_one(
    world: World, karim: Somebody, sofia: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = start_one_to_one(karim, sofia, kitchen)
    world.end(sofia, date(2026, 11, 23))
    moment.advance(days=1)
    assert row(karim, conversation).closed == "gone"
    with pytest.raises(RecipientGone):
        send(karim, conversation, "Allô?")


def test_r16_hidden_for_me_until_a_new_message(ariane: Somebody, karim: Somebody, kitchen: int) -> None:
    conversation = launch(ariane, kitchen)
    with db.unit_of_work() as uow:
        do_hide(uow, access_listed_conversation(uow, chatter(uow, karim), conversation))
    assert rows(karim) == []
    assert [found.id for found in rows(ariane)] == [conversation]
    send(ariane, conversation, "Coucou", surface=Surface.PORTAL)
    assert row(karim, conversation).unread == 1
    assert row(karim, conversation).joined is False


def test_r16_the_creator_deletes_and_restores_a_private_one(
    karim: Somebody, sofia: Somebody, ariane: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = start_group(karim, [sofia, ariane], kitchen)
    with pytest.raises(NotAllowed):
        delete(ariane, conversation)
    delete(karim, conversation)
    assert rows(sofia) == []
    moment.advance(days=10)
    with pytest.raises(NotAllowed):
        restore(sofia, conversation)
    assert [found.id for found in rows(karim, "deleted")] == [conversation]
    restore(karim, conversation)
    assert [found.id for found in rows(sofia)] == [conversation]


def test_r16_a_deleted_one_to_one_does_not_come_back_beside_its_twin(
    karim: Somebody, sofia: Somebody, kitchen: int
) -> None:
    first = start_one_to_one(karim, sofia, kitchen)
    delete(karim, first)
    second = start_one_to_one(sofia, karim, kitchen)
    assert second != first
    with pytest.raises(TwinExists):
        restore(karim, first)
    assert [found.id for found in rows(karim)] == [second]


# The option (R2) and the list


def test_r2_without_the_option_everything_of_the_chat_refuses(
    world: World, ariane: Somebody, karim: Somebody, kitchen: int, moment: Moment
) -> None:
    conversation = launch(ariane, kitchen)
    send(ariane, conversation, "Avant", surface=Surface.PORTAL)
    moment.advance(seconds=1)
    world.switch_option(is_on=False)
    for somebody in (ariane, karim):
        with db.read() as reader, pytest.raises(OptionOff):
            chatter(reader, somebody)
    moment.advance(seconds=1)
    world.switch_option(is_on=True)
    assert texts(karim, conversation) == ["Avant"]


def test_r2_a_switch_for_one_service_opens_that_service_only(
    world: World, ariane: Somebody, kitchen: int, moment: Moment
) -> None:
    hall = world.add_service("salle")
    isabelle = world.hire("Isabelle Fontaine", hall, manages=(hall,))
    moment.advance(seconds=1)
    world.switch_option(is_on=False)
    moment.advance(seconds=1)
    world.switch_option(is_on=True, service_id=kitchen)
    assert launch(ariane, kitchen)
    with db.read() as reader, pytest.raises(OptionOff):
        chatter(reader, isabelle, Surface.PORTAL)


def test_r2_a_switch_to_come_takes_effect_then(world: World, ariane: Somebody, kitchen: int, moment: Moment) -> None:
    from datetime import UTC, datetime

    first_of_month = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    world.switch_option(is_on=False, at=first_of_month)
    world.sign_in(ariane, Surface.MOBILE)
    moment.at = first_of_month.replace(hour=4, minute=59, second=59)
    with db.read() as reader:
        assert chatter(reader, ariane)
    moment.at = first_of_month
    with db.read() as reader, pytest.raises(OptionOff):
        chatter(reader, ariane)


def test_r20_unread_first_then_the_latest(ariane: Somebody, karim: Somebody, kitchen: int, moment: Moment) -> None:
    names = ("un", "deux", "trois")
    ids = {}
    for name in names:
        moment.advance(minutes=1)
        ids[name] = launch(ariane, kitchen, name=name)
    moment.advance(minutes=1)
    send(ariane, ids["un"], "Lu", surface=Surface.PORTAL)
    view(karim, ids["un"], 1)
    moment.advance(minutes=1)
    send(ariane, ids["deux"], "Pas lu", surface=Surface.PORTAL)
    moment.advance(minutes=1)
    send(karim, ids["trois"], "De moi")
    assert [found.name for found in rows(karim)] == ["deux", "trois", "un"]


def test_r20_an_administrator_is_not_counted_what_was_never_looked_at(
    world: World, ariane: Somebody, kitchen: int
) -> None:
    conversation = launch(ariane, kitchen)
    send(ariane, conversation, "Bonjour", surface=Surface.PORTAL)
    found = row(world.administrator, conversation, Surface.PORTAL)
    assert (found.unread, found.quiet) == (0, True)
    view(world.administrator, conversation, 1, Surface.PORTAL)
    send(ariane, conversation, "Encore", surface=Surface.PORTAL)
    assert row(world.administrator, conversation, Surface.PORTAL).unread == 1


@pytest.mark.parametrize("search", ["équipe", "EQUIPE", "Équipe", "quip", "100%", "a_b", "l'été", "back\\slash"])
def test_search_finds_names_literally_and_whatever_the_accents(ariane: Somebody, kitchen: int, search: str) -> None:
    launch(ariane, kitchen, name="Équipe 100% a_b l'été back\\slash")
    launch(ariane, kitchen, name="Autre chose")
    with db.read() as reader:
        found = list_conversations(reader, chatter(reader, ariane), search=search).rows
    assert [found_row.name for found_row in found] == ["Équipe 100% a_b l'été back\\slash"]


@pytest.mark.parametrize("search", ["%", "_", "100_", "aXb"])
def test_search_takes_no_wildcards(ariane: Somebody, kitchen: int, search: str) -> None:
    launch(ariane, kitchen, name="Rien de tel")
    with db.read() as reader:
        assert list_conversations(reader, chatter(reader, ariane), search=search).rows == []


def test_search_finds_a_one_to_one_by_the_other_person(karim: Somebody, sofia: Somebody, kitchen: int) -> None:
    conversation = start_one_to_one(karim, sofia, kitchen)
    with db.read() as reader:
        found = list_conversations(reader, chatter(reader, karim), search="lavoie").rows
        own_name = list_conversations(reader, chatter(reader, karim), search="benali").rows
    assert [found_row.id for found_row in found] == [conversation]
    assert own_name == []


@pytest.mark.parametrize("is_public", [False, True], ids=["private", "public"])
def test_what_was_left_tells_nothing_more(
    moment: Moment, ariane: Somebody, karim: Somebody, sofia: Somebody, kitchen: int, is_public: bool
) -> None:
    """Neither how much the others write, nor when."""
    start = (lambda: launch(ariane, kitchen)) if is_public else (lambda: start_group(ariane, [karim, sofia], kitchen))
    conversation_id, other = start(), start()
    send(karim, conversation_id, "Bonjour")
    for each in (conversation_id, other):
        moment.advance(minutes=1)
        with db.unit_of_work() as uow:
            do_leave(uow, access_joined_conversation(uow, chatter(uow, karim), each))
    before = rows(karim, "left")
    assert [found.id for found in before] == [other, conversation_id]
    moment.advance(minutes=1)
    sent = send(sofia, conversation_id, "Entre nous")
    with db.unit_of_work() as uow:
        do_edit_message(uow, access_joined_conversation(uow, chatter(uow, sofia), conversation_id), sent.ordinal, "Non")
    assert rows(karim, "left") == before
    with db.read() as reader:
        listed = access_listed_conversation(reader, chatter(reader, karim), conversation_id)
        assert get_conversation_row(reader, listed) == before[1]
    with db.unit_of_work() as uow:
        do_rejoin(uow, access_left_conversation(uow, chatter(uow, karim), conversation_id))
    assert row(karim, conversation_id).last_ordinal == row(sofia, conversation_id).last_ordinal


def test_no_search_of_the_chat_tells_an_employee_number(karim: Somebody, sofia: Somebody, kitchen: int) -> None:
    """It is half of what signs its owner in."""
    start_one_to_one(karim, sofia, kitchen)
    with db.read() as reader:
        number = reader.execute(select(employees.c.number).where(employees.c.person_id == sofia.id)).scalar_one()
        me = chatter(reader, karim)
        service = access_chat_service(reader, me, kitchen)
        for searched in (number, number.lower(), number[1:], f"lavoie {number}"):
            assert list_conversations(reader, me, search=searched).rows == []
            assert list_recipients(reader, service, search=searched).rows == []
        assert [row.id for row in list_recipients(reader, service, search="sofia lavoie").rows] == [sofia.id]


def test_a_creation_reaches_the_service_once(ariane: Somebody, kitchen: int) -> None:
    with listening() as heard:
        launch(ariane, kitchen)
    assert [(emitted.topic, type(emitted.event)) for emitted in heard] == [(f"service:{kitchen}", ConversationCreated)]


def test_do_launch_refuses_before_it_writes(ariane: Somebody, kitchen: int) -> None:
    with db.unit_of_work() as uow:
        services = access_managed_services(uow, chatter(uow, ariane, Surface.PORTAL), [kitchen])
        with pytest.raises(NameBlank):
            do_launch_public_conversations(uow, services, " ")
    assert rows(ariane) == []
