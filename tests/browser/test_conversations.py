"""Conversations as people live them: at a manager's desk and on the phones of a kitchen, in a real Chromium."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components import ids
from components.ids import PickerKind
from data.access.actors import Surface
from tests import factories, inside
from tests.browser.surfaces import (
    answer,
    choose_act,
    find_line,
    find_message,
    open_conversation,
    open_phone,
    open_portal,
    t,
    write,
)
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser


def launch(server: Server, kitchen: Kitchen, name: str = "Équipe") -> int:
    return server.do(factories.launch, kitchen.manager, kitchen.service_id, name=name)


def say(server: Server, kitchen: Kitchen, conversation_id: int, text: str) -> None:
    """By the manager."""
    server.do(factories.send, kitchen.manager, conversation_id, text, surface=Surface.PORTAL)


def begin(page: Page, kind: PickerKind) -> Locator:
    """The dialog that chooses recipients, once it lists people."""
    page.locator(f"#{ids.create(kind)}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".form-check").first).to_be_visible()
    return dialog


def choose(page: Page, kind: PickerKind, part: str, label: str) -> None:
    """In one of the three filters."""
    page.locator(f"#{ids.picker(kind, part)}").select_option(label=label)


def save(page: Page, kind: PickerKind) -> None:
    page.locator(f"#{ids.picker(kind, 'save')}").click()


def find_offered(dialog: Locator, name: str) -> Locator:
    return dialog.locator(".form-check").filter(has_text=name)


def expect_badges(page: Page, menu: str, line: str, name: str) -> None:
    """Of the whole, and of one conversation; "" is none."""
    whole = page.locator("#menu-badge, #mobile-badge")
    expect(whole).to_have_text(menu)
    expect(find_line(page, name).locator(".badge-count")).to_have_count(1 if line else 0)
    if line:
        expect(find_line(page, name).locator(".badge-count")).to_have_text(re.compile(rf"^{re.escape(line)}\s"))


def show_list(phone: Page) -> None:
    phone.get_by_role("button", name=t("Back to the list")).tap()
    expect(phone.locator(".rows")).to_be_visible()


# Public conversations


def test_r6_a_public_conversation_is_launched_by_the_button_and_by_shift_and_either_icon(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    page = open_portal(browser, server, kitchen.manager)
    phone = open_phone(browser, server, kitchen.staff[0])
    ways = {
        "Par le bouton": lambda: page.locator(f"#{ids.CREATE_PUBLIC}").click(),
        "Une personne": lambda: page.locator(f"#{ids.create('one')}").click(modifiers=["Shift"]),
        "Plusieurs": lambda: page.locator(f"#{ids.create('group')}").click(modifiers=["Shift"]),
    }
    for name, open_dialog in ways.items():
        open_dialog()
        expect(page.get_by_role("dialog")).to_have_count(1)
        expect(page.get_by_role("heading", name=t("New public conversation"))).to_be_visible()
        page.locator(f"#{ids.PUBLIC_NAME}").fill(name)
        page.locator(f"#{ids.PUBLIC_SAVE}").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator(".panel-head").get_by_role("heading", name=name)).to_be_visible()
        # Then one types the first message, without looking for its box.
        expect(page.locator(".composer textarea")).to_be_focused()
        page.keyboard.type("Bonjour à tous")
        page.keyboard.press("Enter")
        expect(find_message(page, "Bonjour à tous")).to_be_visible()
        expect(find_line(phone, name)).to_contain_text(t("Public"))


def test_r6_several_services_at_once_get_one_conversation_each_and_r7_their_reach_is_told_before(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    world = kitchen.world
    hall = server.do(world.add_service, "salle")
    server.do(inside.grant, world, kitchen.manager, hall)
    waiter = server.do(world.hire, "Olivier Houle", hall)
    for name in ("Rosa Cyr", "Hugo Morin"):
        server.do(world.hire, name, kitchen.service_id, app=False)
    page = open_portal(browser, server, kitchen.manager)
    page.locator(f"#{ids.CREATE_PUBLIC}").click()
    reach = page.locator(f"#{ids.PUBLIC_REACH}")
    expect(reach).to_have_text(t("Choose at least one service."))
    page.locator(f"#{ids.PUBLIC_SAVE}").click()
    wrong = page.locator(f"#{ids.PUBLIC_ERROR}")
    expect(wrong).to_have_text(t("Choose at least one service."))
    page.get_by_label("Cuisine").check()
    expect(wrong).to_be_empty()
    told, missed = "{n} person will be notified.", "{n} does not have the application and will see nothing."
    many_told, many_missed = (
        "{n} people will be notified.",
        "{n} do not have the application and will see nothing.",
    )
    expect(reach).to_have_text(f"{t.plural(told, many_told, 3)} {t.plural(missed, many_missed, 2)}")
    first_words = page.get_by_label(t("First message (optional)"))
    expect(first_words).to_be_hidden()
    page.get_by_label("Salle").check()
    first_words.fill("Voici le menu.")
    each = t("{n} conversations will be made, one in each service.", n=2)
    expect(reach).to_have_text(f"{each} {t.plural(told, many_told, 4)} {t.plural(missed, many_missed, 2)}")
    # A name is asked for; nothing is lost of what was chosen.
    page.locator(f"#{ids.PUBLIC_SAVE}").click()
    expect(wrong).to_have_text(t("Give a name."))
    page.locator(f"#{ids.PUBLIC_NAME}").fill("Menu d'hiver")
    page.keyboard.press("Enter")
    expect(find_line(page, "Menu d'hiver")).to_have_count(2)
    for somebody, service in ((kitchen.staff[0], "Cuisine"), (waiter, "Salle")):
        phone = open_phone(browser, server, somebody)
        expect(find_line(phone, "Menu d'hiver")).to_have_count(1)
        expect(find_line(phone, "Menu d'hiver")).to_contain_text(service)
        expect(find_line(phone, "Menu d'hiver")).to_contain_text("Voici le menu.")


def test_saving_twice_in_a_row_is_saving_once(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    page = open_portal(browser, server, kitchen.manager)
    name = page.locator(f"#{ids.PUBLIC_NAME}")
    save_button = page.locator(f"#{ids.PUBLIC_SAVE}")
    page.locator(f"#{ids.CREATE_PUBLIC}").click()
    # What was refused twice is saved once it is corrected.
    for _ in range(2):
        with page.expect_response(lambda answer: ids.PUBLIC_SAVE in (answer.request.post_data or "")):
            save_button.click()
        expect(page.locator(f"#{ids.PUBLIC_ERROR}")).to_have_text(t("Give a name."))
    name.fill("Par Entrée")
    name.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".panel-head").get_by_role("heading", name="Par Entrée")).to_be_visible()
    page.locator(f"#{ids.CREATE_PUBLIC}").click()
    name.fill("Par le bouton")
    save_button.dblclick(delay=60)
    expect(page.locator(".panel-head").get_by_role("heading", name="Par le bouton")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".composer textarea")).to_be_focused()  # one types, once the dialog is gone
    # Enter that opened the dialog, let go in its first field, does not save yet.
    page.locator(f"#{ids.CREATE_PUBLIC}").focus()
    page.keyboard.down("Enter")
    expect(name).to_be_focused()
    with page.expect_response(lambda answer: ids.PUBLIC_SERVICES in (answer.request.post_data or "")):
        page.keyboard.up("Enter")
        page.locator(f"#{ids.PUBLIC_SERVICES} input").uncheck()
    expect(page.locator(f"#{ids.PUBLIC_ERROR}")).to_be_empty()
    page.locator(f"#{ids.PUBLIC_CANCEL}").click()
    # Whatever else was asked for is there by the time that a new one is.
    launch(server, kitchen, "Après")
    expect(find_line(page, "Après")).to_be_visible()
    expect(page.locator(".row-line")).to_have_count(3)


def test_r8_a_phone_sees_it_at_once_answers_and_the_portal_shows_the_answer_live(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    page = open_portal(browser, server, kitchen.manager)
    phone = open_phone(browser, server, kitchen.staff[0])
    expect(phone.get_by_text(t("No conversation yet. Write to a colleague."))).to_be_visible()
    conversation_id = launch(server, kitchen)
    say(server, kitchen, conversation_id, "Le four est réparé.")
    expect_badges(phone, "1", "1", "Équipe")
    expect(find_line(phone, "Équipe")).to_contain_text("Le four est réparé.")
    expect(phone).to_have_title(re.compile(r"^\(1\)"))
    open_conversation(page, "Équipe")
    people = page.locator("[data-part=people]")
    expect(people.get_by_role("heading", name=f"{t('Have opened it')} · 1")).to_be_visible()
    expect(people.get_by_role("heading", name=f"{t('Notified, not opened yet')} · 3")).to_be_visible()
    expect(find_line(phone, "Équipe").locator(".tag.urgent")).to_have_count(0)
    page.locator(".urgent-toggle").click()
    page.locator("#urgent-reason").fill("Service à midi")
    write(page, "On ouvre!")
    expect(find_line(phone, "Équipe").locator(".tag.urgent")).to_have_text(t("Urgent"))
    # A notification is not a view: looking at it is.
    find_line(phone, "Équipe").tap()
    expect(find_message(phone, "Le four est réparé.")).to_be_visible()
    expect(people.get_by_role("heading", name=f"{t('Have opened it')} · 2")).to_be_visible()
    write(phone, "Merci, j'arrive!")
    expect(find_message(page, "Merci, j'arrive!")).to_contain_text("Karim Benali")
    expect(page.locator(".message")).to_have_count(3)
    # A menu stays open while others write, and the messages scroll for it.
    phone.get_by_role("button", name=t("More actions")).tap()
    write(page, "Parfait.\n" * 60)
    expect(find_message(phone, "Parfait.")).to_contain_text(t("Manager"))
    phone.wait_for_function("document.querySelector('.panel-scroll').scrollTop > 500")
    phone.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(phone.get_by_role("menu")).to_be_visible()


def test_r20_badges_are_the_same_and_clear_on_all_devices_of_a_person(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = launch(server, kitchen)
    karim = kitchen.staff[0]
    pages = [open_portal(browser, server, kitchen.manager) for _ in range(2)]
    phone = open_phone(browser, server, kitchen.manager)
    expect(find_line(phone, "Équipe")).to_be_visible()
    server.do(inside.say_many, karim, conversation_id, 3)
    for screen in (*pages, phone):
        expect_badges(screen, "3", "3", "Équipe")
    words = t.plural("{n} unread message", "{n} unread messages", 3)
    expect(pages[0].get_by_role("link", name=words)).to_be_visible()
    open_conversation(pages[0], "Équipe")
    for screen in (*pages, phone):
        expect_badges(screen, "", "", "Équipe")
    # On another page of the portal it is still told, and after coming back too.
    pages[1].get_by_role("link", name=t("My groups")).click()
    expect(pages[1].get_by_role("heading", name=t("My groups"))).to_be_visible()
    open_conversation(phone, "Équipe")
    show_list(phone)
    pages[0].get_by_role("link", name=t("My account")).click()
    expect(pages[0].get_by_role("heading", name=t("My account"))).to_be_visible()
    server.do(inside.say_many, karim, conversation_id, 120)
    for screen in (*pages, phone):
        expect(screen.locator("#menu-badge, #mobile-badge")).to_have_text("99+")
    pages[1].get_by_role("link", name=t("My account")).click()
    expect(pages[1].get_by_role("heading", name=t("My account"))).to_be_visible()
    expect(pages[1].locator("#menu-badge")).to_have_text("99+")


def test_r10_deleting_tells_the_consequence_and_is_undone_within_the_notice(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = launch(server, kitchen)
    say(server, kitchen, conversation_id, "Le four est réparé.")
    page = open_portal(browser, server, kitchen.manager)
    phone = open_phone(browser, server, kitchen.staff[0])
    open_conversation(page, "Équipe")
    open_conversation(phone, "Équipe")
    choose_act(page, t("Delete for everyone…"))
    lost = t.plural("{n} person will lose this conversation.", "{n} people will lose this conversation.", 4)
    expect(page.locator("dialog.ask")).to_contain_text(lost)
    answer(page, t("Cancel"))
    expect(find_line(phone, "Équipe")).to_have_count(1)
    choose_act(page, t("Delete for everyone…"))
    answer(page, t("Delete"))
    expect(find_line(page, "Équipe")).to_have_count(0)
    expect(phone.get_by_role("heading", name=t("This conversation is no longer there."))).to_be_visible()
    page.locator("#toasts").get_by_role("button", name=t("Undo")).click()
    expect(find_message(page, "Le four est réparé.")).to_be_visible()
    phone.get_by_role("button", name=t("Back to the list")).last.tap()
    open_conversation(phone, "Équipe")
    expect(find_message(phone, "Le four est réparé.")).to_be_visible()


def test_r10_an_administrator_restores_from_the_deleted_ones(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = launch(server, kitchen)
    say(server, kitchen, conversation_id, "Le four est réparé.")
    desk = open_portal(browser, server, kitchen.manager)
    open_conversation(desk, "Équipe")
    choose_act(desk, t("Delete for everyone…"))
    answer(desk, t("Delete"))
    expect(find_line(desk, "Équipe")).to_have_count(0)
    page = open_portal(browser, server, kitchen.world.administrator)
    page.get_by_role("button", name=t("More…")).click()
    page.get_by_role("menuitem", name=t("Deleted")).click()
    find_line(page, "Équipe").click()
    expect(page.locator("dialog.ask")).to_contain_text("Équipe")
    answer(page, t("Restore"))
    expect(find_message(page, "Le four est réparé.")).to_be_visible()
    expect(page.get_by_role("button", name=t("All"), exact=True)).to_have_attribute("aria-pressed", "true")
    expect(find_line(desk, "Équipe")).to_be_visible()


# Private conversations


def test_r12_with_one_person_no_name_is_asked_and_the_same_pair_opens_what_it_has(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    page = open_portal(browser, server, kitchen.manager)
    for turn in range(2):
        dialog = begin(page, "one")
        expect(dialog.get_by_label(t("Name"), exact=True)).to_have_count(0)
        if not turn:
            save(page, "one")
            expect(dialog.get_by_role("alert")).to_have_text(t("Choose a person."))
        find_offered(dialog, "Sofia Lavoie").get_by_role("radio").check()
        save(page, "one")
        expect(page.locator(".panel-head").get_by_role("heading", name="Sofia Lavoie")).to_be_visible()
        if not turn:
            write(page, "Peux-tu fermer samedi?")
            expect(find_message(page, "Peux-tu fermer samedi?")).to_be_visible()
            page.go_back()
            expect(page.get_by_role("heading", name=t("Choose a conversation"))).to_be_visible()
    expect(find_message(page, "Peux-tu fermer samedi?")).to_be_visible()
    expect(find_line(page, "Sofia Lavoie")).to_have_count(1)
    phone = open_phone(browser, server, kitchen.staff[1])
    expect(find_line(phone, "Ariane Gagnon")).to_contain_text(t("One-to-one"))


def test_r13_with_several_a_name_and_two_others_are_required(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    page = open_portal(browser, server, kitchen.manager)
    dialog = begin(page, "group")
    alert = dialog.get_by_role("alert")
    find_offered(dialog, "Sofia Lavoie").get_by_role("checkbox").check()
    expect(dialog.locator(".chosen")).to_contain_text("Sofia Lavoie")
    save(page, "group")
    expect(alert).to_have_text(t("Give a name."))
    dialog.get_by_label(t("Name"), exact=True).fill("Fermeture samedi")
    save(page, "group")
    expect(alert).to_have_text(t("Choose at least two people."))
    find_offered(dialog, "Karim Benali").get_by_role("checkbox").check()
    expect(dialog.locator(".chosen")).to_contain_text("Karim Benali")
    save(page, "group")
    expect(page.locator(".panel-head").get_by_role("heading", name="Fermeture samedi")).to_be_visible()
    phone = open_phone(browser, server, kitchen.staff[0])
    expect(find_line(phone, "Fermeture samedi")).to_contain_text(t("Group"))
    # Three kinds, three symbols.
    launch(server, kitchen, "Tout le monde")
    server.do(factories.start_one_to_one, kitchen.manager, kitchen.staff[0], kitchen.service_id)
    shown = {
        name: find_line(phone, name).locator(".avatar .icon").evaluate_all("icons => icons.map((i) => i.className)")
        for name in ("Fermeture samedi", "Tout le monde", "Ariane Gagnon")
        if expect(find_line(phone, name)).to_be_visible() is None
    }
    assert len({str(symbols) for symbols in shown.values()}) == 3


def test_r12_each_filter_narrows_the_next_and_who_was_chosen_stays_chosen(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    world = kitchen.world
    hot, cold = server.do(inside.add_departments, world, kitchen.service_id, "Chaud", "Froid")
    bar = server.do(world.add_service, "bar")
    server.do(inside.grant, world, kitchen.manager, bar)
    server.do(world.hire, "Hugo Morin", kitchen.service_id, department_id=hot)
    rosa = server.do(world.hire, "Rosa Cyr", kitchen.service_id, department_id=cold)
    server.do(world.hire, "Yann Côté", kitchen.service_id, department_id=cold, app=False)
    server.do(world.hire, "Olivier Houle", bar)
    server.do(inside.save_group, kitchen.manager, "Fermeture", [rosa, kitchen.staff[0]])
    page = open_portal(browser, server, kitchen.manager)
    dialog = begin(page, "group")
    offered = dialog.locator(".form-check")
    expect(offered).to_have_count(6)
    # People without the application are offered, and marked.
    marked = offered.filter(has_text=t("without the application"))
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text("Yann Côté")
    find_offered(dialog, "Hugo Morin").get_by_role("checkbox").check()
    choose(page, "group", "department", "Froid")
    expect(offered).to_have_count(2)
    find_offered(dialog, "Yann Côté").get_by_role("checkbox").check()
    choose(page, "group", "group", "Fermeture")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("Rosa Cyr")
    choose(page, "group", "department", t("All departments"))
    expect(offered).to_have_count(2)
    page.locator(f"#{ids.picker('group', 'search')}").fill("karim")
    expect(offered).to_have_count(1)
    offered.get_by_role("checkbox").check()
    for name in ("Hugo Morin", "Yann Côté", "Karim Benali"):
        expect(dialog.locator(".chosen").get_by_role("button", name=name)).to_be_visible()
    # One may think better of it.
    dialog.locator(".chosen").get_by_role("button", name="Karim Benali").click()
    expect(offered.get_by_role("checkbox")).not_to_be_checked()
    page.locator(f"#{ids.picker('group', 'search')}").fill("")
    choose(page, "group", "group", t("Everybody"))
    expect(offered).to_have_count(6)
    expect(offered.get_by_role("checkbox", checked=True)).to_have_count(2)
    # Departments and people of another service.
    choose(page, "group", "service", "Bar")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("Olivier Houle")
    expect(page.locator(f"#{ids.picker('group', 'department')} option:not([hidden])")).to_have_count(1)


def test_r12_the_one_chosen_stays_chosen_and_is_told_where_a_filter_hides_them(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    page = open_portal(browser, server, kitchen.manager)
    dialog = begin(page, "one")
    find_offered(dialog, "Sofia Lavoie").get_by_role("radio").check()
    page.locator(f"#{ids.picker('one', 'search')}").fill("karim")
    expect(dialog.locator(".form-check")).to_have_count(1)
    expect(dialog.locator(".chosen")).to_contain_text("Sofia Lavoie")
    save(page, "one")
    expect(page.locator(".panel-head").get_by_role("heading", name="Sofia Lavoie")).to_be_visible()


def test_r16_leaving_hiding_and_coming_back(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    conversation_id = launch(server, kitchen)
    say(server, kitchen, conversation_id, "Le four est réparé.")
    phone = open_phone(browser, server, kitchen.staff[0])
    open_conversation(phone, "Équipe")
    choose_act(phone, t("Leave…"))
    answer(phone, t("Stay"))
    expect(find_message(phone, "Le four est réparé.")).to_be_visible()
    choose_act(phone, t("Leave…"))
    answer(phone, t("Leave"))
    expect(phone.get_by_role("heading", name=t("You left this conversation."))).to_be_visible()
    expect(find_message(phone, "Le four est réparé.")).to_have_count(0)
    show_list(phone)
    expect(find_line(phone, "Équipe")).to_have_count(0)
    say(server, kitchen, conversation_id, "On ferme à 22 h.")
    # Listed as left, until one comes back by an act of one's own.
    phone.get_by_role("button", name=t("More…")).tap()
    phone.get_by_role("menuitem", name=t("Left")).tap()
    expect(find_line(phone, "Équipe")).to_contain_text(t("You left this conversation"))
    expect_badges(phone, "", "", "Équipe")
    find_line(phone, "Équipe").tap()
    phone.get_by_role("button", name=t("Come back")).tap()
    expect(find_message(phone, "On ferme à 22 h.")).to_be_visible()
    # Hidden: off the list until a new message, on each device of theirs, where it was open too.
    other = open_phone(browser, server, kitchen.staff[0])
    open_conversation(other, "Équipe")
    choose_act(phone, t("Hide until a new message"))
    for screen in (phone, other):
        expect(screen.locator(".rows")).to_be_visible()
    expect(other.get_by_text(t("No conversation yet. Write to a colleague."))).to_be_visible()
    # Coming back led to all of them again; hiding is undone while the notice shows, and found again later.
    phone.get_by_role("button", name=t("Undo")).tap()
    expect(find_message(phone, "On ferme à 22 h.")).to_be_visible()
    expect(find_line(other, "Équipe")).to_be_visible()
    choose_act(phone, t("Hide until a new message"))
    expect(find_line(other, "Équipe")).to_have_count(0)
    phone.get_by_role("button", name=t("More…")).tap()
    phone.get_by_role("menuitem", name=t("Hidden"), exact=True).tap()
    find_line(phone, "Équipe").tap()
    expect(phone.get_by_role("heading", name="Équipe")).to_be_visible()
    show_list(phone)
    phone.get_by_role("button", name=t("All"), exact=True).tap()
    expect(phone.get_by_text(t("No conversation yet. Write to a colleague."))).to_be_visible()
    say(server, kitchen, conversation_id, "Finalement, 21 h.")
    expect_badges(phone, "1", "1", "Équipe")


def test_r16_a_one_to_one_that_the_other_left_is_closed_and_choosing_them_again_opens_it_to_both(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    server.do(factories.start_one_to_one, kitchen.manager, kitchen.staff[0], kitchen.service_id)
    page = open_portal(browser, server, kitchen.manager)
    phone = open_phone(browser, server, kitchen.staff[0])
    open_conversation(page, "Karim Benali")
    open_conversation(phone, "Ariane Gagnon")
    choose_act(phone, t("Leave…"))
    answer(phone, t("Leave"))
    expect(phone.get_by_role("heading", name=t("You left this conversation."))).to_be_visible()
    expect(page.locator(".told-line")).to_have_text(t("{name} left the conversation.", name="Karim Benali"))
    closed = t("{name} left this conversation and would not read your answer.", name="Karim Benali")
    expect(page.locator(".composer-closed")).to_have_text(closed)
    expect(page.locator(".composer textarea")).to_be_hidden()
    show_list(phone)
    dialog = begin(page, "one")
    find_offered(dialog, "Karim Benali").get_by_role("radio").check()
    save(page, "one")
    expect(page.locator(".composer textarea")).to_be_visible()
    write(page, "Un mot encore.")
    expect_badges(phone, "1", "1", "Ariane Gagnon")
    expect(find_line(page, "Karim Benali")).to_have_count(1)


# What people write


def test_r23_ones_own_message_is_edited_and_deleted_and_a_trace_stays(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = launch(server, kitchen)
    say(server, kitchen, conversation_id, "Ouverture à 7 h.")
    page = open_portal(browser, server, kitchen.manager)
    phone = open_phone(browser, server, kitchen.staff[0])
    open_conversation(page, "Équipe")
    open_conversation(phone, "Équipe")
    expect(find_message(phone, "Ouverture à 7 h.")).to_be_visible()
    # Nobody edits what others wrote.
    expect(phone.get_by_role("button", name=t("Edit or delete this message"))).to_have_count(0)
    find_message(page, "Ouverture à 7 h.").get_by_role("button", name=t("Edit or delete this message")).click()
    page.get_by_role("menuitem", name=t("Edit")).click()
    box = page.locator(".composer textarea")
    expect(box).to_have_value("Ouverture à 7 h.")
    box.fill("Ouverture à 8 h.")
    page.keyboard.press("Enter")
    expect(box).to_have_value("")
    for screen in (page, phone):
        expect(find_message(screen, "Ouverture à 8 h.")).to_contain_text(t("edited"))
        expect(find_message(screen, "Ouverture à 7 h.")).to_have_count(0)
    expect(find_line(page, "Équipe")).to_contain_text("Ouverture à 8 h.")
    find_message(page, "Ouverture à 8 h.").get_by_role("button", name=t("Edit or delete this message")).click()
    page.get_by_role("menuitem", name=t("Delete")).click()
    answer(page, t("Delete"))
    for screen in (page, phone):
        expect(screen.locator(".message.deleted")).to_have_text(re.compile(re.escape(t("Message deleted"))))
        expect(screen.locator(".message")).to_have_count(1)
        expect(screen.get_by_text("Ouverture à 8 h.")).to_have_count(0)
    # The last one of mine, by the arrow up, as elsewhere; Escape thinks better of it.
    write(page, "Une faute dé frappe")
    expect(page.locator(".message.pending")).to_have_count(0)
    box.press("ArrowUp")
    expect(box).to_have_value("Une faute dé frappe")
    box.press("Escape")
    expect(box).to_have_value("")
    expect(page.locator(".composer-editing")).to_be_hidden()


def test_r23_lines_links_and_emoji_are_what_was_meant_and_nothing_written_is_ever_markup(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = launch(server, kitchen)
    page = open_portal(browser, server, kitchen.manager)
    open_conversation(page, "Équipe")
    box = page.locator(".composer textarea")
    box.click()
    page.keyboard.type("Deux")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("lignes")
    page.keyboard.press("Enter")
    body = page.locator(".message-body")
    expect(body).to_have_text(["Deux\nlignes"], use_inner_text=True)
    expect(page.locator(".message.pending")).to_have_count(0)
    expect(page.locator(".message.pending")).to_have_count(0)
    assert server.do(inside.list_texts, conversation_id) == ["Deux\nlignes"]
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    hostile = "javascript:alert(1) <script>alert(2)</script> <img src=x onerror=alert(3)> data:text/html,x"
    for text in (hostile, "Voyez https://exemple.ca/menu?a=1&b=2. Et (http://exemple.ca)!", "http://<b>"):
        box.fill(text)
        page.keyboard.press("Enter")
        expect(body.filter(has_text=text)).to_be_visible()
    expect(page.locator(".message.pending")).to_have_count(0)
    links = page.locator(".message-body a")
    expect(links).to_have_text(["https://exemple.ca/menu?a=1&b=2", "http://exemple.ca"])
    for link in links.all():
        expect(link).to_have_attribute("rel", re.compile("noopener"))
        assert (link.get_attribute("href") or "").startswith("http")
    assert page.locator("ol script, ol img, .message-body *:not(a)").count() == 0
    # An emoji goes where the cursor is.
    box.fill("Bravo  à tous")
    box.evaluate("box => box.setSelectionRange(6, 6)")
    page.get_by_role("button", name=t("Emoji")).click()
    page.get_by_role("menuitem", name="👏").click()
    expect(box).to_have_value("Bravo 👏 à tous")
    expect(box).to_be_focused()
    page.keyboard.press("Enter")
    expect(find_message(page, "Bravo 👏 à tous")).to_be_visible()


def test_r23_days_the_line_before_what_is_new_and_the_way_to_the_latest(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = launch(server, kitchen)
    karim, sofia = kitchen.staff[:2]
    server.do(inside.fill_conversation, conversation_id, [karim, sofia], 60, every=timedelta(hours=12), is_read=True)
    page = open_portal(browser, server, kitchen.manager)
    open_conversation(page, "Équipe")
    expect(find_message(page, "n° 60")).to_be_in_viewport()
    expect(page.locator(".day-line").last).to_have_text(t("Today"))
    expect(page.locator(".day-line", has_text=t("Yesterday"))).to_have_count(1)
    jump = page.locator(".jump")
    expect(jump).to_be_hidden()
    expect(page.locator("#new-messages")).to_have_count(0)
    find_message(page, "n° 30").scroll_into_view_if_needed()
    expect(jump).to_have_text(t("Latest"))
    server.do(factories.send, karim, conversation_id, "On manque de pain.")
    expect(jump).to_have_text(t.plural("{n} new message", "{n} new messages", 1))
    expect(find_message(page, "On manque de pain.")).not_to_be_in_viewport()
    jump.click()
    expect(find_message(page, "On manque de pain.")).to_be_in_viewport()
    expect(jump).to_be_hidden()
    # Away from it, then back: the line stands before the first that one has not seen.
    page.go_back()
    server.do(inside.say_many, sofia, conversation_id, 30, " – en attente")
    expect_badges(page, "30", "30", "Équipe")
    open_conversation(page, "Équipe")
    line = page.locator("#new-messages")
    expect(line).to_be_in_viewport()
    expect(line).to_have_text(t("New messages"))
    expect(line.locator("xpath=following-sibling::li[1]")).to_contain_text("n° 0 – en attente")


def test_the_way_to_the_latest_leads_there_however_much_is_new(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    """With many unread a conversation opens at the first of them; the latest are a page away, and one click."""
    conversation_id = launch(server, kitchen)
    server.do(inside.say_many, kitchen.staff[0], conversation_id, 80)
    page = open_portal(browser, server, kitchen.manager)
    open_conversation(page, "Équipe")
    expect(page.locator("#new-messages")).to_be_in_viewport()
    expect(find_message(page, "n° 79")).not_to_be_in_viewport()
    page.locator(".jump").click()
    expect(find_message(page, "n° 79")).to_be_in_viewport()
    expect(page.locator(".jump")).to_be_hidden()
    expect(page.locator("#menu-badge")).to_have_text("")


# When the world changes under one's feet


def test_r21_r22_a_server_that_dies_is_told_kindly_and_what_was_typed_meanwhile_is_sent_once(
    own_server: Server, browser: Browser
) -> None:
    kitchen = own_server.do(inside.make_kitchen, "own")
    conversation_id = launch(own_server, kitchen)
    say(own_server, kitchen, conversation_id, "Avant.")
    page = open_portal(browser, own_server, kitchen.manager)
    phone = open_phone(browser, own_server, kitchen.staff[0])
    open_conversation(page, "Équipe")
    open_conversation(phone, "Équipe")
    own_server.kill()
    words = t("No network. Your message will go when the connection is back.")
    for screen in (page, phone):
        expect(screen.locator(".panel-state")).to_contain_text(words)
    write(page, "Pendant, 1.")
    write(page, "Pendant, 2.")
    write(phone, "Pendant, 3.")
    expect(page.locator(".message.pending")).to_have_count(2)
    expect(page.locator(".message.pending").first).to_contain_text(t("Waits for the network…"))
    expect(find_message(page, "Avant.")).to_be_visible()
    own_server.start()
    for screen in (page, phone):
        # The longest pause between two tries is 22 s.
        expect(screen.locator(".panel-state")).to_be_hidden(timeout=40_000)
        expect(screen.locator(".message.pending")).to_have_count(0)
    for screen in (page, phone):  # both are back: what one of them held has gone
        expect(screen.locator(".message")).to_have_count(4)
    # Caught up with or live, each message of another is read aloud once.
    expect(page.locator("#chat-voice p")).to_have_count(1)
    expect(phone.locator("#chat-voice p")).to_have_count(2)
    said = own_server.do(inside.list_texts, conversation_id)
    assert sorted(said) == ["Avant.", "Pendant, 1.", "Pendant, 2.", "Pendant, 3."]
    assert said.index("Pendant, 1.") < said.index("Pendant, 2.")


def test_r2_where_the_option_goes_off_the_panel_says_so_and_the_menu_loses_its_icon(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = launch(server, kitchen)
    say(server, kitchen, conversation_id, "Le four est réparé.")
    page = open_portal(browser, server, kitchen.manager)
    phone = open_phone(browser, server, kitchen.staff[0])
    page.evaluate("window.unbroken = true")
    open_conversation(page, "Équipe")
    open_conversation(phone, "Équipe")
    icon = page.get_by_role("navigation").get_by_role("link", name=t("Messagerie Chat"))
    expect(icon).to_be_visible()
    server.do(kitchen.world.switch_option, is_on=False)
    expect(icon).to_have_count(0)
    for screen in (page, phone):
        expect(screen.locator(".rows")).to_have_text(t("The chat is not activated for your workplace."))
        expect(screen.locator(".rows")).to_be_visible()
        expect(screen.get_by_text("Le four est réparé.")).to_have_count(0)
        expect(screen.locator(".composer")).to_have_count(0)
    server.do(kitchen.world.switch_option, is_on=True)
    expect(icon).to_be_visible()
    expect(find_line(page, "Équipe")).to_be_visible()
    assert page.evaluate("window.unbroken")


@pytest.mark.parametrize("surface", list(Surface))
def test_a_session_that_is_ended_elsewhere_goes_to_the_sign_in(
    server: Server, browser: Browser, kitchen: Kitchen, surface: Surface
) -> None:
    launch(server, kitchen)
    karim = kitchen.staff[0]
    open_it = open_portal if surface is Surface.PORTAL else open_phone
    somebody = kitchen.manager if surface is Surface.PORTAL else karim
    page = open_it(browser, server, somebody)
    expect(find_line(page, "Équipe")).to_be_visible()
    server.do(inside.end_sessions, kitchen.world, somebody)
    expect(page).to_have_url(re.compile(r"/m/sign-in" if surface is Surface.MOBILE else r"[0-9]/sign-in"))


def test_what_was_typed_and_not_sent_is_there_after_a_reload_and_after_an_edit(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    launch(server, kitchen)
    page = open_portal(browser, server, kitchen.manager)
    open_conversation(page, "Équipe")
    write(page, "Premier")
    expect(find_message(page, "Premier")).to_contain_text(t("Sent"))
    box = page.locator(".composer textarea")
    box.fill("Un brouillon")
    page.reload()
    open_conversation(page, "Équipe")
    expect(box).to_have_value("Un brouillon")
    page.locator(".message").hover()
    page.get_by_role("button", name=t("Edit or delete this message")).click()
    page.get_by_role("menuitem", name=t("Edit")).click()
    expect(box).to_have_value("Premier")
    page.get_by_role("button", name=t("Cancel")).click()
    expect(box).to_have_value("Un brouillon")
    # Nobody who signs in here next finds it.
    page.evaluate("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    expect(page).to_have_url(re.compile("/sign-in"))
    assert page.evaluate("sessionStorage.length") == 0


def test_r14_writing_to_somebody_without_the_application_says_so(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    absent = server.do(kitchen.world.hire, "Nadège Saint-Fleur", kitchen.service_id, app=False)
    server.do(factories.start_group, kitchen.manager, [kitchen.staff[0], absent], kitchen.service_id, name="Souper")
    page = open_portal(browser, server, kitchen.manager)
    open_conversation(page, "Souper")
    words = t("{name} does not have the application yet and will not see this.", name="Nadège Saint-Fleur")
    expect(page.locator(".composer-blind")).to_have_text(words)
    expect(page.locator("[data-part=people]")).to_contain_text(t("without the application"))
    # Who had it, and signed out, is told apart.
    gone = server.do(kitchen.world.hire, "Rosa Cyr", kitchen.service_id)
    server.do(factories.sign_out, gone)
    server.do(factories.start_group, kitchen.manager, [kitchen.staff[0], gone], kitchen.service_id, name="Dîner")
    open_conversation(page, "Dîner")
    words = t("{name} is signed out and will see this only after coming back.", name="Rosa Cyr")
    expect(page.locator(".composer-blind")).to_have_text(words)
    expect(page.locator("[data-part=people]")).to_contain_text(t("signed out"))


def test_r7_a_manager_sees_whom_a_public_conversation_does_not_reach_and_how_to_mend_it(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    absent = server.do(kitchen.world.hire, "Nadège Saint-Fleur", kitchen.service_id, app=False)
    launch(server, kitchen)
    page = open_portal(browser, server, kitchen.manager)
    open_conversation(page, "Équipe")
    link = page.locator("[data-part=people]").get_by_role("link", name="Nadège Saint-Fleur")
    expect(link).to_have_attribute("href", f"/directory?person={absent.id}")
    phone = open_phone(browser, server, kitchen.staff[0])
    open_conversation(phone, "Équipe")
    phone.get_by_role("button", name=t("Participants")).tap()
    expect(phone.get_by_text("Nadège")).to_have_count(0)
    # The phone's way back leads to the conversation.
    phone.go_back()
    expect(phone.get_by_role("heading", name="Équipe")).to_be_visible()


def test_r22_a_device_without_network_says_so_at_once_and_sends_later(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = launch(server, kitchen)
    phone = open_phone(browser, server, kitchen.staff[0])
    open_conversation(phone, "Équipe")
    phone.context.set_offline(True)
    notice = phone.get_by_text(t("No network. Your message will go when the connection is back."))
    expect(notice).to_be_visible()
    write(phone, "Depuis la chambre froide")
    expect(phone.locator(".message.pending")).to_have_count(1)
    phone.context.set_offline(False)
    expect(phone.locator(".message.pending")).to_have_count(0, timeout=40_000)
    expect(notice).to_be_hidden()
    assert server.do(inside.list_texts, conversation_id) == ["Depuis la chambre froide"]
