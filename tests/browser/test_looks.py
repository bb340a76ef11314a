"""How every page looks, in French and English, light and dark, at a desk and at 320 px: nothing for axe to find, every
text readable, nothing that sticks out, no word of the other language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, BrowserContext, Page, expect

from callbacks.identity import COOKIES
from components import ids
from data.access.actors import Surface, VendorRole
from data.i18n import CATALOG, LANGUAGES
from tests import factories, inside
from tests.browser.surfaces import find_faults, find_line, find_message, open_conversation, open_phone, open_portal, t
from tests.factories import Somebody
from tests.inside import Kitchen
from tests.push_service import Device
from tests.server import Server

pytestmark = pytest.mark.browser

WIDTHS = (1280, 320)
NOWHERE = "http://127.0.0.1:9"  # a push service that the server does not know
THEMES = ("light", "dark")
LONG_NAME = "Réorganisation-des-quarts-du-temps-des-Fêtes et de l'inventaire annuel d'hiver"
LOOKS = (Path(__file__).parent / "looks.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Stage:
    """A kitchen with everything that a screen may have to show."""

    server: Server
    kitchen: Kitchen
    vendor: Somebody


@pytest.fixture(scope="module")
def stage(server: Server) -> Stage:
    kitchen = server.do(inside.make_kitchen, "looks")
    world, manager, (karim, sofia, lea) = kitchen.world, kitchen.manager, kitchen.staff
    vendor = server.do(factories.add_vendor_staff, VendorRole.CUSTOMER_SERVICE)
    stage = Stage(server, kitchen, vendor)
    server.do(inside.add_departments, world, kitchen.service_id, "Chaud", "Froid")
    bar = server.do(world.add_service, "bar")
    server.do(inside.grant, world, manager, bar)
    server.do(world.hire, "Marie-Joëlle Desrochers-Vaillancourt", kitchen.service_id, app=False)
    server.do(inside.save_group, manager, "Fermeture", [karim, sofia])
    public = server.do(factories.launch, manager, kitchen.service_id, name="Équipe")
    server.do(inside.fill_conversation, public, [karim, sofia], 12, every=timedelta(hours=9), is_read=True)
    for text in ("Voyez https://exemple.ca/" + "menu-" * 20, "🎉", "Une longue phrase. " * 12):
        server.do(factories.send, lea, public, text)
    server.do(inside.edit_last, lea, public, "Le four est réparé.")
    server.do(factories.send, karim, public, "Une erreur")
    server.do(inside.delete_last, karim, public)
    group = server.do(factories.start_group, karim, [manager, sofia], kitchen.service_id, name=LONG_NAME)
    server.do(factories.send, karim, group, "Qui vient?")
    pair = server.do(factories.start_one_to_one, sofia, manager, kitchen.service_id)
    server.do(factories.send, sofia, pair, "Je ne peux pas venir samedi.")
    server.do(inside.leave, sofia, pair)
    server.do(inside.register_device, karim, Device(NOWHERE).subscription, NOWHERE)
    return stage


# The scenes: each opens its page, and stops wherever there is something to look at.

Scene = Callable[[Stage, Page], Iterator[str]]


def go(stage: Stage, page: Page, path: str) -> None:
    page.goto(stage.server.address + path)


def show_sign_in(stage: Stage, page: Page) -> Iterator[str]:
    go(stage, page, "/sign-in")
    yield "sign-in"
    page.locator("#identifier").fill("personne@nulle.part")
    page.locator("#password").fill("pas le bon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "sign-in refused"
    go(stage, page, "/m/sign-in")
    yield "sign-in of the phone"


def show_access(stage: Stage, page: Page) -> Iterator[str]:
    token = stage.server.do(inside.issue_link, stage.kitchen.world, stage.kitchen.staff[2])
    go(stage, page, f"/access/{token}")
    page.locator("summary").click()
    yield "access link"
    go(stage, page, "/access/spent")
    yield "access link that is spent"


def show_nothing_yet(stage: Stage, page: Page) -> Iterator[str]:
    go(stage, page, "/conversations")
    expect(page.locator(".rows .empty")).to_be_visible()
    yield "no conversation"
    go(stage, page, "/organizations")
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    yield "refusal in the portal"
    go(stage, page, "/nowhere/at/all")
    yield "nothing there"


def show_conversations(stage: Stage, page: Page) -> Iterator[str]:
    go(stage, page, "/conversations")
    expect(find_line(page, "Équipe")).to_be_visible()
    expect(page.locator("#menu-badge")).not_to_be_empty()
    yield "conversations"
    if page.locator(f"#{ids.MENU_TOGGLE}").is_visible():
        page.locator(f"#{ids.MENU_TOGGLE}").click()
        expect(page.locator(f"#{ids.MENU_DRAWER}")).to_be_visible()
        yield "menu"
        page.locator(f"#{ids.MENU_TOGGLE}").click()
    open_conversation(page, "Équipe")
    expect(find_message(page, "Le four est réparé.")).to_be_visible()
    expect(page.locator(".people-body .person-line").first).to_be_attached()
    page.locator(".composer textarea").fill("x" * 3900)
    page.locator(".urgent-toggle").click()
    expect(page.locator(".composer-urgent")).to_be_visible()
    yield "public conversation"
    page.locator(".urgent-toggle").click()
    page.locator(".composer textarea").fill("x" * 4100)
    page.locator(".panel-head .square").last.click()
    expect(page.get_by_role("menu")).to_be_visible()
    yield "menu of the conversation"
    page.get_by_role("menuitem").last.click()
    expect(page.locator("dialog.ask")).to_be_visible()
    yield "question"
    page.keyboard.press("Escape")
    page.locator(".composer-box .button").first.click()
    expect(page.locator(".popup.emoji")).to_be_visible()
    yield "emoji"
    page.keyboard.press("Escape")
    people = page.locator(".panel-head .only-narrow").last
    if people.is_visible():
        people.click()
        yield "participants"
        page.locator(".people-head .only-narrow").click()
    page.evaluate("Chat.dialogs.tell('1', { label: '2', act() {} })")
    page.evaluate("Chat.store.dispatch({ type: 'connection', status: 'waiting' })")
    expect(page.locator(".panel-state")).to_be_visible()
    yield "notice, and no network"
    page.evaluate("Chat.store.dispatch({ type: 'connection', status: 'open' })")
    go(stage, page, "/conversations")
    open_conversation(page, "Sofia Lavoie")
    expect(page.locator(".composer-closed")).to_be_visible()
    yield "closed one-to-one"


def show_dialogs(stage: Stage, page: Page) -> Iterator[str]:
    go(stage, page, "/conversations")
    for kind in ("one", "group"):
        page.locator(f"#{ids.create(kind)}").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".form-check").first).to_be_visible()
        if kind == "group":
            dialog.locator(".form-check-input").first.check()
            expect(dialog.locator(".chosen button")).to_be_visible()
        page.locator(f"#{ids.picker(kind, 'save')}").click()
        expect(dialog.get_by_role("alert")).not_to_be_empty()
        yield f"dialog of {kind}"
        page.locator(f"#{ids.picker(kind, 'cancel')}").click()
        expect(dialog).to_have_count(0)
    page.locator(f"#{ids.CREATE_PUBLIC}").click()
    expect(page.locator(f"#{ids.PUBLIC_REACH}")).not_to_be_empty()
    page.locator(f"#{ids.PUBLIC_SERVICES} input").first.check()
    page.locator(f"#{ids.PUBLIC_SAVE}").click()
    expect(page.locator(f"#{ids.PUBLIC_ERROR}")).not_to_be_empty()
    yield "dialog of a public conversation"


def show_groups_and_account(stage: Stage, page: Page) -> Iterator[str]:
    go(stage, page, "/groups")
    expect(page.locator(".group-list")).to_be_visible()
    yield "groups"
    page.locator(f"#{ids.GROUP_NEW}").click()
    expect(page.get_by_role("dialog").locator(".form-check").first).to_be_visible()
    yield "dialog of a group"
    go(stage, page, "/account")
    expect(page.locator(f"#{ids.SESSIONS_LIST}")).to_be_visible()
    page.locator("summary").first.click()
    yield "account"


def show_administration(stage: Stage, page: Page) -> Iterator[str]:
    go(stage, page, "/directory")
    expect(page.locator(".people-table")).to_be_visible()
    yield "directory"
    page.locator(f"#{ids.HIRE_OPEN}").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "dialog of a new employee"
    page.locator(f"#{ids.HIRE_CANCEL}").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator(".row-button").first.click()
    drawer = page.locator(f"#{ids.PERSON_BODY}")
    expect(drawer.locator("summary").first).to_be_visible()
    for summary in drawer.locator("summary").all():
        summary.click()
    yield "drawer of a person"
    go(stage, page, "/services")
    expect(page.locator(".services-table")).to_be_visible()
    yield "services"
    page.locator(".row-button").first.click()
    expect(page.locator(f"#{ids.SERVICE_BODY} input").first).to_be_visible()
    yield "drawer of a service"
    go(stage, page, "/import")
    expect(page.locator(".upload")).to_be_visible()
    yield "import"
    go(stage, page, "/options")
    expect(page.locator(f"#{ids.OPTION_BODY} .card-table").last).to_be_visible()
    yield "option of one's own organization"
    go(stage, page, f"/diagnosis?person={stage.kitchen.staff[0].id}")
    expect(page.locator(f"#{ids.DIAGNOSIS_BODY} .facts").last).to_be_visible()
    yield "why a person does not see the chat"
    go(stage, page, "/settings")
    page.locator(f"#{ids.SETTINGS_FORMAL}").fill("demandes")
    page.locator(f"#{ids.SETTINGS_SAVE}").click()
    expect(page.locator(f"#{ids.SETTINGS_ERROR}")).not_to_be_empty()
    yield "settings of the organization"


def show_vendor(stage: Stage, page: Page) -> Iterator[str]:
    go(stage, page, "/organizations")
    expect(page.locator(".organizations-table")).to_be_visible()
    yield "organizations"
    page.locator(f"#{ids.ORGANIZATION_NEW}").click()
    expect(page.locator(f"#{ids.ORGANIZATION_SAVE}")).to_be_visible()
    page.locator(f"#{ids.ORGANIZATION_SAVE}").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
    yield "dialog of a new organization"
    go(stage, page, "/operations")
    expect(page.locator(".operations-table").last).to_be_visible()
    yield "servers"


def show_option(stage: Stage, page: Page) -> Iterator[str]:
    here = f"?organization={stage.kitchen.world.organization_id}"
    go(stage, page, f"/options{here}")
    expect(page.locator(f"#{ids.OPTION_BODY} .card-table").last).to_be_visible()
    yield "option of an organization"
    for opener in (ids.OPTION_SWITCH_OFF, ids.OPTION_SWITCH_ON):
        page.locator(f"#{opener}").click()
        expect(page.locator(f"#{ids.OPTION_PREVIEW}")).not_to_be_empty()
        page.locator(f"#{ids.OPTION_SCOPE} input").last.check()
        page.locator(f"#{ids.OPTION_SERVICES} input").first.check()
        page.locator(f"#{ids.OPTION_WHEN} input").last.check()
        for summary in page.locator(f"#{ids.OPTION_FORM} summary").all():
            summary.click()
        expect(page.locator(f"#{ids.OPTION_HOUR}")).to_be_visible()
        expect(page.locator(f"#{ids.OPTION_PREVIEW}")).not_to_be_empty()
        yield "drawer of a switch"
        page.keyboard.press("Escape")
        expect(page.locator(f"#{ids.OPTION_FORM}")).to_have_count(0)
    page.locator("[id*=option-undo]").first.click()
    expect(page.locator(f"#{ids.OPTION_UNDO_TICKET}")).to_be_visible()
    page.locator(f"#{ids.OPTION_UNDO_SAVE}").click()
    expect(page.locator(f"#{ids.OPTION_UNDO_ERROR}")).not_to_be_empty()
    yield "dialog of a switch to undo"
    go(stage, page, f"/diagnosis{here}")
    page.locator(f"#{ids.DIAGNOSIS_SEARCH}").fill("e")
    expect(page.locator(".found")).to_be_visible()
    page.locator(".found button").first.click()
    expect(page.locator(f"#{ids.DIAGNOSIS_BODY} .facts").last).to_be_visible()
    yield "help by telephone"
    go(stage, page, "/options")
    expect(page.locator(".card-table")).to_be_visible()
    yield "all switches"


def show_beginning(stage: Stage, page: Page) -> Iterator[str]:
    """An organization with nobody in it yet."""
    here = stage.server.do(inside.create_empty_organization)
    go(stage, page, f"/options?organization={here}")
    expect(page.locator(f"#{ids.FIRST_OPEN}")).to_be_visible()
    yield "organization with nobody in it"
    page.locator(f"#{ids.FIRST_OPEN}").click()
    page.locator(f"#{ids.FIRST_SAVE}").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
    yield "dialog of the first administrator"
    page.locator(f"#{ids.FIRST_CANCEL}").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator(f"#{ids.CONTACT_OPEN}").click()
    expect(page.locator(f"#{ids.CONTACT_ADDRESS}")).to_be_visible()
    yield "dialog of the billing contact"


def show_phone(stage: Stage, page: Page) -> Iterator[str]:
    go(stage, page, "/m")
    expect(find_line(page, "Équipe")).to_be_visible()
    yield "list of the phone"
    page.locator("#mobile-menu").click()
    expect(page.get_by_role("menu")).to_be_visible()
    yield "menu of the phone"
    page.keyboard.press("Escape")
    page.locator(".begin").click()
    page.locator(".pick-line").first.click()
    page.locator(".pick-line").last.click()
    yield "new private conversation on the phone"
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/m$"))  # its step of the history is gone
    go(stage, page, "/m#welcome")
    expect(page.locator("dialog h3")).to_be_visible()
    yield "first opening of the phone"
    page.keyboard.press("Escape")
    page.evaluate("Object.defineProperty(Notification, 'permission', { get: () => 'default' }); 0")
    open_conversation(page, "Équipe")
    expect(find_message(page, "Le four est réparé.")).to_be_visible()
    # A tablet has room for the list beside it.
    expect(page.locator(".rows")).to_be_visible(visible=(page.viewport_size or {})["width"] > 760)
    yield "conversation of the phone"
    people = page.locator(".panel-head .only-narrow").last
    if people.is_visible():
        people.click()
        expect(page.locator(".people-body .person-line").first).to_be_visible()
        yield "participants of the phone"
        page.go_back()
    page.go_back()
    expect(page.locator(".ask-card")).to_be_visible()
    yield "asking for notifications"
    go(stage, page, "/m/notifications")
    expect(page.locator(".device-list li")).to_be_visible()
    yield "notifications"
    go(stage, page, "/m/diagnosis")
    yield "why I do not see the chat"
    go(stage, page, "/m/nothing")
    yield "refusal of the phone"


def find_somebody(stage: Stage, scene: Scene) -> tuple[Somebody | None, Surface]:
    """Who looks at a scene, and where."""
    if scene in (show_sign_in, show_access):
        return None, Surface.PORTAL
    if scene is show_nothing_yet:
        return stage.server.do(inside.make_kitchen, "nothing").manager, Surface.PORTAL
    if scene is show_administration:
        return stage.kitchen.world.administrator, Surface.PORTAL
    if scene in (show_vendor, show_option, show_beginning):
        return stage.vendor, Surface.PORTAL
    if scene is show_phone:
        return stage.kitchen.staff[0], Surface.MOBILE
    return stage.kitchen.manager, Surface.PORTAL


def choose_language(
    server: Server, context: BrowserContext, surface: Surface, language: str, *, is_known: bool
) -> None:
    """As the buttons of the product do."""
    path = "/language" if not is_known else "/m/preferences" if surface is Surface.MOBILE else "/preferences"
    answer = context.request.post(
        server.address + path,
        form={"language": language, "next": "/health/live"},
        headers={"Origin": server.address},
    )
    assert answer.ok


@pytest.mark.parametrize(
    "scene",
    [
        show_sign_in,
        show_access,
        show_nothing_yet,
        show_conversations,
        show_dialogs,
        show_groups_and_account,
        show_administration,
        show_vendor,
        show_option,
        show_beginning,
        show_phone,
    ],
    ids=lambda scene: scene.__name__,
)
def test_every_page_is_for_everybodys_eyes(browser: Browser, stage: Stage, scene: Scene) -> None:
    somebody, surface = find_somebody(stage, scene)
    # A language chosen behind the back of the phone's service worker would show at the second look only.
    context = browser.new_context(reduced_motion="reduce", locale="de-DE", service_workers="block")
    if somebody is not None:
        path = "/m" if surface is Surface.MOBILE else ""
        cookie = stage.server.give_cookie(somebody, surface)
        context.add_cookies([{"name": COOKIES[surface], "value": cookie, "url": stage.server.address + path}])
    faults: list[str] = []
    for language in LANGUAGES:
        choose_language(stage.server, context, surface, language, is_known=somebody is not None)
        for width in WIDTHS:
            page = context.new_page()
            page.set_viewport_size({"width": width, "height": 900})
            for place in scene(stage, page):
                faults += [f"{place}, {language}, {width}: {fault}" for fault in look(page, language)]
            page.close()
    assert not faults, "\n".join(faults)


def look(page: Page, language: str) -> list[str]:
    """Everything that is wrong with what stands there now."""
    faults = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # Names and roles do not change with the theme: once in each language is enough, each time in another theme.
        rules = "shape" if (theme == "light") is (language == "fr") else "colour"
        faults += [f"{theme}: {fault}" for fault in (*find_faults(page, rules=rules), *evaluate(page, "findFaint"))]
    faults += evaluate(page, "findWide")
    faults += [f"moves: {moving}" for moving in evaluate(page, "findMoving")]
    spoken = page.locator("html").get_attribute("lang")
    if spoken != language:
        faults.append(f"said to be in {spoken}")
    return faults + find_foreign(evaluate(page, "listWords"), language)


def evaluate(page: Page, name: str, argument: Any = None) -> Any:
    return page.evaluate(f"argument => ({LOOKS}).{name}(argument ?? undefined)", argument)


def find_foreign(words: list[list[str]], language: str) -> list[str]:
    """What stands there as the catalogue has it for the other language, and not as it has it for this one."""
    own, other = (read_texts()[name] for name in (language, "en" if language == "fr" else "fr"))
    return [
        f"not in {language}: {text}"
        for text, spoken in words
        if spoken == language
        and any(pattern.fullmatch(text) for pattern in other)
        and not any(pattern.fullmatch(text) for pattern in own)
    ]


@cache
def read_texts() -> dict[str, list[re.Pattern[str]]]:
    """The texts of each language as patterns; those of which little is left without what fills them match anything."""
    texts: dict[str, list[re.Pattern[str]]] = {"fr": [], "en": []}
    with CATALOG.open("rb") as file:
        for message in read_po(file, locale="fr"):
            if not message.id:
                continue
            for language, forms in (("en", message.id), ("fr", message.string)):
                for form in forms if isinstance(forms, tuple | list) else [forms]:
                    parts = re.split(r"\{\w+\}", str(form).strip())
                    if sum(map(len, parts)) > 4:
                        texts[language].append(re.compile(".+?".join(map(re.escape, parts))))
    return texts


def test_each_new_message_is_announced_once(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    conversation_id = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="À voix haute")
    page = open_portal(browser, server, kitchen.manager)
    phone = open_phone(browser, server, kitchen.staff[0])
    for screen in (page, phone):
        open_conversation(screen, "À voix haute")
        expect(screen.locator("#chat-voice")).to_have_attribute("aria-live", "polite")
    for n in range(3):
        server.do(factories.send, kitchen.staff[1], conversation_id, f"Message {n}")
    server.do(factories.send, kitchen.manager, conversation_id, "Le mien", surface=Surface.PORTAL)
    said = t("{name}: {text}")
    heard = [said.format(name="Sofia Lavoie", text=f"Message {n}") for n in range(3)]
    mine = said.format(name="Ariane Gagnon", text="Le mien")
    expect(find_message(page, "Le mien")).to_be_visible()
    expect(page.locator("#chat-voice p")).to_have_text(heard)
    expect(phone.locator("#chat-voice p")).to_have_text([*heard, mine])


def test_motion_is_brief_and_explains_a_change(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    """For those who did not ask for none."""
    page = open_portal(browser, server, kitchen.manager)
    page.locator(f"#{ids.CREATE_PUBLIC}").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("Chat.dialogs.tell('1')")
    assert evaluate(page, "findMoving") != []
    assert evaluate(page, "findMoving", 0.18) == []
