"""Signing in and out, one-time links, the language of a device: plain pages that work without any script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Response, g, redirect, render_template, request

from callbacks.gate import Gate
from callbacks.identity import (
    COOKIES,
    clear_session_cookie,
    current_actor,
    current_translator,
    find_surface,
    get_settings,
    safe_target,
    set_language_cookie,
    set_session_cookie,
)
from callbacks.leaving import forget_leaving
from callbacks.refusals import describe_refusal
from callbacks.throttle import Throttle
from data import db
from data.access.actors import Actor, Surface, access_open_session, hash_token
from data.access.permissions import Permission
from data.access.rights import get_person_rights
from data.access.sign_in import OpenLink, SignInCandidate, access_link, find_candidate
from data.actions import sessions
from data.demo import PASSWORD, find_showcased, list_showcase
from data.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from data.i18n import LANGUAGES
from data.passwords import EMPLOYEE_LENGTH, MANAGER_LENGTH, check_password, hash_password, is_password

WELCOME = "#welcome"  # the screen that assets/mobile.js shows at a first opening
LONGEST_IDENTIFIER = 254  # of an e-mail address; codes and numbers are shorter


@dataclass(frozen=True)
class Entered:
    """What the form said."""

    identifier: str
    code: str
    password: str

    @property
    def is_possible(self) -> bool:
        """Nobody is called by anything longer."""
        return max(len(self.identifier), len(self.code)) <= LONGEST_IDENTIFIER

    @property
    def key(self) -> str:
        return f"{self.identifier.strip().lower()}/{'' if '@' in self.identifier else self.code.strip().lower()}"


def register(gate: Gate) -> None:
    throttle = Throttle("sign-in")

    @gate.route("/sign-in", permission=Permission.ANYONE)
    @gate.route("/m/sign-in", permission=Permission.ANYONE)
    def show_sign_in() -> Any:
        if g.actor is not None:
            return redirect(_home(g.surface), 303)
        return _render_sign_in()

    @gate.route("/sign-in", permission=Permission.ANYONE, methods=("POST",))
    @gate.route("/m/sign-in", permission=Permission.ANYONE, methods=("POST",))
    def sign_in() -> Any:
        entered = Entered(_field("identifier"), _field("code"), _field("password"))
        address = request.remote_addr or ""
        throttle.check(entered.key, address)
        candidate = _find_owner(entered)
        if candidate is None:
            return _refuse_sign_in(entered)
        throttle.forget(entered.key, address)
        try:
            if _needs_longer_password(candidate, entered.password):
                return _ask_longer_password(candidate)
            return start_session(candidate, g.surface)
        except NotSignedIn:
            return _refuse_sign_in(entered)  # the password was changed, or access cut, while it was compared

    @gate.route("/sign-in/demonstration", permission=Permission.ANYONE, methods=("POST",))
    @gate.route("/m/sign-in/demonstration", permission=Permission.ANYONE, methods=("POST",))
    def sign_in_as_demonstrated() -> Any:
        if get_settings().is_production:
            raise NotFound()
        with db.read() as reader:
            candidate = find_showcased(reader, _field("who"))
        return start_session(candidate, g.surface)

    @gate.route("/sign-out", permission=Permission.SIGNED_IN, methods=("POST",))
    @gate.route("/m/sign-out", permission=Permission.SIGNED_IN, methods=("POST",))
    def sign_out() -> Any:
        with db.unit_of_work() as uow:
            sessions.do_sign_out(uow, access_open_session(uow, current_actor().session_id))
        response = redirect(_sign_in_page(g.surface), 303)
        clear_session_cookie(response, g.surface)  # type: ignore[arg-type]
        return response

    @gate.route("/language", permission=Permission.ANYONE, methods=("POST",))
    def choose_language() -> Any:
        language = _field("language")
        if language not in LANGUAGES:
            raise NotFound()
        response = redirect(safe_target(_field("next"), "/sign-in"), 303)
        set_language_cookie(response, language)  # type: ignore[arg-type]
        return response

    @gate.route("/access/<token>", permission=Permission.ANYONE)
    def show_access(token: str) -> Any:
        with db.read() as reader:
            link = access_link(reader, _hash(token))
        return _render_access(link)

    @gate.route("/access/<token>", permission=Permission.ANYONE, methods=("POST",))
    def use_access(token: str) -> Any:
        with db.read() as reader:
            link = access_link(reader, _hash(token))
        try:
            if _field("identifier"):
                return _attach_file(throttle, token, link)
            return _choose_password(token, link)
        except Invalid as error:
            return Response(_render_access(link, describe_refusal(error, current_translator())), error.status)


def _describe_mismatch(entered: Entered) -> str:
    """Whether the number exists is told to nobody: only that a number alone never signs in."""
    t = current_translator()
    if "@" not in entered.identifier and not entered.code.strip():
        return t("Add your organization's code: a number signs in with it only.")
    return t("These details do not match. Check them, or ask your manager for a new link.")


def _choose_password(token: str, link: OpenLink) -> Any:
    password = check_password(_field("password"), has_rights=link.has_rights, about=link.words)
    password_hash = hash_password(password)
    with db.unit_of_work() as uow:
        candidate = sessions.do_use_access_link(uow, access_link(uow, _hash(token)), password_hash)
    return start_session(candidate, _choose_surface())


def _attach_file(throttle: Throttle, token: str, link: OpenLink) -> Any:
    """The holder of the link has an account already, shows its password, and keeps one account for both."""
    entered = Entered(_field("identifier"), "", _field("current_password"))
    address = request.remote_addr or ""
    throttle.check(entered.key, address)
    owner = _find_owner(entered)
    if owner is None:
        t = current_translator()
        text = t("These details do not match. Check them, or choose a new password above.")
        return Response(_render_access(link, text), 401)
    throttle.forget(entered.key, address)
    with db.unit_of_work() as uow:
        candidate = sessions.do_attach_file(uow, access_link(uow, _hash(token)), owner)
    return start_session(candidate, _choose_surface())


def _choose_surface() -> Surface:
    """A code scanned with a phone opens the application there, for whoever has a portal too."""
    return Surface.MOBILE if "Mobi" in request.user_agent.string else Surface.PORTAL


def _find_owner(entered: Entered) -> SignInCandidate | None:
    """Who has shown the password of their account; it takes as long where there is no such account."""
    if not entered.is_possible:
        return None
    with db.read() as reader:
        candidate = find_candidate(reader, entered.identifier, entered.code)
    is_right = is_password(entered.password, candidate.password_hash if candidate else None)
    return candidate if is_right else None


def _refuse_sign_in(entered: Entered) -> Response:
    # What cannot be anybody's name is not sent back, however long it is.
    return Response(_render_sign_in(entered if entered.is_possible else None, _describe_mismatch(entered)), 401)


def start_session(candidate: SignInCandidate, surface: Surface, *, goes_on: bool = False) -> Any:
    """Who runs nothing is served by the mobile application, whichever page they came through. `goes_on`: thanks
    to the session before, which must not have ended meanwhile."""
    with db.read() as reader:
        rights = get_person_rights(reader, candidate.person_id)
    if surface is Surface.MOBILE and rights is None:
        raise NotAllowed()
    if rights is not None and not rights.has_portal:
        surface = Surface.MOBILE
    token = sessions.new_token()
    with db.unit_of_work() as uow:
        if goes_on:
            access_open_session(uow, current_actor().session_id)
        session = sessions.do_start_session(
            uow, candidate, surface, token_hash=_hash(token), device=_describe_device(request.user_agent.string)
        )
        before: Actor | None = g.actor
        if before is not None and before.surface is surface:
            sessions.do_sign_out(uow, before)
    response = redirect(_target_on(surface) + (WELCOME if session.is_first_opening else ""), 303)
    set_session_cookie(response, surface, token, int(session.expires_in.total_seconds()))  # type: ignore[arg-type]
    if surface is Surface.MOBILE:
        forget_leaving(response)  # type: ignore[arg-type]
    return response


def _needs_longer_password(candidate: SignInCandidate, password: str) -> bool:
    """Somebody was given rights over others after choosing a password that was long enough without."""
    with db.read() as reader:
        rights = get_person_rights(reader, candidate.person_id)
    return rights is not None and rights.has_portal and len(password) < MANAGER_LENGTH


def _ask_longer_password(candidate: SignInCandidate) -> Any:
    token = sessions.new_token()
    with db.unit_of_work() as uow:
        sessions.do_issue_own_link(uow, candidate, token_hash=_hash(token))
    return redirect(f"/access/{token}", 303)


def _render_sign_in(entered: Entered | None = None, error: str = "") -> str:
    settings = get_settings()
    showcase = []
    if not settings.is_production:
        with db.read() as reader:
            showcase = list_showcase(reader)
    return render_template(
        "sign_in.html",
        t=current_translator(),
        surface=g.surface,
        entered=entered,
        error=error,
        # Ended elsewhere or by an administrator, or lapsed; signing out clears the cookie.
        has_ended=request.method == "GET" and g.actor is None and COOKIES[g.surface] in request.cookies,
        showcase=showcase,
        next=safe_target(request.values.get("next", ""), ""),
        demonstration_password=PASSWORD,
    )


def _render_access(link: OpenLink, error: str = "") -> str:
    shortest = MANAGER_LENGTH if link.has_rights else EMPLOYEE_LENGTH
    return render_template("access.html", t=current_translator(), link=link, error=error, shortest=shortest)


def _field(name: str) -> str:
    return request.form.get(name, "")


def _hash(token: str) -> str:
    return hash_token(token, get_settings().secret_key)


def _home(surface: Surface) -> str:
    return "/m" if surface is Surface.MOBILE else "/"


def _target_on(surface: Surface) -> str:
    """Where one was going, if that is on the surface one has just entered."""
    target = safe_target(_field("next"), _home(surface))
    return target if find_surface(urlsplit(target).path) is surface else _home(surface)


def _sign_in_page(surface: Surface) -> str:
    return "/m/sign-in" if surface is Surface.MOBILE else "/sign-in"


_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def _describe_device(user_agent: str) -> str:
    """What its owner recognizes: "Chrome, Android"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or user_agent[:40] or "?"
